"""Put a message into the recipient's mailbox: ask whether it may, publish, and keep every attempt."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.due_item import DueItem
from chassis.due_work import LeasedItem
from chassis.files import FileStore
from chassis.outbox import OutgoingEvent
from chassis.tenancy import EVERY_TENANT
from documents.application import events
from documents.application.due_kinds import FOLLOW, Patience, due
from documents.application.ports import MessageRepository
from documents.application.progress import in_state, told, with_attempt
from documents.application.records import Attachment, Message
from documents.domain.message import Kind, Status
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import BusinessDatum, Consent, LetterAttachment, LetterToPublish, Published
from mailboxes.port import Mailbox

NO_CONSENT: Final = "NO_CONSENT"
GIVEN_UP: Final = "MAILBOX_UNAVAILABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverMessage:
    """Due work of kind `deliver`. `first_look` is the pause before its status is asked for the first time."""

    messages: MessageRepository
    files: FileStore
    mailbox: Mailbox
    patience: Patience
    first_look: timedelta
    clock: Clock

    async def __call__(self, message_id: str, leased: LeasedItem) -> None:
        """Try once."""
        message = await self.messages.get(message_id, scope=EVERY_TENANT)
        if message is None or message.status is not Status.ROUTING:
            return
        consent: Consent | None = None
        try:
            consent = await self.mailbox.find_recipient(message.recipient)
            if consent.active:
                published = await self.mailbox.publish(self._letter(message))
                await self._consigned(message, consent, published, leased)
            else:
                await self._without_mailbox(message, consent, leased)
        except MailboxUnavailable as error:
            await self._unavailable(message, consent, leased, error)
        except MailboxRefused as error:
            await self._refused(message, consent, leased, error)

    async def _consigned(self, message: Message, consent: Consent, published: Published, leased: LeasedItem) -> None:
        now = self.clock.now()
        tried = with_attempt(message, "CONSIGNED", at=now, consent=consent, code=published.code)
        there = in_state(
            tried,
            Status.CONSIGNED,
            at=now,
            code=published.code,
            consigned_at=now,
            mailbox_message_id=published.message_id,
            expires_at=published.expiration_date,
        )
        news = told(
            there,
            lambda it: events.consigned(it, mailbox_message_id=published.message_id, code=published.code, at=now),
        )
        await self.messages.save(there, events=news, due_done=[leased.id], due_add=self._following(there, now))

    def _following(self, message: Message, now: datetime) -> list[DueItem]:
        """Letters are followed until they are read; whether a receipt is read is nobody's concern."""
        if message.kind is not Kind.LETTER or not self.mailbox.capabilities().read_receipt:
            return []
        return [due(FOLLOW, at=now + self.first_look, destination=message.mailbox)]

    async def _without_mailbox(self, message: Message, consent: Consent, leased: LeasedItem) -> None:
        now, code = self.clock.now(), consent.code or NO_CONSENT
        tried = with_attempt(message, Status.FALLBACK_PAPER.value, at=now, consent=consent, code=code)
        ended = in_state(tried, Status.FALLBACK_PAPER, at=now, code=code)
        news = told(ended, lambda it: events.fallback_required(it, reason=code, at=now))
        await self._ended(ended, leased, news)

    async def _refused(
        self, message: Message, consent: Consent | None, leased: LeasedItem, error: MailboxRefused
    ) -> None:
        now = self.clock.now()
        tried = with_attempt(message, "REFUSED", at=now, consent=consent, code=error.code)
        ended = in_state(tried, Status.REJECTED, at=now, code=error.code)
        await self._ended(ended, leased, told(ended, lambda it: events.rejected(it, reason=error.code, at=now)))

    async def _unavailable(
        self, message: Message, consent: Consent | None, leased: LeasedItem, error: MailboxUnavailable
    ) -> None:
        now = self.clock.now()
        tried = with_attempt(message, "UNAVAILABLE", at=now, consent=consent, code=error.reason[:100])
        if len(tried.attempts) >= self.patience.attempts:
            ended = in_state(tried, Status.FAILED, at=now, code=GIVEN_UP)
            await self._ended(ended, leased, told(ended, lambda it: events.failed(it, reason=GIVEN_UP, at=now)))
            return
        pause = self.patience.pause(leased.attempts, at_least=error.retry_after)
        again = replace(leased.item, at=now + pause)
        await self.messages.save(tried, due_done=[leased.id], due_add=[again])

    async def _ended(self, message: Message, leased: LeasedItem, news: list[OutgoingEvent]) -> None:
        await self.messages.save(message, events=news, due_done=[leased.id])

    def _letter(self, message: Message) -> LetterToPublish:
        letter = message.letter
        return LetterToPublish(
            message_id=message.id,
            recipient=message.recipient,
            sender_organization_id=letter.sender_enterprise_number,
            sender_application_id=letter.sender_application_id,
            message_type_id=letter.message_type_id,
            language=letter.language,
            subject=letter.subject[letter.language],
            attachments=tuple(self._file(file) for file in message.attachments),
            body=letter.body,
            business_data=tuple(BusinessDatum(key, tuple(values)) for key, values in letter.business_data),
            reply_authorized=message.reply_request is not None,
            registered_mail=letter.registered_mail,
            expiration_date=letter.expiration_date,
            for_the_attention_of=letter.for_the_attention_of,
        )

    def _file(self, file: Attachment) -> LetterAttachment:
        return LetterAttachment(
            http_part_name=file.http_part_name,
            file_name=file.file_name,
            title=file.title,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            is_main_content=file.is_main_content,
            is_signed=file.is_signed,
            content=lambda: self.files.read(file.attachment_id),
        )
