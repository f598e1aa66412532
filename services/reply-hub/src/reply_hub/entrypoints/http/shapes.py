"""JSON that is answered."""

from datetime import datetime
from typing import Any

from pydantic import Field

from chassis.http.models import Output
from reply_hub.entrypoints.http.signature_shapes import DecisionShape, FindingShape, PolicyShape, UndecidedShape


class FileShape(Output):
    """A file, as a receipt names it."""

    file_name: str = Field(description="Name as given.")
    size: int = Field(description="Bytes.")
    sha256: str = Field(description="SHA-256, base64url without padding.")


class ReceiptShape(Output):
    """What is vouched for at receipt."""

    receipt_id: str = Field(description="Id of the receipt.")
    submitted_at: datetime = Field(description="When the person sent it; a mailbox vouches for its own.")
    received_at: datetime = Field(description="When the hub had it.")
    registered_at: datetime = Field(description="When it was stored for good.")
    late: bool = Field(description="Whether it came after the deadline.")
    due_at: datetime = Field(description="First moment that is too late.")
    content_digest: str = Field(
        description="SHA-256 over canonical data and, each on a line, the files' digests; base64url without padding."
    )
    files: list[FileShape] = Field(description="Files, in order.")


class SubmittedShape(Output):
    """An answer was received."""

    reply_id: str = Field(description="Id of the answer.")
    status: str = Field(description="RECEIVED: the receipt is issued, checks follow.")
    receipt: ReceiptShape = Field(description="The receipt.")


class UploadedShape(Output):
    """A file was taken in."""

    attachment_id: str = Field(description="Id of the file, to be named in the answer.")
    size: int = Field(description="Bytes.")
    sha256: str = Field(description="SHA-256, base64url without padding.")


class DraftShape(Output):
    """A draft, as it was saved last."""

    data: dict[str, Any] = Field(description="Data so far.")
    attachments: list[dict[str, str]] = Field(description="Files so far.")
    saved_at: datetime = Field(description="When.")


class DossierShape(Output):
    """The dossier and phase that ask."""

    bron: str = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(description="Number of the dossier within its bron.")
    fase: str = Field(description="Phase that asks.")
    procedurestap: str | None = Field(description="Step within the phase.")


class FormShape(Output):
    """The form an answer obeys."""

    form_id: str = Field(description="Id of the form.")
    version: int = Field(description="Version of the form.")
    url: str = Field(description="Where that version can be read.")


class SlotShape(Output):
    """A place for files."""

    slot: str = Field(description="Name of the slot.")
    title: dict[str, str] = Field(description="Label by language.")
    min_files: int = Field(description="Files at least.")
    max_files: int = Field(description="Files at most.")
    max_bytes: int = Field(description="Size of one file at most.")
    media_types: list[str] = Field(description="Media types that are accepted.")
    signature: PolicyShape = Field(description="How its files have to be signed.")


class AnswerShape(Output):
    """An answer in the list of a request's answers."""

    reply_id: str = Field(description="Id of the answer.")
    status: str = Field(description="How far it is.")
    registered_at: datetime = Field(description="When it was stored.")
    late: bool = Field(description="Whether it came after the deadline.")


class RequestShape(Output):
    """A request: what is asked, until when, and what was answered so far."""

    reply_request_id: str = Field(description="Id of the request.")
    message_id: str = Field(description="Id of the letter that asks.")
    organization: str = Field(description="Organisation that asks.")
    status: str = Field(description="OPEN, OVERDUE, ANSWERED, CLOSED or WITHDRAWN.")
    round: int = Field(description="How many times it has been open.")
    required: bool = Field(description="Whether an answer is owed.")
    purpose: str = Field(description="What the answer is for.")
    language: str = Field(description="Language of the letter.")
    dossier: DossierShape = Field(description="Dossier and phase that ask.")
    form: FormShape = Field(description="The form.")
    json_schema: dict[str, Any] = Field(description="The form's JSON Schema 2020-12, frozen.")
    prefill: dict[str, Any] = Field(
        description="Values shown beforehand; a person gets the confidential ones too, an agency does not."
    )
    prefill_complete: bool = Field(description="False while confidential values are still being fetched.")
    attachment_slots: list[SlotShape] = Field(description="Files that may be added.")
    max_total_bytes: int = Field(description="Size of all files together at most.")
    signature: PolicyShape = Field(description="How the answer itself has to be signed.")
    opened_at: datetime = Field(description="When it opened.")
    due_at: datetime = Field(description="First moment that is too late.")
    late_replies: str = Field(description="ACCEPT_FLAGGED or REJECT.")
    multiplicity: str = Field(description="SINGLE, AMENDABLE or MULTIPLE.")
    who_may_answer: list[str] = Field(description="Capacities in which may be answered.")
    replies: list[AnswerShape] = Field(description="Answers so far, oldest first.")


