"""The JSON part of a pushed letter, in the field names of eBox: messageToPublish v2.1, and v3 where it differs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, StringConstraints

from chassis.http.models import Input
from contracts.documents.v1 import (
    AttachmentSlot,
    Deadline,
    LateReplies,
    Multiplicity,
    Purpose,
    RollOver,
    SignatureFormat,
    SignatureKind,
    SignatureLevel,
    SignaturePolicy,
    TermStart,
    WhenPhaseMoved,
    WhenUndecided,
    WhoMayAnswer,
)

Language = Literal["nl", "fr", "de", "en"]
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
PartName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
Number = Annotated[str, StringConstraints(max_length=40)]
Digest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}=?$")]
MAX_SCHEMA_MEMBERS = 1000


class RecipientBody(Input):
    """To whom. The number is `eboxIdValue`, or v3's `ssin` or `enterpriseNumber`."""

    ebox_type: Literal["citizen", "enterprise", "establishment", "association", "authority"] = Field(
        description="What the recipient is; citizens and enterprises have an eBox."
    )
    ebox_id_value: Number | None = Field(
        default=None, description="National number, enterprise number, establishment number, V code or OVO code."
    )
    ssin: Number | None = Field(default=None, description="National number of a citizen.")
    enterprise_number: Number | None = Field(default=None, description="Number of an enterprise.")


class AttentionBody(Input):
    """For whose attention within an enterprise."""

    type: Literal["person"] = Field(description="Only persons.")
    id: str = Field(max_length=40, description="The person's number.")
    name: str = Field(max_length=200, description="The person's name.")


class DigestBody(Input):
    """What a file's bytes have to hash to."""

    digest_method: Literal["sha_256"] = Field(description="SHA-256 only.")
    digest_value: Digest = Field(description="base64url, with or without padding.")


class AttachmentBody(Input):
    """A file of the letter; its bytes are the part named here."""

    attachment_title: Label = Field(description="What the recipient sees.")
    http_part_name: PartName = Field(description="Name of the part with the bytes.")
    is_main_content: bool = Field(
        validation_alias=AliasChoices("isMainContent", "mainContent"),
        description="Whether this is the letter itself. Exactly one file is, or the body.",
    )
    is_attachment_signed: bool = Field(
        default=False,
        validation_alias=AliasChoices("isAttachmentSigned", "attachmentSigned"),
        description="Whether the file bears an electronic signature.",
    )
    digest: DigestBody = Field(description="Checked while the file streams in.")
    media_type: str | None = Field(
        default=None, max_length=100, description="Where given, it has to be that of the part."
    )


class BusinessDatumBody(Input):
    """A keyed value that travels with the letter."""

    key: Code = Field(description="As agreed for the message type.")
    values: list[Annotated[str, StringConstraints(max_length=256)]] = Field(
        max_length=20, description="Values, 256 bytes each at most."
    )


class ContactBody(Input):
    """Whom to ask."""

    name: str | None = Field(default=None, max_length=200, description="Department or person.")
    email: str | None = Field(default=None, max_length=200, description="E-mail address.")
    phone: str | None = Field(default=None, max_length=40, description="Telephone number.")
    website: str | None = Field(default=None, max_length=500, description="Address of a page.")


class DossierBody(Input):
    """The dossier the letter belongs to, in the words of DOSIS."""

    bron: str = Field(min_length=1, max_length=255, description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(min_length=1, max_length=100, description="Number within its bron.")
    fase: str = Field(min_length=1, max_length=100, description="Phase that asks: Samenstelling, Behandeling, ...")
    procedurestap: str | None = Field(default=None, max_length=100, description="Step within the phase.")
    phase_version: int | None = Field(
        default=None, ge=1, le=2**31, description="Version of the dossier's phase that the sender had in view."
    )
    expected_stuktype: str | None = Field(
        default=None, max_length=100, description="Kind of document (OSLO Stuk) the answer will be in the dossier."
    )


class FormBody(Input):
    """A form that comes along (`jsonSchema`), or was registered (`formId`, `version`)."""

    json_schema: dict[str, Any] | None = Field(
        default=None, description="JSON Schema 2020-12 of the answer, 64 KiB at most."
    )
    business_data_keys: dict[Code, Annotated[str, StringConstraints(max_length=500)]] = Field(
        default_factory=dict, description="eBox business data key to JSON Pointer of the field under it."
    )
    form_id: Code | None = Field(default=None, description="Id of a registered form.")
    version: int | None = Field(default=None, ge=1, le=2**31, description="Its version.")


class SignatureBody(Input):
    """How an answer, or the files of a slot, have to be signed. Level and format are two axes."""

    level: SignatureLevel = Field(description="NONE, SES, AES, AES_QC or QES.")
    format: SignatureFormat = Field(
        default=SignatureFormat.B_B, description="The least durable PAdES format that suffices."
    )
    kind: SignatureKind = Field(
        default=SignatureKind.SIGNATURE, description="Whether a person signs or an organisation seals."
    )
    signers: list[WhoMayAnswer] = Field(
        default_factory=list,
        max_length=6,
        description="One entry per signature that is owed; by default one, by anybody who may answer.",
    )
    ordered: bool = Field(default=False, description="Whether they sign in that order.")
    when_undecided: WhenUndecided = Field(
        default=WhenUndecided.WAIT, description="What becomes of what can't be judged yet."
    )
    acr: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default_factory=list, max_length=10, description="Levels of signing in at which an SES confirmation counts."
    )

    def to_policy(self) -> SignaturePolicy:
        """As it is frozen."""
        return SignaturePolicy.model_validate(self.model_dump(by_alias=True))


