"""The simulated case system checks whom it hears, works on each filing once, and tells what it made of it."""

import hashlib
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI, Response
from standardwebhooks.webhooks import Webhook

from dev.house.clients import eventually
from dev.simulators.case_system.app import create_app
from dev.simulators.case_system.desk import Desk
from dev.simulators.case_system.settings import CaseSystemSettings
from dev.simulators.ebox.serving import served
from dossier_router.adapters.casesystems.standard_webhooks import signed_headers

SECRET = f"whsec_{b64encode(b'0' * 32).decode()}"
FILE = b"%PDF-1.7 a file"


@dataclass(slots=True)
class Hub:
    """The hub as a case system sees it."""

    acknowledged: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fails: int = 0

    def app(self) -> FastAPI:
        """Its files, its confidential data, its acknowledgements."""
        app = FastAPI()

        @app.get("/file")
        async def file() -> Response:
            if self.fails:
                self.fails -= 1
                return Response(status_code=503)
            return Response(FILE)

        @app.get("/confidential")
        async def confidential() -> dict[str, Any]:
            return {"values": {"/iban": "BE68"}}

        @app.post("/api/v1/filings/{filing_id}/acknowledgements", status_code=204)
        async def acknowledge(filing_id: str, body: dict[str, Any]) -> Response:
            self.acknowledged.append((filing_id, body))
            return Response(status_code=204)

        return app


class Tokens:
    """Tokens of a case system."""

    async def bearer(self, scope: str, audience: str) -> str:
        return f"{scope}/{audience}"


@dataclass(slots=True)
class CaseSystem:
    """A running case system with one subscription."""

    http: httpx.AsyncClient
    url: str
    hub: Hub
    hub_url: str

    def filing(self, **changes: Any) -> bytes:
        """A filing with one file and confidential data."""
        digest = urlsafe_b64encode(hashlib.sha256(FILE).digest()).rstrip(b"=").decode()
        file = {
            "attachmentId": "a",
            "fileName": "f",
            "size": len(FILE),
            "sha256": digest,
            "url": f"{self.hub_url}/file",
        }
        filing = {"filingId": "f1", "replyId": "r1", "attachments": [file]}
        return orjson.dumps({**filing, "confidential": {"url": f"{self.hub_url}/confidential"}, **changes})

    async def call(self, body: bytes, *, message_id: str = "m1", **headers: str) -> int:
        """Call its webhook, signed as the hub signs."""
        signed = signed_headers(SECRET, message_id=message_id, timestamp=int(time.time()), body=body)
        answer = await self.http.post(f"{self.url}/webhooks/one", content=body, headers={**signed, **headers})
        return answer.status_code

    async def worked(self) -> dict[str, Any]:
        """What it made of the filing."""

        async def look() -> dict[str, Any] | None:
            found = (await self.http.get(f"{self.url}/sim/received/f1")).json()
            return dict(found) if found["acknowledged"] else None

        return await eventually("it acknowledges", look, timeout_s=10)


@pytest.fixture
async def case_system() -> AsyncIterator[CaseSystem]:
    """A running one."""
    hub = Hub()
    async with httpx.AsyncClient(trust_env=False) as http, served(hub.app()) as hub_url:
        desk = Desk(http=http, tokens=Tokens(), settings=CaseSystemSettings(router_url=hub_url))
        async with served(create_app(desk)) as url:
            await http.put(f"{url}/sim/subscriptions/one", json={"secret": SECRET})
            yield CaseSystem(http, url, hub, hub_url)


async def test_a_filing_is_worked_on_once_however_often_it_is_told(case_system: CaseSystem) -> None:
    for _ in range(3):
        assert await case_system.call(case_system.filing()) == 204
    worked = await case_system.worked()
    assert (worked["calls"], worked["webhookIds"], worked["errors"]) == (3, ["m1"], [])
    assert [file["matches"] for file in worked["files"]] == [True]
    assert worked["confidential"] == {"/iban": "BE68"}
    assert [filing_id for filing_id, _ in case_system.hub.acknowledged] == ["f1"]
    assert case_system.hub.acknowledged[0][1]["caseDocumentNumber"] == worked["caseDocumentNumber"]


async def test_a_wrong_digest_is_seen(case_system: CaseSystem) -> None:
    file = {"attachmentId": "a", "fileName": "f", "size": 1, "sha256": "x", "url": f"{case_system.hub_url}/file"}
    await case_system.call(case_system.filing(attachments=[file], confidential=None))
    assert [file["matches"] for file in (await case_system.worked())["files"]] == [False]


async def test_a_hub_that_is_away_is_asked_again(case_system: CaseSystem) -> None:
    case_system.hub.fails = 2
    await case_system.call(case_system.filing())
    assert len((await case_system.worked())["errors"]) == 2


async def test_it_refuses_and_says_why_where_it_is_told_to(case_system: CaseSystem) -> None:
    policy = {"acknowledge": "REJECTED", "code": "WRONG_DESK"}
    await case_system.http.put(f"{case_system.url}/sim/policy/one", json=policy)
    await case_system.call(case_system.filing())
    assert (await case_system.worked())["acknowledged"] == "REJECTED"
    assert case_system.hub.acknowledged[0][1]["code"] == "WRONG_DESK"


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-timestamp": str(int(time.time()) - 3600)},
        {"webhook-timestamp": "soon"},
        {"webhook-id": "another"},
    ],
)
async def test_a_call_that_is_not_the_hubs_is_refused(case_system: CaseSystem, headers: dict[str, str]) -> None:
    assert await case_system.call(case_system.filing(), **headers) == 401
    assert (await case_system.http.get(f"{case_system.url}/sim/received")).json() == []


async def test_an_unknown_subscription_is_not_there(case_system: CaseSystem) -> None:
    assert (await case_system.http.post(f"{case_system.url}/webhooks/two", content=b"{}")).status_code == 404


def test_the_hubs_signature_is_one_that_the_published_library_takes() -> None:
    body = b'{"a": 1}'
    headers = signed_headers(SECRET, message_id="m1", timestamp=int(time.time()), body=body)
    assert Webhook(SECRET).verify(body.decode(), headers) == {"a": 1}
