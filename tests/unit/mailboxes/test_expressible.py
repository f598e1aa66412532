"""Which forms can be answered with keyed values."""

from typing import Any

import pytest

from mailboxes.structured import expressible

OBJECT: dict[str, Any] = {"type": "object"}


def codes(field: Any, **form: Any) -> list[tuple[str, str]]:
    """Reasons against a form of one field `v`, mapped."""
    schema = {**OBJECT, "properties": {"v": field}, **form}
    return [(fault.pointer, fault.code) for fault in expressible(schema, {"v": "/v"})]


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string", "maxLength": 64},
        {"type": "string", "format": "date"},
        {"type": ["string", "null"], "maxLength": 10},
        {"enum": ["a", "b", None]},
        {"const": 1},
        {"anyOf": [{"const": "a"}, {"const": "b"}]},
        {"type": "number"},
        {"type": "integer"},
        {"type": "boolean"},
        {"type": "string", "format": "money"},
        {"type": "array", "items": {"type": "string", "maxLength": 64}},
        {"type": "array", "items": {"enum": [1, 2]}},
    ],
)
def test_plain_fields_can(field: dict[str, Any]) -> None:
    assert codes(field) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"type": "string"}, "MAY_BE_TOO_LONG"),
        ({"type": "string", "maxLength": 65}, "MAY_BE_TOO_LONG"),
        ({"type": "string", "format": "uri"}, "MAY_BE_TOO_LONG"),
        ({"enum": ["x" * 257]}, "MAY_BE_TOO_LONG"),
        ({"type": "array", "items": {"type": "string"}}, "MAY_BE_TOO_LONG"),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, "ARRAY_OF_OBJECTS"),
        ({"type": "array", "items": {"type": "array"}}, "ARRAY_OF_OBJECTS"),
        ({"type": "array"}, "UNTYPED"),
        ({"type": "array", "prefixItems": [{}], "items": {"type": "number"}}, "TUPLE"),
        ({}, "UNTYPED"),
        (True, "UNTYPED"),
        ({"type": "null"}, "UNTYPED"),
        ({"type": ["string", "integer"]}, "AMBIGUOUS_TYPE"),
        ({"enum": [1, "1"]}, "AMBIGUOUS_TYPE"),
        ({"enum": [{"a": 1}]}, "AMBIGUOUS_TYPE"),
        ({"type": "object"}, "FREE_OBJECT"),
        ({"$ref": "https://example.org/schema"}, "UNRESOLVED_REFERENCE"),
        ({"$ref": "#/$defs/nowhere"}, "UNRESOLVED_REFERENCE"),
    ],
)
def test_others_cannot_and_say_why(field: Any, code: str) -> None:
    assert codes(field) == [("/v", code)]


def test_references_in_circles_end() -> None:
    assert codes({"$ref": "#/properties/v"}) == [("/v", "UNRESOLVED_REFERENCE")]


def test_objects_within_themselves_end() -> None:
    assert "TOO_DEEP" in {code for _, code in codes({"$ref": "#"})}


def test_every_field_needs_a_key_and_every_key_a_field() -> None:
    schema = {**OBJECT, "properties": {"a": {"type": "integer"}, "o": {"properties": {"b": {"type": "boolean"}}}}}
    found = expressible(schema, {"x": "/a", "y": "/a", "z": "/o", " ": "/o/b", "q": "niets"})
    assert [(fault.pointer, fault.code) for fault in found] == [
        ("/a", "TWO_KEYS"),
        ("/o", "NOT_A_FIELD"),
        ("/o/b", "EMPTY_KEY"),
        ("niets", "NOT_A_FIELD"),
    ]
    assert [fault.code for fault in expressible(schema, {"x": "/a"})] == ["UNMAPPED"]


def test_fields_only_shown_need_no_key() -> None:
    assert expressible({**OBJECT, "properties": {"a": {"type": "string", "readOnly": True}}}, {}) == []


def test_fields_that_only_a_condition_knows_cannot_be_named() -> None:
    form = {
        "allOf": [{"if": {"properties": {"v": {"const": 1}}}, "then": {"properties": {"w": {"type": "integer"}}}}],
        "required": ["u"],
    }
    assert codes({"type": "integer"}, **form) == [("/u", "UNDESCRIBED"), ("/w", "UNDESCRIBED")]


def test_an_answer_is_an_object() -> None:
    assert [fault.code for fault in expressible({"type": "string"}, {})] == ["NOT_AN_OBJECT"]
