"""Make the summary of a draft, to be signed; what is signed is then held against what is submitted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.tenancy import EVERY_TENANT
from reply_hub.application.access import answerable
from reply_hub.application.answer_summary import AnswerSummary
from reply_hub.application.keep_draft import draft_content
from reply_hub.application.ports import Attachments, Crypt, Drafts, Requests, SummaryRenderer
from reply_hub.application.problems import draft_changed, not_found, request_closed
from reply_hub.application.records import DraftSummary, draft_id
from reply_hub.domain.answering import Actor
from reply_hub.domain.digest import content_digest
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.request import FINAL, ReplyRequest
from reply_hub.domain.signing import SUMMARY_SLOT, SummaryRef


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSummary:
    """Makes summaries. The same draft gives the same bytes, however often it is asked for."""

    requests: Requests
    drafts: Drafts
    attachments: Attachments
    crypt: Crypt
    renderer: SummaryRenderer

    async def __call__(self, request_id: str, actor: Actor) -> bytes:
        """The summary of the person's draft, as a PDF.

        Raises:
            Problem: NOT_FOUND (no request, or no draft), REQUEST_CLOSED, DRAFT_CHANGED.
        """
        request, _ = answerable(await self.requests.find(request_id, scope=EVERY_TENANT), actor)
        if request.status in FINAL:
            raise request_closed()
        asked = await self.requests.asked(request.id, scope=EVERY_TENANT)
        draft = await self.drafts.find(draft_id(request.id, actor.pseudonym), scope=EVERY_TENANT)
        if draft is None or asked is None:
            raise not_found()
        content = draft_content(draft, self.crypt)
        files = await self._files(content["attachments"], request, actor)
        summary = AnswerSummary(
            request=request,
            schema=orjson.loads(asked.schema_json),
            data=content["data"],
            files=files,
            content_digest=summarised(content["data"], files),
            at=draft.saved_at,
        )
        pdf = await self.renderer.render_summary(summary)
        if not await self.drafts.note_summary(draft, _noted(summary, pdf)):
            raise draft_changed()
        return pdf

    async def _files(self, ids: Sequence[str], request: ReplyRequest, actor: Actor) -> list[ReplyFile]:
        """The draft's files that are there and the person's; a summary among them is not part of itself."""
        found = await self.attachments.find_all(ids, scope=EVERY_TENANT)
        mine = [found[each] for each in ids if each in found]
        return [
            each.file
            for each in mine
            if each.request_id == request.id and each.pseudonym == actor.pseudonym and each.file.slot != SUMMARY_SLOT
        ]


def summarised(data: Mapping[str, Any], files: Sequence[ReplyFile]) -> str:
    """The digest of what a summary says."""
    return content_digest(data, (file.sha256 for file in files if file.slot != SUMMARY_SLOT))


async def summary_faults(
    drafts: Drafts, request: ReplyRequest, actor: Actor, data: Mapping[str, Any], files: Sequence[ReplyFile]
) -> tuple[SummaryRef | None, list[Fault]]:
    """The summary that was made of this very answer; a fault where none was, or of another answer."""
    if not request.signature.wants_pdf:
        return None, []
    draft = await drafts.find(draft_id(request.id, actor.pseudonym), scope=EVERY_TENANT)
    made = draft.summary if draft else None
    if made is not None and made.content_digest == summarised(data, files):
        return made.ref, []
    places = [index for index, file in enumerate(files) if file.slot == SUMMARY_SLOT]
    pointer = f"/attachments/{places[0]}" if places else "/attachments"
    detail = "no summary was made of this very answer: save it as draft, fetch its summary and have that signed"
    return None, [Fault(pointer, "SUMMARY_OF_ANOTHER_ANSWER", detail)]


def _noted(summary: AnswerSummary, pdf: bytes) -> DraftSummary:
    ref = SummaryRef(
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
        attached_sha256=hashlib.sha256(summary.record.encode()).hexdigest(),
    )
    return DraftSummary(ref=ref, content_digest=summary.content_digest)
