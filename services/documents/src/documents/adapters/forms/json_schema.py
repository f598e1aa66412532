"""Forms as JSON Schema 2020-12: judged when they are pushed, so that no citizen meets a broken one."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema_rs
import orjson

from chassis.http.json_body import escaped
from chassis.problems import Fault
from contracts.identifiers import contains_insz

MAX_BYTES: Final = 65_536
MAX_DEPTH: Final = 24
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MOST_FAULTS: Final = 50
_NOT_COMPLETE: Final = frozenset({"required", "dependentRequired", "minProperties"})
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef"})
_LINEAR: Final = jsonschema_rs.RegexOptions()
"""Patterns run on answers of strangers: only those that can't backtrack."""
_META: Final = jsonschema_rs.Draft202012Validator({"$ref": DIALECT}, offline=True)


class JsonSchemaForms:
    """See FormChecker."""

    def check(self, schema: Mapping[str, Any]) -> list[Fault]:
        """See FormChecker. Depth comes first, and then size: they bound what the others cost."""
        faults = [*_rule_faults(schema, "", 1)] or [*_size_faults(schema)] or [*_root_faults(schema)]
        return (faults or [*_dialect_faults(schema)])[:_MOST_FAULTS]

    def check_values(self, schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[Fault]:
        """See FormChecker."""
        validator = jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=True, pattern_options=_LINEAR, offline=True
        )
        return [
            Fault(_pointer(error.instance_path), "BREAKS_FORM", f"the value breaks the form's rule {error.kind.name}")
            for error in validator.iter_errors(dict(values))
            if error.kind.name not in _NOT_COMPLETE
        ][:_MOST_FAULTS]


def _size_faults(schema: Mapping[str, Any]) -> Iterator[Fault]:
    size = len(orjson.dumps(schema))
    if size > MAX_BYTES:
        yield Fault("", "TOO_LARGE", f"the form has {size} bytes; {MAX_BYTES} at most")


def _rule_faults(value: Any, place: str, depth: int) -> Iterator[Fault]:
    """What JSON Schema allows and a form of ours may not hold."""
    if depth > MAX_DEPTH:
        yield Fault(place, "TOO_DEEP", f"a form nests {MAX_DEPTH} levels deep at most")
        return
    match value:
        case dict():
            for name, inner in value.items():
                yield from _name_faults(name, inner, place)
                yield from _rule_faults(inner, f"{place}/{escaped(name)}", depth + 1)
        case list():
            for index, inner in enumerate(value):
                yield from _rule_faults(inner, f"{place}/{index}", depth + 1)
        case str() if contains_insz(value):
            yield Fault(place, "HOLDS_NATIONAL_NUMBER", "forms travel in events; no national number may stand in one")
        case _:
            return


def _name_faults(name: str, value: Any, place: str) -> Iterator[Fault]:
    if contains_insz(name):
        yield Fault(place, "HOLDS_NATIONAL_NUMBER", "the name of a member holds a national number")
    if name in _REFERENCES and isinstance(value, str) and not value.startswith("#"):
        yield Fault(f"{place}/{escaped(name)}", "FOREIGN_REFERENCE", "a form refers to itself only (#/$defs/...)")


def _root_faults(schema: Mapping[str, Any]) -> Iterator[Fault]:
    if str(schema.get("$schema", DIALECT)).rstrip("#") != DIALECT:
        yield Fault("/$schema", "OTHER_DIALECT", f"forms are {DIALECT}")
    if schema.get("type") != "object":
        yield Fault("/type", "NOT_AN_OBJECT", 'the answer as a whole is an object: "type": "object"')
    if not isinstance(schema.get("properties"), Mapping) or not schema["properties"]:
        yield Fault("/properties", "NO_FIELDS", "the form has no fields")


def _dialect_faults(schema: Mapping[str, Any]) -> Iterator[Fault]:
    faults = [
        Fault(_pointer(error.instance_path), "NO_JSON_SCHEMA", f"breaks JSON Schema 2020-12 ({error.kind.name})")
        for error in _META.iter_errors(dict(schema))
    ]
    yield from faults
    if not faults:
        try:
            jsonschema_rs.Draft202012Validator(
                dict(schema), validate_formats=True, pattern_options=_LINEAR, offline=True
            )
        except jsonschema_rs.ValidationError as error:
            code = "PATTERN_NOT_LINEAR" if "pattern" in error.instance_path[-1:] else "CAN_NOT_BE_USED"
            yield Fault(_pointer(error.instance_path), code, error.message[:200])
        except (jsonschema_rs.ReferencingError, ValueError) as error:
            yield Fault("", "CAN_NOT_BE_USED", str(error)[:200])


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{escaped(step)}" for step in path)
