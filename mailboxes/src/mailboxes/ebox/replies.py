"""Messages of the agency's box read as answers, one by one."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from contracts.identifiers import InvalidIdentifier, Party, PartyType, Scheme, parse_party
from mailboxes.ebox.wire import AttachmentItem, Datum, ReplyItem, Sender, TranslatedString
from mailboxes.models import BusinessDatum, IncomingAttachment, IncomingReply, UnreadableReply

_AWARE: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)
_LANGUAGES: Final = ("nl", "fr", "de", "en")
_PARTIES: Final = {
    "citizen": (PartyType.CITIZEN, Scheme.INSZ),
    "enterprise": (PartyType.ENTERPRISE, Scheme.KBO),
}


def read_replies(
    items: list[dict[str, Any]],
) -> tuple[tuple[IncomingReply, ...], tuple[UnreadableReply, ...]]:
    """The answers among the messages, and those that can't be understood.

    Messages that answer nothing (no originalMessageId) are other mail.
    """
    replies: list[IncomingReply] = []
    unreadable: list[UnreadableReply] = []
    for item in items:
        if not item.get("originalMessageId"):
            continue
        try:
            replies.append(_reply(ReplyItem.model_validate(item)))
        except ValidationError as error:
            places = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
            unreadable.append(UnreadableReply(_id(item), f"no sense at {', '.join(places)}"))
        except InvalidIdentifier as error:
            unreadable.append(UnreadableReply(_id(item), f"sender: {error}"))
    return tuple(replies), tuple(unreadable)


def receipt_dates(items: list[dict[str, Any]]) -> list[datetime]:
    """When the messages were received, answers and other mail alike; unreadable dates are passed over."""
    dates: list[datetime] = []
    for item in items:
        with suppress(ValidationError):
            dates.append(_AWARE.validate_python(item.get("receiptDate")))
    return dates


def _id(item: dict[str, Any]) -> str | None:
    value = item.get("messageId")
    return value if isinstance(value, str) else None


def _reply(item: ReplyItem) -> IncomingReply:
    return IncomingReply(
        message_id=item.message_id,
        original_message_id=item.original_message_id,
        sender=_party(item.sender),
        received_at=item.receipt_date,
        subject=_text(item.subject),
        business_data=tuple(_datum(datum) for datum in item.business_data_list),
    )


def _party(sender: Sender) -> Party:
    try:
        party_type, scheme = _PARTIES[sender.ebox_type.lower()]
    except KeyError:
        raise InvalidIdentifier("a box of a kind unknown here") from None
    # Enterprise numbers may come without their leading zeros.
    return parse_party(party_type, scheme, sender.number.zfill(10) if scheme is Scheme.KBO else sender.number)


def _datum(datum: Datum) -> BusinessDatum:
    texts = (value if isinstance(value, str) else _text(value) for value in datum.values)
    return BusinessDatum(datum.key, tuple(text for text in texts if text is not None))


def _text(translations: TranslatedString) -> str | None:
    """One language is filled in as a rule; else the first of nl, fr, de, en."""
    found = (translations.get(language) for language in _LANGUAGES)
    return next((text for text in found if text is not None), None)


def attachment_of(item: AttachmentItem) -> IncomingAttachment:
    """A file as the hub speaks of it."""
    is_sha256 = item.digest is not None and item.digest.digest_method.lower() in {"sha_256", "sha-256", "sha256"}
    return IncomingAttachment(
        attachment_id=item.attachment_id,
        file_name=item.file_name,
        title=item.attachment_title or item.file_name,
        media_type=item.media_type,
        size=item.size,
        sha256=item.digest.digest_value.rstrip("=") if item.digest and is_sha256 else None,
        is_main_content=item.main_content,
    )
