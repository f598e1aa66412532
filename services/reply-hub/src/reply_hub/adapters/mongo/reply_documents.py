"""An answer as a document, there and back."""

from collections.abc import Mapping
from typing import Any

from reply_hub.adapters.mongo.signature_documents import (
    decision_document,
    decision_of,
    finding_document,
    finding_of,
    summary_document,
    summary_of,
    undecided_document,
    undecided_of,
)
from reply_hub.adapters.mongo.stored import (
    SCHEMA,
    Document,
    dossier_document,
    dossier_of,
    fault_document,
    fault_of,
    file_document,
    file_of,
    form_document,
    form_of,
)
from reply_hub.domain.answering import Capacity, Submitter
from reply_hub.domain.reply import Acceptance, Call, Content, News, Rejection, RejectionReason, Reply, Stage
from reply_hub.domain.request import Multiplicity
from reply_hub.domain.states import ReplyState


def reply_document(reply: Reply) -> Document:
    """An answer as a new document."""
    return {
        "_id": reply.id,
        "schema": SCHEMA,
        "tenant": reply.tenant,
        "created_at": reply.registered_at,
        "request_id": reply.request_id,
        "message_id": reply.message_id,
        "mailbox": reply.mailbox,
        "channel": reply.channel,
        "round": reply.round,
        "surplus": reply.surplus,
        "recipient": reply.recipient,
        "recipient_type": reply.recipient_type,
        "language": reply.language,
        "dossier": dossier_document(reply.dossier),
        "form": form_document(reply.form),
        "multiplicity": reply.multiplicity.value,
        "when_phase_moved": reply.when_phase_moved,
        "submitter": {
            "pseudonym": reply.submitter.pseudonym,
            "capacity": reply.submitter.capacity.value,
            "acr": reply.submitter.acr,
        },
        "content": _content_document(reply.content),
        "submitted_at": reply.submitted_at,
        "received_at": reply.received_at,
        "registered_at": reply.registered_at,
        "due_at": reply.due_at,
        "late": reply.late,
        "receipt_id": reply.receipt_id,
        "correlation_id": reply.correlation_id,
        "confirmed": reply.confirmed,
        "call": {"key": reply.call.key_sha256, "body": reply.call.body_sha256},
        "intake_faults": [fault_document(fault) for fault in reply.intake_faults],
        **changes_document(reply),
    }


def changes_document(reply: Reply) -> Document:
    """What may change after receipt."""
    return {
        "status": reply.status.value,
        "signatures": [finding_document(finding) for finding in reply.signatures],
        "undecided": undecided_document(reply.undecided),
        "decision": decision_document(reply.decision),
        "acceptance": _acceptance_document(reply.acceptance),
        "rejection": _rejection_document(reply.rejection),
        "superseded_by": reply.superseded_by,
        "news": [_news_document(news) for news in reply.news],
    }


def reply_of(stored: Mapping[str, Any]) -> Reply:
    """Read it back."""
    submitter = stored["submitter"]
    return Reply(
        id=stored["_id"],
        tenant=stored["tenant"],
        version=stored["version"],
        status=ReplyState(stored["status"]),
        request_id=stored["request_id"],
        message_id=stored["message_id"],
        mailbox=stored["mailbox"],
        channel=stored["channel"],
        round=stored["round"],
        surplus=stored["surplus"],
        recipient=stored["recipient"],
        recipient_type=stored["recipient_type"],
        language=stored["language"],
        dossier=dossier_of(stored["dossier"]),
        form=form_of(stored["form"]),
        multiplicity=Multiplicity(stored["multiplicity"]),
        when_phase_moved=stored["when_phase_moved"],
        submitter=Submitter(submitter["pseudonym"], Capacity(submitter["capacity"]), submitter["acr"]),
        content=_content_of(stored["content"]),
        submitted_at=stored["submitted_at"],
        received_at=stored["received_at"],
        registered_at=stored["registered_at"],
        due_at=stored["due_at"],
        late=stored["late"],
        receipt_id=stored["receipt_id"],
        correlation_id=stored["correlation_id"],
        call=Call(stored["call"]["key"], stored["call"]["body"]),
        confirmed=stored.get("confirmed", False),
        intake_faults=tuple(fault_of(fault) for fault in stored["intake_faults"]),
        signatures=tuple(finding_of(finding) for finding in stored.get("signatures", ())),
        undecided=undecided_of(stored.get("undecided")),
        decision=decision_of(stored.get("decision")),
        acceptance=_acceptance_of(stored["acceptance"]),
        rejection=_rejection_of(stored["rejection"]),
        superseded_by=stored["superseded_by"],
        news=tuple(_news_of(news) for news in stored["news"]),
    )


def _content_document(content: Content) -> Document:
    return {
        "data": content.data,
        "pointers": list(content.pointers),
        "confidential": content.confidential,
        "files": [file_document(file) for file in content.files],
        "digest": content.digest,
        "summary": summary_document(content.summary),
    }


def _content_of(stored: Mapping[str, Any]) -> Content:
    return Content(
        data=stored["data"],
        pointers=tuple(stored["pointers"]),
        confidential=stored["confidential"],
        files=tuple(file_of(file) for file in stored["files"]),
        digest=stored["digest"],
        summary=summary_of(stored.get("summary")),
    )


def _acceptance_document(acceptance: Acceptance | None) -> Document | None:
    if acceptance is None:
        return None
    return {"ordinal": acceptance.ordinal, "supersedes": acceptance.supersedes, "at": acceptance.at}


def _acceptance_of(stored: Mapping[str, Any] | None) -> Acceptance | None:
    return Acceptance(stored["ordinal"], stored["supersedes"], stored["at"]) if stored else None


def _rejection_document(rejection: Rejection | None) -> Document | None:
    if rejection is None:
        return None
    return {
        "reason": rejection.reason.value,
        "faults": [fault_document(fault) for fault in rejection.faults],
        "at": rejection.at,
    }


def _rejection_of(stored: Mapping[str, Any] | None) -> Rejection | None:
    if stored is None:
        return None
    faults = tuple(fault_of(fault) for fault in stored["faults"])
    return Rejection(RejectionReason(stored["reason"]), faults, stored["at"])


def _news_document(news: News) -> Document:
    return {
        "event_id": news.event_id,
        "stage": news.stage.value,
        "at": news.at,
        "filing_id": news.filing_id,
        "detail": dict(news.detail),
    }


def _news_of(stored: Mapping[str, Any]) -> News:
    return News(stored["event_id"], Stage(stored["stage"]), stored["at"], stored["filing_id"], stored["detail"])
