"""A lease in MongoDB: one owner at a time, until it lets go or stops renewing."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

_SCHEMA: Final = 1


class Lease:
    """The right to do one thing alone. Times are the database server's, so that skewed clocks can't share it.

    `token` grows by one with every new owner: what a late owner writes can be told from what the present one does.
    """

    def __init__(self, collection: AsyncCollection[dict[str, Any]], *, name: str, owner: str, ttl: timedelta) -> None:
        """Contend for `name` as `owner`; an owner that is not heard of for `ttl` loses it."""
        self._collection = collection
        self._name = name
        self._owner = owner
        self._ttl_ms = ttl // timedelta(milliseconds=1)
        self.token: int | None = None

    async def acquire(self) -> bool:
        """Take it or renew it; False where another owner holds it. Call again well within its time to live."""
        expires = {"$add": ["$$NOW", self._ttl_ms]}
        mine = {"$eq": ["$owner", self._owner]}
        free = {"$or": [mine, {"$lt": ["$expires_at", "$$NOW"]}]}
        try:
            stored = await self._collection.find_one_and_update(
                {"_id": self._name, "$expr": free},
                [
                    {
                        "$set": {
                            "token": {"$cond": [mine, "$token", {"$add": [{"$ifNull": ["$token", 0]}, 1]}]},
                            "owner": {"$literal": self._owner},
                            "expires_at": expires,
                            "schema": _SCHEMA,
                        }
                    }
                ],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            # It exists and is not free: the filter matched nothing, and the upsert met its id.
            self.token = None
            return False
        assert stored is not None, "an upsert that returns the document after it always has one"
        self.token = int(stored["token"])
        return True

    async def release(self) -> None:
        """Let go, so that another need not wait; nothing happens where it isn't held."""
        if self.token is not None:
            await self._collection.update_one(
                {"_id": self._name, "owner": self._owner, "token": self.token},
                {"$set": {"expires_at": datetime.fromtimestamp(0, UTC)}},
            )
            self.token = None
