"""Processes that judge PDFs: each with limits of its own, and ended alone when it breaks them.

One executor per process, of the standard library: an executor of several breaks whole when one process is killed.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from reply_hub.application.ports import JudgingBroke
from signatures.judge import Question, judge_file
from signatures.trust import Trust, TrustRoots, load_certificates, trust_of
from signatures.verdict import FileVerdict

_MOST_FILES: Final = 500
"""Files after which a process is replaced: what libraries leave behind goes with it."""
_trust: Trust | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """What judging may take: processes side by side, bytes of data each, seconds per file."""

    processes: int = 2
    memory_bytes: int = 1_000_000_000
    timeout_s: float = 60.0


@dataclass(slots=True)
class _JudgingProcess:
    """One process, started when it is first used."""

    executor: ProcessPoolExecutor
    files: int = 0
    pid: int | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it ended by itself meanwhile."""
        if self.pid is None:
            return False
        try:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return ended is not None

    async def judge(self, question: Question, timeout_s: float) -> FileVerdict:
        """Judge one file; raises BrokenProcessPool or TimeoutError, after which it is of no use any more."""
        self.files += 1
        if self.pid is None:
            self.pid = await asyncio.wrap_future(self.executor.submit(os.getpid))
        async with asyncio.timeout(timeout_s):
            return await asyncio.wrap_future(self.executor.submit(_judge, question))

    def end(self) -> None:
        """End it at once."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.executor.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class JudgingPool:
    """Judges in processes of their own; none is started before it is needed."""

    roots: TrustRoots
    limits: PoolLimits = field(default_factory=PoolLimits)
    _free: asyncio.LifoQueue[_JudgingProcess | None] | None = field(default=None, init=False)
    _all: list[_JudgingProcess] = field(default_factory=list, init=False)

    async def judge(self, question: Question) -> FileVerdict:
        """Judge one file.

        Raises:
            JudgingBroke: the process took too long, or ended.
        """
        free = self._slots()
        process = await free.get() or self._new()
        if process.is_broken:
            # It was killed while it did nothing: no file is to blame.
            self._end(process)
            process = self._new()
        kept: _JudgingProcess | None = None
        try:
            verdict = await process.judge(question, self.limits.timeout_s)
            kept = process if process.files < _MOST_FILES else None
        except BrokenProcessPool:
            raise JudgingBroke("the judging process ended") from None
        except TimeoutError:
            raise JudgingBroke("judging took too long") from None
        finally:
            if kept is None:
                self._end(process)
            free.put_nowait(kept)
        return verdict

    async def close(self) -> None:
        """End every process."""
        for process in [*self._all]:
            self._end(process)

    def _slots(self) -> asyncio.LifoQueue[_JudgingProcess | None]:
        if self._free is None:
            self._free = asyncio.LifoQueue()
            for _ in range(self.limits.processes):
                self._free.put_nowait(None)
        return self._free

    def _new(self) -> _JudgingProcess:
        executor = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=partial(_start, self.roots, self.limits.memory_bytes),
        )
        process = _JudgingProcess(executor)
        self._all.append(process)
        return process

    def _end(self, process: _JudgingProcess) -> None:
        if process in self._all:
            self._all.remove(process)
            process.end()


def _start(roots: TrustRoots, memory_bytes: int) -> None:
    """In a new process: load whom is trusted, then limit what may be taken."""
    global _trust  # noqa: PLW0603 - the one thing that a process keeps between files
    _trust = trust_of(load_certificates(roots.advanced), load_certificates(roots.timestamps))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _judge(question: Question) -> FileVerdict:
    assert _trust is not None, "the process was started by _start"
    return judge_file(question, _trust)
