"""Takes events in: at least once, in order per partition, and nothing vanishes.

FastStream 0.7 on aiokafka does the consuming; this module is the only one that knows it. An event that was handled,
skipped, or put aside as a dead letter is committed; one that met an absent database or broker is tried again for as
long as it takes, and the partition waits behind it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar

import stamina
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage
from pydantic import BaseModel, ValidationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError

from chassis import logs, metrics
from chassis.dead_letters import DeadLetter, DeadLetters
from chassis.kafka import KafkaSettings
from chassis.mongo import OutboxFull
from chassis.tracing import span_from
from contracts.envelope import CloudEvent, MalformedEvent, from_headers

_ATTEMPTS: Final = 3
_RETRY_PAUSE_S: Final = 0.2
_OUTAGE_PAUSE_S: Final = 1.0

M = TypeVar("M", bound=BaseModel)


class Poison(Exception):
    """The event can never be handled; it becomes a dead letter at once. The message is a code and a sentence."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """`reason` is a stable code; the detail names no person."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Unavailable(Exception):
    """Something the handler needs is away for now; the event waits."""


_OUTAGES: Final = (ConnectionFailure, ExecutionTimeout, WTimeoutError, KafkaError, Unavailable, OutboxFull)


@dataclass(frozen=True, slots=True)
class ReceivedEvent(Generic[M]):
    """An event, read and checked, and where it stood. The topic, never the payload, tells a tenant."""

    envelope: CloudEvent
    data: M
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Handler(Generic[M]):
    """What is done with events of one type."""

    model: type[M]
    handle: Callable[[ReceivedEvent[M]], Awaitable[None]]


