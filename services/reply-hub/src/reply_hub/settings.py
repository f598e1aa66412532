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

    signature_root_files: list[str] = Field(
        default_factory=list,
        description="PEM files with roots of certificates for advanced signatures and seals; JSON.",
    )
    timestamp_root_files: list[str] = Field(
        default_factory=list, description="PEM files with roots or issuers of timestamping units; JSON."
    )
    judging_processes: int = Field(default=2, ge=1, le=64, description="Processes that judge PDFs side by side.")
    judging_memory_bytes: int = Field(
        default=1_000_000_000, ge=200_000_000, description="Bytes of data that one of them may take."
    )
    judging_timeout_s: float = Field(default=60, gt=0, description="Seconds that judging one file may take.")
    revocation_timeout_s: float = Field(
        default=10, gt=0, description="Seconds that a responder or revocation list may take."
    )
    revocation_max_bytes: int = Field(default=20_000_000, gt=0, description="Bytes of a revocation list at most.")
    active_content_refused: bool = Field(
        default=True, description="Whether PDFs with scripts, embedded files and the like are quarantined."
    )
    undecided_base_s: float = Field(
        default=60, gt=0, description="Seconds until an undecided signature is judged again; doubles each time."
    )
    undecided_cap_s: float = Field(default=3600, gt=0, description="Longest pause between such looks, in seconds.")
    undecided_limit_s: float = Field(
        default=259_200, gt=0, description="Seconds after which a handler decides instead."
    )

    @model_validator(mode="after")
    def _ebox_is_whole(self) -> Self:
        if bool(self.ebox_registry_url) != bool(self.ebox_federation_url):
            raise ValueError("ebox_registry_url and ebox_federation_url are set together, or neither")
        return self
