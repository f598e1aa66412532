"""Routes of requests: what is asked, drafts, files, withdrawal."""

import re
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import unquote

import orjson
from fastapi import APIRouter, Header, Query, Request, Response

from chassis import problems
from chassis.http.guard import CallerDep, TenantDep, guarded_router, needs
from chassis.http.idempotency import IdempotencyKey, Idempotent, InFlight
from chassis.http.models import Output
from chassis.problems import Fault, Problem
from chassis.tenancy import TenantScope
from reply_hub.application.follow_request import WithdrawRequest
from reply_hub.application.keep_draft import DraftView, KeepDraft
from reply_hub.application.make_summary import MakeSummary
from reply_hub.application.problems import not_found
from reply_hub.application.read_request import ReadRequest
from reply_hub.application.upload_attachment import Upload, UploadAttachment
from reply_hub.domain.files import LONGEST_FILE_NAME
from reply_hub.domain.states import IllegalTransition, RequestState
from reply_hub.entrypoints.http import bodies, shapes
from reply_hub.entrypoints.http.callers import AGENCY, PERSON, PUSHER, SERVICE, Callers
from reply_hub.entrypoints.http.paths import RequestId
from reply_hub.entrypoints.http.views import request_shape, standing_shape

MAX_FILE_BYTES: Final = 30_000_000
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
_ETAG: Final = re.compile(r'(?:W/)?"(\d{1,9})"')
_BINARY: Final = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes; Content-Type is its media type.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestUses:
    """The use cases behind these routes."""

    callers: Callers
    read: ReadRequest
    drafts: KeepDraft
    summary: MakeSummary
    upload: UploadAttachment
    withdraw: WithdrawRequest


def request_router(uses: RequestUses) -> APIRouter:
    """Routes of requests."""
    router = guarded_router(tags=["reply requests"])
    _add_reading(router, uses)
    _add_drafts(router, uses)
    _add_upload(router, uses)
    _add_withdrawal(router, uses)
    return router


def _add_reading(router: APIRouter, uses: RequestUses) -> None:
    @router.get("/reply-requests", openapi_extra=needs(AGENCY))
    async def page(
        tenant: TenantDep,
        status: Annotated[RequestState | None, Query(description="Only those in this state, e.g. OVERDUE.")] = None,
        after: Annotated[str | None, Query(max_length=64, description="Id of the last one that was read.")] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="Requests per page.")] = 100,
    ) -> shapes.StandingListShape:
        """The agency's requests, of one state or all: what nobody answered in time is found by OVERDUE."""
        found = await uses.read.page(
            scope=TenantScope(tenant), status=status.value if status else None, after=after, limit=limit + 1
        )
        items = [standing_shape(request) for request in found[:limit]]
        return shapes.StandingListShape(items=items, has_next=len(found) > limit)

    @router.get("/reply-requests/{request_id}", openapi_extra=needs(PERSON, AGENCY, SERVICE))
    async def read(request_id: RequestId, caller: CallerDep) -> shapes.RequestShape:
        """What is asked, and what was answered so far: for the person who may answer, and for the agency."""
        return request_shape(await uses.read(request_id, uses.callers.reader(caller)))


def _add_drafts(router: APIRouter, uses: RequestUses) -> None:
    @router.get("/reply-requests/{request_id}/draft", openapi_extra=needs(PERSON))
    async def read_draft(request_id: RequestId, caller: CallerDep, response: Response) -> shapes.DraftShape:
        """The person's own draft; its ETag is what `If-Match` takes."""
        view = await uses.drafts.read(request_id, uses.callers.person(caller))
        return _draft(view, response)

    @router.get(
        "/reply-requests/{request_id}/draft/summary",
        openapi_extra=needs(PERSON),
        response_class=Response,
        responses={200: {"description": "The summary.", "content": {"application/pdf": {}}}},
    )
    async def read_summary(request_id: RequestId, caller: CallerDep) -> Response:
        """The summary of the person's draft as a PDF, to be signed. The same draft gives the same bytes."""
        pdf = await uses.summary(request_id, uses.callers.person(caller))
        headers = {"cache-control": "private, no-store", "content-disposition": 'inline; filename="summary.pdf"'}
        return Response(pdf, media_type="application/pdf", headers=headers)

    @router.put("/reply-requests/{request_id}/draft", openapi_extra=needs(PERSON))
    async def save_draft(
        request_id: RequestId,
        body: bodies.DraftBody,
        caller: CallerDep,
        response: Response,
        if_match: Annotated[str | None, Header(description="ETag of the draft that is replaced.")] = None,
        if_none_match: Annotated[str | None, Header(description="`*`: only where there is no draft yet.")] = None,
    ) -> shapes.DraftShape:
        """Save what is written so far; it is checked against the form only when it is submitted."""
        view = await uses.drafts.save(
            request_id,
            uses.callers.person(caller),
            data=body.data,
            attachment_ids=[attachment.attachment_id for attachment in body.attachments],
            expected_version=_expected(if_match, if_none_match),
        )
        return _draft(view, response)


