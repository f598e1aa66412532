"""Settings of dossier-router."""

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """Variables begin with DOSSIER_ROUTER_."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="DOSSIER_ROUTER_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    webhook_retry_base_s: float = Field(
        default=5, gt=0, description="Seconds before a failed webhook is called again."
    )
    webhook_retry_cap_s: float = Field(default=36_000, gt=0, description="Longest pause between calls, in seconds.")
    webhook_give_up_after_s: float = Field(
        default=273_600, gt=0, description="Seconds (76 h) after which a webhook is called no more."
    )
    webhook_timeout_s: float = Field(default=15, gt=0, description="Seconds a case system gets to answer a webhook.")
