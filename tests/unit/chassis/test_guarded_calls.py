"""Calls to strangers reach public addresses only, judged when connecting, and read no more than they may."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from chassis.outbound import guarded_client, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
    ],
)
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["193.190.130.15", "8.8.8.8", "2001:4860:4860::8888"])
def test_others_are(address: str) -> None:
    assert is_public(address)


@asynccontextmanager
async def _server(answer: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001"])
async def test_an_inner_address_is_refused_however_it_is_spelled(host: str) -> None:
    async with _server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as port, guarded_client() as http:
        with pytest.raises(httpx.HTTPError):
            await http.post(f"http://{host}:{port}/")


async def test_a_name_that_resolves_to_an_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolved(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved, raising=False)
    async with guarded_client() as http:
        with pytest.raises(httpx.HTTPError):
            await http.post("https://zaken.example/")


async def test_a_redirect_is_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with _server(answer) as port, guarded_client(allow_private=True) as http:
        assert (await http.post(f"http://127.0.0.1:{port}/")).status_code == 302
