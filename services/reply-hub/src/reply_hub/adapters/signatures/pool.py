"""Processes that judge PDFs: each with limits of its own, and ended alone when it breaks them."""

import asyncio
import multiprocessing
import resource
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from pebble import ProcessExpired, ProcessPool

from reply_hub.application.ports import JudgingBroke
from signatures.judge import Question, judge_file
from signatures.trust import Trust, TrustRoots, load_certificates, trust_of
from signatures.verdict import FileVerdict

_MOST_TASKS: Final = 500
"""Files after which a process is replaced: what libraries leave behind goes with it."""
_trust: Trust | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """What judging may take: processes side by side, bytes of data each, seconds per file."""

    processes: int = 2
    memory_bytes: int = 1_000_000_000
    timeout_s: float = 60.0


@dataclass(slots=True)
class JudgingPool:
    """Judges in processes of their own; none is started before it is needed."""

    roots: TrustRoots
    limits: PoolLimits = field(default_factory=PoolLimits)
    _pool: ProcessPool | None = field(default=None, init=False)

    async def judge(self, question: Question) -> FileVerdict:
        """Judge one file.

        Raises:
            JudgingBroke: the process took too long, or ended.
        """
        future = self._running().schedule(_judge, args=(question,), timeout=self.limits.timeout_s)
        try:
            verdict: FileVerdict = await asyncio.wrap_future(future)
        except TimeoutError:
            raise JudgingBroke("judging took too long") from None
        except ProcessExpired as error:
            raise JudgingBroke(f"the judging process ended ({error.exitcode})") from None
        return verdict

    async def close(self) -> None:
        """End every process."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # the library leaves this one without types
            await asyncio.to_thread(pool.join)

    def _running(self) -> ProcessPool:
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self.limits.processes,
                max_tasks=_MOST_TASKS,
                initializer=partial(_start, self.roots, self.limits.memory_bytes),
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool


def _start(roots: TrustRoots, memory_bytes: int) -> None:
    """In a new process: load whom is trusted, then limit what may be taken."""
    global _trust  # noqa: PLW0603 - the one thing that a process keeps between files
    _trust = trust_of(load_certificates(roots.advanced), load_certificates(roots.timestamps))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _judge(question: Question) -> FileVerdict:
    assert _trust is not None, "the process was started by _start"
    return judge_file(question, _trust)
