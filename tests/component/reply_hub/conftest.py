"""reply-hub in one process on a real MongoDB: its HTTP application, and its worker's work done step by step."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asn1crypto import pem
from pymongo.asynchronous.database import AsyncDatabase

from chassis.authentication import InvalidToken, Person, Principal
from chassis.cipher import FieldCipher
from chassis.clock import FixedClock
from chassis.due_item import DueItem
from chassis.due_work import LeasedItem
from chassis.files import GridFsFileStore
from chassis.ids import derived_id
from chassis.mongo import VersionConflict
from chassis.outbound import http_client
from chassis.outbox_record import from_record
from chassis.scanning import Clean, Infected, ScannerUnavailable
from contracts.documents.v1 import MessageConsigned
from contracts.envelope import CloudEvent
from contracts.identifiers import Pseudonymiser, Scheme, Tenant
from dev.pki.architecture import TestPki
from dev.pki.signing import Signing, sign
from dev.simulators.misbehaviour import Misbehaviours, misbehaving
from dev.simulators.trust_services.app import create_app as trust_services_app
from mailboxes.port import Mailbox
from reply_hub import worker
from reply_hub.adapters.documents.prefill import HttpPrefillSource
from reply_hub.adapters.forms.json_schema import CompiledForms
from reply_hub.adapters.mongo.store import Store
from reply_hub.adapters.signatures.pool import JudgingPool, PoolLimits
from reply_hub.application.announcements import Announcer
from reply_hub.application.note_filing import NoteFiling
from reply_hub.application.open_request import OpenRequest
from reply_hub.bootstrap import build_api
from reply_hub.house import House
from reply_hub.settings import ReplyHubSettings
from signatures.trust import TrustRoots

CITIZEN = "85073003328"
OTHER_CITIZEN = "17073003384"
ENTERPRISE = "0316380841"
AGENCY = "OVO002949"
OTHER_AGENCY = "OVO000001"
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

FORM: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["naam", "bedrag"],
    "properties": {
        "naam": {"type": "string", "minLength": 2, "maxLength": 60},
        "bedrag": {"type": "number", "minimum": 0},
        "datum": {"type": "string", "format": "date"},
        "keuze": {"enum": ["A", "B"]},
        "rekening": {"type": "string", "x-confidential": True},
        "partner": {"type": "string", "format": "insz"},
        "opmerking": {"type": "string", "maxLength": 200000},
    },
}
KEYS = {"NAAM": "/naam", "BEDRAG": "/bedrag", "DATUM": "/datum", "KEUZE": "/keuze"}


class Tokens:
    """A verifier whose tokens say in plain text who calls."""

    async def verify(self, token: str) -> Principal:
        kind, _, value = token.partition(":")
        match kind:
            case "person":
                number, _, represents = value.partition(":")
                person = Person(number, "Lien", "Peeters", "urn:test:eid", "BUR", represents or None)
                return Principal("mailbox", number, frozenset({"rply_reply_v1_P"}), None, person)
            case "employee":
                number, _, employer = value.partition(":")
                person = Person(number, "Jan", "Maes", None, "EA")
                return Principal("mailbox", number, frozenset({"rply_reply_v1_P"}), Tenant(employer), person)
            case "agency":
                scopes = frozenset({"rply_reply_v1_G", "msg_msg_v1_P"})
                return Principal("agency", value, scopes, Tenant(value))
            case "scope":
                return Principal("client", "client", frozenset({value}), None)
            case _:
                raise InvalidToken("made up")

    async def ready(self) -> None:
        """Always."""


@dataclass
class Scanner:
    """A scanner that can be away, and finds what it is told to."""

    away: bool = False
    infected: bytes = b"EICAR"

    async def scan(self, content: AsyncIterator[bytes]) -> Any:
        if self.away:
            raise ScannerUnavailable("away")
        whole = b"".join([block async for block in content])
        return Infected("Eicar-Test") if self.infected in whole else Clean()


@dataclass
class Hub:
    """The service under test, and hands to move it."""

    house: House
    http: httpx.AsyncClient
    clock: FixedClock
    scanner: Scanner
    told: list[CloudEvent] = field(default_factory=list)

    async def call(
        self, method: str, path: str, token: str, *, key: str | None = None, **arguments: Any
    ) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {token}",
            "x-correlation-id": uuid4().hex,
            **({"idempotency-key": key or uuid4().hex} if method == "POST" else {}),
            **arguments.pop("headers", {}),
        }
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **arguments)

    async def submit(
        self, request_id: str, data: Mapping[str, Any] | None = None, *, token: str | None = None, **more: Any
    ) -> httpx.Response:
        files = [{"attachmentId": found} for found in more.pop("attachments", [])]
        body = {"replyRequestId": request_id, "data": data or answer(), "attachments": files}
        return await self.call("POST", "/replies", token or f"person:{CITIZEN}", json=body, **more)

    async def upload(self, request_id: str, content: bytes = b"%PDF-1.7 a", **more: Any) -> httpx.Response:
        headers = {"content-type": "application/pdf", "x-file-name": "bewijs.pdf", **more.pop("headers", {})}
        path = f"/reply-requests/{request_id}/attachments"
        params = {"slot": more.pop("slot", "bewijs")}
        token = more.pop("token", f"person:{CITIZEN}")
        return await self.call("POST", path, token, content=content, headers=headers, params=params, **more)

    async def consign(self, **changes: Any) -> str:
        """A letter with a request is in the mailbox; returns the request's id."""
        letter = letter_of(self.house.pseudonymiser, **changes)
        await self.open_request(letter, correlation_id="c-letter")
        assert letter.reply_request is not None
        return letter.reply_request.reply_request_id

    @property
    def open_request(self) -> OpenRequest:
        return OpenRequest(
            requests=self.house.store.requests,
            boxes=self.house.store.boxes,
            announcer=self.house.announcer,
            is_holiday=lambda _day: False,
            collected_mailboxes=frozenset(self.house.mailboxes),
        )

    @property
    def note_filing(self) -> NoteFiling:
        return NoteFiling(replies=self.house.store.replies, announcer=self.house.announcer)

    async def work(self, *, rounds: int = 20) -> None:
        """Do everything that is due now, until nothing is; work that fails stays."""
        handlers = worker.due_handlers(self.house)
        for _ in range(rounds):
            if not [
                done for done in [await self._work_once(part, kinds) for part, kinds in handlers.items()] if done
            ]:
                return

    async def _work_once(self, part: Any, kinds: Mapping[str, Any]) -> int:
        done = 0
        # An answer that waits for the scan of its files is looked at again within a moment.
        until = self.clock.now() + (timedelta(seconds=2) if "judge" in kinds else timedelta())
        for document in await part.collection.find({"due.at": {"$lte": until}}).to_list():
            for stored in document["due"]:
                item = DueItem.from_document(stored)
                if item.at > until or item.kind not in kinds:
                    continue
                try:
                    await kinds[item.kind](document["_id"], LeasedItem(document["_id"], item))
                except (ScannerUnavailable, VersionConflict):
                    continue
                done += 1
        return done

    async def events(self) -> list[CloudEvent]:
        """What was told so far, in the order per aggregate; the outboxes are emptied."""
        for part in (self.house.store.requests.aggregates, self.house.store.replies.aggregates):
            for document in await part.collection.find({}).sort("created_at", 1).to_list():
                self.told += [from_record(record) for record in document["outbox"]]
            await part.collection.update_many({}, {"$set": {"outbox": []}})
        return self.told

    async def told_of(self, kind: str) -> list[CloudEvent]:
        """Events whose type ends so."""
        return [event for event in await self.events() if event.type.endswith(f".{kind}")]

    async def reply(self, reply_id: str, token: str = f"agency:{AGENCY}") -> dict[str, Any]:
        response = await self.call("GET", f"/replies/{reply_id}", token)
        assert response.status_code == 200, response.text
        return dict(response.json())


