"""A task that is told to stop does, also in the very moment in which what it waits for comes about."""

import asyncio

import pytest

from chassis.doorbell import heard


@pytest.mark.parametrize("ticks", range(6))
async def test_waiting_for_the_bell_ends_when_told_to_stop_however_the_two_meet(ticks: int) -> None:
    bell = asyncio.Event()

    async def work() -> None:
        while True:
            await heard(bell, 0.2)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    bell.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)
    assert done == {task}
    assert task.cancelled()
