"""What use cases keep beside requests and answers: drafts, files, boxes and what they brought."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.ids import derived_id
from contracts.identifiers import Tenant
from reply_hub.domain.files import ReplyFile, ScanState
from reply_hub.domain.signing import SummaryRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks, frozen; JSON as bytes.

    Attributes:
        schema_json: the form's JSON Schema.
        keys_json: object of business data key to JSON Pointer.
        prefill_json: object of values shown beforehand, without the confidential ones.
        confidential_pointers: JSON Pointers of the values that are fetched from documents.
        confidential_prefill: those values, once fetched: encrypted JSON of pointer to value.
    """

    schema_json: bytes
    keys_json: bytes
    prefill_json: bytes = field(repr=False)
    confidential_pointers: tuple[str, ...] = ()
    confidential_prefill: bytes | None = field(default=None, repr=False)


def draft_id(request_id: str, pseudonym: str) -> str:
    """The id of a person's draft of an answer to a request."""
    return derived_id(request_id, "draft", pseudonym)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSummary:
    """The summary that was made of a draft; `content_digest` is of the data and files that stand in it."""

    ref: SummaryRef
    content_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has written so far; `content` is encrypted JSON of data and attachment ids."""

    id: str
    tenant: Tenant
    version: int
    request_id: str
    pseudonym: str
    content: bytes = field(repr=False)
    saved_at: datetime
    summary: DraftSummary | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of an answer: who uploaded it for which request, and what the scanner said."""

    file: ReplyFile
    tenant: Tenant
    version: int
    request_id: str
    pseudonym: str
    scan: ScanState
    signature: str | None
    uploaded_at: datetime

    @property
    def id(self) -> str:
        """The file's id."""
        return self.file.attachment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An agency's own box at a mailbox, where answers come in. `cursor` is the mailbox client's."""

    id: str
    tenant: Tenant
    version: int
    mailbox: str
    enterprise_number: str
    cursor: str | None = None


class IncomingState(StrEnum):
    """What became of a message from a box."""

    WAITING = "WAITING"
    TAKEN = "TAKEN"
    UNMATCHED = "UNMATCHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message that a mailbox brought as an answer.

    Attributes:
        sender: pseudonym, as the mailbox authenticated the sender; empty where it could not be read.
        content: encrypted JSON of its business data.
        vouched_at: when the mailbox took it from the person.
        reason: why it is nobody's answer.
    """

    id: str
    tenant: Tenant
    version: int
    state: IncomingState
    mailbox: str
    enterprise_number: str
    external_id: str
    original_message_id: str
    sender: str
    content: bytes = field(repr=False)
    vouched_at: datetime
    collected_at: datetime
    reason: str | None = None
    reply_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyQuery:
    """Which answers are listed. `after` is where the last page ended: moment of registration and id."""

    bron: str | None = None
    dossier_nummer: str | None = None
    status: str | None = None
    after: tuple[datetime, str] | None = None
