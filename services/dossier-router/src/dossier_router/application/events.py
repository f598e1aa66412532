"""Events this service tells, in their envelopes."""

from datetime import datetime

from chassis.ids import derived_id
from chassis.outbox import OutgoingEvent
from contracts.dossier_router.v1 import (
    BronRegistered,
    Candidate,
    FiledIn,
    FilingAcknowledged,
    FilingDelivered,
    FilingEvent,
    FilingFiled,
    FilingParked,
    FilingRefused,
    Reason,
)
from contracts.identifiers import bron_key
from contracts.outgoing import cloud_event
from dossier_router.application.records import Acknowledgement, Entry, Place

SOURCE = "urn:antwoordhub:dossier-router"
SERVICE = "dossier-router"


def _of_entry(entry: Entry, data: FilingEvent, *, time: datetime, discriminator: str = "") -> OutgoingEvent:
    """Ids derive from the entry and the type: an event made twice is one event."""
    event = cloud_event(
        data,
        event_id=derived_id(entry.id, data.TYPE, discriminator),
        source=SOURCE,
        subject=entry.filing_id,
        time=time,
        partition_key=entry.dossier_key,
        correlation_id=entry.correlation_id,
        sequence=entry.sequence,
    )
    return OutgoingEvent(event, data.TOPIC)


def _common(entry: Entry) -> dict[str, str]:
    return {
        "filing_id": entry.filing_id,
        "reply_id": entry.accepted.reply_id,
        "reply_request_id": entry.accepted.reply_request_id,
        "tenant": entry.tenant,
    }


def _filed_in(place: Place) -> FiledIn:
    return FiledIn(
        bron=place.bron,
        dossier_nummer=place.dossier_nummer,
        fase=place.fase,
        procedurestap=place.procedurestap,
        phase_instance_id=place.phase_instance_id,
    )


def filed(entry: Entry) -> OutgoingEvent:
    """The answer has its place."""
    assert entry.place is not None, "a filing has a place"
    reason = entry.reasons[0]
    data = FilingFiled(
        **_common(entry),
        sequence=entry.sequence,
        filed_in=_filed_in(entry.place),
        filed_at=entry.made_at,
        reason=Reason(code=reason.code, detail=reason.detail),
        late=entry.accepted.late,
        readers=[entry.tenant],
        filed_by=entry.filed_by,
    )
    return _of_entry(entry, data, time=entry.made_at)


def parked(entry: Entry) -> OutgoingEvent:
    """The answer waits for a handler."""
    data = FilingParked(
        **_common(entry),
        parked_at=entry.made_at,
        reasons=[Reason(code=reason.code, detail=reason.detail) for reason in entry.reasons],
        candidates=[
            Candidate(
                bron=candidate.bron,
                dossier_nummer=candidate.dossier_nummer,
                fase=candidate.fase,
                procedurestap=candidate.procedurestap,
                why=candidate.why,
            )
            for candidate in entry.candidates
        ],
    )
    return _of_entry(entry, data, time=entry.made_at)


def delivered(entry: Entry, *, subscription_id: str, at: datetime, attempts: int) -> OutgoingEvent:
    """A case system heard of the filing."""
    data = FilingDelivered(**_common(entry), subscription_id=subscription_id, delivered_at=at, attempts=attempts)
    return _of_entry(entry, data, time=at, discriminator=subscription_id)


def acknowledged(entry: Entry, acknowledgement: Acknowledgement) -> OutgoingEvent:
    """The case system took it, or refused it."""
    assert entry.place is not None, "a filing has a place"
    at = acknowledgement.at
    if acknowledgement.accepted:
        accepted = FilingAcknowledged(
            **_common(entry),
            filed_in=_filed_in(entry.place),
            case_document_number=acknowledgement.case_document_number,
            acknowledged_at=at,
        )
        return _of_entry(entry, accepted, time=at)
    refused = FilingRefused(
        **_common(entry), code=acknowledgement.code or "REFUSED", detail=acknowledgement.message, refused_at=at
    )
    return _of_entry(entry, refused, time=at)


def bron_registered(
    bron: str, organization: str, version: int, *, at: datetime, correlation_id: str
) -> OutgoingEvent:
    """A bron belongs to an organisation."""
    data = BronRegistered(bron=bron, tenant=organization, version=version)
    event = cloud_event(
        data,
        event_id=derived_id("bron", bron, str(version)),
        source=SOURCE,
        subject=bron,
        time=at,
        partition_key=bron_key(bron),
        correlation_id=correlation_id,
        sequence=version,
    )
    return OutgoingEvent(event, data.TOPIC)
