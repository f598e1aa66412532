"""From the domain to the JSON of the API."""

from typing import Any

from reply_hub.application.documents import DocumentKind, document_of, receipt_json
from reply_hub.application.read_reply import ReplyView
from reply_hub.application.read_request import RequestView
from reply_hub.application.records import Attachment, Incoming
from reply_hub.domain.files import ReplyFile, ScanState
from reply_hub.domain.reply import Reply
from reply_hub.domain.request import DossierRef, FormRef, ReplyRequest
from reply_hub.domain.states import ReplyState
from reply_hub.entrypoints.http import shapes
from reply_hub.entrypoints.http.signature_views import decision_shape, finding_shape, policy_shape, undecided_shape


def submitted_shape(reply: Reply) -> shapes.SubmittedShape:
    """The answer to a submission: always as it was at receipt, so that a repeated call reads the same."""
    return shapes.SubmittedShape(reply_id=reply.id, status=ReplyState.RECEIVED.value, receipt=_receipt(reply))


def standing_shape(request: ReplyRequest) -> shapes.StandingShape:
    """How a request stands."""
    return shapes.StandingShape(
        reply_request_id=request.id,
        message_id=request.message_id,
        status=request.status.value,
        required=request.required,
        dossier=_dossier(request.dossier),
        opened_at=request.opened_at,
        due_at=request.due_at,
        answers=len(request.taken),
    )


def request_shape(view: RequestView) -> shapes.RequestShape:
    """A request."""
    request = view.request
    return shapes.RequestShape(
        reply_request_id=request.id,
        message_id=request.message_id,
        organization=request.tenant,
        status=request.status.value,
        round=request.round,
        required=request.required,
        purpose=request.purpose,
        language=request.language,
        dossier=_dossier(request.dossier),
        form=_form(request.form),
        json_schema=view.schema,
        prefill=view.prefill,
        prefill_complete=view.prefill_complete,
        attachment_slots=[
            shapes.SlotShape(
                slot=slot.slot,
                title=slot.title,
                min_files=slot.min_files,
                max_files=slot.max_files,
                max_bytes=slot.max_bytes,
                media_types=list(slot.media_types),
                signature=policy_shape(slot.signature),
            )
            for slot in request.slots
        ],
        max_total_bytes=request.max_total_bytes,
        signature=policy_shape(request.signature),
        opened_at=request.opened_at,
        due_at=request.due_at,
        late_replies=request.late_replies.value,
        multiplicity=request.multiplicity.value,
        who_may_answer=list(request.who_may_answer),
        replies=[
            shapes.AnswerShape(
                reply_id=reply.id, status=reply.status.value, registered_at=reply.registered_at, late=reply.late
            )
            for reply in view.replies
        ],
    )


def reply_shape(view: ReplyView) -> shapes.ReplyShape:
    """An answer with its course."""
    reply = view.reply
    acceptance = reply.acceptance
    return shapes.ReplyShape(
        reply_id=reply.id,
        reply_request_id=reply.request_id,
        message_id=reply.message_id,
        organization=reply.tenant,
        status=reply.status.value,
        parked=reply.parked,
        channel=reply.channel,
        dossier=_dossier(reply.dossier),
        form=_form(reply.form),
        submitter=shapes.SubmitterShape(
            pseudonym=reply.submitter.pseudonym,
            capacity=reply.submitter.capacity.value,
            acr=reply.submitter.acr,
        ),
        receipt=_receipt(reply),
        attachments=[_file(file, view.files.get(file.attachment_id)) for file in reply.content.files],
        ordinal=acceptance.ordinal if acceptance else None,
        supersedes=acceptance.supersedes if acceptance else None,
        superseded_by=reply.superseded_by,
        rejection=_rejection(reply),
        signatures=[finding_shape(finding) for finding in reply.signatures],
        undecided=undecided_shape(reply),
        decision=decision_shape(reply.decision) if reply.decision else None,
        course=_course(reply),
        documents=_documents(reply),
    )


def unmatched_shape(incoming: Incoming) -> shapes.UnmatchedShape:
    """A message that is nobody's answer."""
    return shapes.UnmatchedShape(
        incoming_id=incoming.id,
        mailbox=incoming.mailbox,
        external_id=incoming.external_id,
        original_message_id=incoming.original_message_id,
        reason=incoming.reason,
        vouched_at=incoming.vouched_at,
    )


def _receipt(reply: Reply) -> shapes.ReceiptShape:
    return shapes.ReceiptShape.model_validate(receipt_json(reply))


def _file(file: ReplyFile, attachment: Attachment | None) -> shapes.ReplyFileShape:
    return shapes.ReplyFileShape(
        attachment_id=file.attachment_id,
        slot=file.slot,
        file_name=file.file_name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        scan=(attachment.scan if attachment else ScanState.WAITING).value,
    )


def _documents(reply: Reply) -> dict[str, str]:
    there = [kind.value for kind in DocumentKind if document_of(reply, kind)]
    return {name: f"/api/v1/replies/{reply.id}/{name}" for name in there}


def _rejection(reply: Reply) -> shapes.RejectionShape | None:
    rejection = reply.rejection
    if rejection is None:
        return None
    faults = [
        shapes.FaultShape(pointer=fault.pointer, code=fault.code, detail=fault.detail) for fault in rejection.faults
    ]
    return shapes.RejectionShape(reason=rejection.reason.value, faults=faults, at=rejection.at)


def _course(reply: Reply) -> list[shapes.CourseShape]:
    steps: list[dict[str, Any]] = [{"what": "RECEIVED", "at": reply.registered_at}]
    if reply.acceptance:
        steps.append({"what": "ACCEPTED", "at": reply.acceptance.at})
    if reply.rejection:
        steps.append(
            {"what": "REJECTED", "at": reply.rejection.at, "detail": {"reason": reply.rejection.reason.value}}
        )
    steps += [
        {"what": news.stage.value, "at": news.at, "filing_id": news.filing_id, "detail": dict(news.detail)}
        for news in sorted(reply.news, key=lambda news: news.at)
    ]
    return [shapes.CourseShape(**{"filing_id": None, "detail": {}, **step}) for step in steps]


def _dossier(dossier: DossierRef) -> shapes.DossierShape:
    return shapes.DossierShape(
        bron=dossier.bron,
        dossier_nummer=dossier.dossier_nummer,
        fase=dossier.fase,
        procedurestap=dossier.procedurestap,
    )


def _form(form: FormRef) -> shapes.FormShape:
    return shapes.FormShape(form_id=form.form_id, version=form.version, url=form.url)
