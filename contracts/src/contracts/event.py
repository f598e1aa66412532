"""The base of every event's data: a pydantic model that knows its CloudEvents type and its topic."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from contracts.topics import Topic

TYPE_PREFIX: Final = "be.vlaanderen.antwoordhub.v1."
"""Belgif's form of event types: owner, version, resource in the plural, `notify`, past participle."""


class Shape(BaseModel):
    """A part of an event. JSON names are camelCase; unknown fields are ignored, so that writers may add some."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        json_schema_serialization_defaults_required=True,
    )


class EventData(Shape):
    """The data of one type of event."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[Topic]

    def to_data(self) -> dict[str, Any]:
        """The JSON object that travels."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read it back.

        Raises:
            pydantic.ValidationError: a required field is missing or a value has the wrong form.
        """
        return cls.model_validate(data)


def event_type(resource: str, past_participle: str) -> str:
    """The CloudEvents type of what happened to a resource."""
    return f"{TYPE_PREFIX}{resource}.notify.{past_participle}"
