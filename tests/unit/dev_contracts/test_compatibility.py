"""The check of contracts finds breaking changes and lets the others pass."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.event import EventData
from contracts.registry import EVENTS, schema_name
from dev.contracts.compatibility import breaches
from dev.contracts.schemas import reader_schema, writer_schema

Schema = dict[str, Any]

_OLD: Schema = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "maxLength": 36},
        "count": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "kind": {"$ref": "#/$defs/Kind"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {
        "Kind": {"type": "string", "enum": ["A", "B"]},
        "Part": {"type": "object", "required": [], "properties": {"size": {"type": "number"}}},
    },
}


def _changed(change: Callable[[Schema], None]) -> list[str]:
    new = copy.deepcopy(_OLD)
    change(new)
    return [str(breach) for breach in breaches(_OLD, new)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s["properties"].pop("count"), "/count: field removed"),
        (lambda s: s["required"].append("kind"), "/kind: field became required"),
        (
            lambda s: (s["properties"].update(x={"type": "string"}), s["required"].append("x")),
            "/x: new required field",
        ),
        (lambda s: s["properties"]["id"].update(type="integer"), "/id: type narrowed from string to integer"),
        (lambda s: s["properties"]["count"].update(anyOf=[{"type": "integer"}]), "/count: type narrowed"),
        (lambda s: s["$defs"]["Kind"].update(enum=["A"]), "/kind: enumeration lost B"),
        (lambda s: s["properties"]["id"].update(enum=["x"]), "/id: an enumeration was added"),
        (lambda s: s["properties"]["id"].update(maxLength=30), "/id: maxLength lowered from 36 to 30"),
        (lambda s: s["properties"]["id"].update(minLength=1), "/id: minLength raised"),
        (lambda s: s["properties"]["id"].update(pattern="^a"), "/id: pattern changed"),
        (lambda s: s["$defs"]["Part"]["properties"].pop("size"), "/parts/*/size: field removed"),
        (lambda s: s["$defs"]["Part"]["properties"]["size"].update(type="integer"), "/parts/*/size: type narrowed"),
        (
            lambda s: s["properties"]["labels"].update(additionalProperties={"type": "integer"}),
            "/labels/*: type narrowed",
        ),
    ],
)
def test_a_breaking_change_is_found_at_its_place(change: Callable[[Schema], None], said: str) -> None:
    assert any(said in found for found in _changed(change)), _changed(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda s: s["properties"].update(x={"type": "string"}),
        lambda s: s["required"].clear(),
        lambda s: s["$defs"]["Kind"].update(enum=["A", "B", "C"]),
        lambda s: s["properties"]["id"].update(maxLength=100),
        lambda s: s["properties"]["id"].pop("maxLength"),
        lambda s: s["properties"]["id"].update(anyOf=[{"type": "string"}, {"type": "null"}]),
        lambda s: s["properties"]["id"].update(description="other words"),
    ],
)
def test_other_changes_pass(change: Callable[[Schema], None]) -> None:
    assert _changed(change) == []


@pytest.mark.parametrize("model", EVENTS, ids=schema_name)
def test_taking_any_field_from_a_real_event_is_found(model: type[EventData]) -> None:
    for schema in (writer_schema(model), reader_schema(model)):
        for name in schema["properties"]:
            new = copy.deepcopy(schema)
            del new["properties"][name]
            assert any(f"/{name}" == breach.pointer for breach in breaches(schema, new))


def test_a_writer_may_always_add_a_field_and_never_leave_one_out() -> None:
    more = {**_OLD, "properties": {**_OLD["properties"], "more": {"type": "string"}}}
    with_more = {**more, "required": [*_OLD["required"], "more"]}
    assert breaches(_OLD, with_more, promised=True) == []
    left_out = {**_OLD, "required": _OLD["required"][1:]}
    [breach] = breaches(_OLD, left_out, promised=True)
    assert breach.change == "field not always there any more"
