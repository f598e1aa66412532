"""A letter as multipart/form-data, streamed: its length is known before, its files are never in memory whole."""

import json
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from mailboxes.errors import MailboxRefused
from mailboxes.models import LetterAttachment, LetterToPublish


class MultipartLetter:
    """The body of one attempt to publish. Made anew for each attempt.

    Attributes:
        content_type: with the boundary.
        content_length: bytes.
    """

    def __init__(self, letter: LetterToPublish) -> None:
        boundary = secrets.token_hex(16)
        self._files = letter.attachments
        self._heads = [_head(boundary, file) for file in letter.attachments]
        self._first = _json_part(boundary, message_to_publish(letter))
        self._last = f"--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.content_length = (
            len(self._first)
            + sum(len(head) + file.size + 2 for head, file in zip(self._heads, self._files, strict=True))
            + len(self._last)
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the bytes.

        Raises:
            MailboxRefused: SIZE_MISMATCH, a file is not as long as it said. Nothing was published.
        """
        yield self._first
        for head, file in zip(self._heads, self._files, strict=True):
            yield head
            sent = 0
            async for piece in file.content():
                sent += len(piece)
                if sent > file.size:
                    break
                yield piece
            if sent != file.size:
                raise MailboxRefused("SIZE_MISMATCH", f"attachment {file.http_part_name} is not {file.size} bytes")
            yield b"\r\n"
        yield self._last


def _json_part(boundary: str, value: dict[str, Any]) -> bytes:
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="messageToPublish"\r\n'
        "content-type: application/json\r\n\r\n"
    )
    return head.encode() + json.dumps(value, ensure_ascii=False).encode() + b"\r\n"


def _head(boundary: str, file: LetterAttachment) -> bytes:
    disposition = f'form-data; name="{_quoted(file.http_part_name)}"; filename="{_quoted(file.file_name)}"'
    head = f"--{boundary}\r\ncontent-disposition: {disposition}\r\ncontent-type: {file.media_type}\r\n\r\n"
    return head.encode("iso-8859-1")


def _quoted(name: str) -> str:
    """As eBox wants file names: as they are in ISO-8859-1, URL-encoded outside it; quotes and controls always."""
    try:
        name.encode("iso-8859-1")
    except UnicodeEncodeError:
        return quote(name, safe=" ")
    return "".join(char if char.isprintable() and char not in '"\\%' else quote(char) for char in name)


def message_to_publish(letter: LetterToPublish) -> dict[str, Any]:
    """The JSON part, in the names of Message Registry v2.1."""
    has_main_file = any(file.is_main_content for file in letter.attachments)
    optional = {
        "forTheAttentionOf": dict(letter.for_the_attention_of) if letter.for_the_attention_of else None,
        "originalMessageId": letter.original_message_id,
        "expirationDate": letter.expiration_date.isoformat() if letter.expiration_date else None,
        "bodyContent": {letter.language: letter.body} if letter.body is not None else None,
        "businessDataList": [
            {"key": datum.key, "values": [{letter.language: value} for value in datum.values]}
            for datum in letter.business_data
        ]
        or None,
    }
    return {
        "recipient": {"eboxType": letter.recipient.type.value, "eboxIdValue": letter.recipient.value},
        "subject": {letter.language: letter.subject},
        "messageTypeId": letter.message_type_id,
        "senderOrganizationId": letter.sender_organization_id,
        "senderApplicationId": letter.sender_application_id,
        "registeredMail": letter.registered_mail,
        "replyAuthorized": letter.reply_authorized,
        "bodyMainContent": not has_main_file,
        "attachments": [_attachment(file) for file in letter.attachments],
        **{name: value for name, value in optional.items() if value is not None},
    }


def _attachment(file: LetterAttachment) -> dict[str, Any]:
    return {
        "attachmentTitle": file.title,
        "httpPartName": file.http_part_name,
        "mainContent": file.is_main_content,
        "attachmentSigned": file.is_signed,
        "digest": {"digestMethod": "sha_256", "digestValue": file.sha256},
    }
