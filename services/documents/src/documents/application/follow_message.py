"""Ask the mailbox whether a letter was read, ever less often, until it was or is gone."""

from dataclasses import dataclass, replace
from datetime import timedelta

from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.tenancy import EVERY_TENANT
from documents.application import events
from documents.application.due_kinds import Patience
from documents.application.ports import MessageRepository
from documents.application.progress import in_state, told
from documents.application.records import Message
from documents.domain.message import Status
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import MessageStatus, SentMessage
from mailboxes.port import Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowMessage:
    """Due work of kind `follow`. A letter whose end the mailbox doesn't tell is followed for `longest`."""

    messages: MessageRepository
    mailbox: Mailbox
    patience: Patience
    longest: timedelta
    clock: Clock

    async def __call__(self, message_id: str, leased: LeasedItem) -> None:
        """Look once."""
        message = await self.messages.get(message_id, scope=EVERY_TENANT)
        if message is None or message.status is not Status.CONSIGNED:
            return
        assert message.mailbox_message_id is not None, "what is consigned has an id in its mailbox"
        asked = SentMessage(message.mailbox_message_id, message.recipient)
        try:
            found = await self.mailbox.read_status([asked])
        except (MailboxUnavailable, MailboxRefused) as error:
            await self._again(message, leased, getattr(error, "retry_after", None))
            return
        await self._noted(message, found[0] if found else None, leased)

    async def _noted(self, message: Message, status: MessageStatus | None, leased: LeasedItem) -> None:
        now = self.clock.now()
        if status is not None and status.read:
            seen = in_state(message, Status.READ, at=now, code=message.code, read_at=now)
            news = told(seen, lambda it: events.read(it, at=now))
            await self.messages.save(seen, events=news, due_done=[leased.id])
            return
        if status is not None and status.expiration_date is not None:
            message = replace(message, expires_at=status.expiration_date)
        assert message.consigned_at is not None, "what is consigned has a moment"
        if now >= (message.expires_at or message.consigned_at + self.longest):
            gone = in_state(message, Status.EXPIRED, at=now)
            await self.messages.save(gone, due_done=[leased.id])
            return
        await self._again(message, leased, None)

    async def _again(self, message: Message, leased: LeasedItem, at_least: timedelta | None) -> None:
        pause = self.patience.pause(leased.attempts, at_least=at_least)
        again = replace(leased.item, at=self.clock.now() + pause)
        await self.messages.save(message, due_done=[leased.id], due_add=[again])
