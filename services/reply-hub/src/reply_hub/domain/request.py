"""A request: what may be answered, by whom, until when; and which answers it took."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.identifiers import Tenant
from reply_hub.domain.deadline import is_late
from reply_hub.domain.files import Slot
from reply_hub.domain.signing import NO_SIGNATURE, SignaturePolicy
from reply_hub.domain.states import NEXT_OF_REQUEST, RequestState, step


class Multiplicity(StrEnum):
    """How many answers a request takes."""

    SINGLE = "SINGLE"
    AMENDABLE = "AMENDABLE"
    MULTIPLE = "MULTIPLE"


class LateReplies(StrEnum):
    """What becomes of a late answer."""

    ACCEPT_FLAGGED = "ACCEPT_FLAGGED"
    REJECT = "REJECT"


class AlreadyAnswered(Exception):
    """A request that takes one answer has it."""


FINAL: Final = frozenset({RequestState.CLOSED, RequestState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRef:
    """The dossier and phase that ask, in the words of DOSIS."""

    bron: str
    dossier_nummer: str
    fase: str
    procedurestap: str | None = None
    phase_version: int | None = None
    expected_stuktype: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRef:
    """One frozen version of a form; `sha256` (hex) of its schema's bytes names it in caches."""

    form_id: str
    version: int
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Taken:
    """An accepted answer and its place among those of the request, from 1."""

    reply_id: str
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRequest:
    """What a letter asks. Everything but status, round and the answers taken is frozen when it opens.

    `round` counts how many times it could be answered; under SINGLE an answer's id is that of its round, so that the
    insert of the answer decides who was first.
    """

    id: str
    tenant: Tenant
    version: int
    status: RequestState
    round: int
    message_id: str
    mailbox: str
    mailbox_message_id: str
    recipient: str
    recipient_type: str
    language: str
    dossier: DossierRef
    form: FormRef
    slots: tuple[Slot, ...]
    max_total_bytes: int
    required: bool
    purpose: str
    opened_at: datetime
    due_at: datetime
    late_replies: LateReplies
    multiplicity: Multiplicity
    who_may_answer: tuple[str, ...]
    when_phase_moved: str
    correlation_id: str
    signature: SignaturePolicy = NO_SIGNATURE
    taken: tuple[Taken, ...] = ()
    closed_at: datetime | None = None

    @property
    def is_single(self) -> bool:
        """Whether it takes one answer only."""
        return self.multiplicity is Multiplicity.SINGLE

    def is_late(self, at: datetime) -> bool:
        """Whether an answer of that moment is late."""
        return is_late(at, self.due_at)

    def ordinal_of(self, reply_id: str) -> int | None:
        """The place of an answer, if it was taken."""
        return next((taken.ordinal for taken in self.taken if taken.reply_id == reply_id), None)

    def amended_by(self, reply_id: str) -> str | None:
        """Id of the answer that this one amends."""
        ordinal = self.ordinal_of(reply_id)
        if self.multiplicity is not Multiplicity.AMENDABLE or ordinal is None:
            return None
        return next((taken.reply_id for taken in self.taken if taken.ordinal == ordinal - 1), None)

    def take(self, reply_id: str) -> "ReplyRequest":
        """Give an accepted answer its place; one that has it keeps it.

        Raises:
            AlreadyAnswered: it takes one, and has another.
        """
        if self.ordinal_of(reply_id) is not None:
            return self
        if self.is_single and self.taken:
            raise AlreadyAnswered
        taken = (*self.taken, Taken(reply_id, len(self.taken) + 1))
        status = self.status
        if self.is_single and status not in FINAL:
            status = step(status, RequestState.ANSWERED, NEXT_OF_REQUEST)
        return replace(self, taken=taken, status=status)

    def reopen(self, *, round_rejected: int) -> "ReplyRequest":
        """Begin a new round after the answer of a round was rejected. Done once per round.

        The rule: whatever the reason, the request can be answered again, and whether that answer is late is judged
        anew; a request past its deadline stays OVERDUE.
        """
        if not self.is_single or self.round != round_rejected or self.status in FINAL or self.taken:
            return self
        return replace(self, round=self.round + 1)

    def pass_deadline(self) -> "ReplyRequest":
        """The last day ended without the answer."""
        return replace(self, status=step(self.status, RequestState.OVERDUE, NEXT_OF_REQUEST))

    def withdraw(self, at: datetime) -> "ReplyRequest":
        """The agency does not ask any more; answers that came before are still judged."""
        return replace(self, status=step(self.status, RequestState.WITHDRAWN, NEXT_OF_REQUEST), closed_at=at)
