"""A client that costs next to nothing: prebuilt requests over kept connections. The server is what is measured."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit


class WrongStatus(RuntimeError):
    """A measured call did not succeed, so that its speed means nothing."""


def request(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """A POST, as bytes."""
    parts = urlsplit(url)
    lines = [
        f"POST {parts.path} HTTP/1.1",
        f"host: {parts.netloc}",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def rate(url: str, requests: Sequence[bytes], *, connections: int = 8) -> float:
    """Calls a second, over so many connections at once.

    Raises:
        WrongStatus: an answer is none of success.
    """
    waiting = iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_drain(url, waiting) for _ in range(connections)))
    return len(requests) / (time.perf_counter() - started)


async def _drain(url: str, waiting: Iterator[bytes]) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for each in waiting:
            writer.write(each)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
                raise WrongStatus(f"{head[:40]!r}: {body[:300]!r}")
    finally:
        writer.close()
