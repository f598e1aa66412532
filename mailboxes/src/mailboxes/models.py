"""What passes between the hub and any mailbox, in eBox's vocabulary."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.identifiers import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a mailbox can do, as this client uses it. Limits are enforced before a letter leaves.

    Attributes:
        native_reply: a person can answer inside the mailbox, with files and business data.
        action_link: a letter can carry a button that opens a page of ours.
        structured_data: replies carry keyed values (business data).
        read_receipt: the mailbox tells whether the main content was opened.
        registered_mail: letters may have the legal value of registered mail.
        max_attachments: files per letter or reply.
        max_bytes: bytes of all files of a letter together.
        max_subject_length: characters.
        max_file_name_length: characters.
        max_business_value_bytes: bytes of one business data value in UTF-8.
        media_types: declared types it takes.
        languages: languages a letter may be in; one per letter.
    """

    native_reply: bool
    action_link: bool
    structured_data: bool
    read_receipt: bool
    registered_mail: bool
    max_attachments: int
    max_bytes: int
    max_subject_length: int
    max_file_name_length: int
    max_business_value_bytes: int
    media_types: frozenset[str]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whether a party can be reached through the mailbox now. The caller notes when it asked.

    Attributes:
        active: the party accepted to receive letters here.
        exclusively: the party wants nothing on paper; None where the mailbox does not say.
        source: the service asked, e.g. eboxPreferences.
        code: why not active: NO_CONSENT, or UNSUPPORTED_PARTY for a kind of party without a box here.
    """

    active: bool
    exclusively: bool | None
    source: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class BusinessDatum:
    """A keyed value, or several: every value is text. The values stay out of the representation."""

    key: str
    values: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterAttachment:
    """A file of a letter.

    Attributes:
        http_part_name: unique within the letter.
        title: what the person sees.
        size: bytes; the content must be exactly as long.
        sha256: of the content, base64url without padding.
        content: opens a fresh stream of the bytes; called once per attempt, and only when the bytes are wanted.
    """

    http_part_name: str
    file_name: str
    title: str
    media_type: str
    size: int
    sha256: str
    is_main_content: bool
    is_signed: bool = False
    content: Callable[[], AsyncIterator[bytes]] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterToPublish:
    """A letter on its way into a mailbox.

    Attributes:
        message_id: the hub's id, 1 to 128 visible characters. It guards against delivering twice.
        sender_organization_id: enterprise number of the agency; replies come back into its box.
        sender_application_id, message_type_id: as agreed with the mailbox at onboarding.
        language: one per letter: nl, fr, de or en.
        original_message_id: the mailbox's id of the message this one answers.
        body: text shown when no file is the main content.
    """

    message_id: str
    recipient: Party
    sender_organization_id: str
    sender_application_id: str
    message_type_id: str
    language: str
    subject: str
    attachments: tuple[LetterAttachment, ...] = ()
    body: str | None = None
    business_data: tuple[BusinessDatum, ...] = ()
    reply_authorized: bool = False
    registered_mail: bool = False
    expiration_date: datetime | None = None
    for_the_attention_of: Mapping[str, str] | None = None
    original_message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The letter is in the mailbox.

    Attributes:
        message_id: the mailbox's id, which replies name as their original.
        expiration_date: until when the mailbox keeps it; None where it did not say.
        code: a remark, e.g. NO_DIGITAL_USER (the recipient never opened a box).
        already: an earlier attempt with the same id had put it there.
    """

    message_id: str
    expiration_date: datetime | None = None
    code: str | None = None
    already: bool = False


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A letter put in a box before: the mailbox's id and whose box it is in."""

    message_id: str
    recipient: Party


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatus:
    """How a letter fares in its box. `read` is True once the main content was opened."""

    message_id: str
    read: bool
    visible: bool | None = None
    expiration_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingReply:
    """An answer found in the agency's own box.

    Attributes:
        message_id: the mailbox's id of the answer.
        original_message_id: the mailbox's id of the letter it answers.
        sender: who answered, as the mailbox authenticated them.
        received_at: when the mailbox took it (receiptDate), aware.
    """

    message_id: str
    original_message_id: str
    sender: Party
    received_at: datetime
    subject: str | None = None
    business_data: tuple[BusinessDatum, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadableReply:
    """An answer that was listed but can't be understood. To be shown to somebody, never dropped."""

    message_id: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPage:
    """One page of answers.

    Attributes:
        cursor: where to go on, to be kept by the caller once the page is dealt with.
        has_more: another page waits now; False means the caller may pause.
    """

    replies: tuple[IncomingReply, ...]
    unreadable: tuple[UnreadableReply, ...]
    cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAttachment:
    """A file of an answer. `sha256` is base64url without padding; size and digest where the mailbox tells them."""

    attachment_id: str
    file_name: str
    title: str
    media_type: str
    size: int | None
    sha256: str | None
    is_main_content: bool = False
