"""Calls to addresses that strangers gave us: they reach the public internet and nothing else (SSRF).

A check before the call is not enough: the name may lead elsewhere when the connection is made. So the look happens
in the connection itself, below httpx. A network policy that lets no such traffic in is still the real boundary.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable
from typing import Final

import httpcore
import httpx

from chassis.tracing import traced

_TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)
_RESOLVE_S: Final = 3.0
_PORTS: Final = frozenset({443, 8443})
_TRIED_ADDRESSES: Final = 3
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_REFUSED_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    # is_global alone lets these through: 6to4, Teredo, benchmarks, documentation, relays, multicast, the future.
    # NAT64 (64:ff9b::/96) and IPv4-compatible addresses lie outside global unicast and fall to that rule.
    for network in ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20", "192.88.99.0/24", "224.0.0.0/3")
)


class AddressRefused(httpcore.ConnectError):
    """The name leads to an address that is not to be called. Callers see it as the cause of httpx.ConnectError."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, under every disguise."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return is_public(str(parsed.ipv4_mapped))
        if parsed not in _GLOBAL_UNICAST:
            return False
    return parsed.is_global and not any(
        parsed in network for network in _REFUSED_NETWORKS if network.version == parsed.version
    )


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves once, looks at every address, and connects to one it looked at: rebinding finds no gap."""

    def __init__(self, *, allow_private: bool, ports: frozenset[int]) -> None:
        self._allow_private = allow_private
        self._ports = ports
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = (await self._looked_at(host, port))[:_TRIED_ADDRESSES]
        for address in others:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def _looked_at(self, host: str, port: int) -> list[str]:
        """At least one address, all of them allowed."""
        if not self._allow_private and port not in self._ports:
            raise AddressRefused(f"port {port} is not called")
        try:
            async with asyncio.timeout(_RESOLVE_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused("the name leads to an address that is not public")
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("no sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _CappedStream(httpx.AsyncByteStream):
    """An answer's body that ends in an error once it is too long, or takes too long."""

    def __init__(self, inner: httpx.AsyncByteStream, *, max_bytes: int, until: float) -> None:
        self._inner, self._left, self._until = inner, max_bytes, until

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._inner)
        while True:
            try:
                async with asyncio.timeout_at(self._until):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise httpx.ReadTimeout("the answer takes too long") from None
            self._left -= len(chunk)
            if self._left < 0:
                raise httpx.ReadError("the answer is too long")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class _CappedTransport(httpx.AsyncHTTPTransport):
    """Caps what a whole exchange may take: httpx limits each read, so a byte now and then would hold it for ever."""

    def __init__(
        self, *, allow_private: bool, ports: frozenset[int], connections: int, max_bytes: int, total_s: float
    ) -> None:
        super().__init__(trust_env=False)
        # httpx has no parameter for the network backend; both packages are pinned, and a test holds this.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=connections,
            max_keepalive_connections=connections,
            network_backend=_GuardedNetwork(allow_private=allow_private, ports=ports),
        )
        self._max_bytes, self._total_s = max_bytes, total_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        until = asyncio.get_running_loop().time() + self._total_s
        try:
            async with asyncio.timeout_at(until):
                response = await super().handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("the answer takes too long") from None
        assert isinstance(response.stream, httpx.AsyncByteStream), "an asynchronous transport streams so"
        if response.headers.get("content-encoding", "identity") != "identity":
            # It was not asked for, and a few packed bytes may be gigabytes.
            await response.stream.aclose()
            raise httpx.DecodingError("the answer is packed")
        response.stream = _CappedStream(response.stream, max_bytes=self._max_bytes, until=until)
        return response


def guarded_client(
    *,
    allow_private: bool = False,
    plain_http: bool = False,
    timeout: httpx.Timeout = _TIMEOUT,
    connections: int = 100,
    max_body: int = 1_048_576,
    total_s: float = 30.0,
) -> httpx.AsyncClient:
    """A client for addresses that strangers gave: public ones only, https only, no redirects.

    `plain_http` lets http and its port through too, for what is signed itself, such as revocation data.
    `allow_private` lets private addresses, any port and plain http through; for a sandbox. `max_body` caps an
    answer's bytes (httpx.ReadError beyond), `total_s` the seconds of a whole exchange (httpx.ReadTimeout beyond).
    A refused address is an httpx.ConnectError whose cause is AddressRefused.
    """

    async def https_only(request: httpx.Request) -> None:
        if not (allow_private or plain_http) and request.url.scheme != "https":
            raise httpx.UnsupportedProtocol("only https is called")

    return httpx.AsyncClient(
        transport=_CappedTransport(
            allow_private=allow_private,
            ports=_PORTS | {80} if plain_http else _PORTS,
            connections=connections,
            max_bytes=max_body,
            total_s=total_s,
        ),
        headers={"accept-encoding": "identity"},
        trust_env=False,
        follow_redirects=False,
        timeout=timeout,
        event_hooks={"request": [https_only, traced]},
    )
