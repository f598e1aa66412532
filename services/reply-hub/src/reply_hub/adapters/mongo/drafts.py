"""Drafts in MongoDB: one document per request and person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from chassis.ids import derived_id
from chassis.mongo import AggregateCollection, DuplicateAggregate, VersionConflict
from chassis.tenancy import EVERY_TENANT, Scope
from reply_hub.adapters.mongo.stored import SCHEMA
from reply_hub.application.records import Draft

NAME: Final = "drafts"


def draft_id(request_id: str, pseudonym: str) -> str:
    """A person's draft of an answer to a request."""
    return derived_id(request_id, "draft", pseudonym)


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
            set={"content": draft.content, "saved_at": draft.saved_at},
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
    )
