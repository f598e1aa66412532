"""What documents is told from outside: environment variables that begin with DOCUMENTS_."""

from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from contracts.identifiers import InvalidIdentifier, parse_kbo, parse_tenant


class DocumentsSettings(ServiceSettings):
    """Settings of documents."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="DOCUMENTS_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    mongodb_database: str = Field(default="documents", description="Name of this service's own database.")
    senders: dict[str, str] = Field(
        description='Enterprise number under which each organisation sends, as JSON: {"OVO002949": "0316380841"}.'
    )
    reply_hub_url: str = Field(
        description="URL of reply-hub, as its receipts name it, without a slash at the end: they are fetched there."
    )
    reply_hub_audience: str = Field(description="Audience that a token for reply-hub has to name.")

    ebox_registry_url: str = Field(description="Base URL of eBox's Message Registry.")
    ebox_federation_url: str = Field(description="Base URL of eBox's federation service, which knows consents.")
    ebox_token_scope: str = Field(
        default="scope:document:management:consult:ws-eboxrestentreprise:publicationsender",
        description="Scope asked for to publish.",
    )
    ebox_token_audience: str = Field(default="ebox", description="Audience asked for to publish.")
    notice_message_type_id: str = Field(
        default="ANTWOORDHUB_BERICHT",
        description="Message type agreed with the mailbox for receipts and notices about answers.",
    )

    retry_base_s: float = Field(default=2, gt=0, description="Seconds before a failed delivery is tried again.")
    retry_cap_s: float = Field(default=3_600, gt=0, description="Longest pause between tries, in seconds.")
    delivery_attempts: int = Field(
        default=40, ge=1, le=200, description="Tries after which a mailbox that does not answer is given up."
    )
    follow_base_s: float = Field(
        default=60, gt=0, description="Seconds before a letter's status is asked for; the pause doubles."
    )
    follow_cap_s: float = Field(default=21_600, gt=0, description="Longest pause between looks, in seconds.")
    follow_days: int = Field(
        default=365, ge=1, description="Days for which a letter is followed where the mailbox names no end."
    )

    @field_validator("senders")
    @classmethod
    def _are_numbers(cls, senders: dict[str, str]) -> dict[str, str]:
        try:
            return {parse_tenant(tenant): parse_kbo(number) for tenant, number in senders.items()}
        except InvalidIdentifier as error:
            raise ValueError(f"has a wrong number: {error}") from None

    @model_validator(mode="after")
    def _pauses_grow(self) -> Self:
        if self.retry_cap_s < self.retry_base_s or self.follow_cap_s < self.follow_base_s:
            raise ValueError("retry_cap_s and follow_cap_s are not shorter than retry_base_s and follow_base_s")
        return self
