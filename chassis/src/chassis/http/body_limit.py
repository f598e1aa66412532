"""Caps on bodies: by what is announced, and by what is counted while it comes."""

from typing import Final

from fastapi import Request
from starlette.types import Message, Receive

from chassis.problems import PAYLOAD_TOO_LARGE, Problem

DEFAULT_MAX_BODY_BYTES: Final = 1_048_576


def limit_body(request: Request, max_bytes: int) -> None:
    """Refuse a body that is announced too large, and stop reading one that turns out to be.

    Raises:
        Problem: PAYLOAD_TOO_LARGE, now or from `receive`.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    request._receive = _counted(request.receive, max_bytes)  # noqa: SLF001 - Starlette has no public way to wrap it


def _counted(receive: Receive, max_bytes: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_bytes:
            raise _too_large(max_bytes)
        return message

    return counted


def _too_large(max_bytes: int) -> Problem:
    return Problem(PAYLOAD_TOO_LARGE, f"the body may have {max_bytes} bytes at most")