@dataclass(slots=True)
class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Whether the consumer is in its group, with or without partitions."""

    joined: bool = False

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Another member came or went."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """The group has agreed; the set may be empty."""
        self.joined = True


@dataclass(slots=True, kw_only=True)
class EventConsumer:
    """All events one service takes in, as one consumer group."""

    settings: KafkaSettings
    group: str
    dead_letters: DeadLetters
    graceful_timeout: timedelta = timedelta(seconds=15)
    broker: KafkaBroker = field(init=False)
    _memberships: list[_Membership] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Make the broker; nothing connects yet."""
        options = self.settings.client_options()
        security_protocol = options.pop("security_protocol")
        self.broker = KafkaBroker(
            options.pop("bootstrap_servers"),
            client_id=options.pop("client_id"),
            metadata_max_age_ms=options.pop("metadata_max_age_ms"),
            security=_security(security_protocol, options),
            allow_auto_create_topics=False,
            graceful_timeout=self.graceful_timeout.total_seconds(),
            request_timeout_ms=self.settings.request_timeout_ms,
            acks="all",
            enable_idempotence=True,
            apply_types=False,
            logger=None,
        )

    def subscribe(
        self, handlers: Mapping[str, Handler[Any]], *, topics: tuple[str, ...] = (), pattern: str | None = None
    ) -> None:
        """Handle the events of topics, or of those that match a pattern; types without a handler are skipped."""
        membership = _Membership()
        self._memberships.append(membership)
        subscriber = self.broker.subscriber(
            *(f"{self.settings.topic_prefix}{topic}" for topic in topics),
            pattern=pattern,
            group_id=self.group if pattern is None else f"{self.group}.tenants",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.ACK,
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=self.settings.session_timeout_ms,
            heartbeat_interval_ms=self.settings.heartbeat_interval_ms,
            rebalance_timeout_ms=self.settings.rebalance_timeout_ms,
            max_poll_interval_ms=self.settings.max_poll_interval_ms,
            listener=membership,
            parser=_tolerant,
            decoder=_record_of,
            title=f"{self.group}:{pattern or ','.join(topics)}",
        )

        async def on_record(record: ConsumerRecord) -> None:
            await self._take(record, handlers)

        subscriber(on_record)

    @property
    def joined(self) -> bool:
        """Whether every subscription is in its group."""
        return all(membership.joined for membership in self._memberships)

    async def run(self) -> None:
        """Consume until cancelled; then finish what is in hand and commit it. A broker that is away is waited for."""
        async for attempt in stamina.retry_context(on=(KafkaError, OSError), attempts=None, timeout=None, wait_max=5):
            with attempt:
                await self._start()
        try:
            while True:
                self._measure_lag()
                await asyncio.sleep(5)
        finally:
            await self.broker.stop()

    async def _start(self) -> None:
        try:
            await self.broker.start()
        except (KafkaError, OSError):
            await self.broker.stop()
            raise

    async def _take(self, record: ConsumerRecord, handlers: Mapping[str, Handler[Any]]) -> None:
        """Handle one record to an end; raising NackMessage makes the partition wait and come back to it."""
        if record.value is None:
            return  # a tombstone of a compacted topic says that the key is gone, and no topic of ours deletes keys
        started = time.perf_counter()
        read = _read(record, handlers)
        kind = read.envelope.type if isinstance(read, ReceivedEvent) else None
        correlation = read.envelope.correlation_id if isinstance(read, ReceivedEvent) else None
        parent = read.envelope.traceparent if isinstance(read, ReceivedEvent) else None
        outcome = "handled"
        with logs.bind(correlation_id=correlation), span_from(parent, f"receive {kind or 'unreadable'}"):
            try:
                match read:
                    case ReceivedEvent():
                        await self._with_retries(handlers[read.envelope.type], read)
                    case Poison():
                        outcome = "dead_letter"
                        await self._put_aside(record, read, None)
                    case None:
                        outcome = "skipped"
            except Poison as poison:
                outcome = "dead_letter"
                await self._put_aside(record, poison, kind)
            except _OUTAGES as error:
                outcome = "waiting"
                logs.get().warning("event_waits", type=kind, error=type(error).__name__)
                await asyncio.sleep(_OUTAGE_PAUSE_S)
                raise NackMessage from error
            except asyncio.CancelledError:
                outcome = "cancelled"
                raise
            finally:
                self._account(record, kind, outcome, time.perf_counter() - started)

    async def _with_retries(self, handler: Handler[Any], event: ReceivedEvent[Any]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
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

    async def _put_aside(self, record: ConsumerRecord, poison: Poison, kind: str | None) -> None:
        """Keep it as a dead letter; only when that is written may the offset be committed."""
        try:
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
        except PyMongoError as error:
            await asyncio.sleep(_OUTAGE_PAUSE_S)
            raise NackMessage from error
        metrics.DEAD_LETTERS.labels(group=self.group, reason=poison.reason).inc()

    def _account(self, record: ConsumerRecord, kind: str | None, outcome: str, seconds: float) -> None:
        metrics.EVENTS.labels(group=self.group, type=kind or "unreadable", outcome=outcome).observe(seconds)
        metrics.LAST_PROGRESS.labels(group=self.group).set_to_current_time()
        logs.get().info(
            "event_handled",
            type=kind,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            outcome=outcome,
            duration_ms=round(seconds * 1000, 1),
        )

    def _measure_lag(self) -> None:
        for subscriber in self.broker.subscribers:
            consumer: Any = getattr(subscriber, "consumer", None)
            for partition in consumer.assignment() if consumer is not None else ():
                end = consumer.highwater(partition)
                last = consumer.last_stable_offset(partition) if end is None else end
                position = consumer._subscription.subscription.assignment.state_value(partition).position  # noqa: SLF001 - position() may block
                if last is not None and position is not None:
                    labels = {"group": self.group, "topic": partition.topic, "partition": str(partition.partition)}
                    metrics.EVENT_LAG.labels(**labels).set(max(0, last - position))


def _read(record: ConsumerRecord, handlers: Mapping[str, Handler[Any]]) -> ReceivedEvent[Any] | Poison | None:
    """The event of a record, or why it can't be read, or None where nobody here wants its type."""
    try:
        envelope = from_headers(record.headers, record.value)
    except MalformedEvent as error:
        return Poison("MALFORMED_EVENT", str(error))
    handler = handlers.get(envelope.type)
    if handler is None:
        return None
    try:
        data = handler.model.model_validate(envelope.data)
    except ValidationError as error:
        places = ", ".join("/".join(map(str, fault["loc"])) for fault in error.errors()[:5])
        return Poison("INVALID_DATA", f"{error.error_count()} faults, at {places}")
    return ReceivedEvent(envelope, data, record.topic, record.partition, record.offset)


async def _tolerant(record: ConsumerRecord, original: Callable[[Any], Awaitable[Any]]) -> StreamMessage[Any]:
    """FastStream's parser decodes every header and skips the record where that fails: give it none to decode."""
    headers, record.headers = record.headers, ()
    try:
        message: StreamMessage[Any] = await original(record)
    finally:
        record.headers = headers
    return message


async def _record_of(message: StreamMessage[Any]) -> Any:
    return message.raw_message


def _security(protocol: str, options: dict[str, Any]) -> Any:
    """FastStream's own words for what `client_options` says."""
    from faststream.security import BaseSecurity, SASLScram256, SASLScram512  # noqa: PLC0415 - only where it is asked for

    context = options.pop("ssl_context", None)
    mechanism = options.pop("sasl_mechanism", None)
    if mechanism is not None:
        kind = SASLScram256 if mechanism == "SCRAM-SHA-256" else SASLScram512
        return kind(
            username=options.pop("sasl_plain_username"),
            password=options.pop("sasl_plain_password"),
            ssl_context=context,
            use_ssl=protocol == "SASL_SSL",
        )
    return BaseSecurity(ssl_context=context, use_ssl=True) if context is not None else None
