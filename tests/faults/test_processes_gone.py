"""Processes are killed, told to stop, and added, in the middle of load."""

import asyncio
import time

import pytest

from dev.house.house import SERVICES, House
from dev.house.load import Load

pytestmark = [
    pytest.mark.servers,
    pytest.mark.faults,
    pytest.mark.timeout(300),
    # Drivers drop sockets of servers that went away without closing them.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PROCESSES = [f"{service} {process}" for service in SERVICES for process in ("api", "worker")]
SOME = 25


@pytest.mark.parametrize("name", PROCESSES)
async def test_a_process_killed_in_the_middle_of_load_loses_nothing_and_doubles_nothing(
    house: House, load: Load, name: str
) -> None:
    first = await load.letters(SOME)
    await load.opened(first)
    work = asyncio.gather(load.answers(first), load.letters(SOME))
    await asyncio.sleep(0.1)
    program = house.programs[name]
    await program.kill()
    await program.start()
    await program.wait_until_ready()
    answered, more = await work
    await load.filed(answered)
    await load.opened(more)
    counted = await load.settled()
    assert (counted.lost, counted.twice) == (0, 0), counted.line()


@pytest.mark.parametrize("name", PROCESSES)
async def test_a_process_told_to_stop_under_load_ends_within_its_grace_time(
    house: House, load: Load, name: str
) -> None:
    first = await load.letters(SOME)
    await load.opened(first)
    work = asyncio.gather(load.answers(first), load.letters(SOME))
    await asyncio.sleep(0.1)
    program = house.programs[name]
    began = time.monotonic()
    status = await program.stop(grace_s=15)
    took = time.monotonic() - began
    await program.start()
    await program.wait_until_ready()
    answered, more = await work
    assert status == 0, f"it ended with {status}; see {program.log}"
    assert took < 11, "its grace time is ten seconds"
    await load.filed(answered)
    await load.opened(more)
    counted = await load.settled()
    assert (counted.lost, counted.twice) == (0, 0), counted.line()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_second_worker_shares_the_work_and_one_may_leave_in_the_middle(
    house: House, load: Load, service: str
) -> None:
    second = house.another_worker(service)
    await second.start()
    await second.wait_until_ready()
    try:
        first = await load.letters(SOME)
        await load.opened(first)
        work = asyncio.gather(load.answers(first), load.letters(SOME))
        await asyncio.sleep(0.1)
        await house.programs[f"{service} worker"].stop(grace_s=15)
        answered, more = await work
        await load.filed(answered)
        await load.opened(more)
        counted = await load.settled()
        assert (counted.lost, counted.twice) == (0, 0), counted.line()
        await house.programs[f"{service} worker"].start()
        await house.programs[f"{service} worker"].wait_until_ready()
    finally:
        await second.stop(grace_s=15)
