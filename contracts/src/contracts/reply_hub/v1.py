"""Events of reply-hub: requests that open, change and close, and answers from receipt to filing."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from contracts.documents.v1 import Multiplicity, WhenPhaseMoved
from contracts.dossier import DossierRef
from contracts.event import EventData, Shape, event_type
from contracts.topics import REPLIES, Topic

DATA_LIMIT_BYTES = 65_536
"""Data beyond this size do not travel in an event: the event points at them."""


class FormRef(Shape):
    """Which form an answer obeys."""

    form_id: str = Field(description="Id of the form (its schema's id).")
    version: int = Field(description="Version of the form.")
    url: str = Field(description="Where that version can be read, with a token.")


class Fault(Shape):
    """One thing that is wrong with an answer."""

    pointer: str = Field(description="JSON Pointer to the fault in the answer.")
    code: str = Field(description="Stable code of the fault.")
    detail: str = Field(description="The fault in words, without the value that was given.")


class File(Shape):
    """A file of an answer, to be fetched with a token (claim check)."""

    attachment_id: str = Field(description="Id of the file.")
    slot: str = Field(description="Slot of the request it fills.")
    file_name: str = Field(description="Name as given by the person.")
    media_type: str = Field(description="Media type, checked against the content.")
    size: int = Field(description="Size in bytes.")
    sha256: str = Field(description="SHA-256 of the bytes, base64url without padding.")
    url: str = Field(description="Where the bytes can be fetched.")


class Confidential(Shape):
    """Fields that stay at reply-hub."""

    pointers: list[str] = Field(description="JSON Pointers of the fields that are left out of `data`.")
    url: str = Field(description="Where the case system fetches their values, with its own token.")


class Submitter(Shape):
    """Who answered, under a pseudonym."""

    pseudonym: str = Field(
        description="Pseudonym of the person who acted; of the addressee where the mailbox vouches."
    )
    capacity: str = Field(description="ADDRESSEE, LEGAL_REPRESENTATIVE, MANDATE_HOLDER or EMPLOYEE.")
    acr: str | None = Field(default=None, description="Level at which the person signed in, where known.")


class SignatureVerdict(Shape):
    """What was found of one signature, in the words of ETSI EN 319 102-1. People appear under pseudonyms."""

    indication: str = Field(description="TOTAL_PASSED, TOTAL_FAILED or INDETERMINATE.")
    sub_indication: str | None = Field(description="Why it is not TOTAL_PASSED: ETSI's word.")
    detail: str = Field(description="The finding in words.")
    qualification: str = Field(
        description="QESig, QESeal, AdESig-QC, AdESeal-QC, AdESig, AdESeal or N/A, by the EU trusted lists."
    )
    format: str = Field(description="B-B, B-T, B-LT or B-LTA.")
    kind: str = Field(description="SIGNATURE or SEAL.")
    signer: str | None = Field(description="Pseudonym of whom the certificate names; null where it names no number.")
    signer_match: str = Field(description="Whether that is who was asked: MATCH, MISMATCH or UNKNOWN.")
    claimed_at: datetime | None = Field(description="When the signer says that it was made.")
    best_at: datetime | None = Field(description="Earliest moment at which it is proved to have existed, UTC.")
    proved_by: str = Field(description="SIGNATURE_TIMESTAMP, DOCUMENT_TIMESTAMP or RECEIPT.")
    algorithm: str = Field(description="Algorithms and key size.")


class FileVerdict(Shape):
    """What was found of the signatures of one file, and by which rules."""

    attachment_id: str = Field(description="Id of the file.")
    refusal: str | None = Field(description="Why it was not judged: NO_PDF, ENCRYPTED, ACTIVE_CONTENT and so on.")
    detail: str = Field(description="The refusal in words.")
    signatures: list[SignatureVerdict] = Field(description="Its signatures, in the order in which they were made.")
    judged_at: datetime = Field(description="Moment for which the verdict holds, UTC.")
    policy: str = Field(description="Id of the rules.")
    validator: dict[str, str] = Field(description="Versions of what judged.")
    trusted_lists: str = Field(description="Which trusted lists were used.")


class SignatureDecision(Shape):
    """What a handler decided where the signatures could not be judged for certain."""

    accept: bool = Field(description="Whether the answer was accepted.")
    reason: str = Field(description="The handler's reason.")
    by: str = Field(description="Organisation and client that decided.")
    decided_at: datetime = Field(description="When, UTC.")


class RequestClosure(StrEnum):
    """Why a request takes no further answer."""

    ANSWERED = "ANSWERED"
    WITHDRAWN = "WITHDRAWN"
    CLOSED = "CLOSED"


class RequestEvent(EventData):
    """What every event about a request says."""

    TOPIC: ClassVar[Topic] = REPLIES

    reply_request_id: str = Field(description="Id of the request.")
    message_id: str = Field(description="Id of the letter that asked.")
    tenant: str = Field(description="Organisation that asked.")
    dossier: DossierRef = Field(description="Dossier and phase that asked.")
    version: int = Field(
        ge=1, description="Version of the request; the highest one holds, whatever the order of arrival."
    )


class ReplyRequestOpened(RequestEvent):
    """A request can be answered from now on."""

    TYPE: ClassVar[str] = event_type("replyRequests", "opened")

    opened_at: datetime = Field(description="When it opened, UTC.")
    due_at: datetime = Field(description="First moment that is too late, UTC: the end of the last day in Brussels.")
    multiplicity: Multiplicity = Field(description="How many answers it takes.")
    when_phase_moved: WhenPhaseMoved = Field(description="Where an answer goes when the dossier left the phase.")
    form: FormRef = Field(description="The form it asks for.")


class ReplyRequestChanged(RequestEvent):
    """A request opened again, or its deadline moved."""

    TYPE: ClassVar[str] = event_type("replyRequests", "changed")

    status: str = Field(description="State of the request after the change.")
    due_at: datetime = Field(description="First moment that is too late, UTC.")
    round: int = Field(ge=1, description="How many times it has been open; an answer belongs to one round.")
    reason: str = Field(description="Code of the reason.")


class ReplyRequestClosed(RequestEvent):
    """A request takes no further answer."""

    TYPE: ClassVar[str] = event_type("replyRequests", "closed")

    closure: RequestClosure = Field(description="Why it closed.")
    closed_at: datetime = Field(description="When it closed, UTC.")


class ReplyEvent(EventData):
    """What every event about an answer says. The sequence of the envelope orders the events of one answer."""

    TOPIC: ClassVar[Topic] = REPLIES

    reply_id: str = Field(description="Id of the answer.")
    reply_request_id: str = Field(description="Id of the request it answers.")
    message_id: str = Field(description="Id of the letter that asked.")
    tenant: str = Field(description="Organisation that asked.")
    dossier: DossierRef = Field(description="Dossier and phase that asked.")
    form: FormRef = Field(description="The form the answer obeys.")
    mailbox: str = Field(description="Mailbox of the letter: where receipts go.")
    channel: str = Field(description="Road the answer came by: API, or the name of a mailbox.")


class ReplyReceived(ReplyEvent):
    """An answer was received, and its receipt issued, before any later check."""

    TYPE: ClassVar[str] = event_type("replies", "received")

    receipt_id: str = Field(description="Id of the receipt.")
    receipt_url: str = Field(description="Where the receipt can be fetched (PDF or JSON).")
    submitted_at: datetime = Field(
        description="When the person sent it, UTC; vouched for by the mailbox if not our own road."
    )
    received_at: datetime = Field(description="When the hub had it, UTC.")
    registered_at: datetime = Field(description="When it was stored for good, UTC.")
    late: bool = Field(description="Whether it came after the deadline.")
    content_digest: str = Field(
        description="SHA-256 over canonical data and file digests, base64url without padding."
    )
    files: int = Field(description="How many files it has.")


class ReplyAccepted(ReplyEvent):
    """An answer passed every check: the router files it."""

    TYPE: ClassVar[str] = event_type("replies", "accepted")

    ordinal: int = Field(ge=1, description="Place of the answer among those to its request.")
    supersedes: str | None = Field(default=None, description="Id of the answer that this one amends.")
    data: dict[str, Any] | None = Field(
        description="The answer's data without confidential fields; null where too large."
    )
    data_url: str = Field(description="Where the data can be fetched.")
    confidential: Confidential | None = Field(default=None, description="Fields that stay at reply-hub.")
    attachments: list[File] = Field(description="The answer's files, scanned.")
    submitter: Submitter = Field(description="Who answered.")
    submitted_at: datetime = Field(description="When the person sent it, UTC.")
    received_at: datetime = Field(description="When the hub had it, UTC.")
    registered_at: datetime = Field(description="When it was stored for good, UTC.")
    accepted_at: datetime = Field(description="When it had passed every check, UTC.")
    late: bool = Field(description="Whether it came after the deadline.")
    content_digest: str = Field(
        description="SHA-256 over canonical data and file digests, base64url without padding."
    )
    when_phase_moved: WhenPhaseMoved = Field(description="Where it goes when the dossier left the phase that asked.")
    signatures: list[FileVerdict] = Field(default_factory=list, description="What its files' signatures are worth.")
    decision: SignatureDecision | None = Field(default=None, description="What a handler decided, where one had to.")


class ReplyUndecided(ReplyEvent):
    """The signatures of an answer can't be judged: it waits for revocation data, or for a handler."""

    TYPE: ClassVar[str] = event_type("replies", "undecided")

    awaiting: str = Field(description="REVOCATION_DATA: it is judged again by itself; HANDLER: the agency decides.")
    since: datetime = Field(description="Since when it is undecided, UTC.")
    faults: list[Fault] = Field(description="What is undecided, by file.")
    signatures: list[FileVerdict] = Field(description="What its files' signatures are worth.")


