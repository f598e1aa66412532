"""Fetch a receipt or notice from reply-hub, which owns it, so that it can be put into the mailbox."""

from dataclasses import dataclass, replace
from typing import Final

from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.files import FileStore, StoredFile
from chassis.ids import uuid7
from chassis.media_types import PDF
from chassis.tenancy import EVERY_TENANT
from documents.application.due_kinds import DELIVER, Patience, due
from documents.application.ports import DocumentSource, MessageRepository, SourceUnavailable
from documents.application.progress import in_state
from documents.application.push_message import CLEAN
from documents.application.records import Attachment, Message
from documents.domain.message import Kind, Status

_PART: Final = "upfile1"
_MAX_BYTES: Final = 5_000_000
_FILE_NAMES: Final = {
    Kind.RECEIPT: "Ontvangstbewijs.pdf",
    Kind.FILED_RECEIPT: "Bewijs-van-opname-in-dossier.pdf",
    Kind.REJECTION_NOTICE: "Bericht-van-weigering.pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchDocument:
    """Due work of kind `fetch`. It is tried until it succeeds: a receipt is owed."""

    messages: MessageRepository
    files: FileStore
    source: DocumentSource
    patience: Patience
    clock: Clock

    async def __call__(self, message_id: str, leased: LeasedItem) -> None:
        """Try once."""
        message = await self.messages.get(message_id, scope=EVERY_TENANT)
        if message is None or message.status is not Status.ACCEPTED:
            return
        assert message.source_url is not None, "what is fetched has a source"
        try:
            stored = await self._stored(message)
        except SourceUnavailable:
            again = replace(leased.item, at=self.clock.now() + self.patience.pause(leased.attempts))
            await self.messages.save(message, due_done=[leased.id], due_add=[again])
            return
        await self._on_its_way(message, stored, leased)

    async def _stored(self, message: Message) -> StoredFile:
        """Under an id of this attempt's own: another one may run beside it where its lease ended too early."""
        assert message.source_url is not None, "see above"
        file_id = uuid7()
        await self.files.begin(file_id, [file_id])
        async with self.source.fetch(message.source_url) as content:
            return await self.files.store(
                content,
                file_id=file_id,
                file_name=_FILE_NAMES[message.kind],
                media_type=PDF,
                max_bytes=_MAX_BYTES,
            )

    async def _on_its_way(self, message: Message, stored: StoredFile, leased: LeasedItem) -> None:
        attachment = Attachment(
            attachment_id=stored.file_id,
            http_part_name=_PART,
            file_name=stored.file_name,
            title=stored.file_name,
            media_type=stored.media_type,
            size=stored.size,
            sha256=stored.sha256,
            is_main_content=True,
            is_signed=False,
            # Made by the hub itself; a scanner that is away must not delay it.
            scan=CLEAN,
        )
        now = self.clock.now()
        going = in_state(message, Status.ROUTING, at=now, attachments=(attachment,))
        item = due(DELIVER, at=now, destination=message.mailbox)
        await self.messages.save(going, due_done=[leased.id], due_add=[item])
        await self.files.finish(stored.file_id)