def answer(**changes: Any) -> dict[str, Any]:
    """Data that obey the form."""
    return {"naam": "Lien Peeters", "bedrag": 12.5, **changes}


def letter_of(
    pseudonymiser: Pseudonymiser,
    *,
    name: str | None = None,
    tenant: str = AGENCY,
    enterprise: str | None = None,
    mailbox: str = "post",
    who: tuple[str, ...] = ("ADDRESSEE",),
    dossier: str = "D-1",
    **asked: Any,
) -> MessageConsigned:
    """A letter's event; `asked` changes its reply request."""
    name = name or uuid4().hex
    scheme, number = (Scheme.KBO, enterprise) if enterprise else (Scheme.INSZ, CITIZEN)
    request = {
        "replyRequestId": derived_id("request", name),
        "required": True,
        "purpose": "AANVULLING",
        "form": {
            "formId": "F",
            "version": 1,
            "url": "http://documents/api/v1/forms/F/versions/1",
            "jsonSchema": FORM,
            "businessDataKeys": KEYS,
        },
        "attachmentSlots": [
            {"slot": "bewijs", "title": {"nl": "Bewijs"}, "maxFiles": 2, "mediaTypes": ["application/pdf"]}
        ],
        "deadline": {"responseTerm": "P30D"},
        "lateReplies": "ACCEPT_FLAGGED",
        "multiplicity": "SINGLE",
        "whoMayAnswer": list(who),
        **asked,
    }
    return MessageConsigned.from_data(
        {
            "messageId": derived_id("message", name),
            "tenant": tenant,
            "recipient": pseudonymiser.of_number(scheme, number),
            "mailbox": mailbox,
            "mailboxMessageId": f"mb-{name}",
            "senderEnterpriseNumber": "0316380841",
            "sentAt": START.isoformat(),
            "consignedAt": START.isoformat(),
            "recipientType": "enterprise" if enterprise else "citizen",
            "language": "nl",
            "dossier": {"bron": "https://bron.example/a", "dossierNummer": dossier, "fase": "Behandeling"},
            "replyRequest": request,
        }
    )


