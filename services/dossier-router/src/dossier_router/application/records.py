"""What use cases and repositories hand each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.reply_hub.v1 import ReplyAccepted
from dossier_router.domain.decision import Candidate, Reason
from dossier_router.domain.dossier import Binding, Dossier
from dossier_router.domain.entry import Kind, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDossier:
    """A dossier with what was bound to it, and the version it was read at (0 where it isn't stored yet)."""

    dossier: Dossier
    tenant: str
    bindings: Mapping[str, Binding]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Dossier and phase instance of a filing."""

    bron: str
    dossier_nummer: str
    fase: str
    procedurestap: str | None
    phase_instance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What the case system said of a filing."""

    accepted: bool
    code: str | None
    message: str | None
    case_document_number: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry in a dossier's log. `sequence` is its place there; `accepted` the answer as reply-hub told it."""

    dossier_key: str
    sequence: int
    tenant: str
    kind: Kind
    status: Status
    filing_id: str
    accepted: ReplyAccepted
    correlation_id: str
    made_at: datetime
    filed_by: str
    place: Place | None
    reasons: tuple[Reason, ...]
    candidates: tuple[Candidate, ...] = ()
    target: Mapping[str, Any] | None = None
    acknowledgement: Acknowledgement | None = None
    deliveries: Mapping[str, Any] = field(default_factory=dict)
    answers: Sequence[Mapping[str, Any]] = ()
    version: int = 0

    @property
    def id(self) -> str:
        """The id of its document."""
        return entry_id(self.dossier_key, self.sequence)


def entry_id(dossier_key: str, sequence: int) -> str:
    """Dossier and sequence: the id that makes a dossier's log one, whoever writes to it."""
    return f"{dossier_key}:{sequence:010d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """What a look at a dossier's log found: its last sequence, and the entry of an answer if there is one."""

    last_sequence: int
    entry_of_reply: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """How a tenant's case system wants to be told. The secret signs its webhooks."""

    id: str
    tenant: str
    name: str
    url: str
    secret: str = field(repr=False)
    bronnen: tuple[str, ...]
    status: str
    created_at: datetime
    version: int = 0

    def wants(self, bron: str) -> bool:
        """Whether filings of that bron are told."""
        return self.status == "ACTIVE" and (not self.bronnen or bron in self.bronnen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of a webhook. `excerpt` is the beginning of the answer."""

    entry_id: str
    filing_id: str
    tenant: str
    subscription_id: str
    number: int
    at: datetime
    duration_ms: float
    status: int | None
    error: str | None
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """A filing with its number in its tenant's feed."""

    number: int
    entry: Entry
