"""What reply-hub tells the others: events about requests and answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from chassis.ids import derived_id
from chassis.outbox_record import OutgoingEvent
from contracts.documents.v1 import Multiplicity, WhenPhaseMoved
from contracts.dossier import DossierRef as DossierShape
from contracts.event import EventData
from contracts.identifiers import dossier_key
from contracts.outgoing import cloud_event
from contracts.reply_hub import v1
from contracts.topics import REPLIES
from reply_hub.application.documents import DocumentKind, document_id
from reply_hub.application.signature_shapes import decision_of, verdicts_of
from reply_hub.domain.faults import Fault
from reply_hub.domain.reply import News, Rejection, Reply
from reply_hub.domain.request import DossierRef, FormRef, ReplyRequest
from reply_hub.domain.signing import Undecided

SOURCE: Final = "urn:antwoordhub:reply-hub"


@dataclass(frozen=True, slots=True)
class Announcer:
    """Makes events. `public_url` is where the others reach this service, without a slash at its end.

    An event's id derives from its aggregate, type and version: a piece of work that runs twice tells the same event.
    """

    public_url: str

    def opened(self, request: ReplyRequest) -> OutgoingEvent:
        """A request can be answered."""
        data = v1.ReplyRequestOpened(
            **_about_request(request, version=1),
            opened_at=request.opened_at,
            due_at=request.due_at,
            multiplicity=Multiplicity(request.multiplicity.value),
            when_phase_moved=WhenPhaseMoved(request.when_phase_moved),
            form=_form(request.form),
        )
        return _of_request(data, request, version=1, at=request.opened_at)

    def changed(self, request: ReplyRequest, *, reason: str, at: datetime) -> OutgoingEvent:
        """A request opened again or became overdue. `request` is as read plus the change, not saved yet."""
        version = request.version + 1
        data = v1.ReplyRequestChanged(
            **_about_request(request, version=version),
            status=request.status.value,
            due_at=request.due_at,
            round=request.round,
            reason=reason,
        )
        return _of_request(data, request, version=version, at=at)

    def closed(self, request: ReplyRequest, *, closure: v1.RequestClosure, at: datetime) -> OutgoingEvent:
        """A request takes no more answers. `request` as for `changed`."""
        version = request.version + 1
        data = v1.ReplyRequestClosed(**_about_request(request, version=version), closure=closure, closed_at=at)
        return _of_request(data, request, version=version, at=at)

    def received(self, reply: Reply) -> OutgoingEvent:
        """An answer was received; its receipt can be fetched."""
        data = v1.ReplyReceived(
            **_about_reply(reply),
            receipt_id=reply.receipt_id,
            receipt_url=self.document_url(reply.id, DocumentKind.RECEIPT),
            submitted_at=reply.submitted_at,
            received_at=reply.received_at,
            registered_at=reply.registered_at,
            late=reply.late,
            content_digest=reply.content.digest,
            files=len(reply.content.files),
        )
        return _of_reply(data, reply, version=1, at=reply.registered_at)

    def accepted(self, reply: Reply) -> OutgoingEvent:
        """An answer passed. `reply` is as read plus the verdict, not saved yet."""
        acceptance = reply.acceptance
        assert acceptance is not None  # the caller accepted it
        content = reply.content
        travels = len(content.data) <= v1.DATA_LIMIT_BYTES
        base = f"{self.public_url}/api/v1/replies/{reply.id}"
        data = v1.ReplyAccepted(
            **_about_reply(reply),
            ordinal=acceptance.ordinal,
            supersedes=acceptance.supersedes,
            data=orjson.loads(content.data) if travels else None,
            data_url=f"{base}/data",
            confidential=v1.Confidential(pointers=list(content.pointers), url=f"{base}/confidential-data")
            if content.pointers
            else None,
            attachments=[
                v1.File(
                    attachment_id=file.attachment_id,
                    slot=file.slot,
                    file_name=file.file_name,
                    media_type=file.media_type,
                    size=file.size,
                    sha256=file.sha256,
                    url=f"{base}/attachments/{file.attachment_id}/content",
                )
                for file in content.files
            ],
            submitter=v1.Submitter(
                pseudonym=reply.submitter.pseudonym,
                capacity=reply.submitter.capacity.value,
                acr=reply.submitter.acr,
            ),
            submitted_at=reply.submitted_at,
            received_at=reply.received_at,
            registered_at=reply.registered_at,
            accepted_at=acceptance.at,
            late=reply.late,
            content_digest=content.digest,
            when_phase_moved=WhenPhaseMoved(reply.when_phase_moved),
            signatures=verdicts_of(reply),
            decision=decision_of(reply.decision),
        )
        return _of_reply(data, reply, version=reply.version + 1, at=acceptance.at)

    def undecided(self, reply: Reply, undecided: Undecided, *, at: datetime) -> OutgoingEvent:
        """An answer's signatures can't be judged (yet). `reply` as for `accepted`."""
        data = v1.ReplyUndecided(
            **_about_reply(reply),
            awaiting=undecided.awaiting.value,
            since=undecided.since,
            faults=[_fault(fault) for fault in undecided.faults],
            signatures=verdicts_of(reply),
        )
        return _of_reply(data, reply, version=reply.version + 1, at=at)

    def rejected(self, reply: Reply, rejection: Rejection) -> OutgoingEvent:
        """An answer did not pass. `reply` as for `accepted`."""
        data = v1.ReplyRejected(
            **_about_reply(reply),
            reason=rejection.reason.value,
            faults=[_fault(fault) for fault in rejection.faults],
            rejected_at=rejection.at,
            receipt_url=self.document_url(reply.id, DocumentKind.NOTICE),
            signatures=verdicts_of(reply),
            decision=decision_of(reply.decision),
        )
        return _of_reply(data, reply, version=reply.version + 1, at=rejection.at)

    def filed(self, reply: Reply, news: News) -> OutgoingEvent:
        """The case system took an answer. `reply` as for `accepted`."""
        place = news.detail["filedIn"]
        data = v1.ReplyFiled(
            **_about_reply(reply),
            filing_id=news.filing_id,
            filed_in=DossierShape(
                bron=place["bron"],
                dossier_nummer=place["dossierNummer"],
                fase=place["fase"],
                procedurestap=place.get("procedurestap"),
            ),
            case_document_number=news.detail.get("caseDocumentNumber"),
            acknowledged_at=news.at,
            receipt_id=document_id(reply.id, DocumentKind.FILED_RECEIPT),
            receipt_url=self.document_url(reply.id, DocumentKind.FILED_RECEIPT),
        )
        return _of_reply(data, reply, version=reply.version + 1, at=news.at)

    def document_url(self, reply_id: str, kind: DocumentKind) -> str:
        """Where a document is fetched."""
        return f"{self.public_url}/api/v1/replies/{reply_id}/{kind.value}"


def _of_request(data: EventData, request: ReplyRequest, *, version: int, at: datetime) -> OutgoingEvent:
    return _outgoing(
        data,
        subject=request.id,
        dossier=request.dossier,
        correlation_id=request.correlation_id,
        version=version,
        at=at,
    )


def _of_reply(data: EventData, reply: Reply, *, version: int, at: datetime) -> OutgoingEvent:
    return _outgoing(
        data, subject=reply.id, dossier=reply.dossier, correlation_id=reply.correlation_id, version=version, at=at
    )


def _outgoing(
    data: EventData, *, subject: str, dossier: DossierRef, correlation_id: str, version: int, at: datetime
) -> OutgoingEvent:
    event = cloud_event(
        data,
        event_id=derived_id(subject, data.TYPE, str(version)),
        source=SOURCE,
        subject=subject,
        time=at,
        partition_key=dossier_key(dossier.bron, dossier.dossier_nummer),
        correlation_id=correlation_id,
        sequence=version,
    )
    return OutgoingEvent(event, REPLIES)


def _about_request(request: ReplyRequest, *, version: int) -> dict[str, Any]:
    return {
        "reply_request_id": request.id,
        "message_id": request.message_id,
        "tenant": request.tenant,
        "dossier": _dossier(request.dossier),
        "version": version,
    }


def _about_reply(reply: Reply) -> dict[str, Any]:
    return {
        "reply_id": reply.id,
        "reply_request_id": reply.request_id,
        "message_id": reply.message_id,
        "tenant": reply.tenant,
        "dossier": _dossier(reply.dossier),
        "form": _form(reply.form),
        "mailbox": reply.mailbox,
        "channel": reply.channel,
    }


def _dossier(dossier: DossierRef) -> DossierShape:
    return DossierShape(
        bron=dossier.bron,
        dossier_nummer=dossier.dossier_nummer,
        fase=dossier.fase,
        procedurestap=dossier.procedurestap,
        phase_version=dossier.phase_version,
        expected_stuktype=dossier.expected_stuktype,
    )


def _form(form: FormRef) -> v1.FormRef:
    return v1.FormRef(form_id=form.form_id, version=form.version, url=form.url)


def _fault(fault: Fault) -> v1.Fault:
    return v1.Fault(pointer=fault.pointer, code=fault.code, detail=fault.detail)
