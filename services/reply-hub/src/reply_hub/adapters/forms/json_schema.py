"""Forms as JSON Schema 2020-12: answers are checked by a compiled form, kept by the digest of its bytes."""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import jsonschema_rs
import orjson

from contracts.identifiers import InvalidIdentifier, contains_insz, parse_insz
from reply_hub.domain.confidential import confidential_pointers, marks_anything
from reply_hub.domain.faults import Fault
from reply_hub.domain.pointers import pointer_of

MOST_FAULTS: Final = 100
_KEPT_FORMS: Final = 512
_BACKTRACKS: Final = 50_000
"""Of a pattern on one value: more means a catastrophic pattern, and the value counts as not matching."""
_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?")

_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "required": ("MISSING", "this field is required"),
    "dependentRequired": ("MISSING", "this field is required beside another"),
    "type": ("WRONG_TYPE", "the value has another type than the form asks for"),
    "enum": ("NOT_A_CHOICE", "the value is none of the choices"),
    "const": ("NOT_A_CHOICE", "the value is not the one that is asked for"),
    "oneOf": ("NOT_A_CHOICE", "the value fits none, or several, of the alternatives"),
    "anyOf": ("NOT_A_CHOICE", "the value fits none of the alternatives"),
    "minLength": ("TOO_SHORT", "the text is too short"),
    "maxLength": ("TOO_LONG", "the text is too long"),
    "minItems": ("TOO_SHORT", "there are too few items"),
    "maxItems": ("TOO_LONG", "there are too many items"),
    "minimum": ("TOO_SMALL", "the number is too small"),
    "exclusiveMinimum": ("TOO_SMALL", "the number is too small"),
    "maximum": ("TOO_LARGE", "the number is too large"),
    "exclusiveMaximum": ("TOO_LARGE", "the number is too large"),
    "format": ("WRONG_FORMAT", "the value has not the form that is asked for"),
    "pattern": ("WRONG_FORMAT", "the value has not the form that is asked for"),
    "multipleOf": ("WRONG_FORMAT", "the number is not a multiple of the step that is asked for"),
    "additionalProperties": ("UNEXPECTED_FIELD", "the form has no such field"),
    "unevaluatedProperties": ("UNEXPECTED_FIELD", "the form has no such field"),
    "falseSchema": ("UNEXPECTED_FIELD", "the form has no such field"),
}
_OTHER: Final = ("OTHER", "the value breaks a rule of the form")


class BrokenForm(Exception):
    """The schema can't be compiled. Letters with such a form are refused when pushed, so this is a fault of ours."""


def _is_insz(text: str) -> bool:
    try:
        parse_insz(text)
    except InvalidIdentifier:
        return False
    return True


def _is_decimal(text: str) -> bool:
    return _DECIMAL.fullmatch(text) is not None


class CompiledForm:
    """One form, ready to check answers. See `Form` for the promises."""

    def __init__(self, schema_json: bytes) -> None:
        """Compile a schema.

        Raises:
            BrokenForm: it is no schema, or refers to something outside itself.
        """
        schema = orjson.loads(schema_json)
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema,
                validate_formats=True,
                formats={"insz": _is_insz, "decimal": _is_decimal, "money": _is_decimal},
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
                offline=True,
            )
        except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
            raise BrokenForm(str(error)[:200]) from error
        self._schema: Mapping[str, Any] = schema if marks_anything(schema) else {}

    def faults(self, data: Mapping[str, Any]) -> list[Fault]:
        """See `Form`."""
        if self._validator.is_valid(data):
            return []
        found: dict[tuple[str, str], Fault] = {}
        for error in self._validator.iter_errors(data):
            for fault in _faults_of(error):
                found.setdefault((fault.pointer, fault.code), fault)
            if len(found) >= MOST_FAULTS:
                break
        return list(found.values())

    def confidential(self, data: Mapping[str, Any]) -> list[str]:
        """See `Form`."""
        return confidential_pointers(self._schema, data)


def _faults_of(error: jsonschema_rs.ValidationError) -> list[Fault]:
    path = list(error.instance_path)
    keyword = error.kind.name
    code, detail = _CODES.get(keyword, _OTHER)
    match keyword:
        case "required":
            names = [error.kind.as_dict()["property"]]
        case "additionalProperties" | "unevaluatedProperties":
            names = list(error.kind.as_dict()["unexpected"])
        case _:
            return [Fault(_safe([*path]), code, detail)]
    return [Fault(_safe([*path, name]), code, detail) for name in names]


def _safe(path: list[str | int]) -> str:
    """A pointer without anybody's number: a name that holds one is left out, and the place above it is named."""
    while path and isinstance(path[-1], str) and contains_insz(path[-1]):
        path = path[:-1]
    pointer = pointer_of(path)
    return "" if contains_insz(pointer) else pointer


class CompiledForms:
    """Compiled forms by digest, the most recently used ones. See `Forms`."""

    def __init__(self, *, kept: int = _KEPT_FORMS) -> None:
        """Keep so many."""
        self._kept = kept
        self._forms: OrderedDict[str, CompiledForm] = OrderedDict()

    async def of(self, sha256: str, load: Callable[[], Awaitable[bytes]]) -> CompiledForm:
        """See `Forms`."""
        form = self._forms.get(sha256)
        if form is None:
            form = self._forms[sha256] = CompiledForm(await load())
            if len(self._forms) > self._kept:
                self._forms.popitem(last=False)
        else:
            self._forms.move_to_end(sha256)
        return form
