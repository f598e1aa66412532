"""Takes events in: at least once, in order per partition, and nothing vanishes.

FastStream 0.7 on aiokafka does the consuming; this module is the only one that knows it. An event that was handled,
skipped, or put aside as a dead letter is committed; one that met an absent database or broker is tried again for as
long as it takes, and the partition waits behind it.

| a record                                       | what becomes of it                                       |
|------------------------------------------------|----------------------------------------------------------|
| a tombstone, an unknown type                   | skipped and counted                                      |
| a broken header, no JSON, data of other shape  | dead letter MALFORMED_EVENT or INVALID_DATA              |
| its handler raises Poison                      | dead letter with that reason                             |
| its handler raises anything else, or hangs     | three tries, then dead letter HANDLER_FAILED             |
| MongoDB, Kafka or what a handler needs is away | waits, and is tried again for ever                       |
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeAlias

import stamina
from aiokafka import ConsumerRecord
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from pymongo.errors import ConnectionFailure, ExecutionTimeout, WTimeoutError

from chassis import logs, metrics
from chassis.broker import decode_nothing, make_broker, parse_nothing
from chassis.dead_letters import DeadLetter, DeadLetters
from chassis.kafka import KafkaSettings
from chassis.membership import Membership
from chassis.mongo import OutboxFull
from chassis.reception import Handler, Poison, ReceivedEvent, Skipped, Unavailable, Unreadable, read
from chassis.tracing import span_from
from contracts.envelope import CloudEvent

__all__ = ["EventConsumer", "Handler", "Poison", "ReceivedEvent", "Unavailable"]

_ATTEMPTS: Final = 3
_RETRY_PAUSE_S: Final = 0.2
_OUTAGE_PAUSE_S: Final = 1.0
_LAG_EVERY_S: Final = 5.0

_OUTAGES: Final = (ConnectionFailure, ExecutionTimeout, WTimeoutError, KafkaError, Unavailable, OutboxFull)

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(slots=True, kw_only=True)
class EventConsumer:
    """All events one service takes in, as one consumer group (and one more for subscriptions by pattern)."""

    settings: KafkaSettings
    group: str
    dead_letters: DeadLetters
    graceful_timeout: timedelta = timedelta(seconds=15)
    broker: KafkaBroker = field(init=False)
    _memberships: list[Membership] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Make the broker; nothing connects yet."""
        self.broker = make_broker(self.settings, graceful_timeout=self.graceful_timeout)

    def subscribe(
        self, handlers: Mapping[str, Handler[Any]], *, topics: tuple[str, ...] = (), pattern: str | None = None
    ) -> None:
        """Handle the events of topics (without the prefix), or of those that match a pattern (with it).

        Types without a handler are skipped.
        """
        group = self.group if pattern is None else f"{self.group}.tenants"
        membership = Membership(group)
        self._memberships.append(membership)
        subscriber = self.broker.subscriber(
            *(f"{self.settings.topic_prefix}{topic}" for topic in topics),
            pattern=pattern,
            group_id=group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.ACK,
            max_workers=1,
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=self.settings.session_timeout_ms,
            heartbeat_interval_ms=self.settings.heartbeat_interval_ms,
            rebalance_timeout_ms=self.settings.rebalance_timeout_ms,
            max_poll_interval_ms=self.settings.max_poll_interval_ms,
            listener=membership,
            parser=parse_nothing,
            decoder=decode_nothing,
            title=f"{self.group}:{pattern or ','.join(topics)}",
        )
        membership.consumer_of = lambda: subscriber.consumer

        async def on_record(record: Record) -> None:
            await self._take(record, handlers, by_tenant=pattern is not None)

        subscriber(on_record)

    @property
    def joined(self) -> bool:
        """Whether every subscription is in its group, with or without partitions."""
        return all(membership.joined for membership in self._memberships)

    async def run(self) -> None:
        """Consume until cancelled; then finish what is in hand and commit it. A broker that is away is waited for."""
        try:
            async for attempt in stamina.retry_context(
                on=(KafkaError, OSError), attempts=None, timeout=None, wait_max=5
            ):
                with attempt:
                    await self._start()
            while True:
                for membership in self._memberships:
                    await membership.measure_lag()
                await asyncio.sleep(_LAG_EVERY_S)
        finally:
            await self.broker.stop()

    async def _start(self) -> None:
        try:
            await self.broker.start()
        except (KafkaError, OSError) as error:
            logs.get().warning("broker_unavailable", group=self.group, error=type(error).__name__)
            await self.broker.stop()
            raise

    async def _take(self, record: Record, handlers: Mapping[str, Handler[Any]], *, by_tenant: bool) -> None:
        """Handle one record to an end.

        FastStream commits whatever returns or raises, except for NackMessage, which makes the partition come back to
        the record, and cancellation: so nothing else may leave this method.
        """
        started = time.perf_counter()
        event = read(record, handlers, by_tenant=by_tenant)
        kind: str | None
        if isinstance(event, ReceivedEvent):
            kind, correlation, parent = _origin(event.envelope)
        else:
            kind, correlation, parent = event.event_type, None, None
        outcome = "cancelled"
        with span_from(parent, f"receive {kind or 'unreadable'}"), logs.bind(correlation_id=correlation):
            try:
                outcome = await self._settle(record, event, handlers)
            except NackMessage:
                outcome = "waiting"
                raise
            finally:
                self._account(record, kind, outcome, correlation, time.perf_counter() - started)

    async def _settle(
        self,
        record: Record,
        event: ReceivedEvent[Any] | Skipped | Unreadable,
        handlers: Mapping[str, Handler[Any]],
    ) -> str:
        """Handle, skip or put aside; the outcome's name.

        Raises:
            NackMessage: after a pause, where something is away.
        """
        try:
            match event:
                case Skipped():
                    return f"skipped_{event.reason}"
                case Unreadable():
                    await self._put_aside(record, event.poison, event.event_type)
                    return "dead_letter"
            try:
                await self._with_retries(handlers[event.envelope.type], event)
            except Poison as poison:
                await self._put_aside(record, poison, event.envelope.type)
                return "dead_letter"
        except Exception as error:
            # Outages; and whatever else kept the dead letter from being written, as nothing may go lost by a fault.
            logs.get().warning("event_waits", topic=record.topic, offset=record.offset, error=repr(error)[:200])
            await asyncio.sleep(_OUTAGE_PAUSE_S)
            raise NackMessage from error
        return "handled"

    async def _with_retries(self, handler: Handler[Any], event: ReceivedEvent[Any]) -> None:
        """Three tries, which together stay well within the time after which the group would give the partition away.

        Raises:
            Poison: the last of them failed too, or the handler said so.
        """
        limit_s = self.settings.max_poll_interval_ms / 1000 / (_ATTEMPTS + 2)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with asyncio.timeout(limit_s):
                    await handler.handle(event)
            except (Poison, *_OUTAGES):
                raise
            except Exception as error:
                logs.get().warning("event_failed", type=event.envelope.type, attempt=attempt, exc_info=error)
                if attempt == _ATTEMPTS:
                    raise Poison("HANDLER_FAILED", type(error).__name__) from error
                await asyncio.sleep(_RETRY_PAUSE_S * attempt)
            else:
                return

    async def _put_aside(self, record: Record, poison: Poison, kind: str | None) -> None:
        """Keep it as a dead letter; only when that is written may the offset be committed."""
        await self.dead_letters.add(
            DeadLetter(
                group=self.group,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key,
                headers=tuple(record.headers),
                body=record.value,
                event_type=kind,
                reason=poison.reason,
                detail=str(poison),
            )
        )
        metrics.DEAD_LETTERS.labels(group=self.group, reason=poison.reason).inc()

    def _account(
        self, record: Record, kind: str | None, outcome: str, correlation: str | None, seconds: float
    ) -> None:
        # Only types that somebody here handles become labels: what others write must not make endless series.
        known = kind if outcome in {"handled", "waiting"} else None
        metrics.EVENTS.labels(group=self.group, type=known or "other", outcome=outcome).observe(seconds)
        metrics.LAST_PROGRESS.labels(group=self.group).set_to_current_time()
        logs.get().info(
            "event_handled",
            type=kind,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            outcome=outcome,
            duration_ms=round(seconds * 1000, 1),
            correlation_id=correlation,
        )


def _origin(envelope: CloudEvent) -> tuple[str, str | None, str | None]:
    return envelope.type, envelope.correlation_id, envelope.traceparent
