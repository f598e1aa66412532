"""Agency B asks for everything that is agency A's, on every route of the three OpenAPI documents."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from dev.demo.letters import BRON, letter, letter_pdf
from dev.demo.story import Played
from dev.house.clients import Caller, UnexpectedAnswer
from dev.house.house import OTHER_SENDER, SENDER, SERVICES, House, token

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("get", "post", "put", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation."""

    service: str
    method: str
    path: str
    scopes: frozenset[str]

    def __str__(self) -> str:
        """As tests are named."""
        return f"{self.service} {self.method} {self.path}"


def routes() -> list[Route]:
    """Every operation of the committed documents, which `make check` holds to the code."""
    found = []
    for service in SERVICES:
        document = orjson.loads((ROOT / "services" / service / "openapi.json").read_bytes())
        for path, operations in document["paths"].items():
            found += [
                Route(service, method.upper(), path, frozenset(operation["x-scopes"]))
                for method, operation in operations.items()
                if method in METHODS
            ]
    return found


OPERATORS_OR_SERVICES = {"hub_ops_v1", "hub_service_v1"}
"""Scopes that no agency has: its token is refused as such."""


@dataclass(slots=True)
class Belongings:
    """What is agency A's: an id for each name in a path, and what agency B would send."""

    ids: Mapping[str, str]
    bodies: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="session")
async def belongings(house: House, played: Played) -> Belongings:
    """Of the story."""
    async with httpx.AsyncClient(trust_env=False) as http:
        hub = Caller(http, house.url("reply-hub"), await token(house, "agency-a", audience="reply-hub"))
        router = Caller(
            http, house.url("dossier-router"), await token(house, "case-system-a", audience="dossier-router")
        )
        documents = Caller(http, house.url("documents"), await token(house, "agency-a", audience="documents"))
        filing = (await router.get("/api/v1/filings"))["items"][0]
        parked = (await router.get("/api/v1/parked-replies"))["items"][0]
        reply = await hub.get(f"/api/v1/replies/{filing['replyId']}")
        message = await documents.get(f"/api/v1/messages/{reply['messageId']}")
        subscriptions = (await router.call("GET", "/api/v1/subscriptions")).json()
    return Belongings(
        ids={
            "message_id": reply["messageId"],
            "attachment_id": reply["attachments"][0]["attachmentId"],
            "documents attachment_id": message["attachments"][0]["attachmentId"],
            "form_id": reply["form"]["formId"],
            "version": str(reply["form"]["version"]),
            "request_id": reply["replyRequestId"],
            "reply_id": reply["replyId"],
            "filing_id": filing["filingId"],
            "parked filing_id": parked["filingId"],
            "subscription_id": subscriptions[0]["subscriptionId"],
        },
        bodies={
            "/api/v1/replies/{reply_id}/signature-decision": {"accept": True, "reason": "because"},
            "/api/v1/filings/{filing_id}/acknowledgements": {"result": "ACCEPTED", "caseDocumentNumber": "B-1"},
            "/api/v1/parked-replies/{filing_id}/file": {
                "bron": BRON,
                "dossierNummer": parked["dossierNummer"],
                "fase": "Behandeling",
                "reason": "because",
            },
        },
    )


@pytest.fixture
async def agency_b(house: House) -> AsyncIterator[Mapping[str, Caller]]:
    """A caller per service, whose token has every scope that an agency or its case system may have."""
    scopes = {scope for route in routes() for scope in route.scopes} - OPERATORS_OR_SERVICES
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        callers = {}
        for service in SERVICES:
            wanted = {"client": "agency-b", "audience": service, "scope": " ".join(sorted(scopes))}
            answer = await http.post(f"{house.url('identity-provider')}/sim/tokens", json=wanted)
            callers[service] = Caller(http, house.url(service), answer.json()["access_token"])
        yield callers


def _path(route: Route, belongings: Belongings) -> str:
    path = route.path
    ids = dict(belongings.ids)
    if route.service == "documents":
        ids["attachment_id"] = ids["documents attachment_id"]
    if "parked-replies" in path:
        ids["filing_id"] = ids["parked filing_id"]
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    assert "{" not in path, f"the test knows no id for {path}"
    return path


NAMED = [route for route in routes() if "{" in route.path and not route.scopes <= OPERATORS_OR_SERVICES]
PERSONAL = {"rply_reply_v1_P"}


