"""Show an answer: its course, its documents, its data and files."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from chassis.files import FileStore
from chassis.problems import FILE_INFECTED, NOT_SCANNED_YET, Problem
from chassis.tenancy import Scope
from reply_hub.application.access import Reader, may_read_reply
from reply_hub.application.content import confidential_values
from reply_hub.application.documents import DocumentKind, PersonalDocument, document_of, record_of
from reply_hub.application.ports import Attachments, Crypt, DocumentRenderer, Replies
from reply_hub.application.problems import not_found
from reply_hub.application.records import Attachment, ReplyQuery
from reply_hub.domain.files import ReplyFile, ScanState
from reply_hub.domain.reply import Reply
from reply_hub.domain.states import UNDECIDED

_ASK_AGAIN_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """An answer, and what is known of its files by id."""

    reply: Reply
    files: Mapping[str, Attachment]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReply:
    """Reads answers, for persons, agencies and our own services."""

    replies: Replies
    attachments: Attachments
    renderer: DocumentRenderer

    async def one(self, reply_id: str, reader: Reader) -> ReplyView:
        """An answer with its whole course.

        Raises:
            Problem: NOT_FOUND.
        """
        reply = await self._readable(reply_id, reader)
        return await self._view(reply, reader.scope)

    async def page(self, query: ReplyQuery, *, scope: Scope, limit: int) -> list[ReplyView]:
        """An agency's answers, in the order of their registration."""
        replies = await self.replies.page(query, scope=scope, limit=limit)
        ids = [file.attachment_id for reply in replies for file in reply.content.files]
        files = await self.attachments.find_all(ids, scope=scope)
        return [ReplyView(reply=reply, files=files) for reply in replies]

    async def document(self, reply_id: str, kind: DocumentKind, reader: Reader) -> PersonalDocument:
        """A receipt, filed-receipt or notice.

        Raises:
            Problem: NOT_FOUND, also where there is none (yet).
        """
        document = document_of(await self._readable(reply_id, reader), kind)
        if document is None:
            raise not_found()
        return document

    async def pdf(self, document: PersonalDocument) -> bytes:
        """The document for people."""
        return await self.renderer.render(document, record=record_of(document))

    async def _readable(self, reply_id: str, reader: Reader) -> Reply:
        reply = await self.replies.find(reply_id, scope=reader.scope)
        if reply is None or not may_read_reply(reader, reply):
            raise not_found()
        return reply

    async def _view(self, reply: Reply, scope: Scope) -> ReplyView:
        ids = [file.attachment_id for file in reply.content.files]
        return ReplyView(reply=reply, files=await self.attachments.find_all(ids, scope=scope))


@dataclass(frozen=True, slots=True)
class Download:
    """A file of an answer and its bytes."""

    file: ReplyFile
    content: AsyncIterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContent:
    """Hands an answer's content to the agency that asked: only after the checks, files only when clean."""

    replies: Replies
    attachments: Attachments
    files: FileStore
    crypt: Crypt

    async def data(self, reply_id: str, *, scope: Scope) -> tuple[dict[str, Any], list[str]]:
        """Data without confidential values, and the pointers of those.

        Raises:
            Problem: NOT_FOUND, NOT_SCANNED_YET.
        """
        reply = await self._decided(reply_id, scope)
        data: dict[str, Any] = orjson.loads(reply.content.data)
        return data, list(reply.content.pointers)

    async def confidential(self, reply_id: str, *, scope: Scope) -> dict[str, Any]:
        """Confidential values by pointer.

        Raises:
            Problem: NOT_FOUND, NOT_SCANNED_YET.
        """
        reply = await self._decided(reply_id, scope)
        return confidential_values(reply.content, reply_id=reply.id, crypt=self.crypt)

    async def file(self, reply_id: str, attachment_id: str, *, scope: Scope) -> Download:
        """A file.

        Raises:
            Problem: NOT_FOUND, NOT_SCANNED_YET, FILE_INFECTED.
        """
        reply = await self._decided(reply_id, scope)
        file = next((file for file in reply.content.files if file.attachment_id == attachment_id), None)
        attachment = await self.attachments.find(attachment_id, scope=scope) if file else None
        if file is None or attachment is None:
            raise not_found()
        match attachment.scan:
            case ScanState.CLEAN:
                return Download(file, self.files.read(attachment_id))
            case ScanState.WAITING:
                raise _not_yet()
            case ScanState.INFECTED:
                raise Problem(FILE_INFECTED, "the scanner found malware in this file")

    async def _decided(self, reply_id: str, scope: Scope) -> Reply:
        reply = await self.replies.find(reply_id, scope=scope)
        if reply is None:
            raise not_found()
        if reply.status in UNDECIDED:
            raise _not_yet()
        return reply


def _not_yet() -> Problem:
    return Problem(NOT_SCANNED_YET, "the answer is still being checked", retry_after=_ASK_AGAIN_S)
