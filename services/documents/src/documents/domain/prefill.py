"""Which values of a form are confidential: they never travel in an event."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.identifiers import contains_insz


def confidential_values(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Pointer to value, of what stays here.

    That is: fields whose schema says `format: insz` or `x-confidential`, and any value
    that contains a valid national number, wherever it stands.
    """
    return dict(_walk(schema, values, ""))


def without(values: Mapping[str, Any], pointers: Mapping[str, Any]) -> dict[str, Any]:
    """The values without those at the pointers."""
    return {
        name: without(value, _below(pointers, name)) if isinstance(value, Mapping) else value
        for name, value in values.items()
        if _pointer("", name) not in pointers
    }


def _walk(schema: Mapping[str, Any], values: Mapping[str, Any], base: str) -> Iterator[tuple[str, Any]]:
    properties = schema.get("properties", {})
    for name, value in values.items():
        here, field = _pointer(base, name), properties.get(name, {})
        field = field if isinstance(field, Mapping) else {}
        if field.get("format") == "insz" or field.get("x-confidential") is True:
            yield here, value
        elif isinstance(value, Mapping):
            yield from _walk(field, value, here)
        elif contains_insz(str(value)):
            yield here, value


def _pointer(base: str, name: str) -> str:
    return f"{base}/{name.replace('~', '~0').replace('/', '~1')}"


def _below(pointers: Mapping[str, Any], name: str) -> dict[str, Any]:
    start = _pointer("", name)
    return {
        pointer.removeprefix(start): value for pointer, value in pointers.items() if pointer.startswith(f"{start}/")
    }
