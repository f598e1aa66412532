"""Answers in MongoDB: one document each, from receipt to dossier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection
from chassis.outbox_record import OutgoingEvent
from chassis.tenancy import EVERY_TENANT, Scope
from reply_hub.adapters.mongo.reply_documents import changes_document, reply_document, reply_of
from reply_hub.application.records import ReplyQuery
from reply_hub.domain.reply import Reply

NAME: Final = "replies"
_OURS: Final = {"outbox": 0, "due": 0}


@dataclass(frozen=True, slots=True)
class MongoReplies:
    """See `Replies`."""

    aggregates: AggregateCollection

    async def ensure_indexes(self) -> None:
        """Make the indexes; those that are there stay."""
        await self.aggregates.ensure_indexes()
        collection = self.aggregates.collection
        await collection.create_index([("request_id", 1)], name="by_request")
        await collection.create_index([("tenant", 1), ("registered_at", 1), ("_id", 1)], name="by_tenant")
        await collection.create_index(
            [("tenant", 1), ("dossier.bron", 1), ("dossier.dossier_nummer", 1), ("registered_at", 1)],
            name="by_dossier",
        )

    async def find(self, reply_id: str, *, scope: Scope) -> Reply | None:
        """See `Replies`."""
        found = await self.aggregates.get(reply_id, scope=scope, fields=_OURS)
        return reply_of(found) if found else None

    async def add(self, reply: Reply, *, events: Sequence[OutgoingEvent], due: Sequence[DueItem]) -> None:
        """See `Replies`."""
        await self.aggregates.insert(reply_document(reply), events=events, due=due)

    async def save(
        self,
        reply: Reply,
        *,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> None:
        """See `Replies`."""
        await self.aggregates.save(
            reply.id,
            scope=EVERY_TENANT,
            version=reply.version,
            set=changes_document(reply),
            events=events,
            due_done=due_done,
            due_add=due_add,
        )

    async def of_request(self, request_id: str, *, scope: Scope) -> list[Reply]:
        """See `Replies`."""
        cursor = self.aggregates.collection.find({"request_id": request_id, **scope.filter()}, _OURS)
        return [reply_of(found) for found in await cursor.sort([("registered_at", 1), ("_id", 1)]).to_list()]

    async def page(self, query: ReplyQuery, *, scope: Scope, limit: int) -> list[Reply]:
        """See `Replies`."""
        wanted: dict[str, Any] = {
            "dossier.bron": query.bron,
            "dossier.dossier_nummer": query.dossier_nummer,
            "status": query.status,
        }
        wanted = {field: value for field, value in wanted.items() if value is not None}
        if query.after is not None:
            at, reply_id = query.after
            wanted["$or"] = [{"registered_at": {"$gt": at}}, {"registered_at": at, "_id": {"$gt": reply_id}}]
        cursor = self.aggregates.collection.find({**wanted, **scope.filter()}, _OURS)
        ordered = cursor.sort([("registered_at", 1), ("_id", 1)]).limit(limit)
        return [reply_of(found) for found in await ordered.to_list()]
