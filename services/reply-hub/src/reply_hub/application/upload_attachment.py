"""Take in a file of an answer, streamed and hashed; it is scanned by the worker, from now on."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from starlette.requests import ClientDisconnect

from chassis import problems
from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.files import (
    FileEmpty,
    FileRefused,
    FileStore,
    FileTooLarge,
    MediaTypeMismatch,
    StoredFile,
    UploadExpired,
    base64url,
)
from chassis.http.idempotency import Idempotent
from chassis.mongo import DuplicateAggregate
from chassis.problems import IDEMPOTENCY_KEY_REUSED, MEDIA_TYPE_MISMATCH, Fault, Problem
from chassis.scanning import Infected, Scanner
from chassis.tenancy import EVERY_TENANT
from reply_hub.application.access import answerable
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.ports import Attachments, Replies, Requests
from reply_hub.application.problems import FILE_REFUSED, request_closed
from reply_hub.application.records import Attachment
from reply_hub.domain.answering import Actor
from reply_hub.domain.files import ReplyFile, ScanState, Slot
from reply_hub.domain.request import FINAL, ReplyRequest

SCANNER = "clamd"
"""Destination of scans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way in. `media_type` is what the caller says it is; the bytes are held to it."""

    request_id: str
    actor: Actor
    slot: str
    file_name: str
    media_type: str
    content: AsyncIterator[bytes] = field(repr=False)
    call: Idempotent


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadAttachment:
    """Stores files for answers. The upload is recorded before its first byte: what is cut off is swept."""

    requests: Requests
    attachments: Attachments
    files: FileStore
    clock: Clock
    kept: timedelta

    async def __call__(self, upload: Upload) -> tuple[Attachment, bool]:
        """Store it; the second value says that an earlier call had.

        Raises:
            Problem: NOT_FOUND, REQUEST_CLOSED, FILE_REFUSED, MEDIA_TYPE_MISMATCH, UNSUPPORTED_MEDIA_TYPE,
                PAYLOAD_TOO_LARGE, IDEMPOTENCY_KEY_REUSED.
        """
        request, _ = answerable(await self.requests.find(upload.request_id, scope=EVERY_TENANT), upload.actor)
        if request.status in FINAL:
            raise request_closed()
        slot = _slot_of(request, upload)
        attachment_id = upload.call.resource_id
        known = await self.attachments.find(attachment_id, scope=EVERY_TENANT)
        if known is not None:
            return await self._repeated(known, upload), True
        await self.files.begin(attachment_id, [attachment_id])
        stored = await self._stored(attachment_id, upload, slot)
        attachment = await self._added(stored, request, upload)
        await self.files.finish(attachment_id)
        return attachment, False

    async def _stored(self, file_id: str, upload: Upload, slot: Slot) -> StoredFile:
        try:
            return await self.files.store(
                upload.content,
                file_id=file_id,
                file_name=upload.file_name,
                media_type=upload.media_type,
                max_bytes=slot.max_bytes,
            )
        except (FileTooLarge, FileEmpty, MediaTypeMismatch) as error:
            await self.files.abandon(file_id)
            raise _refusal(error, slot) from None
        except FileRefused:
            # The bytes of an earlier, unfinished call with this key: they may be about to be used elsewhere.
            raise _key_reused() from None
        except UploadExpired:
            detail = "the upload was silent for too long; send it again"
            raise Problem(problems.TEMPORARILY_UNAVAILABLE, detail, retry_after=1) from None
        except ClientDisconnect:
            await self.files.abandon(file_id)
            raise

    async def _added(self, stored: StoredFile, request: ReplyRequest, upload: Upload) -> Attachment:
        now = self.clock.now()
        file = ReplyFile(
            attachment_id=stored.file_id,
            slot=upload.slot,
            file_name=upload.file_name,
            media_type=upload.media_type,
            size=stored.size,
            sha256=stored.sha256,
        )
        attachment = Attachment(
            file=file,
            tenant=request.tenant,
            version=1,
            request_id=request.id,
            pseudonym=upload.actor.pseudonym,
            scan=ScanState.WAITING,
            signature=None,
            uploaded_at=now,
        )
        work = [due(DueKind.SCAN, now, destination=SCANNER), due(DueKind.ABANDON, now + self.kept)]
        try:
            await self.attachments.add(attachment, due=work)
        except DuplicateAggregate:
            # The same call at the same time, in another process; the bytes are stored under the same id.
            found = await self.attachments.find(stored.file_id, scope=EVERY_TENANT)
            return found or attachment
        return attachment

    async def _repeated(self, known: Attachment, upload: Upload) -> Attachment:
        """The first answer again, if it is the same file; nothing is stored."""
        described = (known.file.slot, known.file.file_name, known.file.media_type)
        same = described == (upload.slot, upload.file_name, upload.media_type)
        if not same or await _digest(upload.content) != known.file.sha256:
            raise _key_reused()
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAttachment:
    """Lets the scanner judge a file. While the scanner is away the file waits, and nobody gets it."""

    attachments: Attachments
    files: FileStore
    scanner: Scanner

    async def __call__(self, attachment_id: str, item: LeasedItem) -> None:
        """Judge once.

        Raises:
            ScannerUnavailable: there is no verdict; the work comes back.
        """
        attachment = await self.attachments.find(attachment_id, scope=EVERY_TENANT)
        if attachment is None:
            return
        if attachment.scan is not ScanState.WAITING:
            await self.attachments.save(attachment, due_done=[item.id])
            return
        verdict = await self.scanner.scan(self.files.read(attachment_id))
        if isinstance(verdict, Infected):
            judged = replace(attachment, scan=ScanState.INFECTED, signature=verdict.signature)
        else:
            judged = replace(attachment, scan=ScanState.CLEAN)
        await self.attachments.save(judged, due_done=[item.id])


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonAttachment:
    """Removes a file that was uploaded and never sent."""

    attachments: Attachments
    replies: Replies
    files: FileStore

    async def __call__(self, attachment_id: str, item: LeasedItem) -> None:
        """Keep it if an answer has it, else remove it with its bytes."""
        attachment = await self.attachments.find(attachment_id, scope=EVERY_TENANT)
        if attachment is None:
            return
        replies = await self.replies.of_request(attachment.request_id, scope=EVERY_TENANT)
        if any(file.attachment_id == attachment_id for reply in replies for file in reply.content.files):
            await self.attachments.save(attachment, due_done=[item.id])
            return
        # The bytes first: what remains after a crash in between is a description that the next attempt finds.
        await self.files.delete(attachment_id)
        await self.attachments.remove(attachment, scope=EVERY_TENANT)


def _slot_of(request: ReplyRequest, upload: Upload) -> Slot:
    slot = next((slot for slot in request.slots if slot.slot == upload.slot), None)
    if slot is None:
        names = ", ".join(slot.slot for slot in request.slots) or "none"
        fault = Fault("/slot", "UNKNOWN_SLOT", f"the request has these slots: {names}", "query")
        raise Problem(FILE_REFUSED, "the request has no such slot", faults=[fault])
    if upload.media_type not in slot.media_types:
        raise Problem(problems.UNSUPPORTED_MEDIA_TYPE, f"{slot.slot} takes {', '.join(slot.media_types)}")
    return slot


def _refusal(error: FileTooLarge | FileEmpty | MediaTypeMismatch, slot: Slot) -> Problem:
    match error:
        case FileTooLarge():
            return Problem(problems.PAYLOAD_TOO_LARGE, f"{slot.slot} takes {slot.max_bytes} bytes at most")
        case FileEmpty():
            return Problem(FILE_REFUSED, "the file is empty")
        case _:
            return Problem(MEDIA_TYPE_MISMATCH, str(error))


def _key_reused() -> Problem:
    return Problem(IDEMPOTENCY_KEY_REUSED, "this idempotency key was used before, for another file")


async def _digest(content: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for block in content:
        digest.update(block)
    return base64url(digest.digest())