class StandingShape(Output):
    """How a request stands."""

    reply_request_id: str = Field(description="Id of the request.")
    message_id: str = Field(description="Id of the letter that asks.")
    status: str = Field(description="OPEN, OVERDUE, ANSWERED, CLOSED or WITHDRAWN.")
    required: bool = Field(description="Whether an answer is owed.")
    dossier: DossierShape = Field(description="Dossier and phase that ask.")
    opened_at: datetime = Field(description="When it opened.")
    due_at: datetime = Field(description="First moment that is too late.")
    answers: int = Field(description="How many answers were accepted.")


class StandingListShape(Output):
    """A page of requests."""

    items: list[StandingShape] = Field(description="Requests in the order of their ids.")
    has_next: bool = Field(description="Whether there are more after the last one.")


class SubmitterShape(Output):
    """Who answered, under a pseudonym."""

    pseudonym: str = Field(description="Pseudonym of the person, or of the addressee where a mailbox vouches.")
    capacity: str = Field(description="In which capacity.")
    acr: str | None = Field(description="Level at which the person signed in, where known.")


class ReplyFileShape(FileShape):
    """A file of an answer."""

    attachment_id: str = Field(description="Id of the file.")
    slot: str = Field(description="Slot it fills.")
    media_type: str = Field(description="Media type.")
    scan: str = Field(description="WAITING, CLEAN or INFECTED.")


class FaultShape(Output):
    """One fault of a rejected answer."""

    pointer: str = Field(description="JSON Pointer to its place in the answer.")
    code: str = Field(description="Stable code.")
    detail: str = Field(description="In words.")


class RejectionShape(Output):
    """Why an answer did not pass."""

    reason: str = Field(description="Code of the reason.")
    faults: list[FaultShape] = Field(description="Its faults.")
    at: datetime = Field(description="When.")


class CourseShape(Output):
    """One step of an answer's course."""

    what: str = Field(description="RECEIVED, ACCEPTED, REJECTED, PARKED, FILED, DELIVERED, REFUSED or ACKNOWLEDGED.")
    at: datetime = Field(description="When.")
    filing_id: str | None = Field(description="Id of the filing, where there is one.")
    detail: dict[str, Any] = Field(description="What the step brought.")


class ReplyShape(Output):
    """An answer with its whole course."""

    reply_id: str = Field(description="Id of the answer.")
    reply_request_id: str = Field(description="Id of the request it answers.")
    message_id: str = Field(description="Id of the letter that asked.")
    organization: str = Field(description="Organisation that asked.")
    status: str = Field(description="How far it is.")
    parked: bool = Field(description="Whether it waits for a handler.")
    channel: str = Field(description="Road it came by: API, or the name of a mailbox.")
    dossier: DossierShape = Field(description="Dossier and phase that asked.")
    form: FormShape = Field(description="The form it obeys.")
    submitter: SubmitterShape = Field(description="Who answered.")
    receipt: ReceiptShape = Field(description="Its receipt.")
    attachments: list[ReplyFileShape] = Field(description="Its files.")
    ordinal: int | None = Field(description="Its place among the accepted answers of the request.")
    supersedes: str | None = Field(description="Id of the answer it amends.")
    superseded_by: str | None = Field(description="Id of the answer that amends it.")
    rejection: RejectionShape | None = Field(description="Why it did not pass.")
    signatures: list[FindingShape] = Field(description="What the signatures of its files are worth.")
    undecided: UndecidedShape | None = Field(description="For what it waits where its signatures are undecided.")
    decision: DecisionShape | None = Field(description="What a handler decided about its signatures.")
    course: list[CourseShape] = Field(description="What happened to it, in order of time.")
    documents: dict[str, str] = Field(description="URLs of receipt, filed-receipt and notice, where there are any.")


class ReplyListShape(Output):
    """A page of answers."""

    items: list[ReplyShape] = Field(description="Answers in the order of their registration.")
    after: str | None = Field(description="What to send as `after` for the next page.")
    has_next: bool = Field(description="Whether there is more now.")


class DataShape(Output):
    """An answer's data without confidential fields."""

    data: dict[str, Any] = Field(description="The data.")
    confidential: list[str] = Field(description="JSON Pointers of fields that are fetched apart.")


class ConfidentialShape(Output):
    """An answer's confidential fields."""

    values: dict[str, Any] = Field(description="Value by JSON Pointer.")


class UnmatchedShape(Output):
    """A message from a mailbox that is nobody's answer (yet)."""

    incoming_id: str = Field(description="Id here.")
    mailbox: str = Field(description="Name of the mailbox.")
    external_id: str = Field(description="The mailbox's id of it.")
    original_message_id: str = Field(description="The mailbox's id of the letter it says it answers.")
    reason: str | None = Field(description="Why it is unmatched.")
    vouched_at: datetime = Field(description="When the mailbox took it.")


class UnmatchedListShape(Output):
    """A page of unmatched messages."""

    items: list[UnmatchedShape] = Field(description="Messages, by id.")
    has_next: bool = Field(description="Whether there is more now.")
