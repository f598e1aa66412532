"""Routes of answers: submitting, reading, documents, content."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from chassis import problems
from chassis.http.guard import CallerDep, CorrelationDep, TenantDep, guarded_router, needs
from chassis.http.idempotency import BodyDigest, IdempotencyKey, Idempotent
from chassis.problems import Fault, Problem
from chassis.tenancy import EVERY_TENANT, TenantScope
from reply_hub.application.decide_signature import DecideSignature
from reply_hub.application.documents import DocumentKind, record_of
from reply_hub.application.list_unmatched import ListUnmatched
from reply_hub.application.problems import NOT_ACCEPTABLE
from reply_hub.application.read_reply import ReadContent, ReadReply
from reply_hub.application.records import ReplyQuery
from reply_hub.application.submit_reply import Submission, SubmitReply
from reply_hub.domain.states import ReplyState
from reply_hub.entrypoints.http import bodies, shapes
from reply_hub.entrypoints.http.callers import AGENCY, OPERATOR, PERSON, SERVICE, Callers
from reply_hub.entrypoints.http.decision_routes import add_deciding
from reply_hub.entrypoints.http.paths import AttachmentId, ReplyId
from reply_hub.entrypoints.http.request_routes import created
from reply_hub.entrypoints.http.views import reply_shape, submitted_shape, unmatched_shape

_PDF: Final = "application/pdf"
_JSON: Final = "application/json"
_PAGE: Final = 100
_BINARY_ANSWER: Final = {"200": {"description": "The bytes.", "content": {"*/*": {}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyUses:
    """The use cases behind these routes."""

    callers: Callers
    submit: SubmitReply
    read: ReadReply
    content: ReadContent
    unmatched: ListUnmatched
    decide: DecideSignature


def reply_router(uses: ReplyUses) -> APIRouter:
    """Routes of answers."""
    router = guarded_router(tags=["replies"])
    _add_submitting(router, uses)
    _add_reading(router, uses)
    for kind in DocumentKind:
        _add_document(router, uses, kind)
    _add_content(router, uses)
    _add_unmatched(router, uses)
    add_deciding(router, uses.decide)
    return router


def _add_submitting(router: APIRouter, uses: ReplyUses) -> None:
    @router.post("/replies", status_code=201, response_model=shapes.SubmittedShape, openapi_extra=needs(PERSON))
    async def submit(
        body: bodies.SubmitReplyBody,
        caller: CallerDep,
        correlation_id: CorrelationDep,
        key: IdempotencyKey,
        digest: BodyDigest,
    ) -> Response:
        """Answer a request. The receipt is issued at once, also to a late answer; slow checks come after."""
        actor = uses.callers.person(caller)
        submitted = await uses.submit(
            Submission(
                request_id=body.reply_request_id,
                actor=actor,
                data=body.data,
                attachment_ids=[attachment.attachment_id for attachment in body.attachments],
                confirmed=body.confirmed,
                call=Idempotent(f"{body.reply_request_id}/{actor.pseudonym}", "submit", key, digest),
                correlation_id=correlation_id,
            )
        )
        return created(submitted_shape(submitted.reply), replayed=submitted.replayed)


def _add_reading(router: APIRouter, uses: ReplyUses) -> None:
    @router.get("/replies", openapi_extra=needs(AGENCY))
    async def page(
        tenant: TenantDep,
        bron: Annotated[str | None, Query(max_length=255, description="Source of the dossier.")] = None,
        dossier_nummer: Annotated[
            str | None, Query(alias="dossierNummer", max_length=100, description="Number of the dossier.")
        ] = None,
        status: Annotated[ReplyState | None, Query(description="How far they are.")] = None,
        after: Annotated[str | None, Query(max_length=200, description="`after` of the last page.")] = None,
        limit: Annotated[int, Query(ge=1, le=_PAGE, description="Answers per page.")] = _PAGE,
    ) -> shapes.ReplyListShape:
        """The agency's answers, in the order of their registration."""
        query = ReplyQuery(
            bron=bron,
            dossier_nummer=dossier_nummer,
            status=status.value if status else None,
            after=_cursor_of(after) if after else None,
        )
        views = await uses.read.page(query, scope=TenantScope(tenant), limit=limit + 1)
        shown = views[:limit]
        last = shown[-1].reply if shown else None
        return shapes.ReplyListShape(
            items=[reply_shape(view) for view in shown],
            after=_cursor(last.registered_at, last.id) if last else after,
            has_next=len(views) > limit,
        )

    @router.get("/replies/{reply_id}", openapi_extra=needs(PERSON, AGENCY, SERVICE))
    async def one(reply_id: ReplyId, caller: CallerDep) -> shapes.ReplyShape:
        """An answer with its whole course, up to the case system's number for it."""
        return reply_shape(await uses.read.one(reply_id, uses.callers.reader(caller)))


