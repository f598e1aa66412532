"""Messages as JSON: as the registry lists them to a Document Consumer, and as a person sees them."""

from typing import Any

from dev.simulators.ebox.store import Attachment, Message

_NUMBER_FIELD = {"citizen": "ssin", "enterprise": "enterpriseNumber"}


def listed(message: Message, message_id: str) -> dict[str, Any]:
    """One entry of `GET /ebox/messages`."""
    return {
        "messageId": message_id,
        "originalMessageId": message.original_message_id,
        "sender": {"eboxType": message.sender_type, _NUMBER_FIELD[message.sender_type]: message.sender_number},
        "senderApplicationId": message.sender_application_id,
        "messageTypeId": message.message_type_id,
        "subject": message.subject,
        "receiptDate": message.receipt_date.isoformat(),
        "expirationDate": message.expiration_date.isoformat(),
        "businessDataList": message.business_data,
        "isReplyAuthorized": message.reply_authorized,
        "registeredMail": message.registered_mail,
        "readStatus": message.read,
        "visible": message.visible,
        "sequenceNbr": message.sequence,
    }


def attachment(item: Attachment) -> dict[str, Any]:
    """One entry of a message's attachments."""
    return {
        "attachmentId": item.attachment_id,
        "attachmentTitle": item.title,
        "fileName": item.file.file_name,
        "mediaType": item.file.media_type,
        "size": item.file.size,
        "isMainContent": item.main_content,
        "isAttachmentSigned": item.signed,
        "digest": {"digestMethod": "sha_256", "digestValue": item.file.sha256},
    }


def shown(message: Message, *, base: str) -> dict[str, Any]:
    """A message as its owner sees it, with where each file's content is. Without the numbers of people."""
    return {
        "messageId": message.message_id,
        "originalMessageId": message.original_message_id,
        "senderOrganizationId": message.sender_number if message.sender_type == "enterprise" else None,
        "senderApplicationId": message.sender_application_id,
        "messageTypeId": message.message_type_id,
        "subject": message.subject,
        "body": message.body,
        "businessDataList": message.business_data,
        "receiptDate": message.receipt_date.isoformat(),
        "expirationDate": message.expiration_date.isoformat(),
        "isReplyAuthorized": message.reply_authorized,
        "registeredMail": message.registered_mail,
        "readStatus": message.read,
        "attachments": [
            {
                **attachment(item),
                "contentUrl": f"{base}/messages/{message.message_id}/attachments/{item.attachment_id}/content",
            }
            for item in message.attachments
        ],
    }


def published(message: Message) -> dict[str, Any]:
    """What a test counts: one entry per letter delivered; `attempts` counts requests under its key."""
    return {
        "messageId": message.message_id,
        "idempotencyKey": message.idempotency_key,
        "attempts": message.attempts,
        "boxId": message.box.box_id,
        "eboxType": message.box.type,
        "senderOrganizationId": message.sender_number,
        "senderApplicationId": message.sender_application_id,
        "originalMessageId": message.original_message_id,
        "subject": message.subject,
        "receiptDate": message.receipt_date.isoformat(),
        "digests": [item.file.sha256 for item in message.attachments],
    }
