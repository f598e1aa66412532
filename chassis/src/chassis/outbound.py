"""Calls to others: plain ones inside our own network, and guarded ones to addresses that strangers gave us."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpcore
import httpx

from chassis.discovery import Discovery
from chassis.tracing import traceparent

_TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)
_RENEW_BEFORE_S: Final = 30
_PORTS: Final = frozenset({443, 8443})
_REFUSED_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    # is_global alone lets these through: NAT64, 6to4, Teredo and multicast reach inner addresses by another name.
    for network in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "ff00::/8",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)


class AddressRefused(httpcore.ConnectError):
    """The name leads to an address that is not to be called."""


class BodyTooLarge(Exception):
    """The answer is larger than is read."""


async def _traced(request: httpx.Request) -> None:
    header = traceparent()
    if header is not None:
        request.headers.setdefault("traceparent", header)


def http_client(*, timeout: httpx.Timeout = _TIMEOUT, connections: int = 100) -> httpx.AsyncClient:
    """A client for neighbours whose addresses come from settings: no proxies of the environment, no redirects."""
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=timeout,
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        event_hooks={"request": [_traced]},
    )


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, under every disguise."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return parsed.is_global and not any(
        parsed in network for network in _REFUSED_NETWORKS if network.version == parsed.version
    )


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves once, looks at every address, and connects to one it looked at: rebinding finds no gap."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._looked_at(host, port)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def _looked_at(self, host: str, port: int) -> str:
        if not self._allow_private and port not in _PORTS:
            raise AddressRefused(f"port {port} is not called")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused("the name leads to an address that is not public")
        return addresses[0]

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("no sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def guarded_client(
    *, allow_private: bool = False, timeout: httpx.Timeout = _TIMEOUT, connections: int = 100
) -> httpx.AsyncClient:
    """A client for addresses that strangers gave: public ones only, https only, no redirects.

    `allow_private` lets private addresses, any port and plain http through; for a sandbox.
    """
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    # httpx has no parameter for the network backend; both packages are pinned, and a test holds this.
    transport._pool = httpcore.AsyncConnectionPool(  # noqa: SLF001 - see the line above
        ssl_context=httpx.create_ssl_context(trust_env=False),
        max_connections=connections,
        max_keepalive_connections=connections,
        network_backend=_GuardedNetwork(allow_private=allow_private),
    )

    async def https_only(request: httpx.Request) -> None:
        if not allow_private and request.url.scheme != "https":
            raise httpx.UnsupportedProtocol("only https is called")

    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=timeout,
        event_hooks={"request": [https_only, _traced]},
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
                answer = await self.discovery.token(scope, audience)
                token = str(answer["access_token"])
                self._tokens[wanted] = (time.time() + float(answer.get("expires_in", 60)), token)
        return token


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
    import structlog.contextvars  # noqa: PLC0415 - the id that the logs of this call carry

    from chassis.ids import uuid7  # noqa: PLC0415 - only where none is bound

    bound = structlog.contextvars.get_contextvars().get("correlation_id")
    return str(bound) if bound else uuid7()
