"""JSON the simulated registry takes, in both generations of eBox's names. Written apart from the client's models."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from contracts.identifiers import InvalidIdentifier, PartyType, Scheme, parse_party

BoxType = Literal["citizen", "enterprise"]
MAX_ATTACHMENTS = 6
MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "application/zip",
        "text/csv",
        "text/html",
        "text/plain",
        "text/xml",
        "application/xml",
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


class Shape(BaseModel):
    """camelCase; unknown fields are let be, as registries of several versions do."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, hide_input_in_errors=True)


def _one_language(text: dict[str, str | None]) -> dict[str, str]:
    filled = {language: value for language, value in text.items() if value is not None}
    if len(filled) != 1 or not set(filled) <= {"nl", "fr", "de"}:
        raise ValueError("one language of nl, fr, de")
    return filled


def _at_most_256_bytes(text: dict[str, str]) -> dict[str, str]:
    if any(len(value.encode()) > 256 for value in text.values()):
        raise ValueError("256 bytes at most")
    return text


def _at_most_255_characters(text: dict[str, str]) -> dict[str, str]:
    if not all(1 <= len(value) <= 255 for value in text.values()):
        raise ValueError("1 to 255 characters")
    return text


Text = Annotated[dict[str, str | None], AfterValidator(_one_language)]
Subject = Annotated[dict[str, str | None], AfterValidator(_one_language), AfterValidator(_at_most_255_characters)]
Value = Annotated[dict[str, str | None], AfterValidator(_one_language), AfterValidator(_at_most_256_bytes)]


class BoxName(Shape):
    """Whose box: a kind and a checked number."""

    ebox_type: BoxType
    number: str = Field(validation_alias=AliasChoices("eboxIdValue", "enterpriseNumber", "ssin"))

    @model_validator(mode="after")
    def _number_holds(self) -> "BoxName":
        number_of = {"citizen": (PartyType.CITIZEN, Scheme.INSZ), "enterprise": (PartyType.ENTERPRISE, Scheme.KBO)}
        try:
            self.number = parse_party(*number_of[self.ebox_type], self.number).value
        except InvalidIdentifier as error:
            raise ValueError(str(error)) from None
        return self


class Datum(Shape):
    """A business datum."""

    key: str = Field(min_length=1)
    values: list[Value]


class Digest(Shape):
    """SHA-256, base64url with or without padding."""

    digest_method: Literal["sha_256"]
    digest_value: str


class AttachmentToPublish(Shape):
    """Describes a file part."""

    attachment_title: str
    http_part_name: str
    main_content: bool = Field(default=False, validation_alias=AliasChoices("mainContent", "isMainContent"))
    attachment_signed: bool = Field(
        default=False, validation_alias=AliasChoices("attachmentSigned", "isAttachmentSigned")
    )
    digest: Digest | None = None


class MessageToPublish(Shape):
    """The JSON part of a publication."""

    recipient: BoxName
    subject: Subject
    message_type_id: str = Field(min_length=1)
    sender_organization_id: str = Field(pattern=r"^[0-1][0-9]{9}$")
    sender_application_id: str = Field(min_length=1)
    original_message_id: str | None = None
    for_the_attention_of: dict[str, Any] | None = None
    expiration_date: datetime | None = None
    registered_mail: bool = False
    reply_authorized: bool = Field(
        default=False, validation_alias=AliasChoices("replyAuthorized", "isReplyAuthorized")
    )
    body_main_content: bool = False
    body_content: Text | None = None
    business_data_list: list[Datum] = Field(default_factory=list)
    attachments: list[AttachmentToPublish] = Field(default_factory=list, max_length=MAX_ATTACHMENTS)

    @model_validator(mode="after")
    def _one_main_content(self) -> "MessageToPublish":
        files = sum(attachment.main_content for attachment in self.attachments)
        body = self.body_main_content and self.body_content is not None
        if files + body != 1:
            raise ValueError("exactly one main content")
        names = {attachment.http_part_name for attachment in self.attachments}
        if len(names) != len(self.attachments):
            raise ValueError("httpPartName twice")
        return self


class ReplyToSend(Shape):
    """What a person answers: keyed values, by language or plain. A bare list is taken for the businessDataList."""

    business_data_list: list[Datum] = Field(default_factory=list)
    subject: str | None = Field(default=None, max_length=255)

    @model_validator(mode="before")
    @classmethod
    def _plain_values(cls, given: Any) -> Any:
        body = {"businessDataList": given} if isinstance(given, list) else given
        if isinstance(body, dict) and isinstance(body.get("businessDataList"), list):
            body = {**body, "businessDataList": [_by_language(datum) for datum in body["businessDataList"]]}
        return body


def _by_language(datum: Any) -> Any:
    if not isinstance(datum, dict) or not isinstance(datum.get("values"), list):
        return datum
    return {
        **datum,
        "values": [{"nl": value} if isinstance(value, str) else value for value in datum["values"]],
    }


class BoxesToSearch(Shape):
    """The body of eboxPreferences/search and citizenEboxConsents/search."""

    ebox_type: str
    ebox_id_value_list: list[str] = Field(max_length=1000)


class StatusToSearch(Shape):
    """One entry of searchMessageStatus."""

    message_id: str
    ebox_id: BoxName


class RecipientChange(Shape):
    """What a test changes about a box; what is absent stays."""

    active: bool | None = None
    ever_opened: bool | None = None
    exclusively_ebox: bool | None = None


class ClockChange(Shape):
    """Forward only."""

    advance: str
