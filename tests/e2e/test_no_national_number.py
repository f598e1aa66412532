"""The story's traffic, sniffed: no national number in an event, a key, a URL, a log line, a metric or a trace."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from dev.demo.cast import NUMBERS
from dev.demo.letters import ANSWER
from dev.demo.story import Played
from dev.house.clients import eventually
from dev.house.house import SERVICES, House

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


def _spelled(number: str) -> list[bytes]:
    """A number as people and programs write it."""
    grouped = f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"
    return [number.encode(), grouped.encode()]


SPELLINGS = [spelling for number in NUMBERS for spelling in _spelled(number)]


def personal_in(pieces: Iterable[bytes]) -> list[bytes]:
    """Every piece that holds one of the story's numbers."""
    return [piece for piece in pieces if any(spelling in piece for spelling in SPELLINGS)]


async def _records(house: House) -> list[Any]:
    consumer = AIOKafkaConsumer(bootstrap_servers=house.stack.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        names = [name for name in await consumer.topics() if name.startswith(house.prefix)]
        consumer.subscribe(names)
        found: list[Any] = []
        quiet = 0
        while quiet < 3:
            batch = await consumer.getmany(timeout_ms=500)
            found += [record for records in batch.values() for record in records]
            quiet = 0 if batch else quiet + 1
        return found
    finally:
        await consumer.stop()


def test_the_sniffer_finds_a_number_however_it_is_written() -> None:
    assert personal_in([b"...85073003328...", b"nothing", b'"85.07.30-033.28"']) == [
        b"...85073003328...",
        b'"85.07.30-033.28"',
    ]


async def test_no_event_key_or_header_holds_one(house: House, played: Played) -> None:
    records = await _records(house)
    assert len(records) > 30, "the story told many events"
    pieces = [
        piece
        for record in records
        for piece in (record.key or b"", record.value or b"", *(value for _, value in record.headers))
    ]
    assert personal_in(pieces) == []


async def test_no_event_holds_a_confidential_field(house: House, played: Played) -> None:
    secret = str(ANSWER["rekeningnummer"]).encode()
    assert [record.topic for record in await _records(house) if secret in record.value] == []


def test_no_log_line_of_a_service_holds_one(house: House, played: Played) -> None:
    logs = [house.logs / f"{service}-{process}.log" for service in SERVICES for process in ("api", "worker")]
    lines = [line for log in logs for line in log.read_bytes().splitlines()]
    assert len(lines) > 100, "the services logged the story"
    assert personal_in(lines) == []


async def test_no_url_that_a_service_calls_holds_one(house: House, played: Played) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        called = [
            str(line).encode()
            for simulator in ("identity-provider", "ebox", "case-system")
            for line in (await http.get(f"{house.url(simulator)}/sim/requests")).raise_for_status().json()
        ]
    assert len(called) > 20, "the simulators were called"
    assert personal_in(called) == []


async def test_no_metric_holds_one(house: House, played: Played) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        addresses = [house.url(f"{service}{process}") for service in SERVICES for process in ("", " worker")]
        pages = [(await http.get(f"{address}/metrics")).raise_for_status().content for address in addresses]
    assert all(b"antwoordhub" in page or b"_total" in page for page in pages)
    assert personal_in(line for page in pages for line in page.splitlines()) == []


async def test_no_trace_holds_one_and_traces_go_through_kafka(house: House, played: Played, collector: Any) -> None:
    async def look() -> bool | None:
        told = b"".join(collector.bodies)
        return True if all(service.encode() in told for service in SERVICES) and b"receive" in told else None

    await eventually("traces of every service", look, timeout_s=20)
    await asyncio.sleep(0)
    assert personal_in(collector.bodies) == []
