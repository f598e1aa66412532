"""An answer, from receipt to the dossier."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from contracts.identifiers import Tenant
from reply_hub.domain.answering import Submitter
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.request import DossierRef, FormRef, Multiplicity
from reply_hub.domain.signing import Awaiting, Decision, FileFinding, SummaryRef, Undecided
from reply_hub.domain.states import NEXT_OF_REPLY, IllegalTransition, ReplyState, step

API: Final = "API"


class RejectionReason(StrEnum):
    """Why an answer did not pass."""

    FORM_FAULTS = "FORM_FAULTS"
    LATE = "LATE"
    ALREADY_ANSWERED = "ALREADY_ANSWERED"
    INFECTED_FILE = "INFECTED_FILE"
    REQUEST_CLOSED = "REQUEST_CLOSED"
    SIGNATURE_REFUSED = "SIGNATURE_REFUSED"
    FILE_QUARANTINED = "FILE_QUARANTINED"


@dataclass(frozen=True, slots=True)
class Rejection:
    """The verdict against an answer."""

    reason: RejectionReason
    faults: tuple[Fault, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The verdict for an answer: its place among those of the request."""

    ordinal: int
    supersedes: str | None
    at: datetime


class Stage(StrEnum):
    """News of the filing of an answer, in the order in which they come about."""

    PARKED = "PARKED"
    FILED = "FILED"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    ACKNOWLEDGED = "ACKNOWLEDGED"


_STATE_OF: Final[Mapping[Stage, ReplyState]] = {
    Stage.PARKED: ReplyState.ROUTED,
    Stage.FILED: ReplyState.ROUTED,
    Stage.DELIVERED: ReplyState.DELIVERED_TO_DOSSIER,
    Stage.REFUSED: ReplyState.REFUSED,
    Stage.ACKNOWLEDGED: ReplyState.ACKNOWLEDGED,
}


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news of a filing. `event_id` knows a repetition; `detail` is JSON."""

    event_id: str
    stage: Stage
    at: datetime
    filing_id: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was answered. `data` (JSON) lack the confidential values; those are `confidential`, encrypted JSON.

    `summary` is what had to be signed, where a signed summary is among the files.
    """

    data: bytes = field(repr=False)
    pointers: tuple[str, ...]
    confidential: bytes | None = field(repr=False)
    files: tuple[ReplyFile, ...]
    digest: str
    summary: SummaryRef | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What brought an answer, so that its repetition is known: digests of a call's key and body, or the id of the
    message from a mailbox.
    """

    key_sha256: str
    body_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. Content, clocks and what was asked are frozen at receipt.

    Attributes:
        surplus: a mailbox brought it while another answer of the same round was there.
        submitted_at: when the person sent it; vouched for by a mailbox, or else when the hub had it.
        received_at: when the hub had it.
        registered_at: when it was stored for good.
        intake_faults: what was wrong with it when a mailbox brought it.
        correlation_id: of the call or event that brought it.
        call: what brought it.
        confirmed: the person confirmed it explicitly when sending it.
        signatures: what was found of its files, at the last look.
        undecided: its signatures can't be judged (yet).
        decision: what a handler said of them.
    """

    id: str
    tenant: Tenant
    version: int
    status: ReplyState
    request_id: str
    message_id: str
    mailbox: str
    channel: str
    round: int
    surplus: bool = False
    recipient: str
    recipient_type: str
    language: str
    dossier: DossierRef
    form: FormRef
    multiplicity: Multiplicity
    when_phase_moved: str
    submitter: Submitter
    content: Content
    submitted_at: datetime
    received_at: datetime
    registered_at: datetime
    due_at: datetime
    late: bool
    receipt_id: str
    correlation_id: str
    call: Call
    confirmed: bool = False
    intake_faults: tuple[Fault, ...] = ()
    signatures: tuple[FileFinding, ...] = ()
    undecided: Undecided | None = None
    decision: Decision | None = None
    acceptance: Acceptance | None = None
    rejection: Rejection | None = None
    superseded_by: str | None = None
    news: tuple[News, ...] = ()

    def begin_checks(self) -> "Reply":
        """Go on from receipt to the checks."""
        if self.status is ReplyState.VALIDATING:
            return self
        return self._in(ReplyState.VALIDATING)

    def suspend(self, undecided: Undecided, signatures: tuple[FileFinding, ...]) -> "Reply":
        """Its signatures can't be judged, or not without a handler."""
        return replace(self._in(ReplyState.INDETERMINATE), undecided=undecided, signatures=signatures)

    def decide(self, decision: Decision) -> "Reply":
        """A handler said what its signatures are worth.

        Raises:
            IllegalTransition: it doesn't wait for a handler.
        """
        if self.undecided is None or self.undecided.awaiting is not Awaiting.HANDLER or self.decision is not None:
            raise IllegalTransition(self.status, ReplyState.VALIDATING)
        return replace(self, decision=decision)

    def accept(self, acceptance: Acceptance) -> "Reply":
        """It passed every check."""
        return replace(self._in(ReplyState.ACCEPTED), acceptance=acceptance, undecided=None)

    def reject(self, rejection: Rejection) -> "Reply":
        """It did not pass."""
        return replace(self._in(ReplyState.REJECTED), rejection=rejection, undecided=None)

    def supersede(self, by: str) -> "Reply":
        """A later answer amends it. Where it lies in the dossier stays known."""
        if self.superseded_by is not None:
            return self
        return replace(self._in(ReplyState.SUPERSEDED), superseded_by=by)

    def heard(self, news: News) -> "Reply":
        """Note news of its filing: each once, whatever the order in which they come; the furthest stage counts.

        Raises:
            IllegalTransition: it was never accepted.
        """
        if any(known.event_id == news.event_id for known in self.news):
            return self
        noted = replace(self, news=(*self.news, news))
        wanted = _STATE_OF[noted.stage] if noted.stage else self.status
        if self.status is ReplyState.SUPERSEDED or wanted is self.status:
            return noted
        if self.acceptance is not None and wanted not in NEXT_OF_REPLY[self.status]:
            return noted  # older than what is known already
        return replace(noted, status=step(self.status, wanted, NEXT_OF_REPLY))

    @property
    def stage(self) -> Stage | None:
        """The furthest news of its filing."""
        order = list(Stage)
        return max((news.stage for news in self.news), key=order.index, default=None)

    @property
    def parked(self) -> bool:
        """Whether it waits for a handler."""
        return self.stage is Stage.PARKED

    def latest(self, stage: Stage) -> News | None:
        """The last news of a stage."""
        return max((news for news in self.news if news.stage is stage), key=lambda news: news.at, default=None)

    def _in(self, wanted: ReplyState) -> "Reply":
        return replace(self, status=step(self.status, wanted, NEXT_OF_REPLY))
