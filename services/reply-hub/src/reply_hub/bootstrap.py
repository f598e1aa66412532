"""The one place where reply-hub is put together: settings, clients, adapters, use cases, processes."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from fastapi import FastAPI

from chassis.authentication import IntrospectionVerifier, JwksVerifier, TokenVerifier
from chassis.cipher import FieldCipher
from chassis.clock import SandboxClock, SystemClock
from chassis.discovery import ClientKey, Discovery
from chassis.files import GridFsFileStore
from chassis.guarded import guarded_client
from chassis.http.app import Check, create_app
from chassis.http.sandbox import sandbox_router
from chassis.mongo import connect
from chassis.outbound import ServiceTokens, http_client
from chassis.process import Task
from contracts.identifiers import Pseudonymiser
from mailboxes.ebox import EboxConfig, EboxMailbox
from mailboxes.port import Mailbox
from reply_hub.adapters.documents.prefill import HttpPrefillSource
from reply_hub.adapters.forms.json_schema import CompiledForms
from reply_hub.adapters.mongo.store import Store
from reply_hub.adapters.receipts.typst_renderer import TypstRenderer
from reply_hub.adapters.signatures.pool import JudgingPool, PoolLimits
from reply_hub.application.announcements import Announcer
from reply_hub.application.decide_signature import DecideSignature
from reply_hub.application.follow_request import WithdrawRequest
from reply_hub.application.keep_draft import KeepDraft
from reply_hub.application.list_unmatched import ListUnmatched
from reply_hub.application.make_summary import MakeSummary
from reply_hub.application.read_reply import ReadContent, ReadReply
from reply_hub.application.read_request import ReadRequest
from reply_hub.application.submit_reply import SubmitReply
from reply_hub.application.upload_attachment import UploadAttachment
from reply_hub.entrypoints.http.callers import Callers
from reply_hub.entrypoints.http.reply_routes import ReplyUses, reply_router
from reply_hub.entrypoints.http.request_routes import RequestUses, request_router
from reply_hub.house import House
from reply_hub.settings import ReplyHubSettings
from reply_hub.worker import readiness_of, worker_tasks
from signatures.trust import TrustRoots

EBOX: Final = "ebox"
VERSION: Final = "0.1.0"
TITLE: Final = "Antwoordhub: reply-hub"
DESCRIPTION: Final = "Answers to letters: asked, received, receipted, judged."


def build_house(settings: ReplyHubSettings) -> House:
    """Put everything together; nothing connects before it is used."""
    client = connect(
        settings.mongodb_uri.get_secret_value(), application="reply-hub", timeout_ms=settings.mongodb_timeout_ms
    )
    database = client[settings.mongodb_database]
    http = http_client()
    key = ClientKey(Path(settings.client_key_file).read_bytes())
    discovery = Discovery(http, issuer=settings.issuer, client_id=settings.client_id, key=key)
    tokens = ServiceTokens(discovery)
    sandbox_clock = SandboxClock(database["sandbox_clock"]) if settings.sandbox else None
    clock = sandbox_clock or SystemClock()
    return House(
        settings=settings,
        client=client,
        database=database,
        http=http,
        store=Store.of(database),
        files=GridFsFileStore(database, clock),
        clock=clock,
        sandbox_clock=sandbox_clock,
        cipher=FieldCipher(settings.key_bytes("data_key")[:32]),
        pseudonymiser=Pseudonymiser(settings.key_bytes("pseudonym_key")),
        announcer=Announcer(settings.public_url),
        forms=CompiledForms(),
        verifier=_verifier(settings, discovery),
        prefill=HttpPrefillSource(
            http=http, tokens=tokens, base_url=settings.documents_url, audience=settings.documents_audience
        ),
        mailboxes=_mailboxes(settings, http, tokens),
        pool=_pool(settings),
        responders=guarded_client(
            allow_private=settings.outbound_private_allowed,
            plain_http=True,
            max_body=settings.revocation_max_bytes,
            total_s=settings.revocation_timeout_s,
        ),
        instance=f"{socket.gethostname()}/{os.getpid()}",
    )


def _pool(settings: ReplyHubSettings) -> JudgingPool:
    roots = TrustRoots(advanced=tuple(settings.signature_root_files), timestamps=tuple(settings.timestamp_root_files))
    limits = PoolLimits(
        processes=settings.judging_processes,
        memory_bytes=settings.judging_memory_bytes,
        timeout_s=settings.judging_timeout_s,
    )
    return JudgingPool(roots, limits)


def _verifier(settings: ReplyHubSettings, discovery: Discovery) -> TokenVerifier:
    if settings.token_check == "introspection":  # noqa: S105 - the name of a way of checking, no secret
        return IntrospectionVerifier(discovery=discovery, audience=settings.audience)
    return JwksVerifier(discovery=discovery, audience=settings.audience)


def _mailboxes(settings: ReplyHubSettings, http: httpx.AsyncClient, tokens: ServiceTokens) -> Mapping[str, Mailbox]:
    if not settings.ebox_registry_url:
        return {}

    async def token() -> str:
        return await tokens.bearer(settings.ebox_token_scope, settings.ebox_token_audience)

    config = EboxConfig(
        registry_url=settings.ebox_registry_url,
        federation_url=settings.ebox_federation_url,
        page_size=settings.ebox_page_size,
        overlap=timedelta(seconds=settings.ebox_overlap_s),
    )
    return {EBOX: EboxMailbox(http, token, config)}


def build_api(house: House) -> FastAPI:
    """The HTTP application. Ready when MongoDB and the issuer's keys are usable; Kafka is none of its business."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await house.set_up()
        clock = asyncio.create_task(house.sandbox_clock.run()) if house.sandbox_clock else None
        try:
            yield
        finally:
            if clock is not None:
                clock.cancel()
                with suppress(asyncio.CancelledError):
                    await clock
            await house.close()

    return create_app(
        title=TITLE,
        description=DESCRIPTION,
        version=VERSION,
        verifier=house.verifier,
        routers=[
            request_router(request_uses(house)),
            reply_router(reply_uses(house)),
            *([sandbox_router(house.sandbox_clock)] if house.sandbox_clock else []),
        ],
        readiness={"mongodb": house.database_answers, "keys": house.verifier.ready},
        lifespan=lifespan,
    )


