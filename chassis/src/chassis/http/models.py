"""Bases of what travels in bodies: camelCase outside, unknown fields refused on the way in."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Input(BaseModel):
    """A body, or a part of one, that a caller sends."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=False, extra="forbid", frozen=True, hide_input_in_errors=True
    )


class Output(BaseModel):
    """A body, or a part of one, that is answered."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)
