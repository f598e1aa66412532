"""From a Kafka record to an event that a handler can take, or the reason why not."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiokafka import ConsumerRecord
from pydantic import BaseModel, ValidationError

from contracts.envelope import CloudEvent, MalformedEvent, from_headers

M = TypeVar("M", bound=BaseModel)


class Poison(Exception):
    """The event can never be handled; it becomes a dead letter at once. The message is a code and a sentence."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """`reason` is a stable code; the detail names no person."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Unavailable(Exception):
    """Something the handler needs is away for now; the event waits."""


@dataclass(frozen=True, slots=True)
class ReceivedEvent(Generic[M]):
    """An event, read and checked, and where it stood.

    `tenant_suffix` is the last part of the topic's name where the subscription is a pattern: the topic, never the
    payload, tells a tenant.
    """

    envelope: CloudEvent
    data: M
    topic: str
    partition: int
    offset: int
    tenant_suffix: str | None = None


@dataclass(frozen=True, slots=True)
class Handler(Generic[M]):
    """What is done with events of one type."""

    model: type[M]
    handle: Callable[[ReceivedEvent[M]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A tombstone, or an event of a type that nobody here wants."""

    event_type: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is no event we know how to read; as much of it as could be read."""

    event_type: str | None
    poison: Poison


def read(
    record: "ConsumerRecord[bytes, bytes]", handlers: Mapping[str, Handler[Any]], *, by_tenant: bool
) -> ReceivedEvent[Any] | Skipped | Unreadable:
    """The event of a record, checked against its handler's model; raises nothing.

    Fields that the model doesn't know are its own matter: readers' models leave them aside.
    """
    if record.value is None:
        # A tombstone of a compacted topic says that a key is gone, and no key of ours ever goes.
        return Skipped(None, "tombstone")
    envelope: CloudEvent | None = None
    try:
        # Kafka allows headers without a value, which are as good as absent.
        envelope = from_headers([(name, value) for name, value in record.headers if value is not None], record.value)
        handler = handlers.get(envelope.type)
        if handler is None:
            return Skipped(envelope.type, "unknown_type")
        data = handler.model.model_validate(envelope.data)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a record, it must not stop its partition
        return Unreadable(envelope.type if envelope else None, _why(error))
    suffix = record.topic.rpartition(".")[2] if by_tenant else None
    return ReceivedEvent(envelope, data, record.topic, record.partition, record.offset, suffix)


def _why(error: Exception) -> Poison:
    match error:
        case ValidationError():
            # Places only: the values may be a person's.
            places = ", ".join("/".join(map(str, fault["loc"])) for fault in error.errors(include_url=False)[:5])
            return Poison("INVALID_DATA", f"{error.error_count()} faults, at {places}")
        case MalformedEvent():
            return Poison("MALFORMED_EVENT", str(error))
        case _:
            return Poison("MALFORMED_EVENT", type(error).__name__)
