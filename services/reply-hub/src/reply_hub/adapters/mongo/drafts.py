"""Drafts in MongoDB: one document per request and person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from chassis.mongo import AggregateCollection, DuplicateAggregate, VersionConflict
from chassis.tenancy import EVERY_TENANT, Scope
from reply_hub.adapters.mongo.stored import SCHEMA
from reply_hub.application.records import Draft, DraftSummary, draft_id
from reply_hub.domain.signing import SummaryRef

NAME: Final = "drafts"


@dataclass(frozen=True, slots=True)
class MongoDrafts:
    """See `Drafts`."""

    aggregates: AggregateCollection

    async def ensure_indexes(self) -> None:
        """Drafts are found by id only, and tell nothing."""

    async def find(self, draft_id: str, *, scope: Scope) -> Draft | None:
        """See `Drafts`."""
        found = await self.aggregates.get(draft_id, scope=scope)
        return _draft_of(found) if found else None

    async def put(self, draft: Draft, *, expected_version: int | None) -> Draft:
        """See `Drafts`."""
        known = await self.find(draft.id, scope=EVERY_TENANT)
        present = known.version if known else 0
        if expected_version is not None and expected_version != present:
            raise VersionConflict(f"{NAME}/{draft.id} is at version {present}")
        if known is None:
            return await self._begin(draft)
        version = await self.aggregates.save(
            draft.id,
            scope=EVERY_TENANT,
            version=present,
            set={"content": draft.content, "saved_at": draft.saved_at, "summary": None},
        )
        return replace(draft, version=version)

    async def _begin(self, draft: Draft) -> Draft:
        document = {
            "_id": draft.id,
            "schema": SCHEMA,
            "tenant": draft.tenant,
            "created_at": draft.saved_at,
            "request_id": draft.request_id,
            "pseudonym": draft.pseudonym,
            "content": draft.content,
            "saved_at": draft.saved_at,
        }
        try:
            await self.aggregates.insert(document)
        except DuplicateAggregate:
            raise VersionConflict(f"{NAME}/{draft.id} was begun meanwhile") from None
        return replace(draft, version=1)

    async def note_summary(self, draft: Draft, summary: DraftSummary) -> bool:
        """See `Drafts`."""
        ref = summary.ref
        stored = {
            "size": ref.size,
            "sha256": ref.sha256,
            "attached_sha256": ref.attached_sha256,
            "content_digest": summary.content_digest,
        }
        noted = await self.aggregates.collection.update_one(
            {"_id": draft.id, "version": draft.version}, {"$set": {"summary": stored}}
        )
        return bool(noted.matched_count)

    async def remove(self, request_id: str, *, pseudonym: str, scope: Scope) -> None:
        """See `Drafts`."""
        await self.aggregates.collection.delete_one({"_id": draft_id(request_id, pseudonym), **scope.filter()})


def _draft_of(stored: Mapping[str, Any]) -> Draft:
    return Draft(
        id=stored["_id"],
        tenant=stored["tenant"],
        version=stored["version"],
        request_id=stored["request_id"],
        pseudonym=stored["pseudonym"],
        content=stored["content"],
        saved_at=stored["saved_at"],
        summary=_summary_of(stored.get("summary")),
    )


def _summary_of(stored: Mapping[str, Any] | None) -> DraftSummary | None:
    if stored is None:
        return None
    ref = SummaryRef(size=stored["size"], sha256=stored["sha256"], attached_sha256=stored["attached_sha256"])
    return DraftSummary(ref=ref, content_digest=stored["content_digest"])
