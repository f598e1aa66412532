"""documents in one process on a real MongoDB, with the worker's work done step by step."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from pymongo.asynchronous.database import AsyncDatabase

from chassis.authentication import InvalidToken, Principal
from chassis.clock import FixedClock
from chassis.due_item import DueItem
from chassis.due_work import LeasedItem
from chassis.files import Sweeper
from chassis.outbox_record import from_record
from chassis.scanning import Clean, Infected, ScannerUnavailable
from contracts.envelope import CloudEvent
from contracts.identifiers import Tenant
from dev.contracts.services import key_file
from dev.demo.letters import letter
from dev.house.clients import base64url_sha256
from documents.application.announce import Announce
from documents.application.deliver_message import DeliverMessage
from documents.application.due_kinds import DELIVER, FETCH, FOLLOW, SCAN, Patience
from documents.application.fetch_document import FetchDocument
from documents.application.follow_message import FollowMessage
from documents.application.scan_files import ScanFiles
from documents.bootstrap import build, build_api
from documents.house import House
from documents.settings import DocumentsSettings
from mailboxes.ebox.client import EBOX_CAPABILITIES
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import Capabilities, Consent, LetterToPublish, MessageStatus, Published, SentMessage
from mailboxes.registry import MailboxRegistry

AGENCY = "OVO002949"
SENDER = "0316380841"
CITIZEN = "85073003328"
BRON = "https://data.vlaanderen.be/id/bron/studietoelagen"
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
PDF = b"%PDF-1.7 a letter"
SCOPES = frozenset({"msg_msg_v1_P", "msg_msg_v1_G", "hub_service_v1"})


class Tokens:
    """Tokens that say whose they are: `agency:<organisation>`; anything else is none."""

    async def verify(self, token: str) -> Principal:
        kind, _, organization = token.partition(":")
        if kind != "agency":
            raise InvalidToken("none of ours")
        return Principal(
            client_id=organization,
            subject=organization,
            scopes=SCOPES,
            organization=Tenant(organization),
            person=None,
        )

    async def ready(self) -> None:
        """Always."""


@dataclass(slots=True)
class PlayedMailbox:
    """A mailbox behind the port, told how to behave."""

    consent: Consent = field(default_factory=lambda: Consent(active=True, exclusively=None, source="test"))
    fails: list[Exception] = field(default_factory=list)
    code: str | None = None
    published: dict[str, LetterToPublish] = field(default_factory=dict)
    contents: dict[str, list[bytes]] = field(default_factory=dict)
    status: MessageStatus | None = None

    def capabilities(self) -> Capabilities:
        return EBOX_CAPABILITIES

    async def find_recipient(self, party: object) -> Consent:
        if self.fails:
            raise self.fails.pop(0)
        return self.consent

    async def publish(self, published: LetterToPublish) -> Published:
        self.published[published.message_id] = published
        self.contents[published.message_id] = [
            b"".join([block async for block in file.content()]) for file in published.attachments
        ]
        return Published(message_id=f"in-box-{published.message_id}", code=self.code)

    async def read_status(self, messages: list[SentMessage]) -> list[MessageStatus]:
        if self.fails:
            raise self.fails.pop(0)
        return [self.status] if self.status else []


@dataclass(slots=True)
class PlayedScanner:
    """Finds EICAR; may be away."""

    away: bool = False

    async def scan(self, content: AsyncIterator[bytes]) -> Clean | Infected:
        if self.away:
            raise ScannerUnavailable("away")
        return Infected("EICAR") if b"EICAR" in b"".join([block async for block in content]) else Clean()


@dataclass(slots=True)
class Documents:
    """The service, as agencies and as its worker see it."""

    house: House
    http: httpx.AsyncClient
    clock: FixedClock
    mailbox: PlayedMailbox
    scanner: PlayedScanner

    async def call(
        self,
        method: str,
        path: str,
        *,
        tenant: str = AGENCY,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """One call, with all headers it wants."""
        sent = {"authorization": f"Bearer agency:{tenant}", "x-correlation-id": uuid4().hex, **(headers or {})}
        if method == "POST":
            sent.setdefault("idempotency-key", key or uuid4().hex)
        return await self.http.request(method, f"/api/v1{path}", headers=sent, **arguments)

    def letter(self, *, pdf: bytes = PDF, dossier: str = "D-1", **changes: Any) -> dict[str, Any]:
        """A letter that asks for a form; `changes` replace members."""
        body = letter(citizen=CITIZEN, sender=SENDER, dossier_nummer=dossier, pdf=pdf)
        return {name: value for name, value in {**body, **changes}.items() if value is not None}

    async def push(
        self,
        body: Mapping[str, Any] | bytes | None = None,
        files: Mapping[str, bytes] | None = None,
        *,
        media_type: str = "application/pdf",
        json_last: bool = False,
        **arguments: Any,
    ) -> httpx.Response:
        """Push it, with its files."""
        content = body if isinstance(body, bytes) else orjson.dumps(self.letter() if body is None else body)
        parts: list[tuple[str, tuple[str, bytes, str]]] = [
            ("messageToPublish", ("message.json", content, "application/json"))
        ]
        given = {"upfile1": PDF} if files is None else files
        parts += [(name, (f"{name}.pdf", file, media_type)) for name, file in given.items()]
        return await self.call("POST", "/messages", files=parts[::-1] if json_last else parts, **arguments)

    async def accepted(self, **changes: Any) -> str:
        """Push a letter that is taken; its id."""
        response = await self.push(self.letter(**changes))
        assert response.status_code == 201, response.text
        return str(response.json()["messageId"])

    async def shown(self, message_id: str) -> dict[str, Any]:
        """A letter as its agency sees it."""
        response = await self.call("GET", f"/messages/{message_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    async def work(self, *, source: Any = None) -> None:
        """Do what is due now, until nothing is."""
        handlers = self._handlers(source)
        messages = self.house.aggregates["messages"].collection
        for _ in range(10):
            due = await messages.find({"due.at": {"$lte": self.clock.now()}}).to_list()
            if not due:
                return
            for document in due:
                for stored in document["due"]:
                    item = DueItem.from_document(stored)
                    if item.at <= self.clock.now():
                        leased = LeasedItem(document["_id"], DueItem.from_document({**stored, "attempts": 1}))
                        await handlers[item.kind](document["_id"], leased)

    def _handlers(self, source: Any) -> Mapping[str, Any]:
        house, clock = self.house, self.clock
        patience = Patience(base=timedelta(seconds=2), cap=timedelta(minutes=5), attempts=3)
        shared: dict[str, Any] = {"messages": house.messages, "clock": clock, "patience": patience}
        return {
            SCAN: ScanFiles(files=house.files, scanner=self.scanner, **shared),
            DELIVER: DeliverMessage(
                files=house.files, mailbox=house.mailboxes["ebox"], first_look=timedelta(minutes=1), **shared
            ),
            FOLLOW: FollowMessage(mailbox=house.mailboxes["ebox"], longest=timedelta(days=365), **shared),
            FETCH: FetchDocument(files=house.files, source=source, **shared),
        }

    @property
    def announce(self) -> Announce:
        """The use case behind reply-hub's events."""
        return Announce(messages=self.house.messages, message_type_id="BERICHT", clock=self.clock)

    async def told(self) -> list[CloudEvent]:
        """Events that were told so far."""
        documents = await self.house.aggregates["messages"].collection.find({}).sort("created_at", 1).to_list()
        return [from_record(record) for document in documents for record in document["outbox"]]

    async def orphans(self) -> list[str]:
        """Files that nobody points at."""
        return await Sweeper(
            database=self.house.database, store=self.house.files, in_use=self.house.messages.uses_file
        ).orphans()

    async def stored(self) -> int:
        """How many messages there are."""
        return await self.house.aggregates["messages"].collection.count_documents({})


