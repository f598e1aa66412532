"""dossier-router in one process on a real MongoDB: its API, and its use cases called as events would."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from pymongo.asynchronous.database import AsyncDatabase

from chassis.authentication import InvalidToken, Principal
from chassis.due_item import DueItem
from chassis.due_work import LeasedItem
from chassis.outbox_record import from_record
from contracts.envelope import CloudEvent
from contracts.identifiers import Tenant
from contracts.reply_hub.v1 import ReplyAccepted, ReplyRequestOpened
from dev.contracts.services import key_file
from dossier_router.application.deliver_filing import DeliverFiling, RetryLadder
from dossier_router.application.file_parked import LookAgain
from dossier_router.application.records import Subscription
from dossier_router.application.tell_phase import BindRequest
from dossier_router.bootstrap import House, build, build_api, ensure_indexes
from dossier_router.settings import RouterSettings

AGENCY = "OVO002949"
BRON = "https://data.vlaanderen.be/id/bron/studietoelagen"
_SECOND = timedelta(seconds=1)
EXAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "examples"
SCOPES = frozenset({"dssr_dossier_v1_P", "dssr_filing_v1_G", "dssr_filing_v1_P", "dssr_parked_v1_P", "hub_ops_v1"})


class Tokens:
    """Tokens that say whose they are."""

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


@dataclass(frozen=True, slots=True)
class Said:
    """What a case system answers."""

    status: int | None
    error: str | None = None
    excerpt: str = ""
    retry_after: Any = None


@dataclass(slots=True)
class PlayedCaseSystem:
    """Takes webhooks; answers what it is told to."""

    status: int | None = 204
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def tell(self, subscription: Subscription, *, message_id: str, body: bytes) -> Said:
        self.calls.append((message_id, orjson.loads(body)))
        return Said(self.status)


@dataclass(slots=True)
class Router:
    """The service, as case systems, handlers and events see it."""

    house: House
    http: httpx.AsyncClient
    case_system: PlayedCaseSystem

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

    async def tell_phase(self, dossier: str, fase: str, version: int, **arguments: Any) -> httpx.Response:
        """The case system says in which phase a dossier is."""
        body = {
            "bron": BRON,
            "dossierNummer": dossier,
            "fase": fase,
            "version": version,
            "datumModificatie": "2026-11-24T09:00:00+01:00",
        }
        return await self.call("PUT", "/dossiers", json=body, **arguments)

    async def opened(self, request_id: str, dossier: str, fase: str = "Behandeling") -> None:
        """reply-hub tells that a request opened."""
        data = orjson.loads((EXAMPLES / "replyRequests.opened.v1" / "1.json").read_bytes())
        data |= {"replyRequestId": request_id}
        data["dossier"] = {"bron": BRON, "dossierNummer": dossier, "fase": fase}
        await BindRequest(dossiers=self.house.dossiers)(ReplyRequestOpened.from_data(data))

    async def accepted(self, reply_id: str, request_id: str, dossier: str, **changes: Any) -> None:
        """reply-hub tells that an answer was accepted."""
        data = orjson.loads((EXAMPLES / "replies.accepted.v1" / "1.json").read_bytes())
        data |= {"replyId": reply_id, "replyRequestId": request_id, "supersedes": None, **changes}
        data["dossier"] = {"bron": BRON, "dossierNummer": dossier, "fase": "Behandeling"}
        await self.house.file_reply(ReplyAccepted.from_data(data), correlation_id="c")

    async def answered(self, dossier: str, *, reply_id: str | None = None) -> str:
        """A dossier in `Behandeling`, a request and its answer; the answer's id."""
        reply_id = reply_id or uuid4().hex
        await self.tell_phase(dossier, "Behandeling", 1)
        await self.opened(f"request-{reply_id}", dossier)
        await self.accepted(reply_id, f"request-{reply_id}", dossier)
        await self.house.feed.number()
        return reply_id

    async def feed(self, after: int = 0, **arguments: Any) -> dict[str, Any]:
        """A page of the feed."""
        return dict((await self.call("GET", f"/filings?after={after}", **arguments)).json())

    async def parked(self) -> list[dict[str, Any]]:
        """What waits for a handler."""
        return list((await self.call("GET", "/parked-replies")).json()["items"])

    async def subscribed(self) -> str:
        """A subscription of the agency; its id."""
        made = await self.call("POST", "/subscriptions", json={"url": "https://zaken.example/hook"})
        assert made.status_code == 201, made.text
        return str(made.json()["subscriptionId"])

    async def deliver(self, *, attempts: int = 1) -> None:
        """Do the webhooks that are due, whenever that is."""
        ladder = RetryLadder(base=_SECOND, cap=60 * _SECOND, give_up_after=3600 * _SECOND)
        handler = DeliverFiling(
            log=self.house.log,
            subscriptions=self.house.subscriptions,
            case_system=self.case_system,
            clock=self.house.clock,
            ladder=ladder,
        )
        async for document in self.house.aggregates["filings"].collection.find({"due.kind": "webhook"}):
            for stored in document["due"]:
                item = replace(DueItem.from_document(stored), attempts=attempts)
                await handler(document["_id"], LeasedItem(document["_id"], item))

    async def look_again(self) -> None:
        """What is due when a dossier becomes known."""
        house = self.house
        look = LookAgain(
            dossiers=house.dossiers, log=house.log, file_reply=house.file_reply, file_parked=house.file_parked
        )
        async for document in house.aggregates["dossiers"].collection.find({"due.0": {"$exists": True}}):
            for stored in document["due"]:
                await look(document["_id"], LeasedItem(document["_id"], DueItem.from_document(stored)))

    async def told(self) -> list[CloudEvent]:
        """Events of filings so far."""
        found = await self.house.aggregates["filings"].collection.find({}).sort("_id", 1).to_list()
        return [from_record(record) for document in found for record in document["outbox"]]


@pytest.fixture
async def router(mongodb: AsyncDatabase[dict[str, Any]], mongodb_uri: str) -> AsyncIterator[Router]:
    """The service with an empty database, in which the agency has one bron."""
    with key_file() as key:
        settings = RouterSettings.model_validate(
            {
                "environment": "sandbox",
                "public_url": "http://router.test",
                "mongodb_uri": mongodb_uri,
                "mongodb_database": mongodb.name,
                "kafka_bootstrap_servers": "nowhere:9092",
                "issuer": "http://issuer.test",
                "audience": "dossier-router",
                "client_id": "dossier-router",
                "client_key_file": str(key),
                "pseudonym_key": "A" * 44,
                "data_key": "A" * 43 + "=",
            }
        )
        house = build(settings)
    house.verifier = Tokens()
    await ensure_indexes(house)
    transport = httpx.ASGITransport(app=build_api(house), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://router.test") as http:
        service = Router(house, http, PlayedCaseSystem())
        registered = await service.call("POST", "/bronnen", json={"bron": BRON, "organization": AGENCY})
        assert registered.status_code == 201, registered.text
        yield service
    await house.close()
