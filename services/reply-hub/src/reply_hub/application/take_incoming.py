"""Make an answer of a message that a mailbox brought: find its letter, fetch its files, type its fields, receipt it.

The mailbox accepted it from the person, so it is received whatever is wrong with it; the verdict comes after.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import orjson

from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.files import DigestMismatch, FileEmpty, FileRefused, FileStore, FileTooLarge, MediaTypeMismatch
from chassis.ids import derived_id
from chassis.mongo import DuplicateAggregate
from chassis.tenancy import EVERY_TENANT
from mailboxes.models import BusinessDatum, IncomingAttachment
from mailboxes.port import Mailbox
from mailboxes.structured import from_business_data
from reply_hub.application.announcements import Announcer
from reply_hub.application.collect_box import incoming_context
from reply_hub.application.content import sealed_content
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.ports import Attachments, Crypt, Forms, Incomings, Replies, Requests
from reply_hub.application.receive_reply import Arrival, received_reply, reply_id_for, round_reply_id
from reply_hub.application.records import Asked, Attachment, Incoming, IncomingState
from reply_hub.application.upload_attachment import SCANNER
from reply_hub.domain.answering import Capacity, Submitter
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import LONGEST_FILE_NAME, ReplyFile, ScanState, slots_for
from reply_hub.domain.reply import Call
from reply_hub.domain.request import ReplyRequest

UNKNOWN_LETTER: Final = "UNKNOWN_LETTER"
SENDER_DIFFERS: Final = "SENDER_DIFFERS"
_MOST_FETCHED: Final = 20
_DIGEST_ATTEMPTS: Final = 5
_RETRY: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeIncoming:
    """Takes messages as answers. Run again after a crash it finds the answer it had made."""

    incomings: Incomings
    requests: Requests
    replies: Replies
    attachments: Attachments
    files: FileStore
    mailboxes: Mapping[str, Mailbox]
    forms: Forms
    crypt: Crypt
    announcer: Announcer
    clock: Clock
    unmatched_after: timedelta
    unmatched_retry: timedelta

    async def __call__(self, incoming_id: str, item: LeasedItem) -> None:
        """Take it, or show it as unmatched and keep looking for its letter."""
        incoming = await self.incomings.find(incoming_id, scope=EVERY_TENANT)
        if incoming is None:
            return
        if incoming.state is IncomingState.TAKEN:
            await self.incomings.save(incoming, due_done=[item.id])
            return
        request = await self.requests.find_by_letter(incoming.mailbox, incoming.original_message_id)
        if request is None:
            await self._wait_for_letter(incoming)
        elif request.recipient != incoming.sender:
            unmatched = replace(incoming, state=IncomingState.UNMATCHED, reason=SENDER_DIFFERS)
            await self.incomings.save(unmatched, due_done=[item.id])
        else:
            reply_id = await self._known(request, incoming) or await self._receive(request, incoming, item)
            taken = replace(incoming, state=IncomingState.TAKEN, reason=None, reply_id=reply_id)
            await self.incomings.save(taken, due_done=[item.id])

    async def _wait_for_letter(self, incoming: Incoming) -> None:
        """The letter's own event may come later than the answer to it."""
        now = self.clock.now()
        waited_out = now - incoming.collected_at >= self.unmatched_after
        if waited_out:
            incoming = replace(incoming, state=IncomingState.UNMATCHED, reason=UNKNOWN_LETTER)
        pause = self.unmatched_retry if waited_out else min(_RETRY, self.unmatched_after)
        await self.incomings.save(incoming, due_add=[due(DueKind.TAKE, now + pause, destination=incoming.mailbox)])

    async def _known(self, request: ReplyRequest, incoming: Incoming) -> str | None:
        """The answer an earlier run had made of this message."""
        ids = [_own_reply_id(incoming)]
        if request.is_single:
            ids += [round_reply_id(request.id, number) for number in range(1, request.round + 1)]
        else:
            ids.append(reply_id_for(request, incoming.id))
        for reply_id in ids:
            reply = await self.replies.find(reply_id, scope=EVERY_TENANT)
            if reply is not None and reply.call.key_sha256 == incoming.id:
                return reply_id
        return None

    async def _receive(self, request: ReplyRequest, incoming: Incoming, item: LeasedItem) -> str:
        asked = await self.requests.asked(request.id, scope=EVERY_TENANT)
        assert asked is not None  # the request was there a moment ago, and requests are not removed
        files, file_faults = await self._fetch_files(request, incoming, item)
        data, data_faults = self._typed(asked, incoming)
        faults = [*data_faults, *file_faults]
        if not request.is_single:
            reply_id = reply_id_for(request, incoming.id)
            await self._add(request, incoming, asked, reply_id, data, files, faults, surplus=False)
            return reply_id
        reply_id = reply_id_for(request, incoming.id)
        if not request.taken and await self._add(
            request, incoming, asked, reply_id, data, files, faults, surplus=False
        ):
            return reply_id
        reply_id = _own_reply_id(incoming)
        await self._add(request, incoming, asked, reply_id, data, files, faults, surplus=True)
        return reply_id

    async def _add(
        self,
        request: ReplyRequest,
        incoming: Incoming,
        asked: Asked,
        reply_id: str,
        data: Mapping[str, Any],
        files: list[ReplyFile],
        faults: list[Fault],
        *,
        surplus: bool,
    ) -> bool:
        """Store and receipt it; False where the id is taken."""

        async def schema() -> bytes:
            return asked.schema_json

        form = await self.forms.of(request.form.sha256, schema)
        arrival = Arrival(
            channel=incoming.mailbox,
            submitter=Submitter(incoming.sender, Capacity.ADDRESSEE),
            call=Call(incoming.id, ""),
            submitted_at=min(incoming.vouched_at, incoming.collected_at),
            received_at=incoming.collected_at,
            registered_at=self.clock.now(),
            correlation_id=incoming.id,
            surplus=surplus,
            intake_faults=faults,
        )
        content = sealed_content(data, files, reply_id=reply_id, form=form, crypt=self.crypt)
        reply = received_reply(request, reply_id, content, arrival)
        try:
            await self.replies.add(
                reply, events=[self.announcer.received(reply)], due=[due(DueKind.JUDGE, reply.registered_at)]
            )
        except DuplicateAggregate:
            return False
        return True

    def _typed(self, asked: Asked, incoming: Incoming) -> tuple[dict[str, Any], list[Fault]]:
        stored = json.loads(self.crypt.decrypt(incoming.content, incoming_context(incoming.id)))
        business_data = [BusinessDatum(key, tuple(values)) for key, values in stored]
        decoded = from_business_data(orjson.loads(asked.schema_json), orjson.loads(asked.keys_json), business_data)
        return decoded.data, [Fault(f"/data{fault.pointer}", fault.code, fault.detail) for fault in decoded.faults]

    async def _fetch_files(
        self, request: ReplyRequest, incoming: Incoming, item: LeasedItem
    ) -> tuple[list[ReplyFile], list[Fault]]:
        """Fetch the files; one that is not what it says is no file of the answer, and a fault of it."""
        mailbox = self.mailboxes[incoming.mailbox]
        listed = await mailbox.list_attachments(incoming.enterprise_number, incoming.external_id)
        faults = [Fault("/attachments", "TOO_MANY_FILES", "too many files")] if len(listed) > _MOST_FETCHED else []
        listed = listed[:_MOST_FETCHED]
        slots = slots_for([attachment.media_type for attachment in listed], request.slots)
        await self.files.begin(incoming.id, [_file_id(incoming, attachment) for attachment in listed])
        fetched: list[ReplyFile] = []
        for index, (attachment, slot) in enumerate(zip(listed, slots, strict=True)):
            outcome = await self._fetch(mailbox, request, incoming, attachment, slot, index, item)
            if isinstance(outcome, Fault):
                faults.append(outcome)
            else:
                fetched.append(outcome)
        await self.files.finish(incoming.id)
        return fetched, faults

    async def _fetch(
        self,
        mailbox: Mailbox,
        request: ReplyRequest,
        incoming: Incoming,
        attachment: IncomingAttachment,
        slot: str,
        index: int,
        item: LeasedItem,
    ) -> ReplyFile | Fault:
        file_id = _file_id(incoming, attachment)
        known = await self.attachments.find(file_id, scope=EVERY_TENANT)
        if known is not None:
            return known.file
        pieces = mailbox.open_attachment(incoming.enterprise_number, incoming.external_id, attachment.attachment_id)
        name = attachment.file_name[:LONGEST_FILE_NAME] or file_id
        try:
            stored = await self.files.store(
                pieces,
                file_id=file_id,
                file_name=name,
                media_type=attachment.media_type,
                max_bytes=request.max_total_bytes,
                sha256=attachment.sha256,
            )
        except (FileRefused, MediaTypeMismatch) as error:
            if isinstance(error, DigestMismatch) and item.attempts < _DIGEST_ATTEMPTS:
                raise  # cut off on the way, as a rule
            return Fault(f"/attachments/{index}", _code_of(error), str(error))
        file = ReplyFile(
            attachment_id=file_id,
            slot=slot,
            file_name=name,
            media_type=attachment.media_type,
            size=stored.size,
            sha256=stored.sha256,
        )
        await self._describe(file, request, incoming)
        return file

    async def _describe(self, file: ReplyFile, request: ReplyRequest, incoming: Incoming) -> None:
        now = self.clock.now()
        attachment = Attachment(
            file=file,
            tenant=request.tenant,
            version=1,
            request_id=request.id,
            pseudonym=incoming.sender,
            scan=ScanState.WAITING,
            signature=None,
            uploaded_at=now,
        )
        try:
            await self.attachments.add(attachment, due=[due(DueKind.SCAN, now, destination=SCANNER)])
        except DuplicateAggregate:
            return


def _own_reply_id(incoming: Incoming) -> str:
    return derived_id("reply", incoming.id)


def _file_id(incoming: Incoming, attachment: IncomingAttachment) -> str:
    return derived_id(incoming.id, attachment.attachment_id)


def _code_of(error: Exception) -> str:
    match error:
        case FileTooLarge():
            return "FILE_TOO_LARGE"
        case FileEmpty():
            return "FILE_EMPTY"
        case DigestMismatch():
            return "DIGEST_DO_NOT_MATCH"
        case _:
            return "MEDIA_TYPE_MISMATCH"
