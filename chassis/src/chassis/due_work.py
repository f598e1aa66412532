"""Does what aggregates have due: leased from MongoDB, with a limit per destination, again after failures.

When an item is due is told by the domain's clock, which a sandbox may move; how long a lease lasts is told by the
machine's, so that moving the clock never starts twice what is being worked on. Leasing writes `leased_until`, `token`
and `attempts` of the item and nothing else of the aggregate, its version least of all. An item of a process that died
comes back by itself. The handler's own save removes the item (`due_done`) or replaces it; until it does, the item
comes back.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.errors import PyMongoError

from chassis import logs, metrics
from chassis.clock import Clock, SystemClock
from chassis.doorbell import Doorbell, heard, told_to_stop
from chassis.due_item import DueItem
from chassis.ids import uuid7
from chassis.mongo import DUE_INDEX, AggregateCollection, VersionConflict

__all__ = ["DueHandler", "DueItem", "DueWork", "LeasedItem", "backoff"]

_POLL_S: Final = 1.0
_CONFLICT_PAUSE: Final = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class LeasedItem:
    """An item that this process may work on until its lease ends. `attempts` counts this one too."""

    aggregate_id: str
    item: DueItem
    token: str = ""

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
    _real: Clock = field(init=False, default_factory=SystemClock)
    _running: dict[asyncio.Task[None], LeasedItem] = field(init=False, default_factory=dict)

    async def run(self) -> None:
        """Work until cancelled; then wait for what is running, up to `stop_grace`, and give back the rest."""
        bell = self.doorbell.bell(self.collection.name)
        try:
            while not told_to_stop():
                if not await self._fill(bell):
                    await heard(bell, await self._pause())
        finally:
            await self._drain()

    async def _fill(self, bell: asyncio.Event) -> bool:
        """Lease and start one item if a slot is free; says whether it did."""
        if len(self._running) >= self.limit:
            return False
        busy = Counter(leased.item.destination for leased in self._running.values())
        full = [name for name, count in busy.items() if count >= self.limit_per_destination]
        try:
            leased = await self._lease_to_an_end(full)
        except PyMongoError as error:
            logs.get().warning("due_work_unavailable", collection=self.collection.name, error=type(error).__name__)
            return False
        if leased is None:
            return False
        task = asyncio.create_task(self._work(leased), name=f"due {leased.item.kind}")
        self._running[task] = leased

        def ended(done: asyncio.Task[None]) -> None:
            self._running.pop(done, None)
            bell.set()

        task.add_done_callback(ended)
        return True

    async def _lease_to_an_end(self, full: list[str]) -> LeasedItem | None:
        """Lease one; told to stop in the middle, give back what was leased, so that nobody waits for its end."""
        leasing = asyncio.create_task(self._lease_one(full), name="lease due item")
        try:
            return await asyncio.shield(leasing)
        except asyncio.CancelledError:
            leased = await leasing
            if leased is not None:
                await self._give_back(leased)
            raise

    async def _lease_one(self, full: list[str]) -> LeasedItem | None:
        now, real, token = self.clock.now(), self._real.now(), uuid7()
        due: dict[str, Any] = {
            "at": {"$lte": now},
            "kind": {"$in": list(self.handlers)},
            "leased_until": {"$not": {"$gt": real}},
        }
        if full:
            due["destination"] = {"$nin": full}
        # No sort: read from the index's beginning, the longest due come first; a sort would read all that are due.
        document = await self.collection.collection.find_one_and_update(
            {"due": {"$elemMatch": due}},
            {"$set": {"due.$.leased_until": real + self.lease, "due.$.token": token}, "$inc": {"due.$.attempts": 1}},
            projection={"due": {"$elemMatch": due}},
            hint=DUE_INDEX,
            return_document=ReturnDocument.BEFORE,
        )
        if document is None:
            return None
        item = DueItem.from_document(document["due"][0])
        return LeasedItem(str(document["_id"]), replace(item, attempts=item.attempts + 1), token)

    async def _work(self, leased: LeasedItem) -> None:
        item, started = leased.item, time.perf_counter()
        outcome = "done"
        try:
            # The lease ends then, and another process would start the same item.
            async with asyncio.timeout(self.lease.total_seconds() * 0.9):
                await self.handlers[item.kind](leased.aggregate_id, leased)
        except asyncio.CancelledError:
            outcome = "cancelled"
            await self._give_back(leased)
            raise
        except VersionConflict:
            outcome = "conflict"
            await self._give_back(leased, _CONFLICT_PAUSE)
        except Exception as error:  # noqa: BLE001 - any fault of a handler means: again later, said in the log
            outcome = "failed"
            logs.get().warning(
                "due_work_failed",
                kind=item.kind,
                aggregate=leased.aggregate_id,
                attempts=item.attempts,
                exc_info=error,
            )
            await self._give_back(leased, backoff(item.attempts, base=self.retry_base, cap=self.retry_cap))
        finally:
            self._account(item, leased.aggregate_id, outcome, time.perf_counter() - started)

    @staticmethod
    def _account(item: DueItem, aggregate_id: str, outcome: str, seconds: float) -> None:
        metrics.DUE_WORK.labels(kind=item.kind, outcome=outcome).observe(seconds)
        logs.get().info(
            "due_work",
            kind=item.kind,
            aggregate=aggregate_id,
            destination=item.destination,
            attempts=item.attempts,
            outcome=outcome,
            duration_ms=round(seconds * 1000, 1),
        )

    async def _give_back(self, leased: LeasedItem, pause: timedelta | None = None) -> None:
        """End a lease early, for now or for after a pause; where that fails, the lease's own end brings it back."""
        ended: dict[str, Any] = {"due.$.leased_until": None}
        if pause is not None:
            ended["due.$.at"] = self.clock.now() + pause
        try:
            await self.collection.collection.update_one(
                {"_id": leased.aggregate_id, "due": {"$elemMatch": {"id": leased.id, "token": leased.token}}},
                {"$set": ended},
            )
        except PyMongoError as error:
            logs.get().warning("due_item_not_given_back", aggregate=leased.aggregate_id, error=type(error).__name__)

    async def _pause(self) -> float:
        """Seconds until the next item is due, one at most: a sandbox's clock may jump, and leases end, meanwhile."""
        now = self.clock.now()
        soon = {"at": {"$gt": now, "$lte": now + timedelta(seconds=_POLL_S)}}
        try:
            document = await self.collection.collection.find_one(
                {"due": {"$elemMatch": soon}}, {"due": {"$elemMatch": soon}}, hint=DUE_INDEX
            )
        except PyMongoError:
            return _POLL_S
        # Items that are due but were not leased wait for a slot: whoever frees one rings.
        longest = _POLL_S * random.uniform(0.8, 1.0)  # noqa: S311 - keeps workers from polling in step
        if document is None:
            return longest
        moment: datetime = document["due"][0]["at"]
        return min(max((moment - now).total_seconds(), 0.005), longest)

    async def _drain(self) -> None:
        tasks = list(self._running)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=self.stop_grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
