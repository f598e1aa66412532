"""Whether a form can be answered through a mailbox that carries keyed values only."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mailboxes.fields import (
    MAX_DEPTH,
    MAX_VALUE_BYTES,
    FormField,
    Kind,
    NotAField,
    Schema,
    StructuredFault,
    as_text,
    field_of,
    is_object,
    pointer_of,
    resolved,
)

_BYTES_PER_CHARACTER: Final = 4
_SHORT_FORMATS: Final = frozenset({"date", "time", "date-time", "duration", "email", "uuid", "ipv4", "ipv6", "insz"})
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_CONDITIONS: Final = ("if", "then", "else", "not")


def expressible(schema: Schema, mapping: Mapping[str, str]) -> list[StructuredFault]:
    """Every reason why an answer to the form can't travel as business data; none means that it can.

    Each field must have a key (fields that are `readOnly` need none), be a plain value or an array of plain values
    reached through objects, be of one type, and be sure to fit 256 bytes of UTF-8: text needs an enumeration, a
    short format, or a maxLength of 64 at most, since a character takes up to four bytes.
    Pointers lead into the data; a fault of a key without a field has the pointer the mapping gives it.
    """
    reasons: list[StructuredFault] = []
    fields: dict[str, FormField] = {}
    for found in _walk(schema, schema, ()):
        match found:
            case StructuredFault():
                reasons.append(found)
            case (pointer, field):
                fields[pointer] = field
    named = {fault.pointer for fault in reasons}
    reasons += [fault for pointer, field in fields.items() for fault in _length_faults(pointer, field)]
    reasons += _mapping_faults(mapping, fields, known=named)
    return reasons


def _walk(root: Schema, schema: Any, path: tuple[str, ...]) -> Iterator[StructuredFault | tuple[str, FormField]]:
    pointer = pointer_of(path)
    if len(path) > MAX_DEPTH:
        yield StructuredFault(pointer, "TOO_DEEP", f"objects nest {MAX_DEPTH} deep at most")
        return
    try:
        schema = resolved(root, schema)
        if not is_object(schema):
            if not path:
                yield StructuredFault(pointer, "NOT_AN_OBJECT", "the answer as a whole must be an object")
            elif schema.get("readOnly") is not True:
                yield pointer, field_of(root, schema)
            return
    except NotAField as reason:
        yield StructuredFault(pointer, reason.code, reason.detail)
        return
    yield from _object_faults(schema, pointer)
    for name, property_schema in _properties(schema).items():
        yield from _walk(root, property_schema, (*path, name))


def _properties(schema: Schema) -> Mapping[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _object_faults(schema: Schema, pointer: str) -> Iterator[StructuredFault]:
    described = set(_properties(schema))
    if not described:
        yield StructuredFault(pointer, "FREE_OBJECT", "an object without described properties has no keys")
    for name in sorted((_names_in_branches(schema) | set(schema.get("required", ()))) - described):
        inner = pointer + pointer_of((name,))
        yield StructuredFault(inner, "UNDESCRIBED", "every field must stand among its object's own properties")


def _names_in_branches(schema: Schema, depth: int = 0) -> set[str]:
    """Names of properties that only a combination or a condition mentions."""
    branches = [branch for word in _BRANCHES for branch in schema.get(word) or ()]
    branches += [schema[word] for word in _CONDITIONS if word in schema]
    branches += list((schema.get("dependentSchemas") or {}).values())
    names: set[str] = set()
    for branch in branches:
        if isinstance(branch, Mapping) and depth < MAX_DEPTH:
            names |= set(_properties(branch)) | _names_in_branches(branch, depth + 1)
    return names


def _length_faults(pointer: str, field: FormField) -> Iterator[StructuredFault]:
    if field.kind is Kind.CHOICE:
        fits = all(len(as_text(choice).encode()) <= MAX_VALUE_BYTES for choice in field.choices)
    elif field.kind is Kind.STRING:
        longest = field.schema.get("maxLength", MAX_VALUE_BYTES)
        fits = field.schema.get("format") in _SHORT_FORMATS or longest * _BYTES_PER_CHARACTER <= MAX_VALUE_BYTES
    else:
        fits = True
    if not fits:
        at_most = MAX_VALUE_BYTES // _BYTES_PER_CHARACTER
        detail = f"a value may exceed {MAX_VALUE_BYTES} bytes; set maxLength to {at_most} at most"
        yield StructuredFault(pointer, "MAY_BE_TOO_LONG", detail)


def _mapping_faults(
    mapping: Mapping[str, str], fields: Mapping[str, FormField], *, known: set[str]
) -> Iterator[StructuredFault]:
    seen: set[str] = set()
    for key, pointer in mapping.items():
        if not key.strip():
            yield StructuredFault(pointer, "EMPTY_KEY", "a key needs a name")
        if pointer in seen:
            yield StructuredFault(pointer, "TWO_KEYS", "a field travels under one key")
        seen.add(pointer)
        if pointer not in fields and pointer not in known:
            yield StructuredFault(pointer, "NOT_A_FIELD", f"the form has no field to be filled in for key {key}")
    for pointer in fields:
        if pointer not in seen:
            yield StructuredFault(pointer, "UNMAPPED", "the field has no key, so that nobody could fill it in")
