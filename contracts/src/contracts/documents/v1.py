"""Events of documents: how a letter fares on its way to a mailbox, and what may be answered to it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from contracts.dossier import DossierRef
from contracts.event import EventData, Shape, event_type
from contracts.topics import MESSAGES, Topic


class Purpose(StrEnum):
    """What an answer is for."""

    AANVULLING = "AANVULLING"
    AKKOORD = "AKKOORD"
    BEZWAAR = "BEZWAAR"
    BEVESTIGING = "BEVESTIGING"
    INFO = "INFO"


class LateReplies(StrEnum):
    """What becomes of an answer after the deadline: accepted with a flag, or receipted and then rejected."""

    ACCEPT_FLAGGED = "ACCEPT_FLAGGED"
    REJECT = "REJECT"


class Multiplicity(StrEnum):
    """How many answers a request takes: one, one that may be amended, or any number."""

    SINGLE = "SINGLE"
    AMENDABLE = "AMENDABLE"
    MULTIPLE = "MULTIPLE"


class WhoMayAnswer(StrEnum):
    """In which capacity a person may answer."""

    ADDRESSEE = "ADDRESSEE"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    MANDATE_HOLDER = "MANDATE_HOLDER"
    EMPLOYEE = "EMPLOYEE"


class TermStart(StrEnum):
    """The day a response term is counted from; the first day of the term is the day after."""

    CONSIGNED = "CONSIGNED"
    SENT = "SENT"


class RollOver(StrEnum):
    """What happens when a term would end on a Saturday, a Sunday or a public holiday."""

    NONE = "NONE"
    NEXT_WORKING_DAY = "NEXT_WORKING_DAY"


class WhenPhaseMoved(StrEnum):
    """Where an answer goes when its dossier has left the phase that asked: to a handler, or to the current phase."""

    PARK = "PARK"
    FILE_IN_CURRENT = "FILE_IN_CURRENT"


class SignatureLevel(StrEnum):
    """What a signature has to be worth (eIDAS). SES: an explicit confirmation by a person who signed in."""

    NONE = "NONE"
    SES = "SES"
    AES = "AES"
    AES_QC = "AES_QC"
    QES = "QES"


class SignatureFormat(StrEnum):
    """How durable a signature has to be: the PAdES baseline formats (ETSI EN 319 142-1)."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


class SignatureKind(StrEnum):
    """A person's signature or an organisation's seal."""

    SIGNATURE = "SIGNATURE"
    SEAL = "SEAL"


class WhenUndecided(StrEnum):
    """What becomes of an answer whose signature can't be judged yet: it waits for some days, or a handler decides."""

    WAIT = "WAIT"
    HANDLER = "HANDLER"


class SignaturePolicy(Shape):
    """How an answer, or the files of a slot, have to be signed. Level and format are two axes."""

    level: SignatureLevel = Field(default=SignatureLevel.NONE, description="What each signature has to be worth.")
    format: SignatureFormat = Field(
        default=SignatureFormat.B_B, description="The least durable format that suffices."
    )
    kind: SignatureKind = Field(
        default=SignatureKind.SIGNATURE, description="Whether a person signs or an organisation seals."
    )
    signers: list[WhoMayAnswer] = Field(
        default_factory=list,
        max_length=6,
        description="One entry per signature that is owed; empty: one, by anybody who may answer.",
    )
    ordered: bool = Field(default=False, description="Whether they sign in that order.")
    when_undecided: WhenUndecided = Field(
        default=WhenUndecided.WAIT, description="What becomes of what can't be judged yet."
    )
    acr: list[str] = Field(
        default_factory=list,
        max_length=10,
        description="Levels of signing in at which an SES confirmation counts; empty: any.",
    )


class Form(Shape):
    """One frozen version of a form."""

    form_id: str = Field(max_length=100, description="Id of the form; of an inline form, derived from its content.")
    version: int = Field(ge=1, description="Version of the form.")
    url: str = Field(description="Where this version can be read, with a token.")
    json_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the answer's data, 64 KiB at most.")
    business_data_keys: dict[str, str] = Field(
        default_factory=dict,
        description="eBox business data key to JSON Pointer of the field that travels under it.",
    )


class AttachmentSlot(Shape):
    """A place for files in an answer."""

    slot: str = Field(max_length=40, description="Name of the slot, unique in the request.")
    title: dict[str, str] = Field(description="Label by language (nl, fr, de, en); nl is always there.")
    min_files: int = Field(default=0, ge=0, le=6, description="Files at least.")
    max_files: int = Field(default=1, ge=1, le=6, description="Files at most.")
    max_bytes: int = Field(default=30_000_000, ge=1, le=30_000_000, description="Size of one file at most, in bytes.")
    media_types: list[str] = Field(description="Media types that are accepted.")
    signature: SignaturePolicy = Field(
        default_factory=SignaturePolicy, description="How files of this slot have to be signed."
    )