class SlotBody(Input):
    """A place for files in an answer."""

    slot: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")] = Field(
        description="Name, unique in the request."
    )
    title: dict[Language, Label] = Field(description="Label by language; nl is always there.")
    min_files: int = Field(default=0, ge=0, le=6, description="Files at least.")
    max_files: int = Field(default=1, ge=1, le=6, description="Files at most.")
    max_bytes: int = Field(default=30_000_000, ge=1, le=30_000_000, description="Bytes of one file at most.")
    media_types: list[Annotated[str, StringConstraints(max_length=100)]] = Field(
        default=["application/pdf"], min_length=1, max_length=20, description="Media types that are taken."
    )
    signature: SignatureBody = Field(
        default=SignatureBody(level=SignatureLevel.NONE), description="How files of this slot have to be signed."
    )

    def to_slot(self) -> AttachmentSlot:
        """As it is frozen."""
        return AttachmentSlot.model_validate(self.model_dump(by_alias=True))


class DeadlineBody(Input):
    """Until when: a last day, or a term. Days end at midnight in Brussels."""

    due_date: str | None = Field(default=None, max_length=10, description="Last day, e.g. 2027-03-31.")
    response_term: str | None = Field(default=None, max_length=20, description="ISO 8601 duration, e.g. P30D.")
    starts_at: TermStart = Field(default=TermStart.CONSIGNED, description="Day a term is counted from.")
    roll_over: RollOver = Field(default=RollOver.NONE, description="What a last day without work does.")

    def to_deadline(self) -> Deadline:
        """As it is frozen."""
        return Deadline.model_validate(self.model_dump(by_alias=True))


class ReplyRequestBody(Input):
    """What is asked of the recipient."""

    required: bool = Field(default=True, description="Whether an answer is owed or just possible.")
    purpose: Purpose = Field(description="What the answer is for.")
    form: FormBody = Field(description="The form the answer's data obey.")
    prefill: dict[str, Any] = Field(default_factory=dict, description="Values shown beforehand.")
    attachment_slots: list[SlotBody] = Field(default_factory=list, max_length=10, description="Files wanted.")
    max_total_bytes: int = Field(
        default=30_000_000, ge=1, le=30_000_000, description="Bytes of all files of an answer together at most."
    )
    deadline: DeadlineBody = Field(description="Until when may be answered.")
    late_replies: LateReplies = Field(
        default=LateReplies.ACCEPT_FLAGGED, description="What becomes of an answer after the deadline."
    )
    multiplicity: Multiplicity = Field(default=Multiplicity.SINGLE, description="How many answers are taken.")
    who_may_answer: list[WhoMayAnswer] = Field(
        default_factory=list,
        max_length=4,
        description="Capacities; by default the addressee, or an enterprise's representative and mandate holders.",
    )
    when_phase_moved: WhenPhaseMoved = Field(
        default=WhenPhaseMoved.PARK, description="Where an answer goes when the dossier left the phase that asked."
    )
    signature: SignatureBody = Field(
        default=SignatureBody(level=SignatureLevel.NONE), description="How the answer itself has to be signed."
    )


class MessageToPublish(Input):
    """A letter. Field names are eBox's; `dossierRef`, `replyRequest`, `language` and `contact` are the hub's own."""

    recipient: RecipientBody = Field(description="To whom.")
    for_the_attention_of: AttentionBody | None = Field(default=None, description="For whose attention.")
    subject: dict[Language, Subject] = Field(min_length=1, max_length=4, description="Subject by language.")
    language: Language | None = Field(
        default=None, description="The letter's one language; needed where the subject has several."
    )
    message_type_id: Code = Field(description="As agreed with the mailbox at onboarding.")
    sender_organization_id: Annotated[str, StringConstraints(pattern=r"^[01][0-9]{9}$")] = Field(
        description="Enterprise number of the sender."
    )
    sender_application_id: Code = Field(description="As agreed with the mailbox at onboarding.")
    registered_mail: bool = Field(default=False, description="With the legal value of registered mail.")
    expiration_date: datetime | None = Field(default=None, description="A wish; the mailbox decides.")
    attachments: list[AttachmentBody] = Field(default_factory=list, max_length=50, description="Files, six at most.")
    body_main_content: bool = Field(default=False, description="Whether `bodyContent` is the letter itself.")
    body_content: dict[Language, Annotated[str, StringConstraints(max_length=20_000)]] | None = Field(
        default=None, description="Text by language, instead of a main file."
    )
    business_data_list: list[BusinessDatumBody] = Field(
        default_factory=list, max_length=50, description="Keyed values that travel with the letter."
    )
    is_reply_authorized: bool = Field(
        default=False,
        validation_alias=AliasChoices("isReplyAuthorized", "replyAuthorized"),
        description="Whether it may be answered; true where `replyRequest` is given.",
    )
    contact: ContactBody | None = Field(default=None, description="Whom to ask.")
    dossier_ref: DossierBody | None = Field(default=None, description="Dossier and phase the letter belongs to.")
    reply_request: ReplyRequestBody | None = Field(default=None, description="What is asked.")
