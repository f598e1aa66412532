"""What the people and systems around the hub do, as small HTTP clients: agency, person, operator, case system."""

import asyncio
import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import orjson

T = TypeVar("T")
Json = dict[str, Any]


class UnexpectedAnswer(RuntimeError):
    """A call answered another status than the story needs; the message holds the problem that was told."""


class NotInTime(RuntimeError):
    """What was waited for did not come."""


async def eventually(what: str, look: Callable[[], Awaitable[T | None]], *, timeout_s: float = 30) -> T:
    """Look again and again until there is something.

    Raises:
        NotInTime: there was nothing until the deadline.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    raise NotInTime(f"{what}: not within {timeout_s:g} s")


def http_of_story() -> httpx.AsyncClient:
    """A client for everybody around the hub: no proxies of the environment."""
    return httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_connections=50))


class Caller:
    """Somebody with a token who calls one service. Every call has its own correlation id."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, token: str) -> None:
        """Call `base_url` with `token`."""
        self._http = http
        self._base_url = base_url
        self._token = token

    async def call(
        self,
        method: str,
        path: str,
        *,
        expect: int | Sequence[int] | None = 200,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """One call; a POST gets an idempotency key of its own where none is given.

        Raises:
            UnexpectedAnswer: the status is not the expected one.
        """
        sent = {
            "authorization": f"Bearer {self._token}",
            "x-correlation-id": str(uuid4()),
            **({"idempotency-key": key or str(uuid4())} if method == "POST" else {}),
            **(headers or {}),
        }
        response = await self._http.request(method, f"{self._base_url}{path}", headers=sent, **arguments)
        expected = [expect] if isinstance(expect, int) else expect
        if expected is not None and response.status_code not in expected:
            raise UnexpectedAnswer(
                f"{method} {path}: {response.status_code}, expected {expect}: {response.text[:600]}"
            )
        return response

    async def get(self, path: str, **arguments: Any) -> Json:
        """The JSON object at a path."""
        return dict((await self.call("GET", path, **arguments)).json())


def base64url_sha256(content: bytes) -> str:
    """SHA-256 as eBox writes it: base64url without padding."""
    return urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency's own system, which pushes letters."""

    documents: Caller

    async def push(self, letter: Json, files: Mapping[str, bytes], *, key: str | None = None) -> Json:
        """Send a letter; `files` are PDFs by the name of their part. Returns the 201's body."""
        parts: list[tuple[str, tuple[str, bytes, str]]] = [
            ("messageToPublish", ("message.json", orjson.dumps(letter), "application/json")),
            *((name, (f"{name}.pdf", content, "application/pdf")) for name, content in files.items()),
        ]
        return dict((await self.documents.call("POST", "/api/v1/messages", files=parts, expect=201, key=key)).json())

    async def status(self, message_id: str) -> Json:
        """How the letter fares."""
        return await self.documents.get(f"/api/v1/messages/{message_id}")


@dataclass(frozen=True, slots=True)
class Person:
    """A person who answers through the hub's own API."""

    reply_hub: Caller

    async def upload(self, request_id: str, slot: str, content: bytes, name: str) -> str:
        """Add a PDF to an answer; returns the attachment's id."""
        answer = await self.reply_hub.call(
            "POST",
            f"/api/v1/reply-requests/{request_id}/attachments",
            params={"slot": slot},
            content=content,
            headers={"content-type": "application/pdf", "x-file-name": name},
            expect=201,
        )
        return str(answer.json()["attachmentId"])

    async def answer(
        self,
        request_id: str,
        data: Json,
        attachments: Sequence[str] = (),
        *,
        key: str | None = None,
        expect: int | None = 201,
    ) -> httpx.Response:
        """Submit an answer."""
        body = {
            "replyRequestId": request_id,
            "data": data,
            "attachments": [{"attachmentId": attachment} for attachment in attachments],
        }
        return await self.reply_hub.call("POST", "/api/v1/replies", json=body, expect=expect, key=key)
