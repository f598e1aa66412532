"""JSON bodies, read so that nothing gets in which the database or a document could not hold."""

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson
from fastapi import Request

from chassis.problems import INVALID_INPUT, Fault, Problem

MAX_DEPTH: Final = 64
"""MongoDB refuses documents of more than 100 levels; a body becomes part of one."""
_INT64: Final = range(-(2**63), 2**63)
_SUSPICIOUS: Final = re.compile(rb"\\u0000|[0-9]{19}")


class JsonRequest(Request):
    """A request whose JSON is read strictly: no lone surrogates, no NaN, no NUL, whole numbers of 64 bits."""

    async def json(self) -> Any:
        """The body's JSON.

        Raises:
            json.JSONDecodeError: it is no JSON, or has lone surrogates.
            Problem: INVALID_INPUT, with a pointer to each value that can't be kept.
        """
        return read_strictly(await self.body())


def read_strictly(body: bytes) -> Any:
    """The JSON of a body.

    Raises:
        json.JSONDecodeError: it is no JSON, or has lone surrogates.
        Problem: INVALID_INPUT, with a pointer to each value that can't be kept.
    """
    value = orjson.loads(body)
    # Looking at every value costs more than parsing; nearly no body gives reason to.
    if _SUSPICIOUS.search(body) or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _refuse_unkeepable(value)
    return value


def _refuse_unkeepable(value: Any) -> None:
    faults = list(_unkeepable(value, "", 1))
    if faults:
        raise Problem(INVALID_INPUT, "the body has values that can't be kept", faults=faults[:100])


def _unkeepable(value: Any, place: str, depth: int) -> Iterator[Fault]:
    match value:
        case dict() | list() if depth > MAX_DEPTH:
            yield Fault(place, "TOO_DEEP", f"values may be nested {MAX_DEPTH} levels deep at most")
        case dict():
            for key, inner in value.items():
                yield from _unkeepable(key, f"{place}/{escaped(key)}", depth)
                yield from _unkeepable(inner, f"{place}/{escaped(key)}", depth + 1)
        case list():
            for index, inner in enumerate(value):
                yield from _unkeepable(inner, f"{place}/{index}", depth + 1)
        case str() if "\0" in value:
            yield Fault(place, "NUL_CHARACTER", "the character U+0000 is not taken")
        case int() if value not in _INT64:
            yield Fault(place, "NUMBER_TOO_LARGE", "whole numbers have 64 bits at most")
        case _:
            return


def escaped(step: str | int) -> str:
    """One step of a JSON Pointer (RFC 6901 section 3)."""
    return str(step).replace("~", "~0").replace("/", "~1")