def _add_document(router: APIRouter, uses: ReplyUses, kind: DocumentKind) -> None:
    async def document(reply_id: ReplyId, caller: CallerDep, request: Request) -> Response:
        media_type = _accepted(request.headers.get("accept", "*/*"))
        found = await uses.read.document(reply_id, kind, uses.callers.reader(caller))
        headers = {"vary": "accept", "cache-control": "private, no-store"}
        if media_type == _JSON:
            return Response(json.dumps(record_of(found)), media_type=_JSON, headers=headers)
        name = f'inline; filename="{kind.value}-{found.reply.id}.pdf"'
        content = await uses.read.pdf(found)
        return Response(content, media_type=_PDF, headers={**headers, "content-disposition": name})

    document.__doc__ = f"The answer's {kind.value}, as application/pdf or application/json."
    content: dict[str, Any] = {_PDF: {"schema": {"type": "string", "format": "binary"}}, _JSON: {}}
    router.add_api_route(
        f"/replies/{{reply_id}}/{kind.value}",
        document,
        methods=["GET"],
        name=f"read_{kind.value.replace('-', '_')}",
        openapi_extra=needs(PERSON, AGENCY, SERVICE),
        response_class=Response,
        responses={200: {"description": "The document.", "content": content}},
    )


def _add_content(router: APIRouter, uses: ReplyUses) -> None:
    @router.get("/replies/{reply_id}/data", openapi_extra=needs(AGENCY))
    async def data(reply_id: ReplyId, tenant: TenantDep) -> shapes.DataShape:
        """The answer's data without confidential fields, once it is judged."""
        values, pointers = await uses.content.data(reply_id, scope=TenantScope(tenant))
        return shapes.DataShape(data=values, confidential=pointers)

    @router.get("/replies/{reply_id}/confidential-data", openapi_extra=needs(AGENCY))
    async def confidential(reply_id: ReplyId, tenant: TenantDep, response: Response) -> shapes.ConfidentialShape:
        """The answer's confidential fields, once it is judged."""
        response.headers["cache-control"] = "private, no-store"
        values = await uses.content.confidential(reply_id, scope=TenantScope(tenant))
        return shapes.ConfidentialShape(values=values)

    @router.get(
        "/replies/{reply_id}/attachments/{attachment_id}/content",
        openapi_extra=needs(AGENCY),
        response_class=Response,
        responses={200: _BINARY_ANSWER["200"]},
    )
    async def file(reply_id: ReplyId, attachment_id: AttachmentId, tenant: TenantDep) -> Response:
        """A file's bytes; only when the scanner found it clean."""
        download = await uses.content.file(reply_id, attachment_id, scope=TenantScope(tenant))
        headers = {
            "content-length": str(download.file.size),
            # The name is the person's: it travels encoded (RFC 6266), and never makes a browser show the file.
            "content-disposition": f"attachment; filename*=UTF-8''{quote(download.file.file_name, safe='')}",
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
            "etag": f'"{download.file.sha256}"',
        }
        return StreamingResponse(download.content, media_type=download.file.media_type, headers=headers)


def _add_unmatched(router: APIRouter, uses: ReplyUses) -> None:
    @router.get("/unmatched", openapi_extra=needs(OPERATOR))
    async def unmatched(
        after: Annotated[str | None, Query(max_length=64, description="Id of the last one seen.")] = None,
    ) -> shapes.UnmatchedListShape:
        """Messages from mailboxes that are nobody's answer, for operators."""
        found = await uses.unmatched(scope=EVERY_TENANT, after=after, limit=_PAGE + 1)
        return shapes.UnmatchedListShape(
            items=[unmatched_shape(incoming) for incoming in found[:_PAGE]], has_next=len(found) > _PAGE
        )


def _accepted(accept: str) -> str:
    """PDF, unless JSON is asked for before it."""
    for part in accept.split(","):
        match part.partition(";")[0].strip().lower():
            case "application/json":
                return _JSON
            case "application/pdf" | "application/*" | "*/*" | "":
                return _PDF
    raise Problem(NOT_ACCEPTABLE, NOT_ACCEPTABLE.meaning)


def _cursor(at: datetime, reply_id: str) -> str:
    return urlsafe_b64encode(f"{at.isoformat()}|{reply_id}".encode()).rstrip(b"=").decode()


def _cursor_of(text: str) -> tuple[datetime, str]:
    try:
        decoded = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        at, _, reply_id = decoded.partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.astimezone(UTC), reply_id
    except (ValueError, OverflowError):
        fault = Fault("/after", "VALUE_ERROR", "take `after` from the last page as it is", "query")
        raise Problem(problems.INVALID_INPUT, "1 fault in the input", faults=[fault]) from None
