"""Removes what uploads left behind, and proves that nothing else is left."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase

from chassis import logs

UPLOADS: Final = "uploads"
TOUCH_EVERY_S: Final = 2.0
"""Running uploads that take longer touch their record so often."""
_SHORTEST: Final = timedelta(seconds=10)


class Bucket(Protocol):
    """What the sweeper needs of the store of files."""

    async def ids(self) -> set[str]:
        """Ids of all files, and of those of which there are only pieces."""
        ...

    async def holds(self, file_id: str) -> bool:
        """Whether anything of a file is there."""
        ...

    async def delete(self, file_id: str) -> None:
        """Remove it; one that isn't there is fine."""
        ...


InUse = Callable[[str], Awaitable[bool]]
"""Says whether an aggregate points at a file."""


@dataclass(slots=True, kw_only=True)
class Sweeper:
    """Removes what uploads left behind that nobody finished. `in_use` is asked about every file first.

    Safe beside running uploads: those touch their record every two seconds, the sweeper takes only records that were
    not touched for `older_than` (at least ten seconds), and closes a record before it deletes anything, so that
    an upload which slept that long fails when it wakes instead of pointing at a deleted file. Ages are the database
    server's time: neither skewed clocks nor a sandbox's jump make a running upload old.
    """

    database: AsyncDatabase[dict[str, Any]]
    store: Bucket
    in_use: InUse
    older_than: timedelta = timedelta(hours=1)

    async def sweep(self) -> int:
        """Look through unfinished uploads once; returns how many were struck off."""
        swept = 0
        while (record := await self._closed()) is not None:
            for file_id in record["file_ids"]:
                if not await self.in_use(file_id):
                    await self.store.delete(file_id)
            await self.database[UPLOADS].delete_one({"_id": record["_id"]})
            swept += 1
        if swept:
            logs.get().info("uploads_swept", count=swept)
        return swept

    async def _closed(self) -> dict[str, Any] | None:
        """Close one silent upload; one that a sweeper closed and did not finish is taken up again later."""
        age_ms = max(self.older_than, _SHORTEST) // timedelta(milliseconds=1)
        return await self.database[UPLOADS].find_one_and_update(
            {"$expr": {"$lt": ["$touched_at", {"$subtract": ["$$NOW", age_ms]}]}},
            {"$set": {"state": "SWEEPING"}, "$currentDate": {"touched_at": True}},
            return_document=ReturnDocument.AFTER,
        )

    async def orphans(self) -> list[str]:
        """Ids of files and stray chunks that no aggregate and no upload record knows. Empty is the proof.

        Files are listed before the records are asked, so an upload that begins or finishes meanwhile is none.
        """
        return [file_id for file_id in sorted(await self.store.ids()) if await self._is_orphan(file_id)]

    async def _is_orphan(self, file_id: str) -> bool:
        if await self.database[UPLOADS].find_one({"file_ids": file_id}, {"_id": 1}) is not None:
            return False
        return not await self.in_use(file_id) and await self.store.holds(file_id)