def digest(content: bytes) -> dict[str, str]:
    """As a letter announces it."""
    return {"digestMethod": "sha_256", "digestValue": base64url_sha256(content)}


def unavailable(reason: str = "away") -> MailboxUnavailable:
    """The mailbox does not answer."""
    return MailboxUnavailable(reason)


def refused(code: str = "INVALID_INPUT") -> MailboxRefused:
    """The mailbox says no."""
    return MailboxRefused(code, "no")


@pytest.fixture
async def documents(mongodb: AsyncDatabase[dict[str, Any]], mongodb_uri: str) -> AsyncIterator[Documents]:
    """The service with an empty database, in which one bron is registered."""
    with key_file() as key:
        settings = DocumentsSettings.model_validate(
            {
                "environment": "sandbox",
                "public_url": "http://documents.test",
                "mongodb_uri": mongodb_uri,
                "mongodb_database": mongodb.name,
                "kafka_bootstrap_servers": "nowhere:9092",
                "issuer": "http://issuer.test",
                "audience": "documents",
                "client_id": "documents",
                "client_key_file": str(key),
                "pseudonym_key": "A" * 44,
                "data_key": "A" * 43 + "=",
                "senders": {AGENCY: SENDER},
                "reply_hub_url": "http://reply-hub.test",
                "reply_hub_audience": "reply-hub",
                "ebox_registry_url": "http://ebox.test",
                "ebox_federation_url": "http://ebox.test",
            }
        )
        house = build(settings)
    clock, mailbox = FixedClock(START), PlayedMailbox()
    house.clock, house.verifier = clock, Tokens()
    house.mailboxes = MailboxRegistry({"ebox": mailbox})  # type: ignore[dict-item]  # the part of it that is used
    await house.set_up()
    await house.bronnen.note(BRON, AGENCY, 1)
    transport = httpx.ASGITransport(app=build_api(house), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://documents.test") as http:
        yield Documents(house, http, clock, mailbox, PlayedScanner())
    await house.close()
