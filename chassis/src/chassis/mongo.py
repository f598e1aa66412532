"""Aggregates in MongoDB: one document write per command, with its events and due work inside.

Every aggregate's document has, beside its own fields: `_id`, `tenant`, `version` (counts commands), `schema` (the
document's format), `outbox` (events to tell), `due` (work to do), `created_at`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient, ReturnDocument, WriteConcern
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from chassis.due_item import DueItem
from chassis.outbox_record import OutgoingEvent, to_record
from chassis.tenancy import Scope

Document = dict[str, Any]

OUTBOX_LIMIT: Final = 200
"""Commands on an aggregate are refused when so many of its events wait for the broker."""

DATABASE_ERRORS_ARE_TRANSIENT_AFTER_MS: Final = 5_000

OUTBOX_INDEX: Final = "outbox_pending"
DUE_INDEX: Final = "due_when_where"
_WRITE_CONCERN: Final = WriteConcern("majority", j=True, wtimeout=10_000)


class DuplicateAggregate(Exception):
    """A document with this id is there already."""


class VersionConflict(Exception):
    """The document changed, or went, since it was read."""


class OutboxFull(Exception):
    """Too many events of this aggregate wait for the broker; try again when it is back."""


def connect(
    uri: str, *, application: str, timeout_ms: int = DATABASE_ERRORS_ARE_TRANSIENT_AFTER_MS
) -> AsyncMongoClient[Document]:
    """A client that writes to a majority, knows time zones, and gives up on an absent server after `timeout_ms`."""
    return AsyncMongoClient(
        uri,
        appname=application,
        tz_aware=True,
        tzinfo=UTC,
        w="majority",
        serverSelectionTimeoutMS=timeout_ms,
        connectTimeoutMS=timeout_ms,
        socketTimeoutMS=30_000,
        maxPoolSize=100,
        uuidRepresentation="standard",
    )


def codec_options() -> CodecOptions[Document]:
    """How documents are read where a client of another's making is used."""
    return CodecOptions(tz_aware=True, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AggregateCollection:
    """One kind of aggregate. Each method is one write or one read."""

    collection: AsyncCollection[Document]

    @classmethod
    def of(cls, database: AsyncDatabase[Document], name: str) -> "AggregateCollection":
        """The collection of that name, written to a majority."""
        return cls(database.get_collection(name, write_concern=_WRITE_CONCERN))

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.collection.name

    async def ensure_indexes(self) -> None:
        """Make the indexes that relay and due work need; those that are there stay."""
        await self.collection.create_index(
            "outbox.0.id", name=OUTBOX_INDEX, partialFilterExpression={"outbox.0.id": {"$exists": True}}
        )
        # With the destination, so that what waits for a slow one is passed over inside the index.
        await self.collection.create_index([("due.at", 1), ("due.destination", 1)], name=DUE_INDEX, sparse=True)

    async def insert(
        self, document: Mapping[str, Any], *, events: Sequence[OutgoingEvent] = (), due: Sequence[DueItem] = ()
    ) -> None:
        """Write a new aggregate; `_id`, `tenant`, `schema` and `created_at` are the caller's to give.

        Raises:
            DuplicateAggregate: its id is taken.
            OutboxFull: more than 200 events at once.
        """
        if len(events) > OUTBOX_LIMIT:
            raise OutboxFull(f"{len(events)} events at once")
        stored = {
            **document,
            "version": 1,
            "outbox": [to_record(event) for event in events],
            "due": [item.to_document() for item in due],
        }
        try:
            await self.collection.insert_one(stored)
        except DuplicateKeyError:
            raise DuplicateAggregate(str(document["_id"])) from None

    async def get(
        self, aggregate_id: str, *, scope: Scope, fields: Mapping[str, int] | None = None
    ) -> Document | None:
        """Read one, or None where it isn't there for this scope. `fields` is a projection."""
        return await self.collection.find_one({"_id": aggregate_id, **scope.filter()}, fields)

    async def save(
        self,
        aggregate_id: str,
        *,
        scope: Scope,
        version: int,
        set: Mapping[str, Any],  # noqa: A002 - MongoDB's own word for it
        unset: Collection[str] = (),
        events: Sequence[OutgoingEvent] = (),
        due_done: Collection[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> int:
        """Change fields, tell events, and settle due work, if the version is still the one that was read.

        Returns the new version.

        Raises:
            VersionConflict: it changed since, or isn't there for this scope.
            OutboxFull: more than 200 events would wait then.
        """
        if len(events) > OUTBOX_LIMIT:
            raise OutboxFull(f"{len(events)} events at once")
        wanted: Document = {"_id": aggregate_id, "version": version, **scope.filter()}
        room = {f"outbox.{OUTBOX_LIMIT - len(events)}": {"$exists": False}} if events else {}
        result = await self.collection.find_one_and_update(
            wanted | room,
            _update(set, unset, events, due_done, due_add),
            projection={"version": 1},
            return_document=ReturnDocument.AFTER,
        )
        if result is None:
            if room and await self.collection.find_one(wanted, {"_id": 1}) is not None:
                raise OutboxFull(f"{self.name}/{aggregate_id} has too many events to tell")
            raise VersionConflict(f"{self.name}/{aggregate_id} is not at version {version}")
        return int(result["version"])


def _update(
    changed: Mapping[str, Any],
    removed: Collection[str],
    events: Sequence[OutgoingEvent],
    due_done: Collection[str],
    due_add: Sequence[DueItem],
) -> list[Document]:
    """One pipeline, because classic operators can't take from an array and add to it in one write."""
    assigned: Document = {field: {"$literal": value} for field, value in changed.items()}
    assigned["version"] = {"$add": ["$version", 1]}
    if events:
        assigned["outbox"] = {"$concatArrays": ["$outbox", {"$literal": [to_record(event) for event in events]}]}
    if due_done or due_add:
        replaced = [*due_done, *(item.id for item in due_add)]
        kept = {"$filter": {"input": "$due", "cond": {"$not": [{"$in": ["$$this.id", {"$literal": replaced}]}]}}}
        assigned["due"] = {"$concatArrays": [kept, {"$literal": [item.to_document() for item in due_add]}]}
    stages: list[Document] = [{"$set": assigned}]
    if removed:
        stages.append({"$unset": list(removed)})
    return stages


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, cut to the millisecond that MongoDB keeps."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
