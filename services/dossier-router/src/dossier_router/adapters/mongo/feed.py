"""A tenant's filings as a numbered feed.

Filings are committed in any order; a cursor over their times would skip the late ones. So one leased writer numbers
them afterwards: a number is a document whose `_id` is tenant and number, and a reader sees numbers without gaps. A
writer looks at the last number first and at what is numbered after that; so what another one numbers behind its back
has a higher number than the last it saw, and its own insert meets a duplicate key. A filing has one number, ever.
"""

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from chassis import logs
from chassis.doorbell import Doorbell, heard
from chassis.lease import Lease
from chassis.mongo import AggregateCollection, Document
from chassis.tenancy import Scope
from dossier_router.adapters.mongo.entry_documents import read_entry
from dossier_router.application.records import FeedItem

_BATCH: Final = 500
_POLL_S: Final = 1.0
_GATHER_S: Final = 0.2
_SCHEMA: Final = 1


class MongoFeed:
    """See Feed; and the writer that numbers."""

    def __init__(self, entries: AggregateCollection, feed: AsyncCollection[Document]) -> None:
        """Number what is in `entries`; keep the numbers in `feed`."""
        self._entries = entries.collection
        self._feed = feed

    async def ensure_indexes(self) -> None:
        """Indexes for readers and for the writer's look back."""
        await self._feed.create_index([("tenant", 1), ("number", 1)], name="by_tenant")
        await self._feed.create_index("entry_id", name="by_entry")

    async def page(self, *, scope: Scope, after: int, limit: int) -> list[FeedItem]:
        """See Feed."""
        query = {"number": {"$gt": after}, **scope.filter()}
        numbers = await self._feed.find(query).sort("number", 1).limit(limit).to_list()
        ids = [row["entry_id"] for row in numbers]
        found = await self._entries.find({"_id": {"$in": ids}}, {"outbox": 0, "due": 0}).to_list()
        entries = {document["_id"]: read_entry(document) for document in found}
        return [FeedItem(number=row["number"], entry=entries[row["entry_id"]]) for row in numbers]

    async def run(self, lease: Lease, doorbell: Doorbell, *, ttl: timedelta) -> None:
        """Number until cancelled, while the lease is ours."""
        bell = doorbell.bell()
        while True:
            try:
                numbered = await self.number() if await lease.renew() else 0
            except PyMongoError as error:
                logs.get().warning("feed_waits", error=type(error).__name__)
                numbered = 0
                await asyncio.sleep(_POLL_S)
            if numbered == 0:
                await heard(bell, min(_POLL_S, ttl.total_seconds() / 3), gather_s=_GATHER_S)

    async def number(self) -> int:
        """Number what has no number yet, a batch at most; returns how many filings were looked at."""
        waiting = await self._entries.find(
            {"numbered": False}, {"tenant": 1}, sort=[("made_at", 1)], limit=_BATCH, hint="unnumbered"
        ).to_list()
        if not waiting:
            return 0
        ids = [row["_id"] for row in waiting]
        # In this order; see the module's text.
        last = {tenant: await self._last(tenant) for tenant in {row["tenant"] for row in waiting}}
        known = {row["entry_id"] async for row in self._feed.find({"entry_id": {"$in": ids}}, {"entry_id": 1})}
        by_tenant: dict[str, list[str]] = defaultdict(list)
        for row in waiting:
            if row["_id"] not in known:
                by_tenant[row["tenant"]].append(row["_id"])
        for tenant, entry_ids in by_tenant.items():
            await self._extend(tenant, entry_ids, after=last[tenant])
        await self._entries.bulk_write(
            [UpdateOne({"_id": entry_id}, {"$set": {"numbered": True}}) for entry_id in ids], ordered=False
        )
        return len(ids)

    async def _last(self, tenant: str) -> int:
        """The tenant's highest number; 0 where it has none."""
        row = await self._feed.find_one({"tenant": tenant}, {"number": 1}, sort=[("number", -1)])
        return int(row["number"]) if row else 0

    async def _extend(self, tenant: str, entry_ids: list[str], *, after: int) -> None:
        """Append to a tenant's feed; in order, so that there is never a gap."""
        rows: list[dict[str, Any]] = [
            {
                "_id": f"{tenant}:{number:012d}",
                "tenant": tenant,
                "number": number,
                "entry_id": entry_id,
                "schema": _SCHEMA,
            }
            for number, entry_id in enumerate(entry_ids, start=after + 1)
        ]
        try:
            await self._feed.insert_many(rows, ordered=True)
        except (BulkWriteError, DuplicateKeyError) as error:
            # Another writer numbers too: ours was the stale lease. What it has is seen on the next look.
            raise PyMongoError("another writer numbered meanwhile") from error
