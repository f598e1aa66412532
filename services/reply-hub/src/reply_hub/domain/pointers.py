"""JSON Pointers (RFC 6901) into an answer's data."""

from collections.abc import Mapping, Sequence
from typing import Any


def pointer_of(tokens: Sequence[str | int]) -> str:
    """The pointer of names and positions from the root down."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def tokens_of(pointer: str) -> list[str]:
    """The names in a pointer, from the root down."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def without(data: Mapping[str, Any], pointers: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data without some values, and those values by pointer.

    A member of an object is left out; a member of an array becomes null, so that the others keep their places; the
    root becomes an empty object.
    """
    if "" in pointers:
        return {}, {"": data}
    cut: dict[str, Any] = {}
    rest = _copied(data)
    for pointer in pointers:
        *way, last = tokens_of(pointer)
        node: Any = rest
        for token in way:
            node = node[int(token)] if isinstance(node, list) else node[token]
        if isinstance(node, list):
            cut[pointer] = node[int(last)]
            node[int(last)] = None
        else:
            cut[pointer] = node.pop(last)
    return rest, cut


def restored(rest: Mapping[str, Any], cut: Mapping[str, Any]) -> dict[str, Any]:
    """The data as they were before `without`."""
    if "" in cut:
        return dict(cut[""])
    whole: dict[str, Any] = _copied(rest)
    for pointer, value in cut.items():
        put(whole, pointer, value)
    return whole


def put(data: dict[str, Any], pointer: str, value: Any) -> None:
    """Set a value at a pointer; objects on the way are made where they are missing."""
    *way, last = tokens_of(pointer)
    node: Any = data
    for token in way:
        node = node[int(token)] if isinstance(node, list) else node.setdefault(token, {})
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copied(member) for member in value]
    return value
