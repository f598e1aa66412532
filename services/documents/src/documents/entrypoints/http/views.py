"""Answers of the API."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from chassis.http.models import Output
from documents.application.records import Message, StoredForm
from documents.domain.message import Status


class PartShown(Output):
    """Under which id a file is kept."""

    attachment_id: str = Field(description="Id of the file.")
    http_part_name: str = Field(description="Part it came in.")


class Accepted(Output):
    """The letter was taken."""

    message_id: str = Field(description="Id of the letter at the hub.")
    status: str = Field(description="ACCEPTED.")
    expiration_date: datetime | None = Field(description="As wished; the mailbox decides at delivery.")
    reply_request_id: str | None = Field(description="Id under which it is answered, if it asks something.")
    attachments: list[PartShown] = Field(description="Its files.")


class AttachmentShown(Output):
    """A file of a letter."""

    attachment_id: str = Field(description="Id of the file.")
    http_part_name: str = Field(description="Part it came in.")
    file_name: str = Field(description="Its name.")
    attachment_title: str = Field(description="What the recipient sees.")
    media_type: str = Field(description="Its media type.")
    size: int = Field(description="Bytes.")
    sha256: str = Field(description="SHA-256, base64url without padding.")
    is_main_content: bool = Field(description="Whether it is the letter itself.")
    scan: str = Field(description="PENDING, CLEAN or INFECTED.")


class AttemptShown(Output):
    """One try to deliver, with the consent as it was then."""

    at: datetime = Field(description="When.")
    mailbox: str = Field(description="Where.")
    outcome: str = Field(description="CONSIGNED, FALLBACK_PAPER, REFUSED or UNAVAILABLE.")
    code: str | None = Field(description="What the mailbox said.")
    consent_active: bool | None = Field(description="Whether the mailbox was active; null where it did not say.")
    consent_exclusively: bool | None = Field(description="Whether the recipient wants nothing on paper.")
    consent_source: str | None = Field(description="The service that was asked.")


class StepShown(Output):
    """A state the letter came into."""

    status: str = Field(description="The state.")
    at: datetime = Field(description="When.")
    code: str | None = Field(description="Why, where there is a reason.")


class MessageShown(Output):
    """A letter and how it fares. The recipient's number is not repeated."""

    message_id: str = Field(description="Id of the letter at the hub.")
    kind: str = Field(description="LETTER, RECEIPT, FILED_RECEIPT or REJECTION_NOTICE.")
    status: str = Field(
        description="ACCEPTED, ROUTING, CONSIGNED, READ, EXPIRED, FALLBACK_PAPER, REJECTED or FAILED."
    )
    code: str | None = Field(description="Reason of the state, e.g. NO_DIGITAL_USER, NO_CONSENT.")
    subject: dict[str, str] = Field(description="Subject by language.")
    language: str = Field(description="The letter's language.")
    recipient_type: str = Field(description="What the recipient is.")
    recipient: str = Field(description="Pseudonym of the recipient.")
    mailbox: str = Field(description="Mailbox it goes to.")
    mailbox_message_id: str | None = Field(description="Its id in the mailbox.")
    sent_at: datetime = Field(description="When the hub took it.")
    consigned_at: datetime | None = Field(description="When the mailbox took it.")
    read_status: bool = Field(description="Whether its main content was opened.")
    read_at: datetime | None = Field(description="When the hub learned so.")
    expiration_date: datetime | None = Field(description="Until when the mailbox keeps it.")
    dossier_ref: dict[str, Any] | None = Field(description="Dossier and phase it belongs to.")
    reply_request_id: str | None = Field(description="Id under which it is answered.")
    attachments: list[AttachmentShown] = Field(description="Its files.")
    attempts: list[AttemptShown] = Field(description="Tries to deliver.")
    history: list[StepShown] = Field(description="Its states so far.")

    @classmethod
    def of(cls, message: Message) -> Self:
        """A message, shown."""
        request = message.reply_request
        return cls(
            message_id=message.id,
            kind=message.kind.value,
            status=message.status.value,
            code=message.code,
            subject=dict(message.letter.subject),
            language=message.letter.language,
            recipient_type=message.recipient.type.value,
            recipient=message.pseudonym,
            mailbox=message.mailbox,
            mailbox_message_id=message.mailbox_message_id,
            sent_at=message.sent_at,
            consigned_at=message.consigned_at,
            read_status=message.status is Status.READ or message.read_at is not None,
            read_at=message.read_at,
            expiration_date=message.expires_at or message.letter.expiration_date,
            dossier_ref=message.dossier.model_dump(by_alias=True) if message.dossier else None,
            reply_request_id=request.reply_request_id if request else None,
            attachments=[
                AttachmentShown(
                    attachment_id=file.attachment_id,
                    http_part_name=file.http_part_name,
                    file_name=file.file_name,
                    attachment_title=file.title,
                    media_type=file.media_type,
                    size=file.size,
                    sha256=file.sha256,
                    is_main_content=file.is_main_content,
                    scan=file.scan,
                )
                for file in message.attachments
            ],
            attempts=[
                AttemptShown(**{name: getattr(attempt, name) for name in AttemptShown.model_fields})
                for attempt in message.attempts
            ],
            history=[StepShown(status=step.status.value, at=step.at, code=step.code) for step in message.history],
        )


class MessageList(Output):
    """A page of letters."""

    items: list[MessageShown] = Field(description="Letters in the order of their ids.")
    has_next: bool = Field(description="Whether there are more after the last one.")


class StatusShown(Output):
    """How a letter fares, in the words of eBox."""

    message_id: str = Field(description="Id of the letter.")
    status: str = Field(description="State at the hub.")
    code: str | None = Field(description="Reason of the state.")
    read_status: bool = Field(description="Whether its main content was opened.")
    expiration_date: datetime | None = Field(description="Until when the mailbox keeps it.")

    @classmethod
    def of(cls, message: Message) -> Self:
        """A message's status."""
        shown = MessageShown.of(message)
        return cls(**{name: getattr(shown, name) for name in cls.model_fields})


class FormShown(Output):
    """A version of a form."""

    form_id: str = Field(description="Id of the form.")
    version: int = Field(description="Its version.")
    labels: dict[str, str] = Field(description="Names by language; none where the form came with a letter.")
    json_schema: dict[str, Any] = Field(description="JSON Schema 2020-12 of the answer.")
    business_data_keys: dict[str, str] = Field(description="eBox business data key to JSON Pointer.")
    created_at: datetime = Field(description="When it was registered.")

    @classmethod
    def of(cls, form: StoredForm) -> Self:
        """A form, shown."""
        return cls(
            form_id=form.form_id,
            version=form.version,
            labels=dict(form.labels),
            json_schema=dict(form.json_schema),
            business_data_keys=dict(form.business_data_keys),
            created_at=form.created_at,
        )


class ConfidentialPrefill(Output):
    """Values shown beforehand that never travel in an event."""

    values: dict[str, Any] = Field(description="Value by JSON Pointer into the answer.")
