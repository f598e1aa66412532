"""Events for the people who run the hub."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from contracts.event import EventData, event_type
from contracts.topics import DEAD_LETTERS, Topic


class DeadLetterAdded(EventData):
    """An event could not be handled and waits in the service's database until somebody handled it."""

    TYPE: ClassVar[str] = event_type("deadLetters", "added")
    TOPIC: ClassVar[Topic] = DEAD_LETTERS["documents"]

    dead_letter_id: str = Field(description="Consumer group, topic, partition and offset, joined by slashes.")
    topic: str = Field(description="Topic of the event.")
    partition: int = Field(description="Partition of the event.")
    offset: int = Field(description="Offset of the event.")
    event_type: str | None = Field(description="Type of the event, where it could be read.")
    reason: str = Field(description="Code of the reason.")
    added_at: datetime = Field(description="When, UTC.")
