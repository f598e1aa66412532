"""What the tests of messaging share: an aggregate collection, topics, and records read back from them."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo.asynchronous.database import AsyncDatabase

from chassis.clock import FixedClock
from chassis.doorbell import Doorbell
from chassis.ids import uuid7
from chassis.kafka import KafkaSettings
from chassis.lease import Lease
from chassis.mongo import AggregateCollection, Document
from chassis.outbox import OutboxRelay
from chassis.outbox_record import OutgoingEvent
from chassis.producer import make_producer
from contracts.envelope import CloudEvent
from contracts.topics import Topic

Database = AsyncDatabase[dict[str, Any]]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOPIC = Topic(
    name="things.v1",
    key="id",
    partitions=3,
    retention_ms=None,
    writers=("test",),
    readers=("test",),
    description="Things.",
)


def outgoing(name: str, *, key: str = "k", sequence: int | None = None, topic: Topic = TOPIC) -> OutgoingEvent:
    """An event of this name; its id is fresh."""
    return OutgoingEvent(
        CloudEvent(
            id=uuid7(),
            type=f"test.{name}",
            source="urn:test",
            subject="s",
            time=NOON,
            data={"name": name},
            partition_key=key,
            correlation_id="c-1",
            sequence=sequence,
        ),
        topic,
    )


async def until(condition: Callable[[], Awaitable[bool] | bool], *, within_s: float = 20) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"the condition did not come true within {within_s} s")


@asynccontextmanager
async def running(work: Callable[[], Awaitable[None]]) -> AsyncIterator[asyncio.Task[None]]:
    """Something that runs until it is told to stop, as a worker does."""

    async def wrapped() -> None:
        await work()

    task = asyncio.create_task(wrapped())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def make_topic(bootstrap: str, name: str, partitions: int = 1) -> None:
    """Make a topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
    finally:
        await admin.close()


async def records_of(bootstrap: str, topic: str, count: int, *, within_s: float = 30) -> list[Any]:
    """The first records of a topic, from its beginning."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    records: list[Any] = []
    try:
        async with asyncio.timeout(within_s):
            while len(records) < count:
                records.append(await consumer.getone())
    finally:
        await consumer.stop()
    return records


@asynccontextmanager
async def producer_at(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer for what tests write themselves."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@dataclass(frozen=True)
class Things:
    """A collection of aggregates, and its parts."""

    database: Database
    aggregates: AggregateCollection
    clock: FixedClock

    async def add(self, thing_id: str, *events: OutgoingEvent, due: Sequence[Any] = ()) -> None:
        """Insert one."""
        document: Document = {"_id": thing_id, "tenant": "OVO000001", "schema": 1, "created_at": NOON}
        await self.aggregates.insert(document, events=events, due=due)

    async def waiting(self) -> int:
        """How many documents have events to tell."""
        return await self.aggregates.collection.count_documents({"outbox.0.id": {"$exists": True}})

    def doorbell(self) -> Doorbell:
        """A doorbell at the collection."""
        return Doorbell(self.database, [self.aggregates.name])

    def lease(self, owner: str, *, name: str = "relay", ttl_s: float = 3) -> Lease:
        """A contender for a lease."""
        return Lease(self.database["leases"], name=name, owner=owner, ttl=timedelta(seconds=ttl_s))

    def relay(
        self,
        bootstrap: str,
        prefix: str,
        *,
        owner: str = "a",
        ttl_s: float = 3,
        producer: Callable[[], AIOKafkaProducer] | None = None,
        ack_timeout_s: float = 10,
    ) -> OutboxRelay:
        """A relay of the collection."""
        settings = KafkaSettings(bootstrap_servers=bootstrap, client_id="relay", request_timeout_ms=3000)
        return OutboxRelay(
            collection=self.aggregates,
            make_producer=producer or (lambda: make_producer(settings)),
            lease=self.lease(owner, ttl_s=ttl_s),
            lease_ttl=timedelta(seconds=ttl_s),
            doorbell=self.doorbell(),
            topic_prefix=prefix,
            ack_timeout_s=ack_timeout_s,
        )


@pytest.fixture
async def things(mongodb: Database) -> Things:
    """An empty collection."""
    aggregates = AggregateCollection.of(mongodb, "things")
    await aggregates.ensure_indexes()
    return Things(mongodb, aggregates, FixedClock(NOON))


@pytest.fixture
def support() -> ModuleType:
    """This module, for what tests share that is no fixture."""
    return sys.modules[__name__]
