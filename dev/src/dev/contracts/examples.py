"""Golden examples: one payload per event and released version, kept for ever, read by every reader's test.

An example is never rewritten; `missing` makes the first one of an event that has none.
"""

from collections.abc import Mapping
from typing import Any, Final

from contracts.event import EventData

_TEXT: Final = "voorbeeld"
_MOMENT: Final = "2026-11-24T09:30:00Z"


def example_of(schema: Mapping[str, Any]) -> Any:
    """A plain example of a writer's schema: every field filled, enumerations with their first value."""
    return _value(schema, schema, "")


def _value(root: Mapping[str, Any], schema: Mapping[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _value(root, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], name)
    if "anyOf" in schema:
        return _value(root, schema["anyOf"][0], name)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return _object(root, schema, name)
        case "array":
            return [_value(root, schema["items"], name)]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case _:
            return _MOMENT if schema.get("format") == "date-time" else _named(name)


def _object(root: Mapping[str, Any], schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    if "properties" in schema:
        return {field: _value(root, part, field) for field, part in schema["properties"].items()}
    match name:
        case "jsonSchema":
            return {"type": "object", "properties": {"rekening": {"type": "string"}}}
        case "title":
            return {"nl": "Bewijsstuk"}
        case _:
            return {"rekening": _TEXT}


_NAMED: Final = {
    "bron": "https://data.vlaanderen.be/id/bron/studietoelagen",
    "dossierNummer": "ST-2026-000123",
    "fase": "Behandeling",
    "tenant": "OVO002949",
    "language": "nl",
    "senderEnterpriseNumber": "0316380841",
    "responseTerm": "P30D",
    "dueDate": "2026-12-31",
    "mailbox": "ebox",
    "channel": "ebox",
    "recipientType": "citizen",
    "capacity": "ADDRESSEE",
}


def _named(name: str) -> str:
    return _NAMED.get(name, f"{_TEXT}-{name}" if name else _TEXT)


def sample(model: type[EventData], schema: Mapping[str, Any]) -> dict[str, Any]:
    """An example that the event's own model reads.

    Raises:
        pydantic.ValidationError: the generator made something the model refuses.
    """
    payload = example_of(schema)
    model.from_data(payload)
    return dict(payload)
