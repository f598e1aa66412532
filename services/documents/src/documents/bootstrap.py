"""The one place where documents is put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import httpx
from fastapi import FastAPI

from chassis.authentication import IntrospectionVerifier, JwksVerifier
from chassis.cipher import FieldCipher
from chassis.clock import Clock, SandboxClock, SystemClock
from chassis.discovery import ClientKey, Discovery
from chassis.files import GridFsFileStore
from chassis.http.app import create_app
from chassis.http.sandbox import sandbox_router
from chassis.mongo import AggregateCollection, connect
from chassis.outbound import ServiceTokens, http_client
from contracts.identifiers import Pseudonymiser
from documents.adapters.forms.json_schema import JsonSchemaForms
from documents.adapters.mongo.bronnen import MongoBronnen
from documents.adapters.mongo.forms import MongoForms
from documents.adapters.mongo.messages import MongoMessages
from documents.adapters.reply_hub.http_source import HttpDocumentSource
from documents.application.events import SERVICE
from documents.application.forms import Forms
from documents.application.push_message import PushMessage
from documents.application.read_message import ReadMessage
from documents.application.reply_request import FreezeReplyRequest
from documents.entrypoints.http.form_routes import form_routes
from documents.entrypoints.http.message_routes import message_routes, push_routes
from documents.house import AGGREGATES, EBOX, House
from documents.settings import DocumentsSettings
from mailboxes.ebox import EboxConfig, EboxMailbox
from mailboxes.registry import MailboxRegistry


def build(settings: DocumentsSettings) -> House:
    """Put everything together; nothing connects before it is used."""
    client = connect(
        settings.mongodb_uri.get_secret_value(), application=SERVICE, timeout_ms=settings.mongodb_timeout_ms
    )
    database = client[settings.mongodb_database]
    clock: Clock = SandboxClock(database["sandbox_clock"]) if settings.sandbox else SystemClock()
    http = http_client()
    key = ClientKey(Path(settings.client_key_file).read_bytes())
    discovery = Discovery(http, issuer=settings.issuer, client_id=settings.client_id, key=key)
    tokens = ServiceTokens(discovery)
    aggregates = {name: AggregateCollection.of(database, name) for name in AGGREGATES}
    forms, checker = MongoForms(database["forms"]), JsonSchemaForms()
    by_keys = settings.token_check == "jwks"  # noqa: S105 - the name of a way of checking, no secret
    return House(
        settings=settings,
        client=client,
        database=database,
        http=http,
        clock=clock,
        aggregates=aggregates,
        messages=MongoMessages(aggregates["messages"], FieldCipher(settings.key_bytes("data_key"))),
        form_repository=forms,
        bronnen=MongoBronnen(database["bronnen"]),
        files=GridFsFileStore(database, clock),
        checker=checker,
        forms=Forms(repository=forms, checker=checker, public_url=settings.public_url),
        source=HttpDocumentSource(
            http=http, tokens=tokens, base_url=settings.reply_hub_url, audience=settings.reply_hub_audience
        ),
        mailboxes=MailboxRegistry({EBOX: _ebox(settings, http, tokens)}),
        pseudonymiser=Pseudonymiser(settings.key_bytes("pseudonym_key")),
        verifier=(JwksVerifier if by_keys else IntrospectionVerifier)(
            discovery=discovery, audience=settings.audience
        ),
    )


def _ebox(settings: DocumentsSettings, http: httpx.AsyncClient, tokens: ServiceTokens) -> EboxMailbox:
    async def token() -> str:
        return await tokens.bearer(settings.ebox_token_scope, settings.ebox_token_audience)

    config = EboxConfig(registry_url=settings.ebox_registry_url, federation_url=settings.ebox_federation_url)
    return EboxMailbox(http, token, config)


def build_api(house: House) -> FastAPI:
    """The HTTP application. Ready when MongoDB and the issuer's keys are usable; Kafka is none of its business."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await house.set_up()
        async with AsyncExitStack() as running:
            running.push_async_callback(house.close)
            if isinstance(house.clock, SandboxClock):
                await running.enter_async_context(house.clock.running())
            yield

    push = PushMessage(
        messages=house.messages,
        bronnen=house.bronnen,
        freeze=FreezeReplyRequest(forms=house.forms, checker=house.checker),
        mailbox_name=EBOX,
        mailbox=house.mailboxes[EBOX],
        senders=house.settings.senders,
        pseudonymiser=house.pseudonymiser,
        clock=house.clock,
    )
    routers = [
        push_routes(push, house.messages, house.files),
        message_routes(ReadMessage(messages=house.messages, files=house.files)),
        form_routes(house.forms, house.form_repository, house.clock),
    ]
    if isinstance(house.clock, SandboxClock):
        routers.append(sandbox_router(house.clock))
    return create_app(
        title="Antwoordhub documents",
        description="Takes letters in, asks what may be answered, and puts them into the recipient's mailbox.",
        version=version("antwoordhub-documents"),
        verifier=house.verifier,
        routers=routers,
        readiness={"mongodb": house.database_answers, "keys": house.verifier.ready},
        lifespan=lifespan,
    )
