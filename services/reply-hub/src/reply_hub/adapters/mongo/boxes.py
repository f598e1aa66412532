"""Agencies' boxes at mailboxes, and what they brought, in MongoDB."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection, DuplicateAggregate
from chassis.tenancy import EVERY_TENANT, Scope
from reply_hub.adapters.mongo.stored import SCHEMA
from reply_hub.application.records import Box, Incoming, IncomingState

BOXES: Final = "boxes"
INCOMING: Final = "incoming"


@dataclass(frozen=True, slots=True)
class MongoBoxes:
    """See `Boxes`. Boxes known to exist are remembered, so that opening a request costs no write for its box."""

    aggregates: AggregateCollection
    _known: set[str] = field(default_factory=set)

    async def ensure_indexes(self) -> None:
        """Make the indexes; those that are there stay."""
        await self.aggregates.ensure_indexes()

    async def ensure(self, box: Box, *, due: DueItem) -> None:
        """See `Boxes`."""
        if box.id in self._known:
            return
        document = {
            "_id": box.id,
            "schema": SCHEMA,
            "tenant": box.tenant,
            "created_at": due.at,
            "mailbox": box.mailbox,
            "enterprise_number": box.enterprise_number,
            "cursor": box.cursor,
        }
        with suppress(DuplicateAggregate):
            await self.aggregates.insert(document, due=[due])
        self._known.add(box.id)

    async def find(self, box_id: str, *, scope: Scope) -> Box | None:
        """See `Boxes`."""
        stored = await self.aggregates.get(box_id, scope=scope)
        if stored is None:
            return None
        return Box(
            id=stored["_id"],
            tenant=stored["tenant"],
            version=stored["version"],
            mailbox=stored["mailbox"],
            enterprise_number=stored["enterprise_number"],
            cursor=stored["cursor"],
        )

    async def save(self, box: Box, *, due_add: Sequence[DueItem]) -> None:
        """See `Boxes`."""
        await self.aggregates.save(
            box.id, scope=EVERY_TENANT, version=box.version, set={"cursor": box.cursor}, due_add=due_add
        )


@dataclass(frozen=True, slots=True)
class MongoIncomings:
    """See `Incomings`."""

    aggregates: AggregateCollection

    async def ensure_indexes(self) -> None:
        """Make the indexes; those that are there stay."""
        await self.aggregates.ensure_indexes()
        await self.aggregates.collection.create_index(
            [("state", 1), ("_id", 1)],
            name="unmatched",
            partialFilterExpression={"state": IncomingState.UNMATCHED.value},
        )

    async def find(self, incoming_id: str, *, scope: Scope) -> Incoming | None:
        """See `Incomings`."""
        stored = await self.aggregates.get(incoming_id, scope=scope)
        return _incoming_of(stored) if stored else None

    async def add(self, incoming: Incoming, *, due: Sequence[DueItem]) -> bool:
        """See `Incomings`."""
        document = {
            "_id": incoming.id,
            "schema": SCHEMA,
            "tenant": incoming.tenant,
            "created_at": incoming.collected_at,
            "mailbox": incoming.mailbox,
            "enterprise_number": incoming.enterprise_number,
            "external_id": incoming.external_id,
            "original_message_id": incoming.original_message_id,
            "sender": incoming.sender,
            "content": incoming.content,
            "vouched_at": incoming.vouched_at,
            **_outcome(incoming),
        }
        try:
            await self.aggregates.insert(document, due=due)
        except DuplicateAggregate:
            return False
        return True

    async def save(
        self, incoming: Incoming, *, due_done: Sequence[str] = (), due_add: Sequence[DueItem] = ()
    ) -> None:
        """See `Incomings`."""
        await self.aggregates.save(
            incoming.id,
            scope=EVERY_TENANT,
            version=incoming.version,
            set=_outcome(incoming),
            due_done=due_done,
            due_add=due_add,
        )

    async def unmatched(self, *, scope: Scope, after: str | None, limit: int) -> list[Incoming]:
        """See `Incomings`."""
        wanted: dict[str, Any] = {"state": IncomingState.UNMATCHED.value, **scope.filter()}
        if after is not None:
            wanted["_id"] = {"$gt": after}
        cursor = self.aggregates.collection.find(wanted).sort("_id", 1).limit(limit)
        return [_incoming_of(stored) for stored in await cursor.to_list()]


def _outcome(incoming: Incoming) -> dict[str, Any]:
    return {"state": incoming.state.value, "reason": incoming.reason, "reply_id": incoming.reply_id}


def _incoming_of(stored: Mapping[str, Any]) -> Incoming:
    return Incoming(
        id=stored["_id"],
        tenant=stored["tenant"],
        version=stored["version"],
        state=IncomingState(stored["state"]),
        mailbox=stored["mailbox"],
        enterprise_number=stored["enterprise_number"],
        external_id=stored["external_id"],
        original_message_id=stored["original_message_id"],
        sender=stored["sender"],
        content=stored["content"],
        vouched_at=stored["vouched_at"],
        collected_at=stored["created_at"],
        reason=stored["reason"],
        reply_id=stored["reply_id"],
    )
