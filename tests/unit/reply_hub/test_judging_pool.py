"""Processes that judge: one that hangs, is killed or takes too much memory ends alone; the next file is judged."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from dev.demo.letters import one_page_pdf
from reply_hub.adapters.signatures.pool import JudgingPool, PoolLimits
from reply_hub.application.ports import JudgingBroke
from signatures.judge import Question
from signatures.trust import TrustRoots
from signatures.verdict import Refusal


def question(path: Path) -> Question:
    now = datetime.now(UTC)
    return Question(path=str(path), at=now, now=now)


@pytest.fixture
async def pool() -> AsyncIterator[JudgingPool]:
    pool = JudgingPool(TrustRoots(), PoolLimits(processes=1, timeout_s=20, memory_bytes=300_000_000))
    yield pool
    await pool.close()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.pdf"
    path.write_bytes(one_page_pdf("Een blad", b""))
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file whose reader waits for ever."""
    path = tmp_path / "endless.pdf"
    os.mkfifo(path)
    return path


async def test_a_process_that_is_killed_fails_its_own_file_only(pool: JudgingPool, page: Path, endless: Path) -> None:
    ours = await started(pool, page)
    # The first bytes are read before anything else, and none comes.
    judging = asyncio.create_task(pool.judge(replace(question(endless), begins_with=(10, "00"))))
    writer = await _once_it_is_read(endless)
    waiting = asyncio.create_task(pool.judge(question(page)))
    ours.send_signal(signal.SIGKILL)
    with pytest.raises(JudgingBroke):
        await judging
    os.close(writer)
    assert (await waiting).refusal is None


async def test_a_process_that_is_killed_while_it_does_nothing_is_replaced(pool: JudgingPool, page: Path) -> None:
    ours = await started(pool, page)
    ours.send_signal(signal.SIGKILL)
    ours.wait(10)
    found = await asyncio.gather(*(pool.judge(question(page)) for _ in range(3)))
    assert [verdict.refusal for verdict in found] == [None, None, None]


async def started(pool: JudgingPool, page: Path) -> psutil.Process:
    """The pool's one process, after it judged a file."""
    others = {child.pid for child in psutil.Process().children()}
    assert (await pool.judge(question(page))).refusal is None
    [process] = [
        child
        for child in psutil.Process().children()
        if child.pid not in others and "spawn_main" in " ".join(child.cmdline())
    ]
    return process


async def _once_it_is_read(path: Path) -> int:
    """A writer's end of the pipe, as soon as somebody reads: without a reader it can't be opened."""
    async with asyncio.timeout(10):
        while True:
            try:
                return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                await asyncio.sleep(0.02)


async def test_a_file_that_takes_too_long_is_given_up(page: Path, endless: Path) -> None:
    pool = JudgingPool(TrustRoots(), PoolLimits(processes=1, timeout_s=1))
    try:
        with pytest.raises(JudgingBroke):
            await pool.judge(question(endless))
        assert (await pool.judge(question(page))).refusal is None
    finally:
        await pool.close()


@pytest.fixture
def hungry(tmp_path: Path, page: Path) -> Path:
    """A file with an array of eight million numbers."""
    path = tmp_path / "hungry.pdf"
    numbers = b"/Extra [" + b"0 " * 8_000_000 + b"] "
    path.write_bytes(page.read_bytes().replace(b"/Type /Page ", b"/Type /Page " + numbers, 1))
    return path


async def test_a_file_that_takes_too_much_memory_is_a_verdict(pool: JudgingPool, page: Path, hungry: Path) -> None:
    assert (await pool.judge(question(hungry))).refusal in {Refusal.TOO_COMPLEX, Refusal.NO_PDF}
    assert (await pool.judge(question(page))).refusal is None
