"""Messages as documents. The recipient's number and confidential values are encrypted, each to its own message."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from chassis.cipher import FieldCipher
from chassis.mongo import Document
from contracts.documents.v1 import ReplyRequest
from contracts.dossier import DossierRef
from contracts.identifiers import Party, PartyType, Scheme
from documents.application.records import Attachment, Attempt, Letter, Message, Step
from documents.domain.message import Kind, Status

SCHEMA: Final = 1


def changing(message: Message) -> Document:
    """The fields that change while a message is under way."""
    return {
        "status": message.status.value,
        "code": message.code,
        "attachments": [_attachment_document(file) for file in message.attachments],
        "mailbox_message_id": message.mailbox_message_id,
        "consigned_at": message.consigned_at,
        "expires_at": message.expires_at,
        "read_at": message.read_at,
        "attempts": [_attempt_document(attempt) for attempt in message.attempts],
        "history": [{"status": step.status.value, "at": step.at, "code": step.code} for step in message.history],
    }


def to_document(message: Message, cipher: FieldCipher) -> Document:
    """A new message's document."""
    request = message.reply_request
    return {
        "_id": message.id,
        "tenant": message.tenant,
        "schema": SCHEMA,
        "created_at": message.sent_at,
        "kind": message.kind.value,
        "correlation_id": message.correlation_id,
        "recipient": {
            "type": message.recipient.type.value,
            "scheme": message.recipient.scheme.value,
            "number": cipher.encrypt(message.recipient.value, f"{message.id}/recipient"),
        },
        "pseudonym": message.pseudonym,
        "letter": _letter_document(message.letter, cipher, message.id),
        "mailbox": message.mailbox,
        "dossier": message.dossier.model_dump(by_alias=True) if message.dossier else None,
        # As text: a form's member names may begin with a dollar or hold dots.
        "reply_request": request.model_dump_json(by_alias=True) if request else None,
        "confidential_prefill": _sealed(message.confidential_prefill, cipher, f"{message.id}/prefill"),
        "source_url": message.source_url,
        **changing(message),
    }


def read_message(stored: Document, cipher: FieldCipher) -> Message:
    """Read it back."""
    recipient, dossier, request = stored["recipient"], stored["dossier"], stored["reply_request"]
    message_id = stored["_id"]
    return Message(
        id=message_id,
        tenant=stored["tenant"],
        kind=Kind(stored["kind"]),
        status=Status(stored["status"]),
        correlation_id=stored["correlation_id"],
        recipient=Party(
            PartyType(recipient["type"]),
            Scheme(recipient["scheme"]),
            cipher.decrypt(recipient["number"], f"{message_id}/recipient"),
        ),
        pseudonym=stored["pseudonym"],
        letter=_read_letter(stored["letter"], cipher, message_id),
        mailbox=stored["mailbox"],
        sent_at=stored["created_at"].astimezone(UTC),
        attachments=tuple(Attachment(**file) for file in stored["attachments"]),
        dossier=DossierRef.model_validate(dossier) if dossier else None,
        reply_request=ReplyRequest.model_validate_json(request) if request else None,
        confidential_prefill=_unsealed(stored["confidential_prefill"], cipher, f"{message_id}/prefill"),
        source_url=stored["source_url"],
        mailbox_message_id=stored["mailbox_message_id"],
        code=stored["code"],
        consigned_at=_moment(stored["consigned_at"]),
        expires_at=_moment(stored["expires_at"]),
        read_at=_moment(stored["read_at"]),
        attempts=tuple(Attempt(**{**attempt, "at": attempt["at"].astimezone(UTC)}) for attempt in stored["attempts"]),
        history=tuple(
            Step(status=Status(step["status"]), at=step["at"].astimezone(UTC), code=step["code"])
            for step in stored["history"]
        ),
        version=stored["version"],
    )


def _sealed(values: Mapping[str, Any] | None, cipher: FieldCipher, context: str) -> bytes | None:
    if not values:
        return None
    return cipher.encrypt(orjson.dumps(dict(values)).decode(), context)


def _unsealed(sealed: bytes | None, cipher: FieldCipher, context: str) -> dict[str, Any]:
    if sealed is None:
        return {}
    values: dict[str, Any] = orjson.loads(cipher.decrypt(sealed, context))
    return values


def _attachment_document(file: Attachment) -> Document:
    return {name: getattr(file, name) for name in Attachment.__slots__}


def _attempt_document(attempt: Attempt) -> Document:
    return {name: getattr(attempt, name) for name in Attempt.__slots__}


def _letter_document(letter: Letter, cipher: FieldCipher, message_id: str) -> Document:
    return {
        **{name: getattr(letter, name) for name in Letter.__slots__},
        "subject": dict(letter.subject),
        "contact": dict(letter.contact) if letter.contact else None,
        # It names a person by a number.
        "for_the_attention_of": _sealed(letter.for_the_attention_of, cipher, f"{message_id}/attention"),
        "business_data": [{"key": key, "values": list(values)} for key, values in letter.business_data],
    }


def _read_letter(stored: Document, cipher: FieldCipher, message_id: str) -> Letter:
    attention = _unsealed(stored["for_the_attention_of"], cipher, f"{message_id}/attention")
    return Letter(
        **{
            **stored,
            "for_the_attention_of": attention or None,
            "expiration_date": _moment(stored["expiration_date"]),
            "business_data": tuple((datum["key"], tuple(datum["values"])) for datum in stored["business_data"]),
        }
    )


def _moment(stored: datetime | None) -> datetime | None:
    return stored.astimezone(UTC) if stored else None
