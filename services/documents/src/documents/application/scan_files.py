"""Scan a letter's files before it goes anywhere. A scanner that is away keeps it waiting, for ever if need be."""

from dataclasses import dataclass, replace

from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.files import FileStore
from chassis.scanning import Clean, Scanner, ScannerUnavailable
from chassis.tenancy import EVERY_TENANT
from documents.application import events
from documents.application.due_kinds import DELIVER, SCAN, Patience, due
from documents.application.ports import MessageRepository
from documents.application.progress import in_state, told
from documents.application.push_message import CLEAN, INFECTED, PENDING
from documents.application.records import Attachment, Message
from documents.domain.message import Status

INFECTED_FILE = "INFECTED_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFiles:
    """Due work of kind `scan`."""

    messages: MessageRepository
    files: FileStore
    scanner: Scanner
    patience: Patience
    clock: Clock

    async def __call__(self, message_id: str, leased: LeasedItem) -> None:
        """Judge the files that are pending; then the letter goes on, or ends."""
        message = await self.messages.get(message_id, scope=EVERY_TENANT)
        if message is None or message.status is not Status.ACCEPTED:
            return
        try:
            judged = tuple([await self._judged(file) for file in message.attachments])
        except ScannerUnavailable:
            again = replace(leased.item, at=self.clock.now() + self.patience.pause(leased.attempts))
            await self.messages.save(message, due_done=[leased.id], due_add=[again])
            return
        await self._decided(replace(message, attachments=judged), leased)

    async def _judged(self, file: Attachment) -> Attachment:
        if file.scan != PENDING:
            return file
        verdict = await self.scanner.scan(self.files.read(file.attachment_id))
        return replace(file, scan=CLEAN if isinstance(verdict, Clean) else INFECTED)

    async def _decided(self, message: Message, leased: LeasedItem) -> None:
        now = self.clock.now()
        if any(file.scan == INFECTED for file in message.attachments):
            ended = in_state(message, Status.REJECTED, at=now, code=INFECTED_FILE)
            news = told(ended, lambda it: events.rejected(it, reason=INFECTED_FILE, at=now))
            await self.messages.save(ended, events=news, due_done=[SCAN])
            return
        going = in_state(message, Status.ROUTING, at=now)
        item = due(DELIVER, at=now, destination=message.mailbox)
        await self.messages.save(going, due_done=[leased.id], due_add=[item])
