"""What use cases and repositories hand each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.documents.v1 import ReplyRequest
from contracts.dossier import DossierRef
from contracts.identifiers import Party
from documents.domain.message import Kind, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message. `sha256` is base64url without padding; `scan` is PENDING, CLEAN or INFECTED."""

    attachment_id: str
    http_part_name: str
    file_name: str
    title: str
    media_type: str
    size: int
    sha256: str
    is_main_content: bool
    is_signed: bool
    scan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to deliver, with the consent as it was found then."""

    at: datetime
    mailbox: str
    outcome: str
    code: str | None
    consent_active: bool | None
    consent_exclusively: bool | None
    consent_source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A state a message came into."""

    status: Status
    at: datetime
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is said to the person, and by whom."""

    subject: Mapping[str, str]
    language: str
    message_type_id: str
    sender_enterprise_number: str
    sender_application_id: str
    body: str | None = None
    contact: Mapping[str, Any] | None = None
    for_the_attention_of: Mapping[str, str] | None = None
    expiration_date: datetime | None = None
    registered_mail: bool = False
    business_data: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message. The recipient's number and the confidential prefill are stored encrypted."""

    id: str
    tenant: str
    kind: Kind
    status: Status
    correlation_id: str
    recipient: Party
    pseudonym: str
    letter: Letter
    mailbox: str
    sent_at: datetime
    attachments: tuple[Attachment, ...] = ()
    dossier: DossierRef | None = None
    reply_request: ReplyRequest | None = None
    confidential_prefill: Mapping[str, Any] = field(default_factory=dict, repr=False)
    source_url: str | None = None
    mailbox_message_id: str | None = None
    code: str | None = None
    consigned_at: datetime | None = None
    expires_at: datetime | None = None
    read_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    history: tuple[Step, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredForm:
    """A registered version of a form."""

    form_id: str
    version: int
    tenant: str
    labels: Mapping[str, str]
    json_schema: Mapping[str, Any]
    business_data_keys: Mapping[str, str]
    created_at: datetime
