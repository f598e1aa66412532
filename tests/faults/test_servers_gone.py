"""Kafka or MongoDB goes away while letters and answers come in, and comes back."""

import asyncio
from typing import Any

import httpx
import pytest

from dev.demo.letters import ANSWER
from dev.house.house import House
from dev.house.load import Load

pytestmark = [
    pytest.mark.servers,
    pytest.mark.faults,
    pytest.mark.timeout(300),
    # Drivers drop sockets of servers that went away without closing them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MANY = 200


async def test_without_kafka_every_post_is_answered_and_all_is_delivered_and_filed_after(
    house: House, load: Load
) -> None:
    first = await load.letters(MANY)
    await load.opened(first)
    assert house.stack.kafka_server is not None
    await house.stack.kafka_server.stop()
    asked_again = load.asked_again
    answered, more = await asyncio.gather(load.answers(first), load.letters(MANY))
    assert load.asked_again == asked_again, "every POST was answered 201 at once"
    assert len(set(answered)) == MANY
    await house.stack.kafka_server.start()
    await load.filed(answered, timeout_s=120)
    await load.opened(more, timeout_s=120)
    counted = await load.settled()
    assert (counted.lost, counted.twice) == (0, 0), counted.line()


async def test_without_mongodb_calls_are_told_to_come_back_and_nothing_is_half_written(
    house: House, load: Load
) -> None:
    letters = await load.letters(5)
    await load.opened(letters)
    assert house.stack.mongodb_server is not None
    await house.stack.mongodb_server.stop()
    for sent in letters[:2]:
        refused = await load.cast.person.answer(sent.request_id, ANSWER, expect=None)
        assert (refused.status_code, refused.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
        assert int(refused.headers["retry-after"]) >= 1
    await _not_ready(f"{house.url('documents')}/health/ready")
    waiting = asyncio.gather(load.answers(letters), load.letters(5))
    await asyncio.sleep(1)
    await house.stack.mongodb_server.start()
    answered, more = await waiting
    await load.filed(answered)
    await load.opened(more)
    counted = await load.settled()
    assert (counted.lost, counted.twice) == (0, 0), counted.line()


async def _not_ready(url: str) -> Any:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        answer = await http.get(url)
    assert answer.status_code == 503
    assert answer.json()["mongodb"] != "ok"


async def test_an_api_stays_ready_without_kafka(house: House, load: Load) -> None:
    assert house.stack.kafka_server is not None
    await house.stack.kafka_server.stop()
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
            for service in ("documents", "reply-hub", "dossier-router"):
                assert (await http.get(f"{house.url(service)}/health/ready")).status_code == 200
    finally:
        await house.stack.kafka_server.start()
    letters = await load.letters(3)
    await load.opened(letters)
