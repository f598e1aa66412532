"""The relay: publishes what waits in aggregates' outboxes, in order per aggregate, at least once.

One relay per collection publishes at a time: it holds a lease, so the order of an aggregate's events is kept without
talk between workers, and one relay publishes several thousand events per second, more than one database takes in.
A relay that lost its lease in the middle makes duplicates, never gaps: an event leaves its document only after the
broker's acknowledgement.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pymongo import UpdateOne
from pymongo.errors import PyMongoError

from chassis import logs, metrics
from chassis.doorbell import Doorbell, heard
from chassis.lease import Lease
from chassis.mongo import AggregateCollection
from chassis.outbox_record import OutgoingEvent, from_record, to_record
from contracts.envelope import to_headers

__all__ = ["OutboxRelay", "OutgoingEvent", "to_record"]

_BATCH: Final = 500
_POLL_S: Final = 1.0
_ACK_TIMEOUT_S: Final = 20.0


class _NotAcknowledged(Exception):
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

    async def run(self) -> None:
        """Relay until cancelled; broker and database may come and go."""
        bell = self.doorbell.bell()
        producer: AIOKafkaProducer | None = None
        try:
            while True:
                try:
                    if not await self._mine():
                        await heard(bell, self.lease_ttl.total_seconds() / 3)
                        continue
                    producer = producer or await self._started()
                    if not await self._relay_batch(producer):
                        await heard(bell, min(_POLL_S, self.lease_ttl.total_seconds() / 3))
                except (KafkaError, _NotAcknowledged, OSError) as error:
                    # A producer that met a sequence error, or that hangs, never recovers: make a new one.
                    logs.get().warning(
                        "relay_cannot_publish", collection=self.collection.name, error=repr(error)[:300]
                    )
                    metrics.OUTBOX_FAILURES.labels(collection=self.collection.name).inc()
                    await self._discarded(producer)
                    producer = None
                    await asyncio.sleep(_POLL_S / 2)
                except PyMongoError as error:
                    logs.get().warning(
                        "relay_cannot_read", collection=self.collection.name, error=type(error).__name__
                    )
                    await asyncio.sleep(_POLL_S)
        finally:
            await self._discarded(producer)
            await self._let_go()

    async def _mine(self) -> bool:
        return await self.lease.acquire()

    async def _started(self) -> AIOKafkaProducer:
        producer = self.make_producer()
        try:
            await producer.start()
        except BaseException:
            await self._discarded(producer)
            raise
        return producer

    @staticmethod
    async def _discarded(producer: AIOKafkaProducer | None) -> None:
        if producer is None:
            return
        try:
            async with asyncio.timeout(2):
                await producer.stop()
        except (KafkaError, OSError, TimeoutError) as error:
            logs.get().info("producer_not_closed", error=repr(error)[:200])

    async def _let_go(self) -> None:
        try:
            await self.lease.release()
        except PyMongoError as error:
            logs.get().info("lease_not_released", error=type(error).__name__)

    async def _relay_batch(self, producer: AIOKafkaProducer) -> bool:
        """Publish what waits in up to 500 documents; says whether there was anything."""
        documents = await self.collection.collection.find(
            {"outbox.0.id": {"$exists": True}}, {"outbox": 1}, limit=_BATCH, hint="outbox_pending"
        ).to_list()
        self._measure(documents)
        if not documents:
            return False
        started = time.perf_counter()
        published = await self._publish(producer, documents)
        await self.collection.collection.bulk_write(
            [UpdateOne({"_id": key}, {"$pull": {"outbox": {"id": {"$in": ids}}}}) for key, ids in published.items()],
            ordered=False,
        )
        count = sum(len(ids) for ids in published.values())
        metrics.OUTBOX_PUBLISHED.labels(collection=self.collection.name).inc(count)
        logs.get().debug(
            "relayed", collection=self.collection.name, events=count, seconds=time.perf_counter() - started
        )
        return True

    async def _publish(
        self, producer: AIOKafkaProducer, documents: Sequence[Mapping[str, Any]]
    ) -> dict[Any, list[str]]:
        """Send every document's events in order; all have to be acknowledged."""
        acknowledgements: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self.ack_timeout_s):
                for document in documents:
                    for record in document["outbox"]:
                        event = from_record(record)
                        acknowledgements.append(
                            await producer.send(
                                f"{self.topic_prefix}{record['topic']}",
                                value=record["body"],
                                key=event.key(),
                                headers=to_headers(event),
                            )
                        )
                await asyncio.gather(*acknowledgements)
        except TimeoutError:
            raise _NotAcknowledged(f"{len(acknowledgements)} events not acknowledged in time") from None
        finally:
            for future in acknowledgements:
                future.cancel()
        return {document["_id"]: [record["id"] for record in document["outbox"]] for document in documents}

    def _measure(self, documents: Sequence[Mapping[str, Any]]) -> None:
        oldest = min((record["time"] for document in documents for record in document["outbox"]), default=None)
        age = 0.0 if oldest is None else (datetime.now(UTC) - oldest).total_seconds()
        metrics.OUTBOX_AGE.labels(collection=self.collection.name).set(max(age, 0.0))