class Deadline(Shape):
    """Until when may be answered. Either `due_date` or `response_term` is given."""

    due_date: str | None = Field(default=None, description="Last day, as an ISO 8601 date in Brussels.")
    response_term: str | None = Field(default=None, description="Length of the term, as an ISO 8601 duration.")
    starts_at: TermStart = Field(default=TermStart.CONSIGNED, description="Day the term is counted from.")
    roll_over: RollOver = Field(default=RollOver.NONE, description="What a last day without work does to the term.")


class ReplyRequest(Shape):
    """What may be answered, by whom, until when. Frozen when the letter is sent."""

    reply_request_id: str = Field(description="Id of the request.")
    required: bool = Field(description="Whether an answer is owed or just possible.")
    purpose: Purpose = Field(description="What the answer is for.")
    form: Form = Field(description="The form the answer's data obey.")
    prefill: dict[str, Any] = Field(
        default_factory=dict, description="Values shown beforehand, without the confidential ones."
    )
    confidential_prefill: list[str] = Field(
        default_factory=list,
        description="JSON Pointers of values shown beforehand that stay in documents and are fetched from there.",
    )
    attachment_slots: list[AttachmentSlot] = Field(default_factory=list, description="Files that may be added.")
    max_total_bytes: int = Field(default=30_000_000, description="Size of all files together at most, in bytes.")
    deadline: Deadline = Field(description="Until when may be answered.")
    late_replies: LateReplies = Field(description="What becomes of a late answer.")
    multiplicity: Multiplicity = Field(description="How many answers are taken.")
    who_may_answer: list[WhoMayAnswer] = Field(description="Capacities in which may be answered.")
    when_phase_moved: WhenPhaseMoved = Field(
        default=WhenPhaseMoved.PARK,
        description="Where an answer goes when the dossier left the phase that asked.",
    )
    signature: SignaturePolicy = Field(
        default_factory=SignaturePolicy, description="How the answer itself has to be signed."
    )


class MessageEvent(EventData):
    """What every event about a letter says."""

    TOPIC: ClassVar[Topic] = MESSAGES

    message_id: str = Field(description="Id of the letter at the hub.")
    tenant: str = Field(description="Organisation that sent it: OVO code or enterprise number.")
    recipient: str = Field(description="Pseudonym of the addressee.")
    mailbox: str = Field(description="Name of the mailbox it was put in, or was to be put in.")


class MessageConsigned(MessageEvent):
    """The letter is in the mailbox; from now on it can be answered where it asks for that."""

    TYPE: ClassVar[str] = event_type("messages", "consigned")

    mailbox_message_id: str = Field(description="Id of the letter in the mailbox.")
    sender_enterprise_number: str = Field(
        description="Enterprise number of the sender: an answer given inside a mailbox comes back to its box."
    )
    sent_at: datetime = Field(description="When the agency sent it to the hub, UTC.")
    consigned_at: datetime = Field(description="When the mailbox took it, UTC.")
    recipient_type: str = Field(description="citizen, enterprise, establishment, association or authority.")
    language: str = Field(description="Language of the letter: nl, fr, de or en.")
    code: str | None = Field(default=None, description="What the mailbox remarked, e.g. NO_DIGITAL_USER.")
    dossier: DossierRef | None = Field(default=None, description="Dossier the letter belongs to.")
    reply_request: ReplyRequest | None = Field(default=None, description="What may be answered, if anything.")


class MessageRead(MessageEvent):
    """The addressee opened the letter's main content."""

    TYPE: ClassVar[str] = event_type("messages", "read")

    read_at: datetime = Field(description="When the hub learned that it was read, UTC.")


class MessageFailed(MessageEvent):
    """Delivery was given up after its bounded attempts."""

    TYPE: ClassVar[str] = event_type("messages", "failed")

    reason: str = Field(description="Code of the last failure.")
    attempts: int = Field(description="How many times it was tried.")


class MessageRejected(MessageEvent):
    """The letter will not be delivered: a file is infected, or the mailbox refused it for good."""

    TYPE: ClassVar[str] = event_type("messages", "rejected")

    reason: str = Field(description="Code of the refusal.")


class MessageFallbackRequired(MessageEvent):
    """The addressee has no active mailbox; the agency has to use paper."""

    TYPE: ClassVar[str] = event_type("messages", "fallbackRequired")

    reason: str = Field(description="Why the mailbox can't be used: NO_CONSENT or NO_DIGITAL_USER.")
