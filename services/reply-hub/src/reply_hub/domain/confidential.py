"""Which values of an answer stay here: fields the form calls confidential, and every national number.

A form marks a field by `format: insz` or `x-confidential: true`. The walk is generous: a mark counts wherever the
form says anything about the value, in any branch of a combination, whether or not that branch applies.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.identifiers import contains_insz
from reply_hub.domain.pointers import pointer_of

_COMBINATIONS: Final = ("allOf", "anyOf", "oneOf")
_CONDITIONS: Final = ("if", "then", "else", "not")
_MOST_SCHEMAS: Final = 64
"""Subschemas that speak about one value; forms are 64 KiB at most, so more only comes of circles."""

_SHORTEST_AS_NUMBER: Final = 9

Schema = Mapping[str, Any]


def marks_anything(schema: Any) -> bool:
    """Whether a form marks any field as confidential."""
    if isinstance(schema, Mapping):
        return _is_marked(schema) or any(marks_anything(part) for part in schema.values())
    return isinstance(schema, list) and any(marks_anything(part) for part in schema)


def confidential_pointers(schema: Schema, data: Mapping[str, Any]) -> list[str]:
    """Pointers of the values that may not leave, outermost only, in the order of the data."""
    return list(_walk(schema, [schema], data, ()))


def _walk(root: Schema, schemas: list[Schema], value: Any, path: tuple[str | int, ...]) -> Iterator[str]:
    applicable = _expanded(root, schemas)
    if any(_is_marked(schema) for schema in applicable) or _is_personal(value):
        yield pointer_of(path)
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _walk(root, _of_member(applicable, name), member, (*path, name))
    elif isinstance(value, list):
        for position, member in enumerate(value):
            yield from _walk(root, _of_item(applicable), member, (*path, position))


def _is_marked(schema: Schema) -> bool:
    return schema.get("format") == "insz" or schema.get("x-confidential") is True


def _is_personal(value: Any) -> bool:
    """A leaf that holds a national number; an object whose names do, since a pointer would tell them."""
    if isinstance(value, Mapping):
        return any(contains_insz(name) for name in value)
    if isinstance(value, str):
        return contains_insz(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    digits = str(abs(value))
    # A number lost the leading zeros of its year; shorter ones are amounts.
    return contains_insz(digits.zfill(11) if len(digits) >= _SHORTEST_AS_NUMBER else digits)


def _expanded(root: Schema, schemas: list[Schema]) -> list[Schema]:
    """The schemas with all they refer to and combine."""
    found: list[Schema] = []
    waiting: list[Any] = list(schemas)
    while waiting and len(found) < _MOST_SCHEMAS:
        schema = waiting.pop()
        if not isinstance(schema, Mapping) or any(schema is known for known in found):
            continue
        found.append(schema)
        waiting += [branch for word in _COMBINATIONS for branch in schema.get(word) or ()]
        waiting += [schema[word] for word in _CONDITIONS if word in schema]
        waiting += list((schema.get("dependentSchemas") or {}).values())
        waiting.append(_referred(root, schema.get("$ref")))
    return found


def _referred(root: Schema, reference: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return root if reference == "#" else None
    node: Any = root
    for part in reference[2:].split("/"):
        token = part.replace("~1", "/").replace("~0", "~")
        node = node.get(token) if isinstance(node, Mapping) else None
    return node


def _of_member(schemas: list[Schema], name: str) -> list[Schema]:
    """What the schemas say about a member. Patterns are not matched: all of them count."""
    found: list[Any] = []
    for schema in schemas:
        properties = schema.get("properties") or {}
        if name in properties:
            found.append(properties[name])
        else:
            found += list((schema.get("patternProperties") or {}).values())
            found += [schema.get("additionalProperties"), schema.get("unevaluatedProperties")]
    return [schema for schema in found if isinstance(schema, Mapping)]


def _of_item(schemas: list[Schema]) -> list[Schema]:
    found: list[Any] = []
    for schema in schemas:
        found += [schema.get("items"), schema.get("contains"), schema.get("unevaluatedItems")]
        found += schema.get("prefixItems") or []
    return [schema for schema in found if isinstance(schema, Mapping)]
