"""Does what aggregates have due: leased from MongoDB, with a limit per destination, again after failures.

An item is leased by moving its `at` forward by the lease's length, so an item of a process that died comes back by
itself. Leasing changes neither the aggregate's version nor anything else of it. The handler's own save removes the
item (`due_done`) or replaces it; until it does, the item comes back.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from chassis import logs, metrics
from chassis.clock import Clock
from chassis.doorbell import Doorbell, heard
from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection, VersionConflict

__all__ = ["DueHandler", "DueItem", "DueWork", "LeasedItem", "backoff"]

_POLL_S: Final = 1.0
_CONFLICT_PAUSE: Final = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class LeasedItem:
    """An item that this process may work on until its lease ends. `attempts` counts this one too."""

    aggregate_id: str
    item: DueItem

    @property
    def id(self) -> str:
        """The item's id within its aggregate."""
        return self.item.id

    @property
    def attempts(self) -> int:
        """How many times it was leased, this time included."""
        return self.item.attempts


DueHandler = Callable[[str, LeasedItem], Awaitable[None]]
"""Gets the aggregate's id and the item; saves the aggregate with the item done or replaced."""


def backoff(attempts: int, *, base: timedelta, cap: timedelta) -> timedelta:
    """A pause that doubles with every attempt, up to `cap`, with full jitter over its upper half."""
    longest = min(cap, base * 2 ** min(attempts - 1, 30)) if attempts > 0 else base
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


@dataclass(slots=True, kw_only=True)
class DueWork:
    """Runs the due items of one collection. `limit_per_destination` bounds what one slow neighbour can hold."""

    collection: AggregateCollection
    handlers: Mapping[str, DueHandler]
    clock: Clock
    doorbell: Doorbell
    lease: timedelta = timedelta(seconds=30)
    limit_per_destination: int = 8
    limit: int = 64
    retry_base: timedelta = timedelta(milliseconds=500)
    retry_cap: timedelta = timedelta(minutes=5)
    stop_grace: timedelta = timedelta(seconds=10)

    async def run(self) -> None:
        """Work until cancelled; then wait for what is running, up to `stop_grace`."""
        running: dict[asyncio.Task[None], str] = {}
        bell = self.doorbell.bell()
        try:
            while True:
                taken = await self._fill(running, bell)
                if not taken:
                    await heard(bell, await self._pause())
        finally:
            await self._drain(running)

    async def _fill(self, running: dict[asyncio.Task[None], str], bell: asyncio.Event) -> bool:
        """Lease and start one item if a slot is free; says whether it did."""
        if len(running) >= self.limit:
            return False
        busy = Counter(running.values())
        full = [name for name, count in busy.items() if count >= self.limit_per_destination]
        try:
            leased = await self._lease_one(full)
        except PyMongoError as error:
            logs.get().warning("due_work_unavailable", collection=self.collection.name, error=type(error).__name__)
            return False
        if leased is None:
            return False
        task = asyncio.create_task(self._work(leased), name=f"due {leased.item.kind}")
        running[task] = leased.item.destination

        def over(done: asyncio.Task[None]) -> None:
            running.pop(done, None)
            bell.set()

        task.add_done_callback(over)
        return True

    async def _lease_one(self, full: list[str]) -> LeasedItem | None:
        now = self.clock.now()
        due: dict[str, Any] = {"at": {"$lte": now}, "kind": {"$in": list(self.handlers)}}
        if full:
            due["destination"] = {"$nin": full}
        document = await self.collection.collection.find_one_and_update(
            {"due": {"$elemMatch": due}},
            {"$set": {"due.$.at": now + self.lease}, "$inc": {"due.$.attempts": 1}},
            projection={"due": {"$elemMatch": due}},
            sort=[("due.at", 1)],
            return_document=ReturnDocument.BEFORE,
        )
        if document is None:
            return None
        item = DueItem.from_document(document["due"][0])
        counted = DueItem(
            id=item.id,
            kind=item.kind,
            at=item.at,
            destination=item.destination,
            attempts=item.attempts + 1,
            payload=item.payload,
        )
        return LeasedItem(str(document["_id"]), counted)

    async def _work(self, leased: LeasedItem) -> None:
        item, started = leased.item, time.perf_counter()
        outcome = "done"
        try:
            # The lease ends then, and another process would start the same item.
            async with asyncio.timeout(self.lease.total_seconds() * 0.9):
                await self.handlers[item.kind](leased.aggregate_id, leased)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except VersionConflict:
            outcome = "conflict"
            await self._again(leased, _CONFLICT_PAUSE)
        except Exception as error:  # noqa: BLE001 - any fault of a handler means: again later, said in the log
            outcome = "failed"
            logs.get().warning(
                "due_work_failed",
                kind=item.kind,
                aggregate=leased.aggregate_id,
                attempts=item.attempts,
                exc_info=error,
            )
            await self._again(leased, backoff(item.attempts, base=self.retry_base, cap=self.retry_cap))
        finally:
            seconds = time.perf_counter() - started
            metrics.DUE_WORK.labels(kind=item.kind, outcome=outcome).observe(seconds)
            logs.get().info(
                "due_work",
                kind=item.kind,
                aggregate=leased.aggregate_id,
                destination=item.destination,
                attempts=item.attempts,
                outcome=outcome,
                duration_ms=round(seconds * 1000, 1),
            )

    async def _again(self, leased: LeasedItem, pause: timedelta) -> None:
        """Bring an item back sooner than its lease ends; if that fails, the lease's end brings it back."""
        try:
            await self.collection.collection.update_one(
                {"_id": leased.aggregate_id, "due": {"$elemMatch": {"id": leased.id, "attempts": leased.attempts}}},
                {"$set": {"due.$.at": self.clock.now() + pause}},
            )
        except PyMongoError as error:
            logs.get().warning("due_item_not_rescheduled", aggregate=leased.aggregate_id, error=type(error).__name__)

    async def _pause(self) -> float:
        """Seconds until the next item is due, one at most: the sandbox clock may jump meanwhile."""
        try:
            soonest = await self.collection.collection.find_one(
                {"due.at": {"$exists": True}}, {"due.at": 1}, sort=[("due.at", 1)]
            )
        except PyMongoError:
            return _POLL_S
        if soonest is None:
            return _POLL_S
        moments: list[datetime] = [item["at"] for item in soonest["due"]]
        # An item that is due but was not leased waits for a slot: whoever frees one rings.
        wait = (min(moments) - self.clock.now()).total_seconds()
        return min(max(wait, 0.005), _POLL_S) if wait > 0 else _POLL_S

    async def _drain(self, running: dict[asyncio.Task[None], str]) -> None:
        tasks = list(running)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self.stop_grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
