"""What the use cases need of the outside."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from chassis.due_item import DueItem
from chassis.outbox import OutgoingEvent
from chassis.tenancy import Scope
from dossier_router.application.records import (
    Attempt,
    Entry,
    FeedItem,
    LogState,
    StoredDossier,
    Subscription,
)


class BronRepository(Protocol):
    """Which organisation a bron belongs to."""

    async def owner(self, bron: str) -> str | None:
        """The organisation, or None where nobody registered it. May be a second old."""
        ...

    async def register(self, bron: str, organization: str, event: OutgoingEvent) -> int:
        """Write the registration and its event; returns its version. The same again changes nothing."""
        ...

    async def version_of(self, bron: str) -> tuple[int, str | None]:
        """The version and the owner right now; 0 and None where nobody registered it."""
        ...

    async def list(self) -> list[Mapping[str, Any]]:
        """All registrations."""
        ...


class DossierRepository(Protocol):
    """Dossiers by their key."""

    async def get(self, key: str, *, scope: Scope) -> StoredDossier | None:
        """One, or None."""
        ...

    async def save(self, stored: StoredDossier, *, due: Sequence[DueItem] = ()) -> None:
        """Write one as it was changed; `version` 0 inserts.

        Raises:
            VersionConflict, DuplicateAggregate: somebody was faster; read again.
        """
        ...

    async def settle(self, key: str, *, version: int, due_done: str) -> None:
        """Take a due item off.

        Raises:
            VersionConflict: somebody was faster.
        """
        ...


class FilingLog(Protocol):
    """The append-only log of each dossier."""

    async def state(self, dossier_key: str, reply_id: str) -> LogState:
        """The last sequence, and whether the answer has an entry; sees every entry up to that sequence."""
        ...

    async def append(self, entry: Entry, *, events: Sequence[OutgoingEvent], due: Sequence[DueItem]) -> None:
        """Write a new entry at its sequence.

        Raises:
            DuplicateAggregate: the sequence is taken; look at the state again.
        """
        ...

    async def get(self, entry_id: str, *, scope: Scope) -> Entry | None:
        """One by its id."""
        ...

    async def find(self, filing_id: str, kind: str, *, scope: Scope) -> Entry | None:
        """The latest one of a kind with that filing id."""
        ...

    async def save(
        self,
        entry: Entry,
        *,
        scope: Scope,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> None:
        """Write what may change of an entry: status, target, acknowledgement, deliveries, answers.

        Raises:
            VersionConflict: somebody was faster.
        """
        ...

    async def parked(self, *, scope: Scope, limit: int) -> list[Entry]:
        """Answers that wait for a handler, the oldest first."""
        ...

    async def parked_in(self, dossier_key: str) -> list[Entry]:
        """Those parked in one dossier's log."""
        ...

    async def attempts(self, entry_id: str) -> list[Attempt]:
        """The webhook calls of an entry, in order."""
        ...

    async def add_attempt(self, attempt: Attempt) -> None:
        """Keep one; the same again changes nothing."""
        ...


class Feed(Protocol):
    """The filings of a tenant, numbered by one writer, so that a late commit is never skipped."""

    async def page(self, *, scope: Scope, after: int, limit: int) -> list[FeedItem]:
        """Items after a number, in order."""
        ...


class SubscriptionRepository(Protocol):
    """Subscriptions of case systems."""

    async def add(self, subscription: Subscription, answers: Sequence[Mapping[str, Any]]) -> None:
        """Write a new one.

        Raises:
            DuplicateAggregate: its id is taken.
        """
        ...

    async def get(self, subscription_id: str, *, scope: Scope) -> Subscription | None:
        """One."""
        ...

    async def answers_of(self, subscription_id: str, *, scope: Scope) -> Sequence[Mapping[str, Any]]:
        """The first answers kept with one."""
        ...

    async def of(self, *, scope: Scope) -> list[Subscription]:
        """All of a tenant; may be a second old."""
        ...

    async def set_status(self, subscription_id: str, status: str, *, scope: Scope) -> bool:
        """ACTIVE, DISABLED or DELETED; False where there is none."""
        ...


class CaseSystemAnswer(Protocol):
    """How a case system took a webhook."""

    @property
    def status(self) -> int | None:
        """HTTP status, None where none came."""
        ...

    @property
    def error(self) -> str | None:
        """Why none came."""
        ...

    @property
    def excerpt(self) -> str:
        """The beginning of the body."""
        ...

    @property
    def retry_after(self) -> timedelta | None:
        """How long it wants to be left alone."""
        ...


class CaseSystem(Protocol):
    """Case systems that are called."""

    async def tell(self, subscription: Subscription, *, message_id: str, body: bytes) -> CaseSystemAnswer:
        """Call once, signed. `message_id` is the same for every attempt. Never raises for what the peer does."""
        ...
