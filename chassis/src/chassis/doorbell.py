"""A change stream that rings when a command was written; polling stays the guarantee, the bell saves the wait."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from chassis import logs

_AWAIT_MS: Final = 500
_PAUSE_S: Final = 1.0
_GATHER_S: Final = 0.02


class Doorbell:
    """Rings for every command on an aggregate of the named collections."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], collections: Sequence[str]) -> None:
        """Listen to `collections` of `database`."""
        self._database = database
        self._collections = list(collections)
        self._bells: defaultdict[str, list[asyncio.Event]] = defaultdict(list)

    def bell(self, collection: str | None = None) -> asyncio.Event:
        """A bell of one's own, for one collection or for all: set at every write; whoever hears it clears it."""
        bell = asyncio.Event()
        for name in self._collections if collection is None else [collection]:
            self._bells[name].append(bell)
        return bell

    def ring(self, collection: str | None = None) -> None:
        """Ring by hand: the bells of one collection, or all."""
        for name in list(self._bells) if collection is None else [collection]:
            for bell in self._bells[name]:
                bell.set()

    async def run(self) -> None:
        """Listen until cancelled; a stream that breaks is opened anew."""
        while not told_to_stop():
            try:
                await self._listen()
            except PyMongoError as error:
                logs.get().info("doorbell_lost", error=type(error).__name__)
            await asyncio.sleep(_PAUSE_S)

    async def _listen(self) -> None:
        only: list[dict[str, Any]] = [
            {
                "$match": {
                    "ns.coll": {"$in": self._collections},
                    # A command counts the version on. A lease, a number or an event struck off does not, and is
                    # nobody's news.
                    "$or": [
                        {"operationType": {"$in": ["insert", "replace"]}},
                        {"operationType": "update", "updateDescription.updatedFields.version": {"$exists": True}},
                    ],
                }
            },
            {"$project": {"_id": 1, "ns": 1}},
        ]
        # next() may not be cancelled by a timeout: that ends the stream. try_next returns by itself.
        async with await self._database.watch(only, max_await_time_ms=_AWAIT_MS) as stream:
            self.ring()
            while stream.alive and not told_to_stop():
                change = await stream.try_next()
                if change is not None:
                    self.ring(change["ns"]["coll"])


def told_to_stop() -> bool:
    """Whether the present task was cancelled.

    Some libraries swallow a cancellation: `asyncio.wait_for` does before Python 3.12, where what it waits for comes
    about in the same moment. A loop that looks here ends all the same.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def heard(bell: asyncio.Event, timeout_s: float, *, gather_s: float = _GATHER_S) -> None:
    """Wait for the bell or the time, and clear the bell.

    The first ring after a silence is heard at once. Under load rings are `gather_s` apart, so that a look finds what
    came meanwhile instead of one thing.

    Raises:
        asyncio.CancelledError: the task was told to stop, now or before.
    """
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            await bell.wait()
            await asyncio.sleep(max(0.0, gather_s - (time.monotonic() - started)))
    except TimeoutError:
        pass
    finally:
        bell.clear()
    if told_to_stop():
        raise asyncio.CancelledError
