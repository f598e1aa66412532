"""What the use cases need of the outside."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from chassis.due_item import DueItem
from chassis.outbox import OutgoingEvent
from chassis.problems import Fault
from chassis.tenancy import Scope, TenantScope
from documents.application.records import Message, StoredForm


class MessageRepository(Protocol):
    """Messages by their id."""

    async def add(
        self, message: Message, *, answers: Sequence[Mapping[str, Any]] = (), due: Sequence[DueItem]
    ) -> None:
        """Write a new one, with the first answer to the call that made it.

        Raises:
            DuplicateAggregate: its id is taken.
        """
        ...

    async def get(self, message_id: str, *, scope: Scope) -> Message | None:
        """One, or None."""
        ...

    async def answers_of(self, message_id: str, *, scope: Scope) -> Sequence[Mapping[str, Any]] | None:
        """The first answers kept with one; None where there is no such message."""
        ...

    async def save(
        self,
        message: Message,
        *,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> None:
        """Write what may change of it.

        Raises:
            VersionConflict: somebody was faster.
        """
        ...

    async def page(self, *, scope: Scope, status: str | None, after: str | None, limit: int) -> list[Message]:
        """Letters of one state or all, in the order of their ids, after one of them."""
        ...

    async def several(self, message_ids: Sequence[str], *, scope: Scope) -> list[Message]:
        """Those that are there."""
        ...


class FormRepository(Protocol):
    """Registered forms, each organisation's own."""

    async def add(self, form: StoredForm) -> StoredForm:
        """Write a version; where it is there already, that one is returned and stays."""
        ...

    async def get(self, form_id: str, version: int, *, scope: TenantScope) -> StoredForm | None:
        """One version."""
        ...


class BronDirectory(Protocol):
    """Which organisation a bron belongs to, as learned from the router."""

    async def owner(self, bron: str) -> str | None:
        """The organisation, or None."""
        ...

    async def note(self, bron: str, tenant: str, version: int) -> None:
        """Keep a registration; an older version changes nothing."""
        ...


class FormChecker(Protocol):
    """Judges forms and values by JSON Schema 2020-12."""

    def check(self, schema: Mapping[str, Any]) -> list[Fault]:
        """What is wrong with a form, each fault with a pointer into it. Empty where it can be used."""
        ...

    def check_values(self, schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[Fault]:
        """What is wrong with values that needn't be complete, each fault with a pointer into them."""
        ...


class DocumentSource(Protocol):
    """Receipts and notices that reply-hub owns."""

    def fetch(self, url: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The PDF at a URL.

        Raises:
            SourceUnavailable: try again later.
        """
        ...


class SourceUnavailable(Exception):
    """The document can't be fetched now."""
