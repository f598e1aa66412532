"""Scanning by a real clamd, with a signature of our own that knows EICAR."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.scanning import ClamdScanner, Clean, Infected, ScannerOff, ScannerUnavailable, scanner_at
from dev.house.processes import free_port

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

# Put together here, so that no file of the project is one that scanners find.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


async def _in_blocks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_a_file_without_a_known_signature_is_clean(clamd_address: str) -> None:
    assert await ClamdScanner(clamd_address).scan(_in_blocks(b"%PDF-1.7 a letter")) == Clean()


@pytest.mark.parametrize("before", [0, 70_000, 20_000_000], ids=["at once", "in the second block", "after 20 MB"])
async def test_eicar_is_found_wherever_it_stands(clamd_address: str, before: int) -> None:
    verdict = await ClamdScanner(clamd_address).scan(_in_blocks(bytes(before) + EICAR))
    assert isinstance(verdict, Infected)
    assert "EICAR" in verdict.signature.upper()


async def test_thirty_megabytes_are_judged(clamd_address: str) -> None:
    assert await ClamdScanner(clamd_address).scan(_in_blocks(bytes(30_000_000))) == Clean()


async def test_many_files_at_once_are_judged_each_for_itself(clamd_address: str) -> None:
    scanner = ClamdScanner(clamd_address)
    contents = [EICAR if number % 3 == 0 else b"clean %d" % number for number in range(12)]
    verdicts = await asyncio.gather(*(scanner.scan(_in_blocks(content)) for content in contents))
    assert [isinstance(verdict, Infected) for verdict in verdicts] == [number % 3 == 0 for number in range(12)]


async def test_a_scanner_that_is_away_says_nothing() -> None:
    with pytest.raises(ScannerUnavailable):
        await ClamdScanner(f"127.0.0.1:{free_port()}").scan(_in_blocks(b"a"))


async def test_a_file_larger_than_the_scanner_takes_is_not_called_clean(clamd_address: str) -> None:
    with pytest.raises(ScannerUnavailable):
        await ClamdScanner(clamd_address).scan(_in_blocks(bytes(45_000_000)))


async def test_a_scanner_that_hangs_is_given_up() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(ScannerUnavailable):
            await ClamdScanner(f"127.0.0.1:{port}", timeout_s=0.3).scan(_in_blocks(b"a"))
    finally:
        server.close()


async def test_no_address_is_no_scanner() -> None:
    assert isinstance(scanner_at(""), ScannerOff)
    assert isinstance(scanner_at("h:1"), ClamdScanner)
