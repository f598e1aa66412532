"""Finds changes between two JSON Schemas of one event that would break somebody.

Breaking is: a field removed, a new required field, a type narrowed or changed, an enumeration narrowed, a bound
tightened, a pattern or format added or changed. Adding an optional field or widening a bound is not. A writer's
schema is a promise: there a new field may always be there, and one that always was may not become optional.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Breach:
    """One breaking change, at a place in the event."""

    pointer: str
    change: str

    def __str__(self) -> str:
        """The place and what happened there."""
        return f"{self.pointer or '/'}: {self.change}"


_LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT: Final = ("pattern", "format", "const")


def breaches(old: Schema, new: Schema, *, promised: bool = False) -> list[Breach]:
    """Every breaking change from the old schema to the new one; `promised` where they are a writer's."""
    return list(_compare(_Place(old, old, new, new, "", promised)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Two schemas side by side, with the documents their references point into."""

    old_root: Schema
    old: Schema
    new_root: Schema
    new: Schema
    pointer: str
    promised: bool

    def inner(self, old: Schema, new: Schema, step: str) -> "_Place":
        return _Place(
            self.old_root,
            _resolved(self.old_root, old),
            self.new_root,
            _resolved(self.new_root, new),
            f"{self.pointer}/{step}",
            self.promised,
        )


def _resolved(root: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    target: Any = root
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    siblings = {key: value for key, value in schema.items() if key != "$ref"}
    return {**target, **siblings}


def _compare(place: _Place) -> Iterator[Breach]:
    yield from _types(place)
    yield from _enumerations(place)
    yield from _bounds(place)
    yield from _properties(place)
    yield from _items(place)


def _variants(root: Schema, schema: Schema) -> list[Schema]:
    return [_resolved(root, variant) for variant in schema.get("anyOf", [schema])]


def _types_of(root: Schema, schema: Schema) -> set[str]:
    found: set[str] = set()
    for variant in _variants(root, schema):
        kind = variant.get("type")
        if kind is None:
            return {"any"}
        found |= {kind} if isinstance(kind, str) else set(kind)
    return found | {"integer"} if "number" in found else found


def _types(place: _Place) -> Iterator[Breach]:
    old, new = _types_of(place.old_root, place.old), _types_of(place.new_root, place.new)
    if "any" in new or old <= new:
        return
    yield Breach(place.pointer, f"type narrowed from {_words(old)} to {_words(new)}")


def _words(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))


def _enumerations(place: _Place) -> Iterator[Breach]:
    old, new = place.old.get("enum"), place.new.get("enum")
    if new is None:
        return
    if old is None:
        yield Breach(place.pointer, "an enumeration was added")
        return
    gone = [value for value in old if value not in new]
    if gone:
        yield Breach(place.pointer, f"enumeration lost {', '.join(map(str, gone))}")


def _bounds(place: _Place) -> Iterator[Breach]:
    for bound in _LOWER_BOUNDS:
        old, new = place.old.get(bound), place.new.get(bound)
        if new is not None and (old is None or new > old):
            yield Breach(place.pointer, f"{bound} raised from {old} to {new}")
    for bound in _UPPER_BOUNDS:
        old, new = place.old.get(bound), place.new.get(bound)
        if new is not None and (old is None or new < old):
            yield Breach(place.pointer, f"{bound} lowered from {old} to {new}")
    for rule in _EXACT:
        old, new = place.old.get(rule), place.new.get(rule)
        if new is not None and new != old:
            yield Breach(place.pointer, f"{rule} changed from {old} to {new}")


def _properties(place: _Place) -> Iterator[Breach]:
    old, new = _object(place.old_root, place.old), _object(place.new_root, place.new)
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in old_fields:
        if name not in new_fields:
            yield Breach(f"{place.pointer}/{name}", "field removed")
        else:
            yield from _compare(place.inner(old_fields[name], new_fields[name], name))
    always, before = set(new.get("required", ())), set(old.get("required", ()))
    if place.promised:
        for name in sorted((before - always) & set(new_fields)):
            yield Breach(f"{place.pointer}/{name}", "field not always there any more")
        return
    for name in sorted(always - before):
        yield Breach(
            f"{place.pointer}/{name}", "field became required" if name in old_fields else "new required field"
        )


def _object(root: Schema, schema: Schema) -> Schema:
    for variant in _variants(root, schema):
        if "properties" in variant:
            return variant
    return {}


def _items(place: _Place) -> Iterator[Breach]:
    for keyword, step in (("items", "*"), ("additionalProperties", "*")):
        old, new = place.old.get(keyword), place.new.get(keyword)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _compare(place.inner(old, new, step))
