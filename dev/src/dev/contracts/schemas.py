"""JSON Schema of every event, as its writer promises it and as its readers accept it."""

from typing import Any, Final

from contracts.event import EventData
from contracts.registry import EVENTS, schema_name

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def writer_schema(model: type[EventData]) -> dict[str, Any]:
    """What a writer sends: every field is there, and no other one."""
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            part["additionalProperties"] = False
    return _named(schema, model, "writer")


def reader_schema(model: type[EventData]) -> dict[str, Any]:
    """What a reader accepts: fields with a default may be missing, unknown ones are ignored."""
    return _named(model.model_json_schema(by_alias=True, mode="validation"), model, "reader")


def _named(schema: dict[str, Any], model: type[EventData], side: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:antwoordhub:schema:{schema_name(model)}:{side}", **schema}


def all_schemas() -> dict[str, dict[str, Any]]:
    """File name to schema, for all events."""
    return {
        f"{schema_name(model)}.{side}.json": make(model)
        for model in EVENTS
        for side, make in (("writer", writer_schema), ("reader", reader_schema))
    }
