"""Calls to neighbours, whose addresses come from settings. Strangers' addresses are for chassis.guarded."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
import structlog.contextvars

from chassis.discovery import Discovery
from chassis.guarded import AddressRefused, guarded_client, is_public
from chassis.ids import uuid7
from chassis.tracing import traced

__all__ = [
    "AddressRefused",
    "BodyTooLarge",
    "ServiceTokens",
    "fetched",
    "guarded_client",
    "http_client",
    "is_public",
    "read_at_most",
]

_TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)
_RENEW_BEFORE_S: Final = 30


class BodyTooLarge(Exception):
    """The answer is larger than is read."""


def http_client(*, timeout: httpx.Timeout = _TIMEOUT, connections: int = 100) -> httpx.AsyncClient:
    """A client for neighbours whose addresses come from settings: no proxies of the environment, no redirects."""
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=timeout,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        event_hooks={"request": [traced]},
    )


async def read_at_most(response: httpx.Response, limit: int) -> bytes:
    """The body of a streamed answer.

    Raises:
        BodyTooLarge: it is longer than `limit` bytes; the rest is not read.
    """
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(f"more than {limit} bytes")
    return bytes(body)


@dataclass(slots=True)
class ServiceTokens:
    """This service's own tokens, one per scope and audience, renewed shortly before they expire."""

    discovery: Discovery
    _tokens: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    _locks: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict)

    async def bearer(self, scope: str, audience: str) -> str:
        """A token that is good for half a minute at least.

        Raises:
            httpx.HTTPError: the issuer refuses, or does not answer as it should.
        """
        wanted = (scope, audience)
        async with self._locks.setdefault(wanted, asyncio.Lock()):
            expires, token = self._tokens.get(wanted, (0.0, ""))
            if expires - _RENEW_BEFORE_S < time.time():
                expires, token = await self._fresh(scope, audience)
                self._tokens[wanted] = (expires, token)
        return token

    async def _fresh(self, scope: str, audience: str) -> tuple[float, str]:
        try:
            answer = await self.discovery.token(scope, audience)
            return time.time() + float(answer.get("expires_in", 60)), str(answer["access_token"])
        except (KeyError, TypeError, ValueError) as error:
            raise httpx.DecodingError("the issuer's answer can't be read") from error


@asynccontextmanager
async def fetched(
    http: httpx.AsyncClient, url: str, *, bearer: str, accept: str = "*/*"
) -> AsyncIterator[httpx.Response]:
    """A streamed GET with a token.

    Raises:
        httpx.HTTPError: no answer, or another status than one of success.
    """
    headers = {"authorization": f"Bearer {bearer}", "accept": accept, "x-correlation-id": _correlation()}
    async with http.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        yield response


def _correlation() -> str:
    bound = structlog.contextvars.get_contextvars().get("correlation_id")
    return str(bound) if bound else uuid7()
