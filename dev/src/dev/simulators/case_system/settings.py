"""How the simulated case system is set up, and what it makes of filings."""

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSystemSettings:
    """Where the hub is. Audiences are those its services ask for."""

    router_url: str
    router_audience: str = "dossier-router"
    hub_audience: str = "reply-hub"


class Tokens(Protocol):
    """Makes the case system's own tokens (the shape of chassis.outbound.ServiceTokens)."""

    async def bearer(self, scope: str, audience: str) -> str:
        """A token."""
        ...


class Policy(BaseModel):
    """What becomes of the filings that one subscription tells of."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    acknowledge: Literal["ACCEPTED", "REJECTED", "NEVER"] = Field(
        default="ACCEPTED", description="What is said to the hub of each filing."
    )
    code: Annotated[str, Field(max_length=100)] = Field(default="NOT_OURS", description="Why, where it is rejected.")


class Secret(BaseModel):
    """The secret that the hub showed when the subscription was made."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    secret: Annotated[str, Field(pattern=r"^whsec_[A-Za-z0-9+/=]{32,}$", repr=False)]
