"""What reply-hub is told from outside: environment variables that begin with REPLY_HUB_."""

from typing import Final, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings

ENV_PREFIX: Final = "REPLY_HUB_"


class ReplyHubSettings(ServiceSettings):
    """Settings of reply-hub."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    mongodb_database: str = Field(default="reply_hub", description="Name of this service's own database.")
    documents_url: str = Field(
        description="URL of documents, without a slash at the end: confidential prefill is fetched there."
    )
    documents_audience: str = Field(description="Audience that a token for documents has to name.")

    ebox_registry_url: str = Field(
        default="", description="Base URL of eBox's Message Registry; empty: no answers are collected from eBox."
    )
    ebox_federation_url: str = Field(default="", description="Base URL of eBox's federation service.")
    ebox_token_scope: str = Field(
        default="scope:document:management:consult:ws-eboxrestentreprise:messagesfull",
        description="Scope asked for to read agencies' boxes.",
    )
    ebox_token_audience: str = Field(default="ebox", description="Audience asked for to read agencies' boxes.")
    ebox_poll_s: float = Field(default=10, gt=0, description="Seconds between looks into an agency's box.")
    ebox_page_size: int = Field(default=100, ge=1, le=100, description="Messages per page of an agency's box.")

    ebox_overlap_s: float = Field(
        default=120, ge=0, description="Seconds before the newest answer seen from which a box is listed again."
    )

    unmatched_after_s: float = Field(
        default=600,
        gt=0,
        description="Seconds that an answer from a mailbox waits for its letter before it is shown as unmatched.",
    )
    unmatched_retry_s: float = Field(
        default=3600, gt=0, description="Seconds between later looks for an unmatched answer's letter."
    )
    attachment_kept_s: float = Field(
        default=2_592_000, gt=0, description="Seconds for which an uploaded file that was never sent is kept."
    )

    @model_validator(mode="after")
    def _ebox_is_whole(self) -> Self:
        if bool(self.ebox_registry_url) != bool(self.ebox_federation_url):
            raise ValueError("ebox_registry_url and ebox_federation_url are set together, or neither")
        return self
