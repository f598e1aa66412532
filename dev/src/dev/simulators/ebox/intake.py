"""Uploads turned into messages: what a Document Sender publishes and what a person answers."""

from typing import TypeVar
from urllib.parse import unquote
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from dev.simulators.ebox.faults import EboxFault, invalid_input, places
from dev.simulators.ebox.shapes import (
    MAX_ATTACHMENTS,
    MEDIA_TYPES,
    AttachmentToPublish,
    MessageToPublish,
    ReplyToSend,
)
from dev.simulators.ebox.store import Attachment, Box, Message, Registry
from dev.simulators.ebox.upload import StoredFile, Upload

Model = TypeVar("Model", bound=BaseModel)


def read_json_part(upload: Upload, model: type[Model]) -> Model:
    """Read the JSON part.

    Raises:
        EboxFault: INVALID_INPUT, it is missing or breaks its shape.
    """
    if upload.json_part is None:
        raise invalid_input("the JSON part is missing")
    try:
        return model.model_validate_json(upload.json_part)
    except ValidationError as error:
        message = places(error)
    raise invalid_input(message)


def read_idempotency_key(header: str | None) -> str | None:
    """The key, with the quotes of an RFC 8941 string or without."""
    return header.strip().strip('"') if header else None


def take_publication(
    registry: Registry, upload: Upload, *, key: str | None, senders: frozenset[str] | None
) -> Message:
    """Put a publication in its recipient's box.

    Raises:
        EboxFault: INVALID_INPUT, INVALID_SENDER, DIGEST_DO_NOT_MATCH, or 409 for a repeated key.
    """
    wanted = read_json_part(upload, MessageToPublish)
    if senders is not None and wanted.sender_organization_id not in senders:
        raise EboxFault(400, "INVALID_SENDER", "this organisation is not known as a sender")
    attachments = _attachments(wanted.attachments, upload)
    message_id, sequence, received, expires = registry.stamp()
    message = Message(
        message_id=message_id,
        box=registry.box_of(wanted.recipient.ebox_type, wanted.recipient.number),
        sequence=sequence,
        receipt_date=received,
        expiration_date=expires,
        sender_type="enterprise",
        sender_number=wanted.sender_organization_id,
        subject=wanted.subject,
        attachments=attachments,
        business_data=[datum.model_dump() for datum in wanted.business_data_list],
        body=wanted.body_content,
        original_message_id=wanted.original_message_id,
        reply_authorized=wanted.reply_authorized,
        registered_mail=wanted.registered_mail,
        sender_application_id=wanted.sender_application_id,
        message_type_id=wanted.message_type_id,
        idempotency_key=key,
    )
    registry.put(message)
    registry.published.append(message)
    return message


def _attachments(described: list[AttachmentToPublish], upload: Upload) -> list[Attachment]:
    if {item.http_part_name for item in described} != set(upload.files):
        raise invalid_input("attachments and file parts differ")
    return [_attachment(item, upload.files[item.http_part_name]) for item in described]


def _attachment(described: AttachmentToPublish, file: StoredFile) -> Attachment:
    _require_acceptable(file)
    if described.digest and described.digest.digest_value.rstrip("=") != file.sha256:
        raise EboxFault(400, "DIGEST_DO_NOT_MATCH", f"part {described.http_part_name}")
    return Attachment(
        str(uuid4()), described.attachment_title, described.main_content, described.attachment_signed, file
    )


def _require_acceptable(file: StoredFile) -> None:
    if not 1 <= len(unquote(file.file_name)) <= 80:
        raise invalid_input("a file name has 1 to 80 characters")
    if file.media_type not in MEDIA_TYPES:
        raise invalid_input(f"media type {file.media_type}")


def take_reply(registry: Registry, box: Box, original: Message, upload: Upload, *, key: str | None) -> Message:
    """Put a person's answer in the box of the organisation that sent the letter.

    Raises:
        EboxFault: 403 REPLY_NOT_AUTHORIZED, INVALID_INPUT, or 409 for a repeated key.
    """
    if not original.reply_authorized:
        raise EboxFault(403, "REPLY_NOT_AUTHORIZED", "this message can't be answered")
    upload.json_part = upload.json_part or b"{}"
    wanted = read_json_part(upload, ReplyToSend)
    if len(upload.files) > MAX_ATTACHMENTS:
        raise invalid_input("too many files")
    for file in upload.files.values():
        _require_acceptable(file)
    message_id, sequence, received, expires = registry.stamp()
    subject = wanted.subject or "Re: " + next((text for text in original.subject.values() if text), "")
    reply = Message(
        message_id=message_id,
        box=registry.box_of("enterprise", original.sender_number),
        sequence=sequence,
        receipt_date=received,
        expiration_date=expires,
        sender_type=box.type,
        sender_number=box.number,
        subject={"nl": subject},
        attachments=[
            Attachment(str(uuid4()), file.file_name, number == 0, False, file)
            for number, file in enumerate(upload.files.values())
        ],
        business_data=[datum.model_dump() for datum in wanted.business_data_list],
        original_message_id=original.message_id,
        idempotency_key=key,
    )
    registry.put(reply)
    return reply
