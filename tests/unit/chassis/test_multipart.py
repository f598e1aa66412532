"""Multipart bodies, cut into any pieces: the same parts come out, or a refusal."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from chassis.http.multipart import Part, each_part
from chassis.problems import Problem

BOUNDARY = "grens"
NAMES = st.text("abcdefgh", min_size=1, max_size=8)
PARTS = st.lists(st.tuples(NAMES, st.binary(max_size=300)), max_size=5, unique_by=lambda part: part[0])


def body_of(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """A body as a browser sends it."""
    framed = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.pdf"\r\n'
        f"Content-Type: application/pdf\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in parts
    )
    return framed + f"--{BOUNDARY}--\r\n".encode()


def request_of(body: bytes, size: int, *, ends: bool = True) -> Request:
    """A request whose body comes in pieces of a size."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": index < len(pieces) - 1 or not ends}
        for index, piece in enumerate(pieces)
    ]
    if not ends:
        messages.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    headers = [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def _read(request: Request, *, max_parts: int = 9) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []

    async def on_part(part: Part) -> None:
        found.append((part.head.name, b"".join([block async for block in part.content])))

    await each_part(request, on_part, max_parts=max_parts)
    return found


@given(PARTS, st.integers(1, 400))
async def test_the_same_parts_come_out_however_the_body_is_cut(parts: list[tuple[str, bytes]], size: int) -> None:
    assert await _read(request_of(body_of(parts), size)) == parts


@given(PARTS.filter(bool), st.integers(1, 200), st.data())
async def test_a_body_that_ends_early_is_refused(parts: list[tuple[str, bytes]], size: int, data: Any) -> None:
    body = body_of(parts)
    shorter = body[: data.draw(st.integers(0, len(body) - 6))]
    for ends in (True, False):
        with pytest.raises(Problem):
            await _read(request_of(shorter, size, ends=ends))


@given(st.binary(max_size=400), st.integers(1, 50))
async def test_bytes_that_are_no_multipart_are_a_refusal_and_never_a_fault(body: bytes, size: int) -> None:
    with suppress(Problem):
        await _read(request_of(body, size))


async def test_too_many_parts_are_refused() -> None:
    parts = [(str(number), b"x") for number in range(4)]
    with pytest.raises(Problem):
        await _read(request_of(body_of(parts), 100), max_parts=3)


async def test_a_part_that_is_not_read_is_passed_over() -> None:
    seen: list[str] = []

    async def on_part(part: Part) -> None:
        seen.append(part.head.name)

    await each_part(request_of(body_of([("a", b"1" * 1000), ("b", b"2")]), 7), on_part, max_parts=5)
    assert seen == ["a", "b"]


async def test_a_header_without_end_is_refused() -> None:
    body = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{"x" * 20_000}"\r\n\r\n'.encode()
    with pytest.raises(Problem):
        await _read(request_of(body, 500))
