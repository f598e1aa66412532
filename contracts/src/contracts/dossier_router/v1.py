"""Events of dossier-router and of the case systems it serves: bronnen, phases, and where answers went."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from contracts.event import EventData, Shape, event_type
from contracts.topics import BRONNEN, FILINGS, TENANT_PHASES, Topic


class BronRegistered(EventData):
    """An operator said which organisation a bron belongs to."""

    TYPE: ClassVar[str] = event_type("bronnen", "registered")
    TOPIC: ClassVar[Topic] = BRONNEN

    bron: str = Field(max_length=255, description="URI of the source of dossiers.")
    tenant: str = Field(description="Organisation it belongs to: OVO code or enterprise number.")
    version: int = Field(ge=1, description="Version of the registration; the highest one holds.")


class DossierPhaseChanged(EventData):
    """A case system says in which phase a dossier is. The tenant is that of the topic, never of the payload."""

    TYPE: ClassVar[str] = event_type("dossiers", "phaseChanged")
    TOPIC: ClassVar[Topic] = TENANT_PHASES

    bron: str = Field(max_length=255, description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(max_length=100, description="Number of the dossier within its bron.")
    version: int = Field(ge=1, description="Counts the dossier's phase changes at the case system; orders them.")
    fase: str = Field(max_length=100, description="Phase the dossier is in, in the words of DOSIS.")
    procedurestap: str | None = Field(default=None, max_length=100, description="Step within the phase.")
    status_code: str | None = Field(default=None, max_length=100, description="Status code of DOSIS.")
    datum_modificatie: datetime = Field(description="When the case system changed it, with offset.")


class Reason(Shape):
    """Why an answer was filed or parked, in a code and a sentence."""

    code: str = Field(description="Stable code of the reason.")
    detail: str = Field(description="The reason in words.")


class Candidate(Shape):
    """A place where a parked answer could go."""

    bron: str = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(description="Number of the dossier.")
    fase: str = Field(description="Its current phase.")
    procedurestap: str | None = Field(default=None, description="Its current step.")
    why: str = Field(description="Why it is a candidate.")


class FiledIn(Shape):
    """The place an answer was filed in."""

    bron: str = Field(description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(description="Number of the dossier.")
    fase: str = Field(description="Phase it was filed in.")
    procedurestap: str | None = Field(default=None, description="Step it was filed in.")
    phase_instance_id: str = Field(description="The phase instance: a phase left and opened again is another one.")


class FilingEvent(EventData):
    """What every event about a filing says."""

    TOPIC: ClassVar[Topic] = FILINGS

    filing_id: str = Field(description="Id of the filing, derived from the answer's id.")
    reply_id: str = Field(description="Id of the answer.")
    reply_request_id: str = Field(description="Id of the request it answers.")
    tenant: str = Field(description="Organisation whose dossier it is.")


class FilingFiled(FilingEvent):
    """The answer has its place in a dossier and its phase."""

    TYPE: ClassVar[str] = event_type("filings", "filed")

    sequence: int = Field(ge=1, description="Place in the dossier's sequence, without gaps.")
    filed_in: FiledIn = Field(description="Dossier and phase.")
    filed_at: datetime = Field(description="When, UTC.")
    reason: Reason = Field(description="Why there.")
    late: bool = Field(description="Whether the answer came after its deadline.")
    readers: list[str] = Field(description="Organisations that may fetch the answer's files and data.")
    filed_by: str = Field(description="`rule`, or `handler` where a person decided.")


class FilingParked(FilingEvent):
    """The answer waits for a handler."""

    TYPE: ClassVar[str] = event_type("filings", "parked")

    parked_at: datetime = Field(description="When, UTC.")
    reasons: list[Reason] = Field(description="Why it could not be filed.")
    candidates: list[Candidate] = Field(description="Where it could go.")


class FilingDelivered(FilingEvent):
    """A case system was told of the filing and said that it heard."""

    TYPE: ClassVar[str] = event_type("filings", "delivered")

    subscription_id: str = Field(description="The subscription it was told through.")
    delivered_at: datetime = Field(description="When, UTC.")
    attempts: int = Field(description="Which attempt succeeded.")


class FilingAcknowledged(FilingEvent):
    """The case system took the answer into its dossier."""

    TYPE: ClassVar[str] = event_type("filings", "acknowledged")

    filed_in: FiledIn = Field(description="Dossier and phase.")
    case_document_number: str | None = Field(description="The case system's own number for it.")
    acknowledged_at: datetime = Field(description="When, UTC.")


class FilingRefused(FilingEvent):
    """The case system refused the answer; a handler sees it."""

    TYPE: ClassVar[str] = event_type("filings", "refused")

    code: str = Field(description="The case system's code.")
    detail: str | None = Field(default=None, description="The case system's words.")
    refused_at: datetime = Field(description="When, UTC.")
