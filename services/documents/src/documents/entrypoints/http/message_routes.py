"""Letters: pushed, looked up, searched; their files; and what reply-hub asks of them."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import Field

from chassis.files import FileStore
from chassis.http.guard import CorrelationDep, TenantDep, guarded_router, needs
from chassis.http.idempotency import IdempotencyKey, Idempotent, InFlight, find_answer, replay
from chassis.http.models import Input, multipart_body
from chassis.problems import Problem
from chassis.tenancy import TenantScope
from documents.application.ports import MessageRepository
from documents.application.push_message import PushMessage
from documents.application.read_message import ReadMessage
from documents.application.take_files import MAX_BYTES, HashingIntake, Intake, StoringIntake
from documents.domain.message import Status
from documents.entrypoints.http.letter_body import MessageToPublish
from documents.entrypoints.http.letter_reading import JSON_PART, MAX_JSON_BYTES, digest_of, letter_of, read_parts
from documents.entrypoints.http.views import (
    Accepted,
    ConfidentialPrefill,
    MessageList,
    MessageShown,
    StatusShown,
)

_FRAMING_BYTES: Final = 65_536
_MAX_PUSH_BYTES: Final = MAX_BYTES + MAX_JSON_BYTES + _FRAMING_BYTES
MessageId = Annotated[str, Path(max_length=64)]


class AskedStatus(Input):
    """A letter that is asked about."""

    message_id: str = Field(max_length=64, description="Id of the letter.")


def push_routes(push: PushMessage, messages: MessageRepository, files: FileStore) -> APIRouter:
    """The route agencies push letters by."""
    router = guarded_router(tags=["messages"])
    in_flight = InFlight()

    @router.post(
        "/messages",
        status_code=201,
        response_model=Accepted,
        openapi_extra=needs("msg_msg_v1_P", max_body_bytes=_MAX_PUSH_BYTES)
        | multipart_body(JSON_PART, MessageToPublish),
    )
    async def push_message(
        request: Request, tenant: TenantDep, key: IdempotencyKey, correlation_id: CorrelationDep
    ) -> Response:
        """Push a letter: part `messageToPublish` and one part per file, in any order, six files and 30 MB at most."""
        call = Idempotent(tenant, "messages", key, "")
        with in_flight.hold(call.actor, call.operation, call.key):
            answers = await messages.answers_of(call.resource_id, scope=TenantScope(tenant))
            intake: Intake = StoringIntake(store=files) if answers is None else HashingIntake()
            try:
                value = await read_parts(request, intake)
                call = Idempotent(tenant, "messages", key, digest_of(value, intake.files))
                known = find_answer(answers or (), call)
                if known is not None:
                    return replay(known)
                answer, made = await push(
                    letter_of(value), intake.files, call, tenant=tenant, correlation_id=correlation_id
                )
            except (Problem, RequestValidationError):
                # A refusal. Where the write's outcome is unknown, the sweeper finds out whose the files are.
                await intake.abandon()
                raise
            if not made:
                await intake.abandon()
                return replay(answer)
            await intake.finish()
            return Response(answer.body, status_code=answer.status, media_type="application/json")

    return router


def message_routes(read: ReadMessage) -> APIRouter:
    """The routes letters are looked up by."""
    router = guarded_router(tags=["messages"])

    @router.get("/messages", openapi_extra=needs("msg_msg_v1_G"))
    async def page(
        tenant: TenantDep,
        status: Annotated[Status | None, Query(description="Only letters in this state.")] = None,
        after: Annotated[str | None, Query(max_length=64, description="Id of the last letter that was read.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> MessageList:
        """Your letters, of one state or all: what was not delivered is found by FALLBACK_PAPER, FAILED, REJECTED."""
        found = await read.page(
            scope=TenantScope(tenant), status=status.value if status else None, after=after, limit=limit + 1
        )
        return MessageList(items=[MessageShown.of(message) for message in found[:limit]], has_next=len(found) > limit)

    @router.get("/messages/{message_id}", openapi_extra=needs("msg_msg_v1_G"))
    async def one(message_id: MessageId, tenant: TenantDep) -> MessageShown:
        """A letter: its state, its attempts, its files."""
        return MessageShown.of(await read.one(message_id, scope=TenantScope(tenant)))

    @router.post("/searchMessageStatus", openapi_extra=needs("msg_msg_v1_G"))
    async def statuses(
        asked: Annotated[list[AskedStatus], Field(min_length=1, max_length=100)], tenant: TenantDep
    ) -> list[StatusShown]:
        """How letters fare, a hundred at a time; those that aren't there, or yours, are left out. Only reads."""
        found = await read.several([item.message_id for item in asked], scope=TenantScope(tenant))
        return [StatusShown.of(message) for message in found]

    @router.get(
        "/messages/{message_id}/attachments/{attachment_id}/content",
        response_class=StreamingResponse,
        openapi_extra=needs("msg_msg_v1_G"),
    )
    async def content(
        message_id: MessageId, attachment_id: Annotated[str, Path(max_length=64)], tenant: TenantDep
    ) -> Response:
        """A file's bytes, once it was scanned."""
        file, blocks = await read.content(message_id, attachment_id, scope=TenantScope(tenant))
        headers = {
            "content-length": str(file.size),
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.file_name, safe='')}",
            "x-content-type-options": "nosniff",
            "etag": f'"{file.sha256}"',
        }
        return StreamingResponse(blocks, media_type=file.media_type, headers=headers)

    @router.get("/messages/{message_id}/confidential-prefill", openapi_extra=needs("hub_service_v1"))
    async def confidential_prefill(message_id: MessageId) -> ConfidentialPrefill:
        """Confidential values to be shown beforehand; for reply-hub."""
        return ConfidentialPrefill(values=await read.confidential_prefill(message_id))

    return router
