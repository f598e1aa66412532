"""The documents a person gets about an answer: receipt, filed-receipt, notice of rejection."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from chassis.ids import derived_id
from reply_hub.domain.reply import Reply, Stage
from reply_hub.domain.states import ReplyState


class DocumentKind(StrEnum):
    """Which document; the value is its name in the URL."""

    RECEIPT = "receipt"
    FILED_RECEIPT = "filed-receipt"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class PersonalDocument:
    """One document: its id, what it is about, and the moment it vouches for."""

    id: str
    kind: DocumentKind
    reply: Reply
    at: datetime


def document_id(reply_id: str, kind: DocumentKind) -> str:
    """The id of a document: always the same for an answer and a kind."""
    return derived_id(reply_id, kind.value)


def document_of(reply: Reply, kind: DocumentKind) -> PersonalDocument | None:
    """The document, or None where there is none (yet)."""
    at = _MOMENTS[kind](reply)
    return PersonalDocument(document_id(reply.id, kind), kind, reply, at) if at else None


def _receipt_at(reply: Reply) -> datetime | None:
    return reply.registered_at


def _filed_at(reply: Reply) -> datetime | None:
    news = reply.latest(Stage.ACKNOWLEDGED)
    return news.at if news else None


def _rejected_at(reply: Reply) -> datetime | None:
    return reply.rejection.at if reply.rejection and reply.status is ReplyState.REJECTED else None


_MOMENTS: dict[DocumentKind, Callable[[Reply], datetime | None]] = {
    DocumentKind.RECEIPT: _receipt_at,
    DocumentKind.FILED_RECEIPT: _filed_at,
    DocumentKind.NOTICE: _rejected_at,
}


def rfc3339(moment: datetime) -> str:
    """A moment as JSON writes it: UTC, with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def receipt_json(reply: Reply) -> dict[str, Any]:
    """The receipt for machines: the three clocks, the verdict on the deadline, and the digests."""
    return {
        "receiptId": reply.receipt_id,
        "submittedAt": rfc3339(reply.submitted_at),
        "receivedAt": rfc3339(reply.received_at),
        "registeredAt": rfc3339(reply.registered_at),
        "late": reply.late,
        "dueAt": rfc3339(reply.due_at),
        "contentDigest": reply.content.digest,
        "files": [
            {"fileName": file.file_name, "size": file.size, "sha256": file.sha256} for file in reply.content.files
        ],
    }


def record_of(document: PersonalDocument) -> dict[str, Any]:
    """A document's data, as they are attached to its PDF and served as JSON."""
    reply = document.reply
    about = {
        "documentId": document.id,
        "kind": document.kind.value,
        "madeAt": rfc3339(document.at),
        "replyId": reply.id,
        "replyRequestId": reply.request_id,
        "messageId": reply.message_id,
        "organization": reply.tenant,
        "dossier": {
            "bron": reply.dossier.bron,
            "dossierNummer": reply.dossier.dossier_nummer,
            "fase": reply.dossier.fase,
            "procedurestap": reply.dossier.procedurestap,
        },
        "channel": reply.channel,
        "submitter": {"pseudonym": reply.submitter.pseudonym, "capacity": reply.submitter.capacity.value},
        "receipt": receipt_json(reply),
    }
    return about | _verdict_of(document)


def _verdict_of(document: PersonalDocument) -> dict[str, Any]:
    reply = document.reply
    if document.kind is DocumentKind.NOTICE and reply.rejection:
        faults = [
            {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in reply.rejection.faults
        ]
        return {"rejection": {"reason": reply.rejection.reason.value, "faults": faults}}
    filed = reply.latest(Stage.ACKNOWLEDGED)
    if document.kind is DocumentKind.FILED_RECEIPT and filed:
        return {"filing": {"filingId": filed.filing_id, **filed.detail}}
    return {}