@pytest.mark.parametrize("route", NAMED, ids=str)
async def test_what_is_agency_as_is_not_there_for_agency_b(
    route: Route, belongings: Belongings, agency_b: Mapping[str, Caller]
) -> None:
    if route.method == "PUT" and "/forms/" in route.path:
        pytest.skip("forms have names of each organisation's own: there is nothing of agency A's to name")
    arguments: dict[str, Any] = {}
    if route.method in {"POST", "PUT"}:
        arguments["json"] = belongings.bodies.get(route.path, {"data": {}})
        arguments["headers"] = {"x-file-name": "a.pdf"}
    if route.path.endswith("/attachments"):
        arguments |= {"params": {"slot": "huurcontract"}, "content": b"%PDF-1.7", "json": None}
        arguments["headers"]["content-type"] = "application/pdf"
    answer = await agency_b[route.service].call(route.method, _path(route, belongings), expect=None, **arguments)
    # Where a person is asked for, an organisation's token is refused before anything is looked up.
    expected = {403, 404} if route.scopes == PERSONAL else {404}
    assert answer.status_code in expected, answer.text


@pytest.mark.parametrize("route", [route for route in routes() if route.scopes <= OPERATORS_OR_SERVICES], ids=str)
async def test_what_is_for_operators_and_services_is_refused_to_agencies(
    route: Route, belongings: Belongings, agency_b: Mapping[str, Caller]
) -> None:
    arguments: dict[str, Any] = {"json": {}} if route.method in {"POST", "PUT"} else {}
    answer = await agency_b[route.service].call(route.method, _path(route, belongings), expect=None, **arguments)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("service", "path"),
    [
        ("documents", "/api/v1/messages"),
        ("reply-hub", "/api/v1/replies"),
        ("reply-hub", "/api/v1/reply-requests"),
        ("dossier-router", "/api/v1/filings"),
        ("dossier-router", "/api/v1/parked-replies"),
        ("dossier-router", "/api/v1/subscriptions"),
    ],
)
async def test_lists_of_agency_b_hold_nothing_of_agency_a(
    service: str, path: str, agency_b: Mapping[str, Caller], played: Played
) -> None:
    answer = (await agency_b[service].call("GET", path)).json()
    assert (answer if isinstance(answer, list) else answer["items"]) == []


async def test_agency_b_finds_no_status_of_agency_as_letter(
    belongings: Belongings, agency_b: Mapping[str, Caller]
) -> None:
    asked = [{"messageId": belongings.ids["message_id"]}]
    found = await agency_b["documents"].call("POST", "/api/v1/searchMessageStatus", json=asked)
    assert found.json() == []


async def test_agency_b_sees_no_dossier_of_agency_a(played: Played, agency_b: Mapping[str, Caller]) -> None:
    dossier = {"bron": BRON, "dossierNummer": played.cast.letters[0].dossier_nummer}
    await agency_b["dossier-router"].call("GET", "/api/v1/dossiers", params=dossier, expect=404)


async def test_agency_b_cannot_tell_phases_of_agency_as_bron(played: Played, agency_b: Mapping[str, Caller]) -> None:
    phase = {
        "bron": BRON,
        "dossierNummer": played.cast.letters[0].dossier_nummer,
        "fase": "Afgerond",
        "version": 99,
        "datumModificatie": "2026-11-24T09:00:00Z",
    }
    answer = await agency_b["dossier-router"].call("PUT", "/api/v1/dossiers", json=phase, expect=None)
    assert answer.status_code in {403, 404}, answer.text


async def test_agency_b_cannot_send_letters_for_agency_as_bron_or_under_its_number(
    agency_b: Mapping[str, Caller],
) -> None:
    for sender, code in ((OTHER_SENDER, "UNKNOWN_BRON"), (SENDER, "INVALID_SENDER")):
        pdf = letter_pdf("B-1")
        body = letter(citizen="85073003328", sender=sender, dossier_nummer="B-1", pdf=pdf)
        parts = [
            ("messageToPublish", ("m.json", orjson.dumps(body), "application/json")),
            ("upfile1", ("brief.pdf", pdf, "application/pdf")),
        ]
        answer = await agency_b["documents"].call(
            "POST", "/api/v1/messages", files=parts, expect=422, key=str(uuid4())
        )
        assert answer.json()["code"] == code


async def test_a_caller_that_expects_otherwise_fails(agency_b: Mapping[str, Caller]) -> None:
    with pytest.raises(UnexpectedAnswer):
        await agency_b["documents"].call("GET", "/api/v1/messages", expect=404)
