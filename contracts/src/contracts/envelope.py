"""CloudEvents 1.0 in Kafka's binary mode: attributes as `ce_*` headers, the data as a JSON body.

Source: CloudEvents 1.0.2, and its Kafka protocol binding section 3.2. The extensions `correlationid`,
`partitionkey` and `sequence` are ours to fill; `traceparent` travels as the plain W3C header, which tracing
tools read, and not as an attribute.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

SPEC_VERSION: Final = "1.0"
CONTENT_TYPE: Final = b"application/json"


class MalformedEvent(ValueError):
    """The record is no CloudEvent that can be read; the message says which part is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """One event as it travels.

    `data` is the JSON object of the body. `partition_key` is the Kafka key. `sequence` orders the events of one
    aggregate where their order matters; it says nothing across aggregates. `time` is UTC.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    partition_key: str
    correlation_id: str
    sequence: int | None = None
    dataschema: str | None = None
    traceparent: str | None = None

    def body(self) -> bytes:
        """The record's value: the data as compact JSON."""
        return orjson.dumps(self.data)

    def key(self) -> bytes:
        """The record's key."""
        return self.partition_key.encode()


def to_headers(event: CloudEvent) -> list[tuple[str, bytes]]:
    """The record's headers, in a fixed order; attributes without a value are left out."""
    attributes: list[tuple[str, str | None]] = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", event.id),
        ("ce_type", event.type),
        ("ce_source", event.source),
        ("ce_subject", event.subject),
        ("ce_time", event.time.astimezone(UTC).isoformat().replace("+00:00", "Z")),
        ("ce_dataschema", event.dataschema),
        ("ce_partitionkey", event.partition_key),
        ("ce_correlationid", event.correlation_id),
        ("ce_sequence", None if event.sequence is None else str(event.sequence)),
        ("traceparent", event.traceparent),
    ]
    headers = [(name, value.encode()) for name, value in attributes if value is not None]
    return [*headers, ("content-type", CONTENT_TYPE)]


def from_headers(headers: Iterable[tuple[str, bytes]], body: bytes) -> CloudEvent:
    """Read a record back.

    Raises:
        MalformedEvent: a header is not UTF-8, a required attribute is missing, `time` or `sequence` can't be
            read, or the body is not a JSON object.
    """
    attributes = _decode(headers)
    if attributes.get("ce_specversion") != SPEC_VERSION:
        raise MalformedEvent(f"ce_specversion is {attributes.get('ce_specversion')!r}, expected {SPEC_VERSION!r}")
    return CloudEvent(
        id=_required(attributes, "ce_id"),
        type=_required(attributes, "ce_type"),
        source=_required(attributes, "ce_source"),
        subject=_required(attributes, "ce_subject"),
        time=_time(_required(attributes, "ce_time")),
        data=_object(body),
        partition_key=_required(attributes, "ce_partitionkey"),
        correlation_id=_required(attributes, "ce_correlationid"),
        sequence=_sequence(attributes.get("ce_sequence")),
        dataschema=attributes.get("ce_dataschema"),
        traceparent=attributes.get("traceparent"),
    )


def _decode(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    decoded: dict[str, str] = {}
    for name, value in headers:
        try:
            decoded[name] = value.decode()
        except UnicodeDecodeError:
            raise MalformedEvent(f"header {name!r} is not UTF-8") from None
    return decoded


def _required(attributes: Mapping[str, str], name: str) -> str:
    value = attributes.get(name)
    if not value:
        raise MalformedEvent(f"header {name!r} is missing or empty")
    return value


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedEvent(f"ce_time {text!r} is no RFC 3339 time") from None
    if moment.tzinfo is None:
        raise MalformedEvent(f"ce_time {text!r} has no offset")
    return moment.astimezone(UTC)


def _sequence(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise MalformedEvent(f"ce_sequence {text!r} is no whole number")
    return int(text)


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent(f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise MalformedEvent("the body is JSON, but not an object")
    return data
