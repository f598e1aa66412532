"""Keep what a person has written so far; forgotten once an answer of his is accepted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.clock import Clock
from chassis.mongo import VersionConflict
from chassis.problems import PRECONDITION_FAILED, Problem
from chassis.tenancy import EVERY_TENANT
from reply_hub.application.access import answerable
from reply_hub.application.ports import Crypt, Drafts, Requests
from reply_hub.application.problems import not_found, request_closed
from reply_hub.application.records import Draft, draft_id
from reply_hub.domain.answering import Actor
from reply_hub.domain.request import FINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft and its version, which is its ETag."""

    data: Mapping[str, Any] = field(repr=False)
    attachment_ids: Sequence[str]
    saved_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDraft:
    """Saves and reads drafts; each person has one per request. All of a draft is encrypted."""

    requests: Requests
    drafts: Drafts
    crypt: Crypt
    clock: Clock

    async def read(self, request_id: str, actor: Actor) -> DraftView:
        """The person's draft.

        Raises:
            Problem: NOT_FOUND.
        """
        request, _ = answerable(await self.requests.find(request_id, scope=EVERY_TENANT), actor)
        draft = await self.drafts.find(draft_id(request.id, actor.pseudonym), scope=EVERY_TENANT)
        if draft is None:
            raise not_found()
        content = draft_content(draft, self.crypt)
        return DraftView(
            data=content["data"],
            attachment_ids=content["attachments"],
            saved_at=draft.saved_at,
            version=draft.version,
        )

    async def save(
        self,
        request_id: str,
        actor: Actor,
        *,
        data: Mapping[str, Any],
        attachment_ids: Sequence[str],
        expected_version: int | None,
    ) -> DraftView:
        """Save it over the version the person saw (0: none was there; None: whatever is there).

        Raises:
            Problem: NOT_FOUND, REQUEST_CLOSED, PRECONDITION_FAILED.
        """
        request, _ = answerable(await self.requests.find(request_id, scope=EVERY_TENANT), actor)
        if request.status in FINAL:
            raise request_closed()
        own_id = draft_id(request.id, actor.pseudonym)
        content = json.dumps({"data": data, "attachments": list(attachment_ids)})
        draft = Draft(
            id=own_id,
            tenant=request.tenant,
            version=0,
            request_id=request.id,
            pseudonym=actor.pseudonym,
            content=self.crypt.encrypt(content, _context(own_id)),
            saved_at=self.clock.now(),
        )
        try:
            saved = await self.drafts.put(draft, expected_version=expected_version)
        except VersionConflict:
            if expected_version is None:
                raise
            raise Problem(PRECONDITION_FAILED, "the draft is not at the version that If-Match names") from None
        return DraftView(data=data, attachment_ids=attachment_ids, saved_at=saved.saved_at, version=saved.version)


def draft_content(draft: Draft, crypt: Crypt) -> Mapping[str, Any]:
    """What is in a draft: `data` and ids of `attachments`."""
    content: Mapping[str, Any] = json.loads(crypt.decrypt(draft.content, _context(draft.id)))
    return content


def _context(draft_id: str) -> str:
    return f"drafts/{draft_id}"
