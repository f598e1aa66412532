"""Where the time of day comes from. Only this module reads the machine's clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError

from chassis import logs

_REFRESH_S: Final = 0.25
_ID: Final = "offset"


class Clock(Protocol):
    """The time by which deadlines and due work are judged."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in UTC, to the millisecond that MongoDB keeps."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class FixedClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, moment: datetime) -> None:
        """Stand at `moment`, which has an offset."""
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Where it stands."""
        return self._moment

    def advance(self, step: timedelta) -> None:
        """Move it."""
        self._moment += step


class SandboxClock:
    """The machine's clock plus an offset that all processes of a service share; it only moves forward.

    Never built in production. The offset is one document; every process reads it again four times a second.
    """

    def __init__(self, collection: AsyncCollection[dict[str, Any]]) -> None:
        """Keep the offset in `collection`."""
        self._collection = collection
        self._system = SystemClock()
        self._offset = timedelta()

    def now(self) -> datetime:
        """The moment in the sandbox, in UTC."""
        return self._system.now() + self._offset

    @property
    def offset(self) -> timedelta:
        """How far it runs ahead, as last read."""
        return self._offset

    async def advance(self, step: timedelta) -> timedelta:
        """Move it forward for every process; returns the new offset.

        Raises:
            ValueError: the step is not forward.
        """
        if step <= timedelta():
            raise ValueError("the sandbox clock only moves forward")
        milliseconds = step // timedelta(milliseconds=1)
        stored = await self._collection.find_one_and_update(
            {"_id": _ID},
            {"$inc": {"milliseconds": milliseconds}, "$set": {"schema": 1}},
            upsert=True,
            return_document=True,
        )
        assert stored is not None, "an upsert that returns the document after it always has one"
        self._offset = timedelta(milliseconds=int(stored["milliseconds"]))
        return self._offset

    async def refresh(self) -> None:
        """Read the offset once."""
        stored = await self._collection.find_one({"_id": _ID})
        self._offset = timedelta(milliseconds=int(stored["milliseconds"]) if stored else 0)

    async def run(self) -> None:
        """Keep reading it, until cancelled."""
        while True:
            try:
                await self.refresh()
            except PyMongoError as error:
                logs.get().warning("sandbox_clock_unreadable", error=str(error))
            await asyncio.sleep(_REFRESH_S)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep reading it beside the block."""
        await self.refresh()
        reading = asyncio.create_task(self.run(), name="sandbox clock")
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
