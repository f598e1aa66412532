"""The relay: publishes what waits in aggregates' outboxes, in order per aggregate, at least once.

One relay per collection publishes at a time: it holds a lease, so the order of an aggregate's events is kept without
talk between workers. Shards would let several publish, but one relay publishes several times what one database takes
in, so there are none. An event leaves its document only after the broker's acknowledgement: a relay that is killed,
or loses its lease in the middle, makes duplicates, never gaps.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from chassis import logs, metrics
from chassis.clock import SystemClock
from chassis.doorbell import Doorbell, heard, told_to_stop
from chassis.lease import Lease, LeaseLost
from chassis.mongo import OUTBOX_INDEX, AggregateCollection, Document
from chassis.outbox_record import OutgoingEvent, headers_of, to_record
from chassis.producer import close_producer

__all__ = ["OutboxRelay", "OutgoingEvent", "to_record"]

_BATCH: Final = 500
_POLL_S: Final = 1.0
_ACK_TIMEOUT_S: Final = 20.0
_HOLD_BACK_S: Final = 30.0
_OF_ONE_DOCUMENT: Final = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
"""Refusals that concern one event. Its document is held back for a while; the others go on."""

_CLOCK: Final = SystemClock()


class NotAcknowledged(Exception):
    """The broker did not say that it has the events; whether it has them is unknown."""


@dataclass(slots=True, kw_only=True)
class OutboxRelay:
    """Publishes the events of one collection. `make_producer` gives one that isn't started."""

    collection: AggregateCollection
    make_producer: Callable[[], AIOKafkaProducer]
    lease: Lease
    lease_ttl: timedelta
    doorbell: Doorbell
    topic_prefix: str
    ack_timeout_s: float = _ACK_TIMEOUT_S
    _producer: AIOKafkaProducer | None = field(init=False, default=None)
    _held_back: dict[Any, tuple[float, datetime]] = field(init=False, default_factory=dict)

    async def run(self) -> None:
        """Relay until cancelled; broker and database may come and go."""
        bell = self.doorbell.bell(self.collection.name)
        try:
            while not told_to_stop():
                pause_s = await self._turn()
                if pause_s:
                    await heard(bell, pause_s)
        finally:
            await self._discard_producer()
            await self._let_go()

    async def _turn(self) -> float:
        """Relay one batch, if the lease is ours; returns the seconds to wait until the next turn."""
        try:
            if not await self.lease.renew():
                metrics.OUTBOX_AGE.labels(collection=self.collection.name).set(0)
                return min(_POLL_S, self.lease_ttl.total_seconds() / 3)
            async with self.lease.kept():
                return 0 if await self._relay_batch() else min(_POLL_S, self.lease_ttl.total_seconds() / 3)
        except (KafkaError, NotAcknowledged, LeaseLost, OSError) as error:
            # A producer that met a sequence error, or that hangs, never recovers, and one whose lease is lost may
            # still hold events that another relay sends by now: make a new one.
            logs.get().warning("relay_cannot_publish", collection=self.collection.name, error=repr(error)[:300])
            metrics.OUTBOX_FAILURES.labels(collection=self.collection.name).inc()
            await self._discard_producer()
            return _POLL_S / 2
        except PyMongoError as error:
            logs.get().warning("relay_cannot_read", collection=self.collection.name, error=repr(error)[:300])
            return _POLL_S

    async def _relay_batch(self) -> bool:
        """Publish what waits in up to 500 documents; says whether there was anything."""
        documents = await self._waiting()
        self._measure(documents)
        if not documents:
            return False
        producer = await self._started_producer()
        started, told = time.perf_counter(), dict[Any, list[str]]()
        try:
            await self._publish(producer, documents, told)
        finally:
            # Also when told to stop: what the broker has need not be sent again.
            await self._strike_off(told)
        logs.get().debug("relayed", collection=self.collection.name, seconds=round(time.perf_counter() - started, 3))
        return True

    async def _waiting(self) -> list[Document]:
        now = time.monotonic()
        self._held_back = {key: held for key, held in self._held_back.items() if held[0] > now}
        wanted: Document = {"outbox.0.id": {"$exists": True}}
        if self._held_back:
            wanted["_id"] = {"$nin": list(self._held_back)}
        return await self.collection.collection.find(
            wanted, {"outbox": 1}, limit=_BATCH, hint=OUTBOX_INDEX, batch_size=_BATCH
        ).to_list()

    async def _publish(
        self, producer: AIOKafkaProducer, documents: Sequence[Document], told: dict[Any, list[str]]
    ) -> None:
        """Send every document's events; `told` gets the ids of those that the broker acknowledged."""
        try:
            async with asyncio.timeout(self.ack_timeout_s):
                faults = await asyncio.gather(*(self._tell(producer, document, told) for document in documents))
        except TimeoutError:
            raise NotAcknowledged(f"not acknowledged within {self.ack_timeout_s} s") from None
        for fault in faults:
            if fault is not None:
                raise fault

    async def _tell(
        self, producer: AIOKafkaProducer, document: Document, told: dict[Any, list[str]]
    ) -> KafkaError | None:
        """Send one document's events in order, up to the first that fails; returns why the producer is no good."""
        sent: list[tuple[str, asyncio.Future[Any]]] = []
        fault: KafkaError | None = None
        try:
            for record in document["outbox"]:
                acknowledgement = await producer.send(
                    f"{self.topic_prefix}{record['topic']}",
                    value=record["body"],
                    key=record["key"].encode(),
                    headers=headers_of(record),
                )
                acknowledgement.add_done_callback(_looked_at)
                sent.append((record["id"], acknowledgement))
        except KafkaError as error:
            fault = error
        try:
            for event_id, acknowledgement in sent:
                await acknowledgement
                told.setdefault(document["_id"], []).append(event_id)
        except KafkaError as error:
            fault = error
        if isinstance(fault, _OF_ONE_DOCUMENT):
            self._hold_back(document, fault)
            return None
        return fault

    def _hold_back(self, document: Document, fault: KafkaError) -> None:
        oldest = min(record["stored_at"] for record in document["outbox"])
        self._held_back[document["_id"]] = (time.monotonic() + _HOLD_BACK_S, oldest)
        metrics.OUTBOX_FAILURES.labels(collection=self.collection.name).inc()
        logs.get().error(
            "event_refused_by_broker",
            collection=self.collection.name,
            aggregate=str(document["_id"]),
            error=repr(fault)[:300],
        )

    async def _strike_off(self, told: Mapping[Any, list[str]]) -> None:
        """Take events out of their documents. Right whoever holds the lease by now: the broker has them."""
        if not told:
            return
        await self.collection.collection.bulk_write(
            [UpdateOne({"_id": key}, {"$pull": {"outbox": {"id": {"$in": ids}}}}) for key, ids in told.items()],
            ordered=False,
        )
        metrics.OUTBOX_PUBLISHED.labels(collection=self.collection.name).inc(sum(map(len, told.values())))

    def _measure(self, documents: Sequence[Document]) -> None:
        moments = [record["stored_at"] for document in documents for record in document["outbox"]]
        moments += [oldest for _, oldest in self._held_back.values()]
        age = (_CLOCK.now() - min(moments)).total_seconds() if moments else 0.0
        metrics.OUTBOX_AGE.labels(collection=self.collection.name).set(max(age, 0.0))

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = self.make_producer()
            try:
                await producer.start()
            except BaseException:
                await close_producer(producer)
                raise
            self._producer = producer
        return self._producer

    async def _discard_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await close_producer(producer)

    async def _let_go(self) -> None:
        try:
            await self.lease.release()
        except PyMongoError as error:
            logs.get().info("lease_not_released", error=type(error).__name__)


def _looked_at(acknowledgement: "asyncio.Future[Any]") -> None:
    """An acknowledgement that nobody awaits any more should not complain about its fault."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()