class ReplyRejected(ReplyEvent):
    """An answer did not pass: the person is told why."""

    TYPE: ClassVar[str] = event_type("replies", "rejected")

    reason: str = Field(
        description="FORM_FAULTS, LATE, ALREADY_ANSWERED, INFECTED_FILE, SIGNATURE_REFUSED and so on."
    )
    faults: list[Fault] = Field(description="Each fault, with its place.")
    rejected_at: datetime = Field(description="When, UTC.")
    receipt_url: str = Field(description="Where the notice to the person can be fetched.")
    signatures: list[FileVerdict] = Field(default_factory=list, description="What its files' signatures are worth.")
    decision: SignatureDecision | None = Field(default=None, description="What a handler decided, where one had to.")


class ReplyFiled(ReplyEvent):
    """The case system took the answer into the dossier: the person gets a filed-receipt."""

    TYPE: ClassVar[str] = event_type("replies", "filed")

    filing_id: str = Field(description="Id of the filing.")
    filed_in: DossierRef = Field(description="Dossier and phase it was filed in.")
    case_document_number: str | None = Field(description="The case system's own number for it.")
    acknowledged_at: datetime = Field(description="When the case system accepted it, UTC.")
    receipt_id: str = Field(description="Id of the filed-receipt.")
    receipt_url: str = Field(description="Where the filed-receipt can be fetched (PDF or JSON).")
