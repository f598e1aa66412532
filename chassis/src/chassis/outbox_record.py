"""An event that waits in its aggregate's document for the broker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import orjson

from chassis.tracing import traceparent
from contracts.envelope import CloudEvent
from contracts.topics import Topic

_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """An event, and the topic it goes to."""

    event: CloudEvent
    topic: Topic


def to_record(outgoing: OutgoingEvent) -> dict[str, Any]:
    """As it is stored in `outbox`. The data are kept as the bytes that will travel."""
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
        "schema": _SCHEMA,
    }


def from_record(record: Mapping[str, Any]) -> CloudEvent:
    """The event of a record."""
    return CloudEvent(
        id=record["id"],
        type=record["type"],
        source=record["source"],
        subject=record["subject"],
        time=record["time"].astimezone(UTC),
        data=orjson.loads(record["body"]),
        partition_key=record["key"],
        correlation_id=record["correlation_id"],
        sequence=record["sequence"],
        dataschema=record["dataschema"],
        traceparent=record["traceparent"],
    )
