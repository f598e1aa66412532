"""Take an answer in: one read of the request, one write of the answer with its receipt, event and next work.

Files cost one more read. Everything that can wait (scans, the verdict, the dossier) is the worker's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chassis.clock import Clock
from chassis.http.idempotency import Idempotent
from chassis.mongo import DuplicateAggregate
from chassis.problems import IDEMPOTENCY_KEY_REUSED, Problem
from chassis.tenancy import EVERY_TENANT
from reply_hub.application.access import answerable
from reply_hub.application.announcements import Announcer
from reply_hub.application.content import sealed_content
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.make_summary import summary_faults
from reply_hub.application.ports import Attachments, Crypt, Drafts, Form, Forms, Replies, Requests
from reply_hub.application.problems import already_answered, form_faults, not_found, request_closed
from reply_hub.application.receive_reply import Arrival, received_reply, reply_id_for, round_reply_id
from reply_hub.application.records import Attachment
from reply_hub.domain.answering import Actor, Submitter
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile, ScanState, file_faults
from reply_hub.domain.reply import API, Call, Reply
from reply_hub.domain.request import FINAL, ReplyRequest
from reply_hub.domain.signing import Level, SummaryRef
from reply_hub.domain.states import RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An answer on its way in. `call.actor` is the request and the person: a key is theirs alone."""

    request_id: str
    actor: Actor
    data: Mapping[str, Any] = field(repr=False)
    attachment_ids: Sequence[str]
    confirmed: bool
    call: Idempotent
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """The received answer; `replayed` says that an earlier call had brought it."""

    reply: Reply
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitReply:
    """Receives answers of people through the API, and receipts them."""

    requests: Requests
    replies: Replies
    attachments: Attachments
    drafts: Drafts
    forms: Forms
    crypt: Crypt
    announcer: Announcer
    clock: Clock

    async def __call__(self, submission: Submission) -> Submitted:
        """Receive an answer. Late ones too: what becomes of them is judged after the receipt.

        Raises:
            Problem: NOT_FOUND (not there, or not this person's), FORM_FAULTS, ALREADY_ANSWERED, REQUEST_CLOSED,
                IDEMPOTENCY_KEY_REUSED.
        """
        received_at = self.clock.now()
        found = await self.requests.find(submission.request_id, scope=EVERY_TENANT)
        request, capacity = answerable(found, submission.actor)
        if _is_answered(request) or request.status in FINAL or (request.is_single and request.round > 1):
            earlier = await self._earlier(request, submission)
            if earlier is not None:
                return earlier
        if request.status in FINAL:
            raise request_closed()
        form = await self.forms.of(request.form.sha256, lambda: self._schema(request))
        files, summary = await self._checked(request, form, submission)
        reply_id = reply_id_for(request, submission.call.key_sha256)
        content = sealed_content(
            submission.data, files, reply_id=reply_id, form=form, crypt=self.crypt, summary=summary
        )
        arrival = Arrival(
            channel=API,
            submitter=Submitter(submission.actor.pseudonym, capacity, submission.actor.acr),
            call=Call(submission.call.key_sha256, submission.call.body_sha256),
            submitted_at=received_at,
            received_at=received_at,
            registered_at=self.clock.now(),
            correlation_id=submission.correlation_id,
            confirmed=submission.confirmed,
        )
        reply = received_reply(request, reply_id, content, arrival)
        try:
            await self.replies.add(
                reply, events=[self.announcer.received(reply)], due=[due(DueKind.JUDGE, reply.registered_at)]
            )
        except DuplicateAggregate:
            return await self._lost_race(reply, submission)
        return Submitted(reply, replayed=False)

    async def _schema(self, request: ReplyRequest) -> bytes:
        asked = await self.requests.asked(request.id, scope=EVERY_TENANT)
        if asked is None:
            raise not_found()
        return asked.schema_json

    async def _checked(
        self, request: ReplyRequest, form: Form, submission: Submission
    ) -> tuple[list[ReplyFile], SummaryRef | None]:
        """The answer's files and what of them had to be signed, where neither they nor its data have a fault."""
        faults = data_faults(form, submission.data)
        found = await self.attachments.find_all(submission.attachment_ids, scope=EVERY_TENANT)
        files: list[ReplyFile] = []
        for index, attachment_id in enumerate(submission.attachment_ids):
            fault = _attachment_fault(index, attachment_id, found.get(attachment_id), submission)
            if fault:
                faults.append(fault)
            else:
                files.append(found[attachment_id].file)
        faults += file_faults(files, request.slots, max_total_bytes=request.max_total_bytes)
        faults += confirmation_faults(request, submission)
        actor, data = submission.actor, submission.data
        summary, of_summary = await summary_faults(self.drafts, request, actor, data, files)
        # Only where nothing else is wrong: mending the answer makes another summary anyway.
        faults += [] if faults else of_summary
        if faults:
            raise form_faults(faults)
        return files, summary

    async def _earlier(self, request: ReplyRequest, submission: Submission) -> Submitted | None:
        """What an earlier call with this key brought; None where this round is free.

        Raises:
            Problem: ALREADY_ANSWERED, IDEMPOTENCY_KEY_REUSED.
        """
        key = submission.call.key_sha256
        if request.is_single:
            ids = [round_reply_id(request.id, number) for number in range(request.round, 0, -1)]
        else:
            ids = [reply_id_for(request, key)]
        holder: Reply | None = None
        for reply_id in [*ids, *(taken.reply_id for taken in request.taken if request.is_single)]:
            reply = await self.replies.find(reply_id, scope=EVERY_TENANT)
            if reply is not None and _is_same_call(reply, submission):
                return Submitted(reply, replayed=True)
            if reply is not None and request.ordinal_of(reply.id) is not None:
                holder = reply
        if holder is not None and request.is_single:
            raise already_answered(holder)
        return None

    async def _lost_race(self, reply: Reply, submission: Submission) -> Submitted:
        """The id is taken: by this same call, or under SINGLE by another answer."""
        holder = await self.replies.find(reply.id, scope=EVERY_TENANT)
        if holder is None:
            raise not_found()
        if _is_same_call(holder, submission):
            return Submitted(holder, replayed=True)
        raise already_answered(holder)


