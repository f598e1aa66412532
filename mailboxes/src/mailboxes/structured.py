"""Structured answers through a mailbox: a form's fields as keyed values of text (eBox businessDataList) and back.

A mapping names for each key the field that travels under it, as JSON Pointer. Everything here is pure.
Null and empty objects don't travel: a field without a value is left out.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mailboxes.expressible import expressible
from mailboxes.fields import (
    MAX_VALUE_BYTES,
    FormField,
    Kind,
    NotAField,
    Scalar,
    Schema,
    StructuredFault,
    as_text,
    field_at,
    pointer_tokens,
)
from mailboxes.models import BusinessDatum

__all__ = ["Decoded", "NotExpressible", "StructuredFault", "expressible", "from_business_data", "to_business_data"]

_MAX_NUMBER_LENGTH: Final = 300
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
# 12,50 and 1.234,56 and 1 234,56: the comma makes these unmistakably Belgian. 1.234 alone stays a JSON number.
_BELGIAN: Final = re.compile(r"(-?)([0-9]{1,3}(?:[. \u00a0\u202f][0-9]{3})+|[0-9]+),([0-9]+)")
_TRUE: Final = frozenset({"true", "ja", "oui", "yes"})
_FALSE: Final = frozenset({"false", "nee", "non", "nein", "no"})


class NotExpressible(ValueError):
    """Data that can't travel as business data. Carries the pointer and a code, never the value."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__(f"{pointer}: {code}")
        self.pointer = pointer
        self.code = code


@dataclass(frozen=True, slots=True)
class Decoded:
    """Data typed back. Where a value could not be typed, the data hold its text and a fault names its place."""

    data: dict[str, Any]
    faults: tuple[StructuredFault, ...]


def to_business_data(mapping: Mapping[str, str], data: Mapping[str, Any]) -> tuple[BusinessDatum, ...]:
    """The data's mapped fields as keyed text, in the mapping's order. An array gives one text per member.

    Raises:
        NotExpressible: an object or an array within an array under a key, a NaN, or more than 256 bytes.
    """
    found = ((key, pointer, _value_at(data, pointer)) for key, pointer in mapping.items())
    return tuple(BusinessDatum(key, _texts(pointer, value)) for key, pointer, value in found if value is not None)


def _value_at(data: Any, pointer: str) -> Any:
    for token in pointer_tokens(pointer):
        if not isinstance(data, Mapping):
            return None
        data = data.get(token)
    return data


def _texts(pointer: str, value: Any) -> tuple[str, ...]:
    members = value if isinstance(value, list | tuple) else [value]
    try:
        texts = tuple(as_text(member) for member in members)
    except (TypeError, ValueError):
        raise NotExpressible(pointer, "NOT_A_PLAIN_VALUE") from None
    if any(len(text.encode()) > MAX_VALUE_BYTES for text in texts):
        raise NotExpressible(pointer, "VALUE_TOO_LONG")
    return texts


def from_business_data(schema: Schema, mapping: Mapping[str, str], business_data: Iterable[BusinessDatum]) -> Decoded:
    """Keyed text typed back by the form's schema.

    Numbers may be written with a decimal comma; yes and no in nl, fr, de or en stand for true and false; dates and
    other strings stay as they are; decimals in strings (`format: decimal` or `money`) get a point for their comma.
    Whether the data satisfy the schema is not judged here. Values under one key given twice are taken together.
    """
    data: dict[str, Any] = {}
    faults: list[StructuredFault] = []
    for key, texts in _by_key(business_data).items():
        if key not in mapping:
            faults.append(StructuredFault("", "UNKNOWN_KEY", f"no field travels under {key}"))
            continue
        pointer = mapping[key]
        value, codes = _decoded(schema, pointer, texts)
        faults += [StructuredFault(pointer, code, detail) for code, detail in codes]
        if value is not None and not _put(data, pointer_tokens(pointer), value):
            faults.append(StructuredFault(pointer, "NOT_A_FIELD", "a plain value stands where an object should"))
    return Decoded(data, tuple(faults))


def _by_key(business_data: Iterable[BusinessDatum]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for datum in business_data:
        texts.setdefault(datum.key, []).extend(datum.values)
    return texts


def _put(data: dict[str, Any], tokens: tuple[str, ...], value: Any) -> bool:
    for token in tokens[:-1]:
        data = data.setdefault(token, {})
        if not isinstance(data, dict):
            return False
    if not tokens:
        return False
    data[tokens[-1]] = value
    return True


def _decoded(schema: Schema, pointer: str, texts: list[str]) -> tuple[Any, list[tuple[str, str]]]:
    """The value (None: there is none) and codes with details of what is wrong with it."""
    try:
        field = field_at(schema, pointer)
    except NotAField as reason:
        return list(texts), [(reason.code, reason.detail)]
    if field.many:
        members = [_typed(field, text) for text in texts]
        return [member for member, _ in members], [fault for _, fault in members if fault]
    if not texts:
        return None, []
    if len(texts) > 1:
        return list(texts), [("TOO_MANY_VALUES", "this field takes one value")]
    value, fault = _typed(field, texts[0])
    return value, [fault] if fault else []


def _typed(field: FormField, text: str) -> tuple[Scalar, tuple[str, str] | None]:
    match field.kind:
        case Kind.STRING:
            return text, None
        case Kind.CHOICE:
            return _choice(field, text), None
        case Kind.BOOLEAN:
            word = text.strip().casefold()
            if word in _TRUE | _FALSE:
                return word in _TRUE, None
            return text, ("NOT_A_BOOLEAN", "true or false is wanted here")
        case Kind.DECIMAL:
            plain = _plain_number(text)
            return (plain, None) if plain else (text, ("NOT_A_NUMBER", "an amount is wanted here"))
        case Kind.INTEGER | Kind.NUMBER:
            return _number(field.kind, text)


def _choice(field: FormField, text: str) -> Scalar:
    """The member that reads like the text; if none does, the text, which validation then refuses."""
    number = _number(Kind.NUMBER, text)[0]
    for member in field.choices:
        if text == as_text(member):
            return member
    numbers = (member for member in field.choices if not isinstance(member, str | bool))
    return next((member for member in numbers if member == number), text)


def _number(kind: Kind, text: str) -> tuple[Scalar, tuple[str, str] | None]:
    plain = _plain_number(text)
    if plain is None:
        return text, ("NOT_A_NUMBER", "a number is wanted here")
    if plain.removeprefix("-").isdigit():
        return int(plain), None
    value = float(plain)
    if not math.isfinite(value):
        return text, ("NOT_A_NUMBER", "the number is too large")
    if kind is Kind.NUMBER:
        return value, None
    if value.is_integer():
        return int(value), None
    return text, ("NOT_AN_INTEGER", "a whole number is wanted here")


def _plain_number(text: str) -> str | None:
    """The number as JSON writes it, or None."""
    text = text.strip()
    if len(text) > _MAX_NUMBER_LENGTH:
        return None
    belgian = _BELGIAN.fullmatch(text)
    if belgian:
        sign, whole, fraction = belgian.groups()
        return f"{sign}{re.sub(r'[^0-9]', '', whole)}.{fraction}"
    return text if _NUMBER.fullmatch(text) else None
