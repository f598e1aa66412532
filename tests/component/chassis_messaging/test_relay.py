"""Events from aggregates to Kafka: each at least once, in the order of their aggregate, by one relay at a time."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

pytestmark = pytest.mark.servers


async def _names(support: Any, bootstrap: str, topic: str, count: int) -> list[str]:
    return [orjson.loads(record.value)["name"] for record in await support.records_of(bootstrap, topic, count)]


@pytest.fixture
async def topic(support: Any, kafka_bootstrap: str, topic_prefix: str) -> str:
    """A topic of the test's own."""
    name = f"{topic_prefix}{support.TOPIC.name}"
    await support.make_topic(kafka_bootstrap, name, 3)
    return name


async def test_what_waits_is_told_in_its_order_and_then_gone(
    support: Any, things: Any, kafka_bootstrap: str, topic_prefix: str, topic: str
) -> None:
    for thing in range(5):
        events = [support.outgoing(f"{thing}-{number}", key=str(thing)) for number in range(10)]
        await things.add(str(thing), *events)
    relay = things.relay(kafka_bootstrap, topic_prefix)
    async with support.running(relay.run):
        await support.until(lambda: _none_waits(things))
    names = await _names(support, kafka_bootstrap, topic, 50)
    for thing in range(5):
        assert [name for name in names if name.startswith(f"{thing}-")] == [
            f"{thing}-{number}" for number in range(10)
        ]


async def _none_waits(things: Any) -> bool:
    return bool(await things.waiting() == 0)


async def test_telling_leaves_the_version_alone(
    support: Any, things: Any, kafka_bootstrap: str, topic_prefix: str, topic: str
) -> None:
    await things.add("1", support.outgoing("a"))
    async with support.running(things.relay(kafka_bootstrap, topic_prefix).run):
        await support.until(lambda: _none_waits(things))
    document = await things.aggregates.collection.find_one({"_id": "1"})
    assert (document["version"], document["outbox"]) == (1, [])


async def test_of_two_relays_one_tells_and_the_other_takes_over_when_it_leaves(
    support: Any, things: Any, kafka_bootstrap: str, topic_prefix: str, topic: str
) -> None:
    first = things.relay(kafka_bootstrap, topic_prefix, owner="a", ttl_s=1)
    second = things.relay(kafka_bootstrap, topic_prefix, owner="b", ttl_s=1)
    async with support.running(second.run):
        async with support.running(first.run):
            for number in range(20):
                await things.add(f"early-{number}", support.outgoing(f"early-{number}"))
            await support.until(lambda: _none_waits(things))
        for number in range(20):
            await things.add(f"late-{number}", support.outgoing(f"late-{number}"))
        await support.until(lambda: _none_waits(things))
    names = await _names(support, kafka_bootstrap, topic, 40)
    assert len(set(names)) == 40


class Failing:
    """Makes producers that fail a few times, then real ones."""

    def __init__(self, make: Callable[[], AIOKafkaProducer], errors: list[Exception]) -> None:
        """Fail so."""
        self._make, self.errors, self.made = make, errors, 0

    def __call__(self) -> AIOKafkaProducer:
        producer = self._make()
        self.made += 1
        if self.errors:
            error = self.errors.pop(0)

            async def fails(*_: object, **__: object) -> None:
                raise error

            producer.start = fails
        return producer


async def test_a_broker_that_is_away_is_waited_for_with_a_new_producer(
    support: Any, things: Any, kafka_bootstrap: str, topic_prefix: str, topic: str
) -> None:
    relay = things.relay(kafka_bootstrap, topic_prefix)
    failing = Failing(relay.make_producer, [KafkaConnectionError("away"), KafkaTimeoutError("late")])
    relay.make_producer = failing
    await things.add("1", support.outgoing("a"))
    async with support.running(relay.run):
        await support.until(lambda: _none_waits(things))
    assert failing.made == 3
    assert await _names(support, kafka_bootstrap, topic, 1) == ["a"]
