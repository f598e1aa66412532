"""A mailbox's limits, checked before a letter leaves: a refusal then costs nothing and names every fault."""

import re
from collections.abc import Iterator
from typing import Final

from mailboxes.errors import MailboxRefused
from mailboxes.models import Capabilities, LetterToPublish

EBOX_MEDIA_TYPES: Final = frozenset(
    {
        "application/pdf",
        "application/zip",
        "text/csv",
        "text/html",
        "text/plain",
        "application/xml",
        "text/xml",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.graphics",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-powerpoint",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
)
"""Message Registry API: pdf, zip, csv, html, plain, xml, four of ODF, xls and xlsx, ppt, doc and docx."""

# The same text in JSON and in a part's header, where others would have to be encoded.
_PART_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")


def require_within_limits(letter: LetterToPublish, capabilities: Capabilities) -> None:
    """Refuse a letter the mailbox would refuse.

    Raises:
        MailboxRefused: INVALID_INPUT, with every fault in the detail.
    """
    faults = [*_text_faults(letter, capabilities), *_file_faults(letter, capabilities)]
    if faults:
        raise MailboxRefused("INVALID_INPUT", "; ".join(faults))


def _text_faults(letter: LetterToPublish, limits: Capabilities) -> Iterator[str]:
    if not 1 <= len(letter.subject) <= limits.max_subject_length:
        yield f"subject: 1 to {limits.max_subject_length} characters"
    if letter.language not in limits.languages:
        yield f"language: one of {', '.join(limits.languages)}"
    if letter.registered_mail and not limits.registered_mail:
        yield "registeredMail: this mailbox has none"
    if letter.business_data and not limits.structured_data:
        yield "businessDataList: this mailbox has none"
    for datum in letter.business_data:
        if any(len(value.encode()) > limits.max_business_value_bytes for value in datum.values):
            yield f"businessDataList {datum.key}: a value has {limits.max_business_value_bytes} bytes at most"


def _file_faults(letter: LetterToPublish, limits: Capabilities) -> Iterator[str]:
    files = letter.attachments
    if len(files) > limits.max_attachments:
        yield f"attachments: {limits.max_attachments} at most"
    if sum(file.size for file in files) > limits.max_bytes:
        yield f"attachments: {limits.max_bytes} bytes together at most"
    if len({file.http_part_name for file in files}) != len(files):
        yield "attachments: httpPartName twice"
    main_contents = sum(file.is_main_content for file in files)
    if main_contents > 1 or (main_contents == 0 and letter.body is None):
        yield "one main content: exactly one file marked so, or none and a body"
    for file in files:
        if not _PART_NAME.fullmatch(file.http_part_name):
            yield "attachments: httpPartName is 1 to 80 letters, digits, dots, hyphens and underscores"
        if not 1 <= len(file.file_name) <= limits.max_file_name_length:
            yield f"attachment {file.http_part_name}: file name of 1 to {limits.max_file_name_length} characters"
        if file.media_type not in limits.media_types:
            yield f"attachment {file.http_part_name}: media type {file.media_type} is not taken"