def settings_of(mongodb_name: str) -> ReplyHubSettings:
    """Settings of a sandbox."""
    return ReplyHubSettings.model_validate(
        {
            "environment": "sandbox",
            "public_url": "http://reply-hub.test",
            "mongodb_uri": "mongodb://unused",
            "mongodb_database": mongodb_name,
            "kafka_bootstrap_servers": "unused:9092",
            "issuer": "http://issuer.test",
            "audience": "reply-hub",
            "client_id": "reply-hub",
            "client_key_file": "unused.pem",
            "pseudonym_key": KEY,
            "data_key": KEY,
            "documents_url": "http://documents.test",
            "documents_audience": "documents",
        }
    )


@dataclass
class TrustServices:
    """Trust services of a test PKI; told to, they misbehave."""

    pki: TestPki
    misbehaviours: Misbehaviours

    @property
    def misbehaving(self) -> Any:
        return misbehaving(trust_services_app(self.pki), self.misbehaviours)

    async def signed(self, pdf: bytes, who: str = "an", **how: Any) -> bytes:
        return await sign(pdf, self.pki, Signing(who=who, **how))


@pytest.fixture(scope="session")
def test_pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    # The hub of these tests lives in November 2026, an hour after its letters were sent.
    return TestPki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def trust_services(test_pki: TestPki) -> TrustServices:
    """Trust services that behave, until the test says otherwise."""
    return TrustServices(test_pki, Misbehaviours())


@pytest.fixture(scope="session")
async def pool(test_pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[JudgingPool]:
    """One judging process for all tests."""
    folder = tmp_path_factory.mktemp("roots")
    for label in ("root", "tsa-ca"):
        (folder / label).write_bytes(pem.armor("CERTIFICATE", test_pki.certificate(label).dump()))
    roots = TrustRoots(advanced=(str(folder / "root"),), timestamps=(str(folder / "tsa-ca"),))
    pool = JudgingPool(roots, PoolLimits(processes=1))
    yield pool
    await pool.close()


MakeHub = Callable[[Mapping[str, Mailbox]], Awaitable[Hub]]


@pytest.fixture
async def make_hub(
    mongodb: AsyncDatabase[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    pool: JudgingPool,
    trust_services: TrustServices,
) -> AsyncIterator[MakeHub]:
    """Builds the service with mailboxes of one's choice."""
    opened: list[httpx.AsyncClient] = []

    async def make(mailboxes: Mapping[str, Mailbox]) -> Hub:
        clock, scanner = FixedClock(START + timedelta(hours=1)), Scanner()
        monkeypatch.setattr(worker, "scanner_at", lambda _address: scanner)
        outbound = http_client()
        responders = httpx.AsyncClient(transport=httpx.ASGITransport(trust_services.misbehaving), trust_env=False)
        house = House(
            settings=settings_of(mongodb.name),
            client=mongodb.client,
            database=mongodb,
            http=outbound,
            store=Store.of(mongodb),
            files=GridFsFileStore(mongodb, clock),
            clock=clock,
            sandbox_clock=None,
            cipher=FieldCipher(b"0" * 32),
            pseudonymiser=Pseudonymiser(b"1" * 32),
            announcer=Announcer("http://reply-hub.test"),
            forms=CompiledForms(),
            verifier=Tokens(),
            prefill=HttpPrefillSource(http=outbound, tokens=None, base_url="", audience=""),  # type: ignore[arg-type]  # replaced where used
            mailboxes=mailboxes,
            pool=pool,
            responders=responders,
            instance="test",
        )
        await house.set_up()
        transport = httpx.ASGITransport(build_api(house), raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url="http://reply-hub.test", trust_env=False)
        opened.extend([http, outbound, responders])
        return Hub(house, http, clock, scanner)

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
async def hub(make_hub: MakeHub) -> Hub:
    """The service without mailboxes to collect from."""
    return await make_hub({})
