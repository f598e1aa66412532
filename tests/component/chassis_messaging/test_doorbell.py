"""The doorbell: rings for commands, not for what relay, leases and numbering write; gathers rings under load."""

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from chassis.doorbell import heard
from chassis.tenancy import EVERY_TENANT

pytestmark = pytest.mark.servers


async def test_a_command_rings_and_what_workers_write_beside_it_does_not(things: Any, support: Any) -> None:
    doorbell, until, stored = things.doorbell(), support.until, things.aggregates
    bell = doorbell.bell(stored.name)
    async with support.running(doorbell.run):
        await until(bell.is_set)  # the stream is open
        bell.clear()

        await things.add("a")
        await until(bell.is_set)
        bell.clear()

        await stored.collection.update_one({"_id": "a"}, {"$set": {"numbered": True}})
        await stored.collection.update_one({"_id": "a"}, {"$pull": {"outbox": {"id": "x"}}})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(bell.wait(), 0.5)

        await stored.save("a", scope=EVERY_TENANT, version=1, set={"said": True})
        await until(bell.is_set)


async def test_the_first_ring_is_heard_at_once_and_further_ones_are_gathered() -> None:
    bell, looks = asyncio.Event(), [time.monotonic()]
    ringing = asyncio.create_task(_ring(bell, times=50))
    while not ringing.done():
        await heard(bell, 0.3, gather_s=0.1)
        looks.append(time.monotonic())
    await ringing
    assert min(after - before for before, after in pairwise(looks)) >= 0.09, (
        "a look at each ring would be 10 ms apart"
    )

    waiting = asyncio.create_task(heard(bell, 30, gather_s=0.5))
    await asyncio.sleep(0.6)
    rung = time.monotonic()
    bell.set()
    await waiting
    assert time.monotonic() - rung < 0.4


async def _ring(bell: asyncio.Event, *, times: int) -> None:
    for _ in range(times):
        bell.set()
        await asyncio.sleep(0.01)
