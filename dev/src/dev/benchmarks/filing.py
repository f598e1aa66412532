"""How fast one worker of dossier-router files, and how long an answer takes to its case system."""

import asyncio
import time
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo.asynchronous.collection import AsyncCollection

from contracts.topics import REPLIES
from dev.benchmarks.ground import Ground, spread
from dev.benchmarks.intake import interleaved
from dev.benchmarks.result import Result, middle, percentile
from dev.demo.cast import step_of
from dev.demo.letters import ANSWER
from dev.house.clients import eventually
from dev.simulators.identity_provider.people import AGENCY

ROUNDS: Final = 3
EVENTS: Final = 600
PER_SECOND: Final = 20
SECONDS: Final = 15
UNTOLD: Final = "https://data.vlaanderen.be/id/bron/onverteld"
"""A bron without subscription: only filing is measured."""


async def filings(ground: Ground) -> list[Result]:
    """Accepted events filed a second by one worker, beside a bare consumer; other services' workers stand still."""
    await ground.settled()
    await register_untold(ground)
    topic = f"{ground.house.prefix}baseline"
    await _made(ground, topic)
    await ground.baseline("consumer", {"TOPIC": topic})
    filed = ground.database("dossier-router")["filings"]
    inserted = ground.mongodb[f"{ground.house.name}_baseline"]["baseline_events"]
    sample = await _accepted_records(ground)
    parts = iter(spread(await ground.open_requests(EVENTS * ROUNDS, bron=UNTOLD), ROUNDS))
    await ground.workers(running=False, but="dossier-router")

    async def ours() -> float:
        records = [_as_answer_to(sample, each.request_id, each.dossier_nummer) for each in next(parts)]
        return await _rate(ground, ground.names.of(REPLIES), records, filed)

    async def theirs() -> float:
        records = [_as_answer_to(sample, uuid4().hex, uuid4().hex) for _ in range(EVENTS)]
        return await _rate(ground, topic, records, inserted)

    ours_seen, first, second = await interleaved(ROUNDS, ours, theirs, theirs)
    await ground.baselines["consumer"].stop()
    return [
        Result.of("accepted events filed, one worker", middle(ours_seen), middle(first), unit="/s", least=0.4),
        Result.of("  its baseline against itself", middle(second), middle(first), unit="/s"),
    ]


async def register_untold(ground: Ground) -> None:
    """Let the agency have the bron that nobody is told about."""
    registration = {"bron": UNTOLD, "organization": AGENCY}
    await ground.cast.operator["dossier-router"].call("POST", "/api/v1/bronnen", json=registration, expect=201)


async def _made(ground: Ground, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=ground.house.stack.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 6, 1)])
    await admin.close()


async def _accepted_records(ground: Ground) -> Any:
    """One accepted event as reply-hub really wrote it."""
    [opened] = await ground.open_requests(1)
    await ground.cast.person.answer(opened.request_id, ANSWER)
    consumer = AIOKafkaConsumer(
        ground.names.of(REPLIES), bootstrap_servers=ground.house.stack.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async for record in consumer:
            if dict(record.headers)["ce_type"].endswith(b"replies.notify.accepted"):
                return record
    finally:
        await consumer.stop()


def _as_answer_to(sample: Any, request_id: str, dossier_nummer: str) -> tuple[bytes, list[tuple[str, bytes]]]:
    data = orjson.loads(sample.value)
    data |= {"replyId": str(uuid4()), "replyRequestId": request_id}
    data["dossier"] |= {"bron": UNTOLD, "dossierNummer": dossier_nummer}
    headers = [(name, uuid4().hex.encode() if name == "ce_id" else value) for name, value in sample.headers]
    return orjson.dumps(data), headers


async def _rate(
    ground: Ground,
    topic: str,
    records: list[tuple[bytes, list[tuple[str, bytes]]]],
    collection: AsyncCollection[dict[str, Any]],
) -> float:
    """Events a second, from the first that is sent to the last that is written."""
    before = await collection.count_documents({})
    started = time.perf_counter()
    for value, headers in records:
        await ground.producer.send(topic, value, key=uuid4().hex.encode(), headers=headers)
    await ground.producer.flush()

    async def look() -> bool | None:
        return True if await collection.count_documents({}) >= before + len(records) else None

    await eventually("every event is written", look, timeout_s=120)
    return len(records) / (time.perf_counter() - started)


async def latency(ground: Ground) -> list[Result]:
    """From accepted to the case system called, at a steady pace; beside Kafka and MongoDB alone on the same path."""
    await ground.settled()
    opened = await ground.open_requests(PER_SECOND * SECONDS)
    replies: list[str] = []

    async def one(request_id: str) -> None:
        response = await ground.cast.person.answer(request_id, ANSWER)
        replies.append(response.json()["replyId"])

    async with asyncio.TaskGroup() as group:
        for each in opened:
            group.create_task(one(each.request_id))
            await asyncio.sleep(1 / PER_SECOND)
    took = [await _took_ms(ground, reply_id) for reply_id in replies]
    bare = await _bare_path(ground)
    p50, p99, base50, base99 = (percentile(values, share) for values in (took, bare) for share in (0.5, 0.99))
    return [
        Result(
            name=f"accepted to case system called, {PER_SECOND}/s, p{share}",
            value=value,
            unit="ms",
            baseline=base,
            ratio=value / base,
            goal=f"< {most} ms",
            holds=value < most,
        )
        for share, value, base, most in ((50, p50, base50, 300), (99, p99, base99, 2000))
    ]


async def _took_ms(ground: Ground, reply_id: str) -> float:
    reply = await ground.cast.reply_when(reply_id, "ACCEPTED", "FILED", timeout_s=60)
    accepted, filed = step_of(reply, "ACCEPTED"), step_of(reply, "FILED")
    assert accepted is not None
    assert filed is not None
    received = await ground.cast.received(filed["filingId"])
    return (float(received["receivedAt"]) - datetime.fromisoformat(accepted["at"]).timestamp()) * 1000


async def _bare_path(ground: Ground) -> list[float]:
    """One insert, one event through Kafka, one insert: nothing else."""
    topic = f"{ground.house.prefix}bare"
    await _made(ground, topic)
    collection = ground.mongodb[f"{ground.house.name}_baseline"]["bare"]
    consumer = AIOKafkaConsumer(bootstrap_servers=ground.house.stack.kafka)
    await consumer.start()
    consumer.assign([TopicPartition(topic, partition) for partition in range(6)])
    await consumer.seek_to_end()
    took = []
    for _ in range(PER_SECOND * 5):
        started = time.perf_counter()
        await collection.insert_one({"_id": uuid4().hex})
        await ground.producer.send_and_wait(topic, b"{}", key=uuid4().hex.encode())
        await consumer.getone()
        await collection.insert_one({"_id": uuid4().hex})
        took.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(1 / PER_SECOND)
    await consumer.stop()
    return took
