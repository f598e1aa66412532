"""A lease in MongoDB: one owner at a time, until it lets go or stops renewing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, PyMongoError

from chassis import logs

_SCHEMA: Final = 1
_NEVER: Final = datetime.fromtimestamp(0, UTC)


class LeaseLost(Exception):
    """The lease ended while it was needed: another owner may have it."""


class Lease:
    """The right to do one thing alone. Times are the database server's, so that skewed clocks can't share it.

    `token` grows by one with every new owner: what a late owner writes can be told from what the present one does.
    """

    def __init__(self, collection: AsyncCollection[dict[str, Any]], *, name: str, owner: str, ttl: timedelta) -> None:
        """Contend for `name` as `owner`; an owner that is not heard of for `ttl` loses it."""
        self._collection = collection
        self._name = name
        self._owner = owner
        self._ttl_s = ttl.total_seconds()
        self._until = 0.0
        self.token: int | None = None

    @property
    def held(self) -> bool:
        """Whether it is surely ours still, by this process' own reckoning since the last renewal."""
        return self.token is not None and asyncio.get_running_loop().time() < self._until

    async def acquire(self) -> bool:
        """Take it or renew it; False where another owner holds it. Call again well within its time to live."""
        asked_at = asyncio.get_running_loop().time()
        mine = {"$eq": ["$owner", {"$literal": self._owner}]}
        ended = {"$lt": [{"$ifNull": ["$expires_at", _NEVER]}, "$$NOW"]}
        free = {"$or": [mine, ended]}
        until = {"$add": ["$$NOW", int(self._ttl_s * 1000)]}
        next_token = {"$cond": [mine, "$token", {"$add": [{"$ifNull": ["$token", 0]}, 1]}]}
        # The condition stands in the update: in the filter of an upsert the server takes no expression.
        taken = {
            "token": {"$cond": [free, next_token, "$token"]},
            "owner": {"$cond": [free, {"$literal": self._owner}, "$owner"]},
            "expires_at": {"$cond": [free, until, "$expires_at"]},
            "schema": _SCHEMA,
        }
        try:
            stored = await self._collection.find_one_and_update(
                {"_id": self._name}, [{"$set": taken}], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            # Somebody made it at the same moment.
            stored = None
        if stored is None or stored["owner"] != self._owner:
            self.token = None
            return False
        self.token = int(stored["token"])
        self._until = asked_at + self._ttl_s
        return True

    async def renew(self) -> bool:
        """Acquire, unless a good part of the present time is left; cheap enough to ask before every piece of work."""
        left = self._until - asyncio.get_running_loop().time()
        if self.token is not None and left > self._ttl_s * 2 / 3:
            return True
        return await self.acquire()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew in the background while the block runs, and cancel the block the moment the lease ends.

        Raises:
            LeaseLost: another owner may be at work.
        """
        limit = asyncio.timeout_at(self._until)
        try:
            async with limit:
                keeper = asyncio.create_task(self._keep(limit), name=f"keep {self._name}")
                try:
                    yield
                finally:
                    keeper.cancel()
        except TimeoutError:
            if limit.expired():
                raise LeaseLost(self._name) from None
            raise

    async def _keep(self, limit: asyncio.Timeout) -> None:
        while True:
            await asyncio.sleep(self._ttl_s / 3)
            try:
                if await self.acquire():
                    limit.reschedule(self._until)
            except PyMongoError as error:
                logs.get().warning("lease_not_renewed", lease=self._name, error=type(error).__name__)

    async def release(self) -> None:
        """Let go, so that another need not wait; nothing happens where it isn't held."""
        if self.token is not None:
            await self._collection.update_one(
                {"_id": self._name, "owner": self._owner, "token": self.token},
                {"$set": {"expires_at": _NEVER}},
            )
            self.token = None
