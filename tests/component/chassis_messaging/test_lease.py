"""One owner at a time, by the database's clock."""

import asyncio
from typing import Any

import pytest

from chassis.lease import LeaseLost

pytestmark = pytest.mark.servers


async def test_of_many_contenders_one_gets_it(things: Any) -> None:
    leases = [things.lease(f"owner-{number}") for number in range(8)]
    got = await asyncio.gather(*(lease.acquire() for lease in leases))
    assert got.count(True) == 1
    assert [lease.held for lease in leases] == got


async def test_the_owner_renews_and_its_token_stays(things: Any) -> None:
    lease = things.lease("a")
    assert await lease.acquire()
    token = lease.token
    assert await lease.acquire()
    assert lease.token == token


async def test_whoever_comes_after_a_silent_owner_has_a_higher_token(things: Any) -> None:
    first, second = things.lease("a", ttl_s=0.5), things.lease("b", ttl_s=0.5)
    assert await first.acquire()
    assert not await second.acquire()
    deadline = asyncio.get_running_loop().time() + 10
    while not await second.acquire():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    assert second.token == first.token + 1
    assert not first.held
    assert not await first.acquire()


async def test_a_lease_let_go_is_free_at_once(things: Any) -> None:
    first, second = things.lease("a", ttl_s=60), things.lease("b", ttl_s=60)
    assert await first.acquire()
    await first.release()
    assert await second.acquire()
    await first.release()
    assert await second.acquire(), "letting go of what isn't held changes nothing"


async def test_a_block_is_cancelled_when_its_lease_is_lost(things: Any) -> None:
    lease = things.lease("a", ttl_s=0.6)
    assert await lease.acquire()
    await things.database["leases"].update_one({"_id": "relay"}, {"$set": {"owner": "thief"}})
    with pytest.raises(LeaseLost):
        async with lease.kept():
            await asyncio.sleep(30)


async def test_a_block_that_takes_longer_than_the_lease_keeps_it(things: Any) -> None:
    lease = things.lease("a", ttl_s=0.6)
    assert await lease.acquire()
    async with lease.kept():
        await asyncio.sleep(1.5)
    assert lease.held
