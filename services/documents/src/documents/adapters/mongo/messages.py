"""Messages in MongoDB."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.cipher import FieldCipher
from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection
from chassis.outbox import OutgoingEvent
from chassis.tenancy import EVERY_TENANT, Scope
from documents.adapters.mongo.message_documents import changing, read_message, to_document
from documents.application.records import Message
from documents.domain.message import Kind

_NOT_READ = {"outbox": 0, "due": 0, "answers": 0}


class MongoMessages:
    """See MessageRepository."""

    def __init__(self, collection: AggregateCollection, cipher: FieldCipher) -> None:
        """Keep them in `collection`; `cipher` guards what is personal."""
        self._collection = collection
        self._cipher = cipher

    async def ensure_indexes(self) -> None:
        """The indexes of lists, and of the sweeper's question whether a file is in use."""
        await self._collection.collection.create_index([("tenant", 1), ("kind", 1), ("_id", 1)], name="by_tenant")
        await self._collection.collection.create_index("attachments.attachment_id", name="by_file")

    async def add(
        self, message: Message, *, answers: Sequence[Mapping[str, Any]] = (), due: Sequence[DueItem]
    ) -> None:
        """See MessageRepository."""
        document = {**to_document(message, self._cipher), "answers": [dict(answer) for answer in answers]}
        await self._collection.insert(document, due=due)

    async def get(self, message_id: str, *, scope: Scope) -> Message | None:
        """See MessageRepository."""
        stored = await self._collection.get(message_id, scope=scope, fields=_NOT_READ)
        return read_message(stored, self._cipher) if stored else None

    async def answers_of(self, message_id: str, *, scope: Scope) -> Sequence[Mapping[str, Any]] | None:
        """See MessageRepository."""
        stored = await self._collection.get(message_id, scope=scope, fields={"answers": 1})
        return stored["answers"] if stored else None

    async def save(
        self,
        message: Message,
        *,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> None:
        """See MessageRepository."""
        await self._collection.save(
            message.id,
            scope=EVERY_TENANT,
            version=message.version,
            set=changing(message),
            events=events,
            due_done=due_done,
            due_add=due_add,
        )

    async def page(self, *, scope: Scope, status: str | None, after: str | None, limit: int) -> list[Message]:
        """See MessageRepository."""
        query: dict[str, Any] = {"kind": Kind.LETTER.value, **scope.filter()}
        if status is not None:
            query["status"] = status
        if after is not None:
            query["_id"] = {"$gt": after}
        found = self._collection.collection.find(query, _NOT_READ).sort("_id", 1).limit(limit)
        return [read_message(stored, self._cipher) async for stored in found]

    async def several(self, message_ids: Sequence[str], *, scope: Scope) -> list[Message]:
        """See MessageRepository."""
        query = {"_id": {"$in": list(message_ids)}, **scope.filter()}
        return [
            read_message(stored, self._cipher) async for stored in self._collection.collection.find(query, _NOT_READ)
        ]

    async def uses_file(self, file_id: str) -> bool:
        """Whether a message points at a file; for the sweeper."""
        found = await self._collection.collection.find_one({"attachments.attachment_id": file_id}, {"_id": 1})
        return found is not None