def _add_upload(router: APIRouter, uses: RequestUses) -> None:
    in_flight = InFlight()

    @router.post(
        "/reply-requests/{request_id}/attachments",
        status_code=201,
        response_model=shapes.UploadedShape,
        openapi_extra={**needs(PERSON, max_body_bytes=MAX_FILE_BYTES), **_BINARY},
    )
    async def upload(
        request_id: RequestId,
        request: Request,
        caller: CallerDep,
        key: IdempotencyKey,
        slot: Annotated[str, Query(max_length=40, description="Slot of the request that the file fills.")],
        x_file_name: Annotated[
            str, Header(min_length=1, max_length=720, description="Name of the file; URL-encoded outside ASCII.")
        ],
    ) -> Response:
        """Add a file, to be named in the answer. It is scanned from now on."""
        actor = uses.callers.person(caller)
        operation = f"upload {request_id}"
        with in_flight.hold(actor.pseudonym, operation, key):
            attachment, replayed = await uses.upload(
                Upload(
                    request_id=request_id,
                    actor=actor,
                    slot=slot,
                    file_name=_file_name(x_file_name),
                    media_type=_media_type(request),
                    content=request.stream(),
                    call=Idempotent(actor.pseudonym, operation, key, ""),
                )
            )
        shape = shapes.UploadedShape(
            attachment_id=attachment.id, size=attachment.file.size, sha256=attachment.file.sha256
        )
        return created(shape, replayed=replayed)


def _add_withdrawal(router: APIRouter, uses: RequestUses) -> None:
    @router.post("/reply-requests/{request_id}/withdrawal", status_code=204, openapi_extra=needs(PUSHER))
    async def withdraw(
        request_id: RequestId,
        tenant: TenantDep,
        key: IdempotencyKey,  # noqa: ARG001 - a withdrawn request stays withdrawn, whatever the key
    ) -> Response:
        """Ask no more: no answer is taken from now on; those that came before are still judged."""
        try:
            request = await uses.withdraw(request_id, scope=TenantScope(tenant))
        except IllegalTransition as error:
            raise Problem(problems.CONFLICT, f"the request is {error.current.value}") from None
        if request is None:
            raise not_found()
        return Response(status_code=204)


def created(shape: Output, *, replayed: bool) -> Response:
    """201 with a body; a repeated call reads the same and says so in a header."""
    headers = {"idempotency-replayed": "true"} if replayed else {}
    content = orjson.dumps(shape.model_dump(mode="json", by_alias=True))
    return Response(content=content, status_code=201, media_type="application/json", headers=headers)


def _draft(view: DraftView, response: Response) -> shapes.DraftShape:
    response.headers["etag"] = f'"{view.version}"'
    attachments = [{"attachmentId": attachment_id} for attachment_id in view.attachment_ids]
    return shapes.DraftShape(data=dict(view.data), attachments=attachments, saved_at=view.saved_at)


def _expected(if_match: str | None, if_none_match: str | None) -> int | None:
    if if_none_match is not None:
        if if_none_match.strip() != "*":
            raise _bad_header("/if-none-match", "only * is understood here")
        return 0
    if if_match is None or if_match.strip() == "*":
        return None
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise _bad_header("/if-match", "an ETag of this draft, or *")
    return int(found.group(1))


def _media_type(request: Request) -> str:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise Problem(problems.UNSUPPORTED_MEDIA_TYPE, "Content-Type names the file's media type")
    return media_type


def _file_name(header: str) -> str:
    name = unquote(header, errors="replace").strip()
    if not 1 <= len(name) <= LONGEST_FILE_NAME:
        raise _bad_header("/x-file-name", f"a name of 1 to {LONGEST_FILE_NAME} characters")
    if not name.isprintable() or "/" in name or "\\" in name:
        raise _bad_header("/x-file-name", "a name without folders and control characters")
    return name


def _bad_header(pointer: str, detail: str) -> Problem:
    fault = Fault(pointer, "VALUE_ERROR", detail, "header")
    return Problem(problems.INVALID_INPUT, "1 fault in the input", faults=[fault])
