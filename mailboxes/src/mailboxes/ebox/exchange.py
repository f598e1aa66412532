"""One request to the registry and what its answer means: HTTP ends here."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from contracts.identifiers import contains_insz
from mailboxes.ebox.config import TokenProvider
from mailboxes.ebox.wire import ErrorBody
from mailboxes.errors import MailboxRefused, MailboxUnavailable

Model = TypeVar("Model", bound=BaseModel)

# 401 too: a token refused while keys rotate says nothing about the letter, which must not be given up for it.
_PASSING = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_MAX_DETAIL = 500


class Answer:
    """A whole answer of acceptable length."""

    def __init__(self, status: int, headers: httpx.Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def read_as(self, model: type[Model]) -> Model:
        """Return the body as a model.

        Raises:
            MailboxUnavailable: it is garbage. The reason names places, never contents.
        """
        try:
            return model.model_validate_json(self.body)
        except ValidationError as error:
            places = {".".join(map(str, fault["loc"])) or "body" for fault in error.errors()}
            reason = f"the answer makes no sense at {', '.join(sorted(places)[:5])}"
        # Outside the except clause: pydantic's error may hold what a person wrote.
        raise MailboxUnavailable(reason)


class Exchange:
    """Sends requests with a bearer token and turns every failure into one of the two errors of a mailbox."""

    def __init__(self, http: httpx.AsyncClient, tokens: TokenProvider, *, max_answer_bytes: int) -> None:
        self._http = http
        self._tokens = tokens
        self._max_answer_bytes = max_answer_bytes

    async def ask(self, method: str, url: str, **request: Any) -> Answer:
        """Return the answer, with any 2xx status.

        Raises:
            MailboxUnavailable: network, 401, 408, 425, 429, 3xx, 5xx, or an endless answer.
            MailboxRefused: any other 4xx.
        """
        async with self.open(method, url, **request) as response:
            return Answer(response.status_code, response.headers, await self._whole(response))

    @asynccontextmanager
    async def open(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **request: Any
    ) -> AsyncIterator[httpx.Response]:
        """Open a streamed answer with a 2xx status. Raises what `ask` raises, also while the body is read."""
        authorized = {**(headers or {}), "authorization": f"Bearer {await self._bearer()}"}
        try:
            async with self._http.stream(method, url, headers=authorized, **request) as response:
                if not response.is_success:
                    raise await self._failure(response)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise MailboxUnavailable(f"no answer: {type(error).__name__}") from error

    async def _bearer(self) -> str:
        try:
            return await self._tokens()
        except Exception as error:
            raise MailboxUnavailable(f"no token: {type(error).__name__}") from error

    async def _whole(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self._max_answer_bytes:
                raise MailboxUnavailable(f"the answer is longer than {self._max_answer_bytes} bytes")
        return bytes(body)

    async def _failure(self, response: httpx.Response) -> MailboxUnavailable | MailboxRefused:
        status = response.status_code
        if not response.is_client_error or status in _PASSING:
            return MailboxUnavailable(f"status {status}", retry_after=retry_after(response.headers))
        answer = Answer(status, response.headers, await self._whole(response))
        if status == HTTPStatus.CONFLICT:
            return Conflict(answer)
        return refusal(answer)


class Conflict(MailboxRefused):
    """A 409, with its whole answer: what it means depends on what was asked."""

    def __init__(self, answer: Answer) -> None:
        said = refusal(answer)
        super().__init__(said.code, said.detail, status=answer.status)
        self.answer = answer


def refusal(answer: Answer) -> MailboxRefused:
    """Return a 4xx in the mailbox's own words, or HTTP_<status> where it found none."""
    try:
        body = ErrorBody.model_validate_json(answer.body)
    except ValidationError:
        return MailboxRefused(f"HTTP_{answer.status}", "the mailbox gave no reason", status=answer.status)
    detail = body.message[:_MAX_DETAIL]
    if contains_insz(body.message):
        detail = "(withheld: it names a person)"
    return MailboxRefused(body.code, detail, status=answer.status)


def retry_after(headers: httpx.Headers) -> timedelta | None:
    """How long to wait (RFC 9110, 10.2.3): seconds, or a date reckoned from the answer's own Date."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), 86_400))
    try:
        wait = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait, timedelta(0))
