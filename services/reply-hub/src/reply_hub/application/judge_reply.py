"""Judge a received answer: accepted with a place among those of its request, or rejected with its faults."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.tenancy import EVERY_TENANT
from contracts.reply_hub.v1 import RequestClosure
from reply_hub.application.announcements import Announcer
from reply_hub.application.content import whole_data
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.judge_signatures import JudgeSignatures, TryAgain
from reply_hub.application.ports import Attachments, Crypt, Drafts, Forms, Replies, Requests
from reply_hub.application.receive_reply import round_reply_id
from reply_hub.application.records import Attachment
from reply_hub.application.submit_reply import data_faults
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ScanState, file_faults
from reply_hub.domain.reply import API, Acceptance, Rejection, RejectionReason, Reply
from reply_hub.domain.request import AlreadyAnswered, LateReplies, ReplyRequest
from reply_hub.domain.signing import DANGEROUS, Assessment, Decision, Standing
from reply_hub.domain.states import UNDECIDED

_FIRST_LOOK_AGAIN: Final = timedelta(milliseconds=200)
_LAST_LOOK_AGAIN: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReply:
    """Decides about answers. Runs again after a crash with the same outcome: places are allocated by answer id."""

    requests: Requests
    replies: Replies
    attachments: Attachments
    drafts: Drafts
    forms: Forms
    crypt: Crypt
    signatures: JudgeSignatures
    again: TryAgain
    announcer: Announcer
    clock: Clock

    async def __call__(self, reply_id: str, item: LeasedItem) -> None:
        """Judge, or look again later where a scan, or the answer that was first, isn't decided yet."""
        reply = await self.replies.find(reply_id, scope=EVERY_TENANT)
        request = await self.requests.find(reply.request_id, scope=EVERY_TENANT) if reply else None
        if reply is None or request is None:
            return
        if reply.status not in UNDECIDED:
            await self.replies.save(reply, due_done=[item.id])
            return
        files = await self.attachments.find_all(
            [file.attachment_id for file in reply.content.files], scope=EVERY_TENANT
        )
        if not _all_scanned(reply, files) or await self._waits_for_first(reply, request):
            await self._look_again(reply, item)
            return
        rejection = await self._rejection(reply, request, files)
        if rejection is not None:
            await self._reject(reply, request, rejection, item)
        elif reply.decision is not None:
            await self._as_decided(reply, request, reply.decision, item)
        else:
            await self._by_signatures(reply, request, item)

    async def _by_signatures(self, reply: Reply, request: ReplyRequest, item: LeasedItem) -> None:
        judged = await self.signatures(reply, request, attempt=item.attempts)
        known = replace(reply, signatures=judged.findings)
        match judged.assessment.standing:
            case Standing.SATISFIED:
                await self._accept(known, request, item)
            case Standing.REFUSED:
                await self._reject(known, request, _refusal(judged.assessment, self.clock.now()), item)
            case Standing.TRY_LATER | Standing.HANDLER:
                await self._suspend(known, judged.assessment, item)

    async def _suspend(self, reply: Reply, assessment: Assessment, item: LeasedItem) -> None:
        """It waits: for revocation data, or for a handler. What changes of that is told."""
        now = self.clock.now()
        undecided, again = self.again.next(reply, assessment, now)
        before = reply.undecided.awaiting if reply.undecided else None
        suspended = reply.begin_checks().suspend(undecided, reply.signatures)
        told = [self.announcer.undecided(suspended, undecided, at=now)] if undecided.awaiting is not before else []
        await self.replies.save(
            suspended, events=told, due_done=[item.id], due_add=[due(DueKind.JUDGE, again)] if again else []
        )

    async def _as_decided(self, reply: Reply, request: ReplyRequest, decision: Decision, item: LeasedItem) -> None:
        if decision.accept:
            await self._accept(reply, request, item)
            return
        faults = reply.undecided.faults if reply.undecided else ()
        rejection = Rejection(RejectionReason.SIGNATURE_REFUSED, faults, self.clock.now())
        await self._reject(reply, request, rejection, item)

    async def _look_again(self, reply: Reply, item: LeasedItem) -> None:
        looks = int(item.item.payload.get("looks", 0))
        pause = min(_LAST_LOOK_AGAIN, _FIRST_LOOK_AGAIN * 2 ** min(looks, 16))
        again = due(DueKind.JUDGE, self.clock.now() + pause, payload={"looks": looks + 1})
        await self.replies.save(reply.begin_checks(), due_add=[again])

    async def _waits_for_first(self, reply: Reply, request: ReplyRequest) -> bool:
        """A surplus answer has its turn only if the one that was first is rejected."""
        if not reply.surplus or request.taken:
            return False
        first = await self.replies.find(round_reply_id(request.id, reply.round), scope=EVERY_TENANT)
        return first is not None and first.status in UNDECIDED

    async def _rejection(
        self, reply: Reply, request: ReplyRequest, files: Mapping[str, Attachment]
    ) -> Rejection | None:
        now = self.clock.now()
        if request.closed_at is not None and reply.submitted_at > request.closed_at:
            return Rejection(RejectionReason.REQUEST_CLOSED, (), now)
        if request.is_single and request.taken and request.ordinal_of(reply.id) is None:
            return Rejection(RejectionReason.ALREADY_ANSWERED, (), now)
        if reply.late and request.late_replies is LateReplies.REJECT:
            return Rejection(RejectionReason.LATE, (), now)
        infected = tuple(
            Fault(f"/attachments/{index}", "INFECTED_FILE", "the virus scanner found a problem in this file")
            for index, file in enumerate(reply.content.files)
            if files[file.attachment_id].scan is ScanState.INFECTED
        )
        if infected:
            return Rejection(RejectionReason.INFECTED_FILE, infected, now)
        faults = await self._form_faults(reply, request)
        return Rejection(RejectionReason.FORM_FAULTS, faults, now) if faults else None

    async def _form_faults(self, reply: Reply, request: ReplyRequest) -> tuple[Fault, ...]:
        """Faults of an answer that a mailbox brought; the API's were refused before there was a receipt."""
        if reply.channel == API:
            return ()

        async def schema() -> bytes:
            asked = await self.requests.asked(request.id, scope=EVERY_TENANT)
            assert asked is not None  # the request was there a moment ago, and requests are not removed
            return asked.schema_json

        form = await self.forms.of(request.form.sha256, schema)
        data = whole_data(reply.content, reply_id=reply.id, crypt=self.crypt)
        of_data = data_faults(form, data)
        of_files = file_faults(reply.content.files, request.slots, max_total_bytes=request.max_total_bytes)
        named = {fault.pointer for fault in reply.intake_faults}
        return (*reply.intake_faults, *(fault for fault in of_data if fault.pointer not in named), *of_files)

    async def _accept(self, reply: Reply, request: ReplyRequest, item: LeasedItem) -> None:
        now = self.clock.now()
        try:
            taken = request.take(reply.id)
        except AlreadyAnswered:
            await self._reject(reply, request, Rejection(RejectionReason.ALREADY_ANSWERED, (), now), item)
            return
        if taken is not request:
            # The place first: a crash after it finds the same place again, a crash before it changed nothing.
            answered = taken.status is not request.status
            closed = [self.announcer.closed(taken, closure=RequestClosure.ANSWERED, at=now)] if answered else []
            await self.requests.save(taken, events=closed, due_done=[DueKind.OVERDUE.value] if answered else [])
        await self.drafts.remove(request.id, pseudonym=reply.submitter.pseudonym, scope=EVERY_TENANT)
        ordinal, supersedes = taken.ordinal_of(reply.id), taken.amended_by(reply.id)
        assert ordinal is not None  # it was just taken
        accepted = reply.begin_checks().accept(Acceptance(ordinal, supersedes, now))
        more = [due(DueKind.SUPERSEDE, now, payload={"reply_id": supersedes})] if supersedes else []
        await self.replies.save(
            accepted, events=[self.announcer.accepted(accepted)], due_done=[item.id], due_add=more
        )

    async def _reject(self, reply: Reply, request: ReplyRequest, rejection: Rejection, item: LeasedItem) -> None:
        if not reply.surplus:
            reopened = request.reopen(round_rejected=reply.round)
            if reopened is not request:
                event = self.announcer.changed(reopened, reason=rejection.reason.value, at=rejection.at)
                await self.requests.save(reopened, events=[event])
        rejected = reply.begin_checks().reject(rejection)
        await self.replies.save(rejected, events=[self.announcer.rejected(rejected, rejection)], due_done=[item.id])


