"""Due work: leased, done once, again after failures, with room for every destination."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chassis.due_item import DueItem
from chassis.due_work import DueWork, LeasedItem
from chassis.tenancy import EVERY_TENANT

pytestmark = pytest.mark.servers


def _item(name: str, at: Any, *, destination: str = "there") -> DueItem:
    return DueItem(id=name, kind="work", at=at, destination=destination)


class Handler:
    """Does what is due; may fail, or wait to be let go."""

    def __init__(self, things: Any) -> None:
        """Work on these."""
        self.things = things
        self.done: Counter[str] = Counter()
        self.fails = 0
        self.blocked: dict[str, asyncio.Event] = {}
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, aggregate_id: str, leased: LeasedItem) -> None:
        destination = leased.item.destination
        self.running[destination] += 1
        self.most[destination] = max(self.most[destination], self.running[destination])
        try:
            if destination in self.blocked:
                await self.blocked[destination].wait()
            if self.fails:
                self.fails -= 1
                raise RuntimeError("not today")
            document = await self.things.aggregates.get(aggregate_id, scope=EVERY_TENANT)
            await self.things.aggregates.save(
                aggregate_id, scope=EVERY_TENANT, version=document["version"], set={}, due_done=[leased.id]
            )
            self.done[aggregate_id] += 1
        finally:
            self.running[destination] -= 1


def _work(things: Any, handler: Handler, **options: Any) -> DueWork:
    return DueWork(
        collection=things.aggregates,
        handlers={"work": handler},
        clock=things.clock,
        doorbell=things.doorbell(),
        **{"lease": timedelta(seconds=20), "retry_base": timedelta(milliseconds=50), **options},
    )


async def test_each_item_is_done_once_by_workers_beside_each_other(support: Any, things: Any) -> None:
    for number in range(30):
        await things.add(str(number), due=[_item("a", things.clock.now())])
    handler = Handler(things)
    async with support.running(_work(things, handler).run), support.running(_work(things, handler).run):
        await support.until(lambda: sum(handler.done.values()) == 30)
    assert set(handler.done.values()) == {1}


async def test_what_is_not_due_yet_waits_for_the_clock(support: Any, things: Any) -> None:
    await things.add("1", due=[_item("a", things.clock.now() + timedelta(hours=1))])
    handler = Handler(things)
    async with support.running(_work(things, handler).run):
        await asyncio.sleep(1.2)
        assert handler.done == Counter()
        things.clock.advance(timedelta(hours=2))
        await support.until(lambda: handler.done["1"] == 1)


async def test_what_fails_comes_back(support: Any, things: Any) -> None:
    await things.add("1", due=[_item("a", things.clock.now())])
    handler = Handler(things)
    handler.fails = 3

    async def look() -> bool:
        things.clock.advance(timedelta(minutes=5))
        return handler.done["1"] == 1

    async with support.running(_work(things, handler).run):
        await support.until(look)


async def test_what_a_dead_process_leased_comes_back_by_itself(support: Any, things: Any) -> None:
    await things.add("1", due=[_item("a", things.clock.now())])
    dead = _work(things, Handler(things), lease=timedelta(milliseconds=300))
    assert await dead._lease_one([]) is not None
    handler = Handler(things)
    async with support.running(_work(things, handler).run):
        await support.until(lambda: handler.done["1"] == 1)


async def test_a_slow_destination_holds_its_own_slots_only(support: Any, things: Any) -> None:
    handler = Handler(things)
    handler.blocked["slow"] = asyncio.Event()
    for number in range(12):
        await things.add(f"slow-{number}", due=[_item("a", things.clock.now(), destination="slow")])
    for number in range(5):
        await things.add(f"quick-{number}", due=[_item("a", things.clock.now(), destination="quick")])
    async with support.running(_work(things, handler, limit_per_destination=3).run):
        await support.until(lambda: sum(handler.done[f"quick-{number}"] for number in range(5)) == 5)
        await support.until(lambda: handler.running["slow"] == 3)
        handler.blocked["slow"].set()
        await support.until(lambda: sum(handler.done.values()) == 17)
    assert handler.most["slow"] == 3
