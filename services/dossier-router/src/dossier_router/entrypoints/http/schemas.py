"""Bodies of this service's API."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from chassis.http.models import Input, Output
from contracts.identifiers import InvalidIdentifier, parse_tenant


def _organization(text: str) -> str:
    try:
        return parse_tenant(text)
    except InvalidIdentifier as error:
        raise ValueError(str(error)) from None


Word = Annotated[
    str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True, pattern=r"^[^\x00-\x1f]+$")
]
Bron = Annotated[str, StringConstraints(min_length=8, max_length=255, pattern=r"^(https?://|urn:)[^\s\x00-\x1f]+$")]


class BronBody(Input):
    """A bron and its organisation."""

    bron: Bron = Field(description="URI of the source of dossiers.")
    organization: Annotated[str, AfterValidator(_organization)] = Field(description="OVO code or enterprise number.")


class BronShown(Output):
    """A registration."""

    bron: str = Field(description="URI of the source of dossiers.")
    organization: str = Field(description="OVO code or enterprise number.")
    version: int = Field(description="Version of the registration.")


class PhaseBody(Input):
    """In which phase a dossier is."""

    bron: Bron = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: Word = Field(description="Number of the dossier within its bron.")
    fase: Word = Field(description="Phase, in the words of DOSIS.")
    procedurestap: Word | None = Field(default=None, description="Step within the phase.")
    status_code: Word | None = Field(default=None, description="Status code of DOSIS.")
    version: int = Field(ge=1, le=2**53, description="Counts the dossier's phase changes; orders them.")
    datum_modificatie: AwareDatetime = Field(description="When it changed, with offset.")


class PhaseNoted(Output):
    """What became of it."""

    state: str = Field(description="APPLIED, REPEATED or CONTRADICTS.")
    applied: bool = Field(description="Whether it was new.")


class PhaseShown(Output):
    """A phase instance."""

    phase_instance_id: str = Field(description="Id of the instance.")
    fase: str = Field(description="Phase.")
    procedurestap: str | None = Field(description="Step within it.")
    first_version: int = Field(description="Version it began with.")
    last_version: int = Field(description="Last version in it.")


class DossierShown(Output):
    """Where a case stands."""

    bron: str = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(description="Number of the dossier.")
    phases: list[PhaseShown] = Field(description="Phase instances, the present one last.")


class SubscriptionBody(Input):
    """How a case system wants to be told."""

    name: Word = Field(default="webhook", description="A name for people.")
    url: str = Field(min_length=8, max_length=500, description="Where filings are posted to.")
    bronnen: list[Bron] = Field(default_factory=list, max_length=100, description="Only these; all where empty.")


class SubscriptionShown(Output):
    """A subscription; its secret only when it was just made."""

    subscription_id: str = Field(description="Id of the subscription.")
    name: str = Field(description="A name for people.")
    url: str = Field(description="Where filings are posted to.")
    bronnen: list[str] = Field(description="Only these; all where empty.")
    status: str = Field(description="ACTIVE or DISABLED.")
    created_at: datetime = Field(description="When it was made, UTC.")
    secret: str | None = Field(default=None, description="Signs the webhooks (Standard Webhooks, `whsec_`).")


class AcknowledgementBody(Input):
    """What the case system says of a filing."""

    result: Literal["ACCEPTED", "REJECTED"] = Field(description="Whether it is in the dossier now.")
    code: Word | None = Field(default=None, description="Code of a refusal.")
    message: Annotated[str, StringConstraints(max_length=1000)] | None = Field(default=None, description="In words.")
    case_document_number: Word | None = Field(default=None, description="The case system's own number for it.")


class FeedPage(Output):
    """A stretch of the feed."""

    items: list[dict[str, Any]] = Field(description="Filings in order, each with its number `feed`.")
    last_sequence_nbr: int = Field(description="Number of the last item; ask for what comes after it.")
    has_next: bool = Field(description="Whether there is more now.")


class FileBody(Input):
    """Where a handler files a parked answer."""

    bron: Bron = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: Word = Field(description="Number of the dossier.")
    fase: Word | None = Field(default=None, description="Phase to file into; the present one where left out.")
    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)] = Field(description="Why there.")


class FiledShown(Output):
    """A filing by hand."""

    filing_id: str = Field(description="Id of the filing.")
    fase: str = Field(description="Phase it was filed in.")


class ReasonShown(Output):
    """A reason."""

    code: str = Field(description="Stable code.")
    detail: str = Field(description="In words.")


class CandidateShown(Output):
    """A place where a parked answer could go."""

    bron: str = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(description="Number of the dossier.")
    fase: str = Field(description="Phase.")
    procedurestap: str | None = Field(description="Step within it.")
    why: str = Field(description="Why it is a candidate.")


class ParkedShown(Output):
    """An answer that waits for a handler."""

    filing_id: str = Field(description="Id its filing will have.")
    reply_id: str = Field(description="Id of the answer.")
    bron: str = Field(description="Bron the letter named.")
    dossier_nummer: str = Field(description="Dossier the letter named.")
    fase: str = Field(description="Phase that asked.")
    parked_at: datetime = Field(description="Since when, UTC.")
    age_s: float = Field(description="For how long, in seconds.")
    late: bool = Field(description="Whether the answer came after its deadline.")
    reasons: list[ReasonShown] = Field(description="Why it could not be filed.")
    candidates: list[CandidateShown] = Field(description="Where it could go, the likeliest first.")


class ParkedList(Output):
    """Answers that wait, the oldest first."""

    items: list[ParkedShown] = Field(description="A hundred at most.")
