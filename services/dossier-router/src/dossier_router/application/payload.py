"""What a case system gets of a filing: by webhook and in the feed, the same bytes."""

from typing import Any

import orjson

from dossier_router.application.records import Entry


def payload_fields(entry: Entry) -> dict[str, Any]:
    """The payload as JSON values."""
    assert entry.place is not None, "a filing has a place"
    accepted = entry.accepted.to_data()
    reason = entry.reasons[0]
    return {
        "filingId": entry.filing_id,
        "sequence": entry.sequence,
        "type": "filing.filed",
        "bron": entry.place.bron,
        "dossierNummer": entry.place.dossier_nummer,
        "fase": entry.place.fase,
        "procedurestap": entry.place.procedurestap,
        "phaseInstanceId": entry.place.phase_instance_id,
        "expectedStuktype": accepted["dossier"]["expectedStuktype"],
        "reason": {"code": reason.code, "detail": reason.detail},
        "filedAt": entry.made_at.isoformat().replace("+00:00", "Z"),
        "filedBy": entry.filed_by,
        **{field: accepted[field] for field in _PASSED_ON},
    }


_PASSED_ON = (
    "replyId",
    "replyRequestId",
    "messageId",
    "supersedes",
    "form",
    "data",
    "dataUrl",
    "confidential",
    "attachments",
    "submittedAt",
    "receivedAt",
    "registeredAt",
    "acceptedAt",
    "late",
    "submitter",
    "contentDigest",
    "channel",
)


def payload_of(entry: Entry) -> bytes:
    """The payload as it is signed and sent."""
    return orjson.dumps(payload_fields(entry))
