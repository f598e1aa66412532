"""Scanning of files for malware, by ClamAV's daemon. A scanner that can't be asked says nothing: the file waits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from chassis import logs

_CHUNK: Final = 65_536
_TIMEOUT_S: Final = 60.0


class ScannerUnavailable(Exception):
    """The scanner could not be asked, or did not say a verdict; ask again later."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Nothing was found."""


@dataclass(frozen=True, slots=True)
class Infected:
    """A signature matched."""

    signature: str


Verdict = Clean | Infected


class Scanner(Protocol):
    """Judges files."""

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """Read to the end and judge.

        Raises:
            ScannerUnavailable: no verdict; the file stays unjudged.
        """
        ...


class ScannerOff:
    """Passes everything. For a sandbox without a scanner; settings refuse it in production."""

    def __init__(self) -> None:
        """Say so in the log, loudly."""
        logs.get().warning("scanner_off", meaning="files are passed unscanned; never so in production")

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """Clean, unread."""
        return Clean()


class ClamdScanner:
    """ClamAV's daemon over TCP (INSTREAM command: length-prefixed chunks, an empty one at the end)."""

    def __init__(self, address: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        """Ask the daemon at `host:port`; its StreamMaxLength has to be at least the largest file."""
        host, _, port = address.rpartition(":")
        self._host, self._port, self._timeout_s = host.strip("[]"), int(port), timeout_s

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """See Scanner."""
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._instream(content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScannerUnavailable(type(error).__name__) from error
        if answer == "stream: OK":
            return Clean()
        if answer.endswith(" FOUND"):
            return Infected(answer.removeprefix("stream: ").removesuffix(" FOUND"))
        raise ScannerUnavailable(answer[:200])

    async def _instream(self, content: AsyncIterator[bytes]) -> str:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            async for block in content:
                for start in range(0, len(block), _CHUNK):
                    chunk = block[start : start + _CHUNK]
                    writer.write(len(chunk).to_bytes(4) + chunk)
                await writer.drain()
            writer.write((0).to_bytes(4))
            await writer.drain()
            return (await reader.readuntil(b"\0")).rstrip(b"\0").decode(errors="replace")
        finally:
            writer.close()


def scanner_at(address: str) -> Scanner:
    """The daemon at an address, or none where it is empty."""
    return ClamdScanner(address) if address else ScannerOff()
