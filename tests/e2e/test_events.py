"""Events that come often, out of order, broken, or of a kind nobody knows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient

from contracts.dossier_router.v1 import DossierPhaseChanged
from contracts.envelope import to_headers
from contracts.identifiers import dossier_key
from contracts.outgoing import cloud_event
from contracts.topics import MESSAGES, REPLIES, TopicNames
from dev.demo.cast import Cast
from dev.demo.letters import BRON
from dev.demo.story import Played
from dev.demo.summary import feed_of
from dev.house.clients import eventually, http_of_story
from dev.house.house import House
from dev.house.load import Load
from dev.simulators.identity_provider.people import AGENCY, OTHER_AGENCY

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
async def load(house: House, played: Played) -> AsyncIterator[Load]:
    """Clients of the house after the story."""
    async with http_of_story() as http:
        yield Load(cast=await Cast.gather(house, http))


@pytest.fixture
async def producer(house: House) -> AsyncIterator[AIOKafkaProducer]:
    """Somebody who writes to Kafka whatever they like."""
    made = AIOKafkaProducer(bootstrap_servers=house.stack.kafka)
    await made.start()
    yield made
    await made.stop()


async def _records_of(house: House, topic: str) -> list[Any]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=house.stack.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found: list[Any] = []
        while batch := await consumer.getmany(timeout_ms=1000):
            found += [record for records in batch.values() for record in records]
        return found
    finally:
        await consumer.stop()


async def _answered(load: Load) -> str:
    letters = await load.letters(1)
    await load.opened(letters)
    [reply_id] = await load.answers(letters)
    await load.filed([reply_id])
    return reply_id


async def test_the_same_event_fifty_times_has_one_effect(
    house: House, load: Load, producer: AIOKafkaProducer
) -> None:
    reply_id = await _answered(load)
    for topic in (MESSAGES, REPLIES):
        name = TopicNames(house.prefix).of(topic)
        for record in await _records_of(house, name):
            if reply_id.encode() in record.value:
                for _ in range(50):
                    await producer.send(name, record.value, key=record.key, headers=list(record.headers))
    await producer.flush()
    after = await _answered(load)
    filings = [filing["replyId"] for filing in await feed_of(load.cast)]
    assert filings.count(reply_id) == filings.count(after) == 1
    received = (await load.cast.http.get(f"{house.url('case-system')}/sim/received")).json()
    assert [each["calls"] for each in received if each["replyId"] == reply_id] == [1]


async def _tell(producer: AIOKafkaProducer, house: House, tenant: str, dossier: str, version: int, fase: str) -> None:
    change = DossierPhaseChanged(
        bron=BRON,
        dossier_nummer=dossier,
        version=version,
        fase=fase,
        datum_modificatie=START + timedelta(days=version),
    )
    event = cloud_event(
        change,
        event_id=uuid4().hex,
        source="urn:test",
        subject=dossier,
        time=START,
        partition_key=dossier_key(BRON, dossier),
        correlation_id="test",
    )
    await producer.send_and_wait(
        TopicNames(house.prefix).phases_of(tenant),
        orjson.dumps(event.data),
        key=event.partition_key.encode(),
        headers=to_headers(event),
    )


async def _phases(load: Load, dossier: str) -> list[str]:
    params = {"bron": BRON, "dossierNummer": dossier}
    answer = await load.cast.case_system.call("GET", "/api/v1/dossiers", params=params, expect=[200, 404])
    return [phase["fase"] for phase in answer.json()["phases"]] if answer.status_code == 200 else []


async def test_phases_told_out_of_order_and_twice_end_in_the_right_one(
    house: House, load: Load, producer: AIOKafkaProducer
) -> None:
    dossier = f"D-{uuid4().hex[:8]}"
    told = {1: "Samenstelling", 2: "Behandeling", 3: "Afgerond", 4: "Behandeling"}
    for version in (3, 1, 4, 1, 2, 3, 4):
        await _tell(producer, house, AGENCY, dossier, version, told[version])

    async def look() -> bool | None:
        return True if await _phases(load, dossier) == list(told.values()) else None

    await eventually("the phases are in order", look)


async def test_a_phase_on_another_tenants_topic_says_nothing_about_the_dossier(
    house: House, load: Load, producer: AIOKafkaProducer
) -> None:
    dossier = f"D-{uuid4().hex[:8]}"
    await _tell(producer, house, OTHER_AGENCY, dossier, 9, "Afgerond")
    await _tell(producer, house, AGENCY, dossier, 1, "Behandeling")

    async def look() -> bool | None:
        return True if await _phases(load, dossier) else None

    await eventually("the tenant's own phase is there", look)
    assert await _phases(load, dossier) == ["Behandeling"]


@pytest.mark.parametrize(
    ("service", "topic"), [("reply_hub", MESSAGES), ("dossier_router", REPLIES), ("documents", REPLIES)]
)
async def test_what_cannot_be_read_is_put_aside_with_its_reason_and_the_partition_goes_on(
    house: House, load: Load, producer: AIOKafkaProducer, service: str, topic: Any
) -> None:
    name = TopicNames(house.prefix).of(topic)
    headers = next(
        headers for record in await _records_of(house, name) if "ce_time" in (headers := dict(record.headers))
    )
    marker = uuid4().hex.encode()
    wrong = [
        ([("ce_id", marker)], b"{}", "MALFORMED_EVENT"),
        ([("ce_id", marker), ("ce_type", b"\xff\xfe")], b"{}", "MALFORMED_EVENT"),
        ([*{**headers, "ce_id": marker, "ce_type": _read_by(service)}.items()], b"\x00 no json", "MALFORMED_EVENT"),
        ([*{**headers, "ce_id": marker, "ce_type": _read_by(service)}.items()], b'{"a": 1}', "INVALID_DATA"),
        ([*{**headers, "ce_id": marker, "ce_type": b"be.vlaanderen.unknown"}.items()], b"{}", None),
    ]
    for sent_headers, body, _reason in wrong:
        for partition in await producer.partitions_for(name):
            await producer.send_and_wait(name, body, key=b"k", headers=sent_headers, partition=partition)
    await _answered(load)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(house.stack.mongodb)
    partitions = len(await producer.partitions_for(name))

    async def put_aside() -> list[str] | None:
        letters = await client[f"{house.name}_{service}"]["dead_letters"].find({"topic": name}).to_list()
        reasons = [letter["reason"] for letter in letters if marker in repr(letter).encode()]
        return reasons if len(reasons) >= 4 * partitions else None

    try:
        mine = await eventually("every partition's unreadable events are put aside", put_aside)
    finally:
        await client.close()
    assert mine.count("MALFORMED_EVENT") == 3 * partitions
    assert mine.count("INVALID_DATA") == partitions
    assert len(mine) == 4 * partitions, "an unknown type is skipped"


def _read_by(service: str) -> bytes:
    return {
        "reply_hub": b"be.vlaanderen.antwoordhub.v1.messages.notify.consigned",
        "dossier_router": b"be.vlaanderen.antwoordhub.v1.replies.notify.accepted",
        "documents": b"be.vlaanderen.antwoordhub.v1.replies.notify.received",
    }[service]
