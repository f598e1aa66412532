"""An event that waits in its aggregate's document for the broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import orjson

from chassis.clock import SystemClock
from chassis.tracing import traceparent
from contracts.envelope import CloudEvent, to_headers
from contracts.topics import Topic

_SCHEMA: Final = 1
_CLOCK: Final = SystemClock()


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event, and the topic it goes to."""

    event: CloudEvent
    topic: Topic


def to_record(outgoing: OutgoingEvent) -> dict[str, Any]:
    """As it is stored in `outbox`. The data are kept as the bytes that will travel.

    `stored_at` is the machine's time, by which waiting is measured; the event's own `time` may be a sandbox's.
    """
    event = outgoing.event
    return {
        "id": event.id,
        "topic": outgoing.topic.name,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time,
        "key": event.partition_key,
        "correlation_id": event.correlation_id,
        "sequence": event.sequence,
        "dataschema": event.dataschema,
        "traceparent": event.traceparent or traceparent(),
        "body": event.body(),
        "stored_at": _CLOCK.now(),
        "schema": _SCHEMA,
    }


def from_record(record: Mapping[str, Any]) -> CloudEvent:
    """The event of a record."""
    return _event(record, orjson.loads(record["body"]))


def headers_of(record: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    """The headers it travels with; the body is not read for them."""
    return to_headers(_event(record, {}))


def _event(record: Mapping[str, Any], data: Mapping[str, Any]) -> CloudEvent:
    return CloudEvent(
        id=record["id"],
        type=record["type"],
        source=record["source"],
        subject=record["subject"],
        time=record["time"].astimezone(UTC),
        data=data,
        partition_key=record["key"],
        correlation_id=record["correlation_id"],
        sequence=record["sequence"],
        dataschema=record["dataschema"],
        traceparent=record["traceparent"],
    )
