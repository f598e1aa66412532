"""Bases of what travels in bodies: camelCase outside, unknown fields refused on the way in."""

from typing import Any, Final

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


SCHEMAS: Final = "x-schemas"
"""Where an operation carries schemas that belong among the document's components."""


def multipart_body(part: str, model: type[BaseModel]) -> dict[str, Any]:
    """For `openapi_extra`: a multipart body of one JSON part and of files, each named by its part."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    form = {
        "type": "object",
        "required": [part],
        "properties": {part: {"$ref": f"#/components/schemas/{model.__name__}"}},
        "additionalProperties": {"type": "string", "format": "binary", "description": "A file."},
    }
    encoding = {part: {"contentType": "application/json"}}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form, "encoding": encoding}}},
        SCHEMAS: {**definitions, model.__name__: schema},
    }
