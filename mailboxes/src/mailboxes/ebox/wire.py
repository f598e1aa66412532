"""eBox's JSON, as read from the registry. Unknown fields are let be; both generations of boolean names are read."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel


def _in_utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]
"""A day or a time without offset counts as UTC: it only says until when a mailbox keeps a letter."""

TranslatedString = dict[str, str | None]


class Wire(BaseModel):
    """Base: camelCase names, unknown fields ignored, inputs kept out of error texts."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True)


class ErrorBody(Wire):
    """The body of a refusal."""

    code: str = Field(min_length=1, max_length=100)
    message: str = ""


class PublishAnswer(Wire):
    """The body of 201, and (assumed) what a 409 says about the earlier message."""

    message_id: str = Field(min_length=1)
    expiration_date: Moment | None = None
    code: str | None = None


class BoxId(Wire):
    """Whose box."""

    ebox_type: str
    ebox_id_value: str


class Preference(Wire):
    """One box in an answer of `eboxPreferences/search` or (shape assumed the same) `citizenEboxConsents/search`.

    A citizen is listed when he accepted the terms; a field that says otherwise is believed.
    """

    ebox_id: BoxId
    exclusively_ebox: bool | None = None
    consent: bool = Field(default=True, validation_alias=AliasChoices("consent", "hasConsent", "consentGiven"))


class Preferences(RootModel[list[Preference]]):
    """The boxes that exist; others are absent."""


class StatusItem(Wire):
    """How one message fares."""

    message_id: str
    read_status: bool = False
    visible: bool | None = None
    expiration_date: Moment | None = None


class Statuses(RootModel[list[StatusItem]]):
    """Answer of `searchMessageStatus`."""


class MessagePage(Wire):
    """Answer of `GET /ebox/messages`. Items are read one by one, so that a broken one does not hide the others."""

    items: list[dict[str, Any]] = Field(validation_alias=AliasChoices("items", "messages"))
    total: int | None = Field(default=None, validation_alias=AliasChoices("total", "totalItems"))


class Sender(Wire):
    """Who sent a message: newer registries name the number by its kind, older ones by eboxIdValue."""

    ebox_type: str
    number: str = Field(validation_alias=AliasChoices("ssin", "enterpriseNumber", "eboxIdValue"), repr=False)


class Datum(Wire):
    """A business datum: each value by language."""

    key: str
    values: list[TranslatedString | str] = Field(default_factory=list, repr=False)


class ReplyItem(Wire):
    """A message in the agency's box that answers another."""

    message_id: str = Field(min_length=1)
    original_message_id: str = Field(min_length=1)
    sender: Sender
    receipt_date: AwareDatetime
    subject: TranslatedString = Field(default_factory=dict)
    business_data_list: list[Datum] = Field(default_factory=list)


class Digest(Wire):
    """SHA-256 of a file, base64url."""

    digest_method: str
    digest_value: str


class AttachmentItem(Wire):
    """A file of a message. Name, type and size are assumed to be told, as attachments are listed in v2."""

    attachment_id: str = Field(min_length=1, validation_alias=AliasChoices("attachmentId", "id"))
    attachment_title: str = ""
    file_name: str = Field(validation_alias=AliasChoices("fileName", "attachmentFileName", "httpPartName"))
    media_type: str = Field(
        default="application/octet-stream", validation_alias=AliasChoices("mediaType", "contentType")
    )
    size: int | None = Field(default=None, validation_alias=AliasChoices("size", "attachmentSize"))
    digest: Digest | None = None
    main_content: bool = Field(default=False, validation_alias=AliasChoices("mainContent", "isMainContent"))


class AttachmentItems(RootModel[list[AttachmentItem]]):
    """Answer of `GET /ebox/messages/{messageId}/attachments`."""
