"""The logs of dossiers in MongoDB: one document per entry, with dossier and sequence as its `_id`."""

from collections.abc import Sequence
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection, Document
from chassis.outbox import OutgoingEvent
from chassis.tenancy import Scope
from dossier_router.adapters.mongo.entry_documents import acknowledgement_document, read_entry, write_entry
from dossier_router.application.records import Attempt, Entry, LogState
from dossier_router.domain.entry import Kind, Status

_SCHEMA: Final = 1
_WITHOUT: Final = {"outbox": 0, "due": 0}


class MongoFilingLog:
    """See FilingLog."""

    def __init__(self, entries: AggregateCollection, attempts: AggregateCollection) -> None:
        """Keep entries and webhook attempts in these collections."""
        self._entries = entries
        self._attempts = attempts.collection

    async def ensure_indexes(self) -> None:
        """Indexes that find an entry otherwise than by its dossier; none of them is a guard."""
        await self._entries.collection.create_index([("_id", 1), ("reply_id", 1)], name="log_scan")
        await self._entries.collection.create_index([("filing_id", 1), ("kind", 1)], name="by_filing")
        await self._entries.collection.create_index([("tenant", 1), ("status", 1), ("made_at", 1)], name="by_status")
        await self._entries.collection.create_index(
            "made_at", name="unnumbered", partialFilterExpression={"numbered": False}
        )
        await self._attempts.create_index("entry_id", name="by_entry")

    async def state(self, dossier_key: str, reply_id: str) -> LogState:
        """See FilingLog.

        The scan goes downward: whatever it did not see has a higher sequence, and the insert will meet it.
        """
        bounds = {"_id": {"$gte": f"{dossier_key}:", "$lt": f"{dossier_key};"}}
        last, found = 0, None
        cursor = self._entries.collection.find(bounds, {"reply_id": 1}, sort=[("_id", -1)], hint="log_scan")
        for row in await cursor.to_list():
            last = last or int(row["_id"].rpartition(":")[2])
            if found is None and row["reply_id"] == reply_id:
                found = str(row["_id"])
        return LogState(last_sequence=last, entry_of_reply=found)

    async def append(self, entry: Entry, *, events: Sequence[OutgoingEvent], due: Sequence[DueItem]) -> None:
        """See FilingLog."""
        await self._entries.insert(write_entry(entry), events=events, due=due)

    async def get(self, entry_id: str, *, scope: Scope) -> Entry | None:
        """See FilingLog."""
        document = await self._entries.get(entry_id, scope=scope, fields=_WITHOUT)
        return read_entry(document) if document else None

    async def find(self, filing_id: str, kind: str, *, scope: Scope) -> Entry | None:
        """See FilingLog."""
        document = await self._entries.collection.find_one(
            {"filing_id": filing_id, "kind": kind, **scope.filter()}, _WITHOUT, sort=[("made_at", -1)]
        )
        return read_entry(document) if document else None

    async def save(
        self,
        entry: Entry,
        *,
        scope: Scope,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> None:
        """See FilingLog."""
        changed = {
            "status": entry.status.value,
            "target": dict(entry.target) if entry.target else None,
            "acknowledgement": acknowledgement_document(entry.acknowledgement),
            "deliveries": dict(entry.deliveries),
            "answers": list(entry.answers),
        }
        await self._entries.save(
            entry.id,
            scope=scope,
            version=entry.version,
            set=changed,
            events=events,
            due_done=due_done,
            due_add=due_add,
        )

    async def parked(self, *, scope: Scope, limit: int) -> list[Entry]:
        """See FilingLog."""
        query = {"status": Status.PARKED.value, **scope.filter()}
        found = self._entries.collection.find(query, _WITHOUT).sort("made_at", 1).limit(limit)
        return [read_entry(document) for document in await found.to_list()]

    async def parked_in(self, dossier_key: str) -> list[Entry]:
        """See FilingLog."""
        query = {
            "_id": {"$gte": f"{dossier_key}:", "$lt": f"{dossier_key};"},
            "kind": Kind.PARKED.value,
            "status": Status.PARKED.value,
        }
        found = self._entries.collection.find(query, _WITHOUT).sort("_id", 1)
        return [read_entry(document) for document in await found.to_list()]

    async def attempts(self, entry_id: str) -> list[Attempt]:
        """See FilingLog."""
        found = self._attempts.find({"entry_id": entry_id}).sort("at", 1)
        return [_read_attempt(document) for document in await found.to_list()]

    async def add_attempt(self, attempt: Attempt) -> None:
        """See FilingLog."""
        document = {
            "_id": f"{attempt.entry_id}/{attempt.subscription_id}/{attempt.number}",
            "schema": _SCHEMA,
            "version": 1,
            "entry_id": attempt.entry_id,
            "filing_id": attempt.filing_id,
            "tenant": attempt.tenant,
            "subscription_id": attempt.subscription_id,
            "number": attempt.number,
            "at": attempt.at,
            "duration_ms": attempt.duration_ms,
            "status": attempt.status,
            "error": attempt.error,
            "excerpt": attempt.excerpt,
        }
        try:
            await self._attempts.insert_one(document)
        except DuplicateKeyError:
            return


def _read_attempt(document: Document) -> Attempt:
    fields: dict[str, Any] = {
        key: value for key, value in document.items() if key not in {"_id", "schema", "version"}
    }
    return Attempt(**fields)
