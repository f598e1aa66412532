"""What an agency may look up of its letters."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.files import FileStore
from chassis.problems import FILE_INFECTED, NOT_FOUND, NOT_SCANNED_YET, Problem
from chassis.tenancy import EVERY_TENANT, TenantScope
from documents.application.ports import MessageRepository
from documents.application.push_message import INFECTED, PENDING
from documents.application.records import Attachment, Message

_ASK_AGAIN_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    """Use cases that change nothing."""

    messages: MessageRepository
    files: FileStore

    async def one(self, message_id: str, *, scope: TenantScope) -> Message:
        """A message.

        Raises:
            Problem: NOT_FOUND.
        """
        message = await self.messages.get(message_id, scope=scope)
        if message is None:
            raise _not_found()
        return message

    async def page(self, *, scope: TenantScope, status: str | None, after: str | None, limit: int) -> list[Message]:
        """Letters, in the order of their ids."""
        return await self.messages.page(scope=scope, status=status, after=after, limit=limit)

    async def several(self, message_ids: Sequence[str], *, scope: TenantScope) -> list[Message]:
        """Those of the messages that are there."""
        return await self.messages.several(message_ids, scope=scope)

    async def content(
        self, message_id: str, attachment_id: str, *, scope: TenantScope
    ) -> tuple[Attachment, AsyncIterator[bytes]]:
        """A file, once it is scanned.

        Raises:
            Problem: NOT_FOUND, NOT_SCANNED_YET or FILE_INFECTED.
        """
        message = await self.one(message_id, scope=scope)
        found = [file for file in message.attachments if file.attachment_id == attachment_id]
        if not found:
            raise _not_found()
        if found[0].scan == PENDING:
            raise Problem(NOT_SCANNED_YET, "the file is still being checked", retry_after=_ASK_AGAIN_S)
        if found[0].scan == INFECTED:
            raise Problem(FILE_INFECTED, "the scanner found malware in this file")
        return found[0], self.files.read(attachment_id)

    async def confidential_prefill(self, message_id: str) -> dict[str, Any]:
        """Confidential values to be shown beforehand, by pointer; for reply-hub.

        Raises:
            Problem: NOT_FOUND.
        """
        message = await self.messages.get(message_id, scope=EVERY_TENANT)
        if message is None:
            raise _not_found()
        return dict(message.confidential_prefill)


def _not_found() -> Problem:
    return Problem(NOT_FOUND, "it isn't there, or not for this caller")
