"""Registrations of bronnen in MongoDB. Few and read for every answer, so kept in memory for a second."""

import time
from collections.abc import Mapping
from typing import Any, Final

from chassis.clock import Clock
from chassis.mongo import AggregateCollection, DuplicateAggregate
from chassis.outbox import OutgoingEvent
from chassis.tenancy import EVERY_TENANT
from contracts.identifiers import bron_key

_FRESH_S: Final = 1.0
_SCHEMA: Final = 1


class MongoBronnen:
    """See BronRepository."""

    def __init__(self, collection: AggregateCollection, clock: Clock) -> None:
        """Keep them in `collection`."""
        self._collection = collection
        self._clock = clock
        self._remembered: dict[str, tuple[float, str]] = {}

    async def owner(self, bron: str) -> str | None:
        """See BronRepository. Only owners are remembered: a new registration works at once."""
        remembered = self._remembered.get(bron)
        if remembered is not None and time.monotonic() - remembered[0] < _FRESH_S:
            return remembered[1]
        _, owner = await self.version_of(bron)
        if owner is not None:
            self._remembered[bron] = (time.monotonic(), owner)
        return owner

    async def version_of(self, bron: str) -> tuple[int, str | None]:
        """See BronRepository."""
        stored = await self._collection.get(bron_key(bron), scope=EVERY_TENANT)
        return (int(stored["version"]), str(stored["tenant"])) if stored else (0, None)

    async def register(self, bron: str, organization: str, event: OutgoingEvent) -> int:
        """See BronRepository."""
        document = {
            "_id": bron_key(bron),
            "tenant": organization,
            "schema": _SCHEMA,
            "created_at": self._clock.now(),
            "bron": bron,
        }
        try:
            await self._collection.insert(document, events=[event])
        except DuplicateAggregate:
            version, _ = await self.version_of(bron)
            return version
        return 1

    async def list(self) -> list[Mapping[str, Any]]:
        """See BronRepository."""
        found = self._collection.collection.find({}, {"bron": 1, "tenant": 1, "version": 1, "_id": 0})
        return list(await found.sort("bron", 1).to_list())
