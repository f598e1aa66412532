"""Which organisation a bron belongs to, as learned from the router."""

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from chassis.mongo import Document
from contracts.identifiers import bron_key

_SCHEMA = 1


class MongoBronnen:
    """See BronDirectory."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        """Keep them in `collection`."""
        self._collection = collection

    async def owner(self, bron: str) -> str | None:
        """See BronDirectory."""
        stored = await self._collection.find_one({"_id": bron_key(bron)}, {"tenant": 1})
        return str(stored["tenant"]) if stored else None

    async def note(self, bron: str, tenant: str, version: int) -> None:
        """See BronDirectory."""
        try:
            await self._collection.update_one(
                {"_id": bron_key(bron), "version": {"$lt": version}},
                {"$set": {"bron": bron, "tenant": tenant, "version": version, "schema": _SCHEMA}},
                upsert=True,
            )
        except DuplicateKeyError:
            # It is there with this version or a newer one.
            return