def request_uses(house: House) -> RequestUses:
    """The use cases behind the routes of requests."""
    store = house.store
    return RequestUses(
        callers=Callers(house.pseudonymiser),
        read=ReadRequest(requests=store.requests, replies=store.replies, crypt=house.cipher),
        drafts=KeepDraft(requests=store.requests, drafts=store.drafts, crypt=house.cipher, clock=house.clock),
        summary=MakeSummary(
            requests=store.requests,
            drafts=store.drafts,
            attachments=store.attachments,
            crypt=house.cipher,
            renderer=TypstRenderer(),
        ),
        upload=UploadAttachment(
            requests=store.requests,
            attachments=store.attachments,
            files=house.files,
            clock=house.clock,
            kept=timedelta(seconds=house.settings.attachment_kept_s),
        ),
        withdraw=WithdrawRequest(requests=store.requests, announcer=house.announcer, clock=house.clock),
    )


def reply_uses(house: House) -> ReplyUses:
    """The use cases behind the routes of answers."""
    store = house.store
    return ReplyUses(
        callers=Callers(house.pseudonymiser),
        submit=SubmitReply(
            requests=store.requests,
            replies=store.replies,
            attachments=store.attachments,
            drafts=store.drafts,
            forms=house.forms,
            crypt=house.cipher,
            announcer=house.announcer,
            clock=house.clock,
        ),
        read=ReadReply(replies=store.replies, attachments=store.attachments, renderer=TypstRenderer()),
        content=ReadContent(
            replies=store.replies, attachments=store.attachments, files=house.files, crypt=house.cipher
        ),
        unmatched=ListUnmatched(incomings=store.incomings),
        decide=DecideSignature(replies=store.replies, clock=house.clock),
    )


WorkerStart = Callable[[], Awaitable[tuple[Sequence[Task], Mapping[str, Check]]]]


def worker_start(house: House) -> WorkerStart:
    """What the worker process does when it starts."""

    async def start() -> tuple[Sequence[Task], Mapping[str, Check]]:
        await house.set_up()
        if house.sandbox_clock is not None:
            await house.sandbox_clock.refresh()
        tasks, consumer = worker_tasks(house)
        return tasks, readiness_of(house, consumer)

    return start