@dataclass(frozen=True, slots=True, kw_only=True)
class SupersedeReply:
    """Marks the answer that an accepted amendment replaces."""

    replies: Replies

    async def __call__(self, reply_id: str, item: LeasedItem) -> None:
        """Mark it, then strike the work off."""
        reply = await self.replies.find(reply_id, scope=EVERY_TENANT)
        if reply is None:
            return
        earlier = await self.replies.find(str(item.item.payload["reply_id"]), scope=EVERY_TENANT)
        if earlier is not None and earlier.superseded_by is None:
            await self.replies.save(earlier.supersede(reply.id))
        await self.replies.save(reply, due_done=[item.id])


def _refusal(assessment: Assessment, at: datetime) -> Rejection:
    dangerous = {f"FILE_{refusal.value}" for refusal in DANGEROUS}
    quarantined = any(fault.code in dangerous for fault in assessment.faults)
    reason = RejectionReason.FILE_QUARANTINED if quarantined else RejectionReason.SIGNATURE_REFUSED
    return Rejection(reason, assessment.faults, at)


def _all_scanned(reply: Reply, files: Mapping[str, Attachment]) -> bool:
    found = [files.get(file.attachment_id) for file in reply.content.files]
    return all(attachment is not None and attachment.scan is not ScanState.WAITING for attachment in found)