def data_faults(form: Form, data: Mapping[str, Any]) -> list[Fault]:
    """What the form says of the data; pointers begin at the answer, whose data are `/data`."""
    return [replace(fault, pointer=f"/data{fault.pointer}") for fault in form.faults(data)]


def confirmation_faults(request: ReplyRequest, submission: Submission) -> list[Fault]:
    """What lacks to an explicit confirmation, where one is asked for (SES)."""
    policy = request.signature
    if policy.level is not Level.SES:
        return []
    if not submission.confirmed:
        return [Fault("/confirmed", "CONFIRMATION_MISSING", "confirm the answer explicitly")]
    if policy.acr and submission.actor.acr not in policy.acr:
        return [Fault("/confirmed", "ACR_TOO_LOW", f"sign in by one of {', '.join(policy.acr)}")]
    return []


def _is_answered(request: ReplyRequest) -> bool:
    return request.status is RequestState.ANSWERED


def _is_same_call(reply: Reply, submission: Submission) -> bool:
    """Whether an answer came by this very call.

    Raises:
        Problem: IDEMPOTENCY_KEY_REUSED, by one with this key and another body.
    """
    if reply.call.key_sha256 != submission.call.key_sha256:
        return False
    if reply.call.body_sha256 != submission.call.body_sha256:
        raise Problem(IDEMPOTENCY_KEY_REUSED, "this idempotency key was used before, for another body")
    return True


def _attachment_fault(
    index: int, attachment_id: str, found: Attachment | None, submission: Submission
) -> Fault | None:
    pointer = f"/attachments/{index}"
    if attachment_id in submission.attachment_ids[:index]:
        return Fault(pointer, "FILE_TWICE", "this file is named twice")
    if found is None or found.request_id != submission.request_id or found.pseudonym != submission.actor.pseudonym:
        return Fault(pointer, "UNKNOWN_ATTACHMENT", "no such file was uploaded for this request")
    if found.scan is ScanState.INFECTED:
        return Fault(pointer, "INFECTED_FILE", "the virus scanner found a problem in this file")
    return None
