"""Entries of the log as documents, and back."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

import orjson

from chassis.mongo import Document
from contracts.reply_hub.v1 import ReplyAccepted
from dossier_router.application.records import Acknowledgement, Entry, Place
from dossier_router.domain.decision import Candidate, Code, Reason
from dossier_router.domain.entry import Kind, Status

_SCHEMA: Final = 1


def write_entry(entry: Entry) -> Document:
    """A new entry's document. The answer is kept as JSON bytes: its keys are the form's, and may be any."""
    return {
        "_id": entry.id,
        "tenant": entry.tenant,
        "schema": _SCHEMA,
        "created_at": entry.made_at,
        "made_at": entry.made_at,
        "dossier_key": entry.dossier_key,
        "sequence": entry.sequence,
        "kind": entry.kind.value,
        "status": entry.status.value,
        "filing_id": entry.filing_id,
        "reply_id": entry.accepted.reply_id,
        "accepted": orjson.dumps(entry.accepted.to_data()),
        "correlation_id": entry.correlation_id,
        "filed_by": entry.filed_by,
        "place": _place_document(entry.place),
        "reasons": [{"code": reason.code.value, "detail": reason.detail} for reason in entry.reasons],
        "candidates": [_candidate_document(candidate) for candidate in entry.candidates],
        "target": dict(entry.target) if entry.target else None,
        "acknowledgement": acknowledgement_document(entry.acknowledgement),
        "deliveries": dict(entry.deliveries),
        "answers": list(entry.answers),
        # Only filings get a number in the feed.
        **({"numbered": False} if entry.kind is Kind.FILING else {}),
    }


def read_entry(document: Mapping[str, Any]) -> Entry:
    """An entry of its document."""
    return Entry(
        dossier_key=document["dossier_key"],
        sequence=document["sequence"],
        tenant=document["tenant"],
        kind=Kind(document["kind"]),
        status=Status(document["status"]),
        filing_id=document["filing_id"],
        accepted=ReplyAccepted.from_data(orjson.loads(document["accepted"])),
        correlation_id=document["correlation_id"],
        made_at=document["made_at"].astimezone(UTC),
        filed_by=document["filed_by"],
        place=Place(**document["place"]) if document["place"] else None,
        reasons=tuple(Reason(Code(stored["code"]), stored["detail"]) for stored in document["reasons"]),
        candidates=tuple(Candidate(**stored) for stored in document["candidates"]),
        target=document["target"],
        acknowledgement=_read_acknowledgement(document["acknowledgement"]),
        deliveries=document["deliveries"],
        answers=document["answers"],
        version=document["version"],
    )


def _place_document(place: Place | None) -> Document | None:
    if place is None:
        return None
    return {
        "bron": place.bron,
        "dossier_nummer": place.dossier_nummer,
        "fase": place.fase,
        "procedurestap": place.procedurestap,
        "phase_instance_id": place.phase_instance_id,
    }


def _candidate_document(candidate: Candidate) -> Document:
    return {
        "bron": candidate.bron,
        "dossier_nummer": candidate.dossier_nummer,
        "fase": candidate.fase,
        "procedurestap": candidate.procedurestap,
        "why": candidate.why,
    }


def acknowledgement_document(said: Acknowledgement | None) -> Document | None:
    """What a case system said, as it is stored."""
    if said is None:
        return None
    return {
        "accepted": said.accepted,
        "code": said.code,
        "message": said.message,
        "case_document_number": said.case_document_number,
        "at": said.at,
    }


def _read_acknowledgement(stored: Mapping[str, Any] | None) -> Acknowledgement | None:
    if stored is None:
        return None
    return Acknowledgement(**{**stored, "at": stored["at"].astimezone(UTC)})
