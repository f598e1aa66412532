"""The fields of a form's JSON Schema, as far as they can be named by a pointer and typed from text.

A field is a scalar, or an array of scalars, reached through objects only. Local references (`#/$defs/…`) are
followed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

Schema = Mapping[str, Any]
Scalar = str | int | float | bool

MAX_DEPTH: Final = 16
MAX_VALUE_BYTES: Final = 256
"""Of one business data value, in UTF-8 (eBox Message Registry)."""
DECIMAL_FORMATS: Final = frozenset({"decimal", "money"})


class Kind(StrEnum):
    """How a field's text is understood. CHOICE knows its members, OBJECT is no field but holds some."""

    STRING = "string"
    DECIMAL = "decimal"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"


class NotAField(Exception):
    """What the pointer names can't be typed from text. Carries a stable code and an explanation."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class StructuredFault:
    """What is wrong, where (JSON Pointer into the data), with a stable code and words for people."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FormField:
    """A field: `schema` is that of one value, `many` says that there may be several (an array)."""

    kind: Kind
    schema: Schema
    many: bool = False
    choices: tuple[Scalar, ...] = ()


def pointer_tokens(pointer: str) -> tuple[str, ...]:
    """The names in a JSON Pointer (RFC 6901), from the root down.

    Raises:
        NotAField: the text is no pointer (code INVALID_POINTER).
    """
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise NotAField("INVALID_POINTER", "a JSON Pointer begins with /")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def pointer_of(tokens: Sequence[str]) -> str:
    """The JSON Pointer of names from the root down."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def resolved(root: Schema, schema: Any) -> Schema:
    """The schema with its local reference followed; what stands beside the reference wins.

    Raises:
        NotAField: the reference leaves the document, leads nowhere or in circles (code UNRESOLVED_REFERENCE).
    """
    for _ in range(MAX_DEPTH):
        if not isinstance(schema, Mapping):
            raise NotAField("UNTYPED", "the schema says nothing about the type")
        if "$ref" not in schema:
            return schema
        siblings = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**_target(root, schema["$ref"]), **siblings}
    raise NotAField("UNRESOLVED_REFERENCE", "references lead in circles")


def _target(root: Schema, reference: Any) -> Schema:
    node: Any = root
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise NotAField("UNRESOLVED_REFERENCE", "only references within the form are followed")
    for token in pointer_tokens(reference[1:]):
        if not isinstance(node, Mapping) or token not in node:
            raise NotAField("UNRESOLVED_REFERENCE", "a reference leads nowhere")
        node = node[token]
    if not isinstance(node, Mapping):
        raise NotAField("UNRESOLVED_REFERENCE", "a reference leads to no schema")
    return node


def is_object(schema: Schema) -> bool:
    """Whether the schema describes an object."""
    return "object" in _types(schema) or "properties" in schema


def field_at(root: Schema, pointer: str) -> FormField:
    """The field a pointer names.

    Raises:
        NotAField: there is none, or it can't be typed from text.
    """
    schema = resolved(root, root)
    for token in pointer_tokens(pointer):
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or token not in properties:
            raise NotAField("NOT_A_FIELD", "the form has no field there")
        schema = resolved(root, properties[token])
    return field_of(root, schema)


def field_of(root: Schema, schema: Schema) -> FormField:
    """The field a resolved schema describes.

    Raises:
        NotAField: an object, an array of anything but scalars, several types, or none.
    """
    if is_object(schema):
        raise NotAField("NOT_A_FIELD", "an object is no field; its properties are")
    if "array" not in _types(schema):
        return _scalar(schema)
    items = resolved(root, schema.get("items"))
    if is_object(items) or "array" in _types(items):
        raise NotAField("ARRAY_OF_OBJECTS", "an array may hold plain values only")
    if "prefixItems" in schema:
        raise NotAField("TUPLE", "an array with a schema per position can't travel as keyed values")
    item = _scalar(items)
    return FormField(item.kind, item.schema, many=True, choices=item.choices)


def _scalar(schema: Schema) -> FormField:
    choices = _choices(schema)
    if choices:
        return FormField(Kind.CHOICE, schema, choices=choices)
    types = _types(schema)
    if not types:
        raise NotAField("UNTYPED", "the schema says nothing about the type")
    if len(types) > 1:
        raise NotAField("AMBIGUOUS_TYPE", "a field of several types can't be typed back from text")
    if types == ["string"] and schema.get("format") in DECIMAL_FORMATS:
        return FormField(Kind.DECIMAL, schema)
    try:
        return FormField(Kind(types[0]), schema)
    except ValueError:
        raise NotAField("UNTYPED", f"values of type {types[0]} can't travel as text") from None


def _types(schema: Schema) -> list[str]:
    declared = schema.get("type")
    names = [declared] if isinstance(declared, str) else list(declared or ())
    return [name for name in names if name != "null"]


def _choices(schema: Schema) -> tuple[Scalar, ...]:
    members: list[Any] = []
    if "const" in schema:
        members = [schema["const"]]
    elif isinstance(schema.get("enum"), Sequence):
        members = list(schema["enum"])
    else:
        for combination in (schema.get("oneOf"), schema.get("anyOf")):
            options = combination or ()
            if options and all(isinstance(option, Mapping) and "const" in option for option in options):
                members = [option["const"] for option in options]
    scalars = tuple(member for member in members if member is not None)
    if not all(isinstance(member, str | int | float) for member in scalars):
        raise NotAField("AMBIGUOUS_TYPE", "a choice between anything but plain values can't be typed back")
    if len({as_text(member) for member in scalars}) != len(scalars):
        raise NotAField("AMBIGUOUS_TYPE", "two choices read the same as text")
    return scalars


def as_text(value: Scalar) -> str:
    """A plain JSON value as the text it travels as: strings as they are, others as JSON writes them.

    Raises:
        ValueError: NaN or infinite.
        TypeError: no plain value.
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, bool | int | float):
        raise TypeError("only plain values travel as text")
    return json.dumps(value, allow_nan=False)
