"""Events that could not be handled: kept until somebody did, announced on a topic of their own.

The collection holds the record as it was, so that it can be published again; its content can be erased, the fact that
it was there stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from chassis.clock import Clock
from chassis.ids import derived_id
from chassis.mongo import AggregateCollection, Document, DuplicateAggregate
from chassis.outbox_record import OutgoingEvent
from chassis.tenancy import EVERY_TENANT
from contracts.envelope import CloudEvent
from contracts.topics import Topic

_SCHEMA: Final = 1
ADDED: Final = "be.vlaanderen.antwoordhub.v1.deadLetters.notify.added"


class DeadLetterNotFound(LookupError):
    """There is no dead letter of that id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A record that was put aside, as it was, and why."""

    group: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    body: bytes
    event_type: str | None
    reason: str
    detail: str

    @property
    def id(self) -> str:
        """Group, topic, partition and offset: putting the same record aside twice changes nothing."""
        return f"{self.group}/{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """The dead letters of one service."""

    collection: AggregateCollection
    clock: Clock
    source: str
    topic: Topic

    async def add(self, letter: DeadLetter) -> None:
        """Keep one and announce it, in one write; a second time changes nothing."""
        now = self.clock.now()
        data: Mapping[str, Any] = {
            "deadLetterId": letter.id,
            "topic": letter.topic,
            "partition": letter.partition,
            "offset": letter.offset,
            "eventType": letter.event_type,
            "reason": letter.reason,
            "addedAt": now.isoformat().replace("+00:00", "Z"),
        }
        event = CloudEvent(
            id=derived_id("dead letter", letter.id),
            type=ADDED,
            source=self.source,
            subject=letter.id,
            time=now,
            data=data,
            partition_key=letter.id,
            correlation_id=letter.id,
        )
        document: Document = {
            "_id": letter.id,
            "tenant": None,
            "schema": _SCHEMA,
            "created_at": now,
            "status": "WAITING",
            "topic": letter.topic,
            "key": letter.key,
            "headers": [[name, value] for name, value in letter.headers],
            "body": letter.body,
            "event_type": letter.event_type,
            "reason": letter.reason,
            "detail": letter.detail,
        }
        try:
            await self.collection.insert(document, events=[OutgoingEvent(event, self.topic)])
        except DuplicateAggregate:
            return

    async def list(self, *, status: str = "WAITING", limit: int = 100) -> list[Document]:
        """The oldest ones of a status, without their content."""
        found = self.collection.collection.find({"status": status}, {"body": 0, "headers": 0, "outbox": 0, "due": 0})
        return await found.sort("created_at", 1).limit(limit).to_list()

    async def get(self, letter_id: str) -> Document:
        """One, with its content.

        Raises:
            DeadLetterNotFound: see there.
        """
        document = await self.collection.get(letter_id, scope=EVERY_TENANT)
        if document is None:
            raise DeadLetterNotFound(letter_id)
        return document

    async def replay(self, letter_id: str, producer: AIOKafkaProducer) -> None:
        """Publish the record again as it was, and mark the letter; the content stays until it is discarded.

        Raises:
            DeadLetterNotFound: see there.
            ValueError: its content was erased.
        """
        document = await self.get(letter_id)
        if document["body"] is None:
            raise ValueError(f"the content of {letter_id} was erased")
        headers = [(name, value) for name, value in document["headers"]]
        await producer.send_and_wait(document["topic"], value=document["body"], key=document["key"], headers=headers)
        await self._mark(document, {"status": "REPLAYED", "replayed_at": self.clock.now()})

    async def discard(self, letter_id: str, *, reason: str) -> None:
        """Erase the content and say why.

        Raises:
            DeadLetterNotFound: see there.
        """
        erased: Document = {
            "body": None,
            "headers": [],
            "key": None,
            "detail": None,
            "discarded_at": self.clock.now(),
            "discard_reason": reason,
        }
        await self._mark(await self.get(letter_id), {"status": "DISCARDED", **erased})

    async def _mark(self, document: Document, fields: Mapping[str, Any]) -> None:
        await self.collection.save(document["_id"], scope=EVERY_TENANT, version=document["version"], set=fields)
