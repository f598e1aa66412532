"""Events this service tells, in their envelopes."""

from datetime import datetime

from chassis.ids import derived_id
from chassis.outbox import OutgoingEvent
from contracts.documents.v1 import (
    MessageConsigned,
    MessageEvent,
    MessageFailed,
    MessageFallbackRequired,
    MessageRead,
    MessageRejected,
)
from contracts.outgoing import cloud_event
from documents.application.records import Message

SOURCE = "urn:antwoordhub:documents"
SERVICE = "documents"


def _event(message: Message, data: MessageEvent, at: datetime) -> OutgoingEvent:
    """Ids derive from the message and the type: an event made twice is one event."""
    event = cloud_event(
        data,
        event_id=derived_id(message.id, data.TYPE),
        source=SOURCE,
        subject=message.id,
        time=at,
        partition_key=message.id,
        correlation_id=message.correlation_id,
        sequence=message.version + 1,
    )
    return OutgoingEvent(event, data.TOPIC)


def _common(message: Message) -> dict[str, str]:
    return {
        "message_id": message.id,
        "tenant": message.tenant,
        "recipient": message.pseudonym,
        "mailbox": message.mailbox,
    }


def consigned(message: Message, *, mailbox_message_id: str, code: str | None, at: datetime) -> OutgoingEvent:
    """The letter is in the mailbox."""
    data = MessageConsigned(
        **_common(message),
        mailbox_message_id=mailbox_message_id,
        sender_enterprise_number=message.letter.sender_enterprise_number,
        sent_at=message.sent_at,
        consigned_at=at,
        recipient_type=message.recipient.type.value,
        language=message.letter.language,
        code=code,
        dossier=message.dossier,
        reply_request=message.reply_request,
    )
    return _event(message, data, at)


def read(message: Message, *, at: datetime) -> OutgoingEvent:
    """Its main content was opened."""
    return _event(message, MessageRead(**_common(message), read_at=at), at)


def failed(message: Message, *, reason: str, at: datetime) -> OutgoingEvent:
    """Delivery was given up."""
    return _event(message, MessageFailed(**_common(message), reason=reason, attempts=len(message.attempts)), at)


def rejected(message: Message, *, reason: str, at: datetime) -> OutgoingEvent:
    """It will not be delivered."""
    return _event(message, MessageRejected(**_common(message), reason=reason), at)


def fallback_required(message: Message, *, reason: str, at: datetime) -> OutgoingEvent:
    """The agency has to use paper."""
    return _event(message, MessageFallbackRequired(**_common(message), reason=reason), at)
