"""Multipart bodies as they stream in: parts in any order, files to a sink, nothing whole in memory but the JSON."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from chassis.problems import INVALID_INPUT, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, Fault, Problem

_MAX_HEADER_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class PartHead:
    """What a part says of itself. `file_name` is None for a plain field; it is untrusted text."""

    name: str
    file_name: str | None
    media_type: str


@dataclass(slots=True)
class Part:
    """One part; its content can be read once, while it comes."""

    head: PartHead
    content: AsyncIterator[bytes]

    async def read(self, limit: int) -> bytes:
        """The whole content of a small part.

        Raises:
            Problem: PAYLOAD_TOO_LARGE, beyond `limit` bytes.
        """
        body = bytearray()
        async for chunk in self.content:
            body += chunk
            if len(body) > limit:
                raise Problem(PAYLOAD_TOO_LARGE, f"part {self.head.name!r} may have {limit} bytes at most")
        return bytes(body)


OnPart = Callable[[Part], Awaitable[None]]


@dataclass(slots=True)
class _Events:
    """What the push parser says, queued for those who pull."""

    queue: list[PartHead | bytes | None] = field(default_factory=list)
    _field: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _headers: dict[str, bytes] = field(default_factory=dict)
    ended: bool = False

    def on_part_begin(self) -> None:
        self._headers = {}

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._field, data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._value, data[start:end])

    def _grow(self, text: bytearray, more: bytes) -> None:
        text += more
        if len(text) > _MAX_HEADER_BYTES:
            raise _malformed("a part's header is too long")

    def on_header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()

    def on_headers_finished(self) -> None:
        self.queue.append(_head_of(self._headers))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.queue.append(data[start:end])

    def on_part_end(self) -> None:
        self.queue.append(None)

    def on_end(self) -> None:
        self.ended = True


def _head_of(headers: dict[str, bytes]) -> PartHead:
    disposition, options = parse_options_header(headers.get("content-disposition", b""))
    name = options.get(b"name")
    if disposition != b"form-data" or name is None:
        raise _malformed("a part has no name")
    file_name = options.get(b"filename")
    media_type = headers.get("content-type", b"text/plain").decode("latin-1").partition(";")[0].strip().lower()
    return PartHead(_text(name), None if file_name is None else unquote(_text(file_name)), media_type)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def _malformed(detail: str) -> Problem:
    return Problem(INVALID_INPUT, detail, faults=[Fault("", "MALFORMED_MULTIPART", detail)])


async def each_part(request: Request, on_part: OnPart, *, max_parts: int) -> None:
    """Call `on_part` for every part, in the order they come; what it leaves unread is passed over.

    Raises:
        Problem: it is no multipart body, is broken off or malformed, or has too many parts.
    """
    parser, events = _parser_for(request)
    # The stream is closed at once on a refusal, not when the collector finds it.
    async with aclosing(_pulled(request, parser, events)) as pulled:
        count = 0
        async for head in pulled:
            assert isinstance(head, PartHead)
            count += 1
            if count > max_parts:
                raise _malformed(f"the body may have {max_parts} parts at most")
            content = _content(pulled)
            await on_part(Part(head, content))
            async for _ in content:
                pass
    if not events.ended:
        raise _malformed("the body ends before its last boundary")


def _parser_for(request: Request) -> tuple[MultipartParser, _Events]:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, "send multipart/form-data with a boundary")
    events = _Events()
    callbacks: Any = {name: getattr(events, name) for name in dir(events) if name.startswith("on_")}
    return MultipartParser(boundary, callbacks), events


async def _pulled(
    request: Request, parser: MultipartParser, events: _Events
) -> AsyncGenerator[PartHead | bytes | None, None]:
    try:
        async for chunk in request.stream():
            if chunk:
                parser.write(chunk)
            for event in _taken(events):
                yield event
        parser.finalize()
    except FormParserError as error:
        raise _malformed(f"the body is no multipart form: {error}") from None
    except ClientDisconnect:
        raise _malformed("the body was broken off") from None


def _taken(events: _Events) -> Iterator[PartHead | bytes | None]:
    taken, events.queue = events.queue, []
    yield from taken


async def _content(pulled: AsyncIterator[PartHead | bytes | None]) -> AsyncIterator[bytes]:
    async for event in pulled:
        if event is None:
            return
        assert isinstance(event, bytes)
        yield event
