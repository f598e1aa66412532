"""Reading requests and answers: what each caller sees, and that tenants never see each other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts.dossier_router import v1
from reply_hub.adapters.documents.prefill import HttpPrefillSource
from reply_hub.application.note_filing import news_of

PERSON = "person:85073003328"
AGENCY = "agency:OVO002949"
OTHER_AGENCY = "agency:OVO000001"
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)

pytestmark = pytest.mark.servers


def _filing(model: type[v1.FilingEvent], reply_id: str, **more: Any) -> v1.FilingEvent:
    place = {"bron": "https://bron.example/a", "dossierNummer": "D-1", "fase": "Behandeling", "phaseInstanceId": "p"}
    return model.from_data(
        {
            "filingId": "f-1",
            "replyId": reply_id,
            "replyRequestId": "r",
            "tenant": "OVO002949",
            "filedIn": place,
            **more,
        }
    )


async def _hear(hub: Any, event: v1.FilingEvent, event_id: str) -> None:
    news = news_of(event, event_id=event_id, at=AT)
    assert news is not None
    await hub.note_filing(event.reply_id, news)


def _filed(reply_id: str) -> v1.FilingEvent:
    reason = {"code": "PHASE_SAME", "detail": "same phase"}
    return _filing(
        v1.FilingFiled,
        reply_id,
        sequence=1,
        filedAt=AT,
        reason=reason,
        late=False,
        readers=["OVO002949"],
        filedBy="rule",
    )


def _acknowledged(reply_id: str) -> v1.FilingEvent:
    return _filing(v1.FilingAcknowledged, reply_id, caseDocumentNumber="DOC-9", acknowledgedAt=AT)


async def _accepted(hub: Any) -> str:
    request_id = await hub.consign()
    reply_id = (await hub.submit(request_id)).json()["replyId"]
    await hub.work()
    return str(reply_id)


async def test_a_person_sees_the_request_with_confidential_prefill_and_an_agency_without(hub: Any) -> None:
    def documents(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer t"
        return httpx.Response(200, json={"values": {"/partner": "85073003328"}})

    class TokenSource:
        async def bearer(self, scope: str, audience: str) -> str:
            assert (scope, audience) == ("hub_service_v1", "documents")
            return "t"

    http = httpx.AsyncClient(transport=httpx.MockTransport(documents))
    source = HttpPrefillSource(http=http, tokens=TokenSource(), base_url="http://documents", audience="documents")  # type: ignore[arg-type]  # the part of it that is used
    object.__setattr__(hub.house, "prefill", source)
    request_id = await hub.consign(prefill={"naam": "Lien"}, confidentialPrefill=["/partner"])
    early = (await hub.call("GET", f"/reply-requests/{request_id}", PERSON)).json()
    assert (early["prefill"], early["prefillComplete"]) == ({"naam": "Lien"}, False)
    await hub.work()
    person = (await hub.call("GET", f"/reply-requests/{request_id}", PERSON)).json()
    assert (person["prefill"], person["prefillComplete"]) == ({"naam": "Lien", "partner": "85073003328"}, True)
    agency = (await hub.call("GET", f"/reply-requests/{request_id}", AGENCY)).json()
    assert agency["prefill"] == {"naam": "Lien"}
    assert "85073003328" not in str(await hub.house.database["reply_requests"].find_one({}))
    await http.aclose()


async def test_the_whole_course_is_shown_whatever_the_order_of_news(hub: Any) -> None:
    reply_id = await _accepted(hub)
    await _hear(hub, _acknowledged(reply_id), "e-ack")
    await _hear(hub, _filed(reply_id), "e-filed")
    await _hear(hub, _acknowledged(reply_id), "e-ack")
    shown = await hub.reply(reply_id)
    assert shown["status"] == "ACKNOWLEDGED"
    assert [step["what"] for step in shown["course"]][:2] == ["RECEIVED", "ACCEPTED"]
    assert sorted(step["what"] for step in shown["course"][2:]) == ["ACKNOWLEDGED", "FILED"]
    [filed] = await hub.told_of("filed")
    assert filed.data["caseDocumentNumber"] == "DOC-9"
    assert filed.data["receiptUrl"].endswith(f"/replies/{reply_id}/filed-receipt")


async def test_a_parked_answer_is_shown_as_parked_until_it_is_filed(hub: Any) -> None:
    reply_id = await _accepted(hub)
    reasons = [{"code": "PHASE_MOVED", "detail": "moved"}]
    await _hear(hub, _filing(v1.FilingParked, reply_id, parkedAt=AT, reasons=reasons, candidates=[]), "e-1")
    assert ((shown := await hub.reply(reply_id))["status"], shown["parked"]) == ("ROUTED", True)
    await _hear(hub, _filed(reply_id), "e-2")
    assert ((shown := await hub.reply(reply_id))["status"], shown["parked"]) == ("ROUTED", False)


async def test_a_refusal_by_the_case_system_is_shown(hub: Any) -> None:
    reply_id = await _accepted(hub)
    await _hear(hub, _filing(v1.FilingRefused, reply_id, code="X1", detail="nee", refusedAt=AT), "e-1")
    assert (await hub.reply(reply_id))["status"] == "REFUSED"


async def test_documents_come_as_pdf_and_as_json(hub: Any) -> None:
    reply_id = await _accepted(hub)
    await _hear(hub, _acknowledged(reply_id), "e-ack")
    for token in (PERSON, AGENCY, "scope:hub_service_v1"):
        for kind in ("receipt", "filed-receipt"):
            pdf = await hub.call("GET", f"/replies/{reply_id}/{kind}", token, headers={"accept": "application/pdf"})
            assert (pdf.status_code, pdf.content[:5], pdf.content[-6:]) == (200, b"%PDF-", b"%%EOF\n")
    json = await hub.call("GET", f"/replies/{reply_id}/receipt", PERSON, headers={"accept": "application/json"})
    assert json.json()["receipt"]["contentDigest"]
    none = await hub.call("GET", f"/replies/{reply_id}/notice", PERSON)
    assert none.status_code == 404
    image = await hub.call("GET", f"/replies/{reply_id}/receipt", PERSON, headers={"accept": "image/png"})
    assert (image.status_code, image.json()["code"]) == (406, "NOT_ACCEPTABLE")


async def test_an_agency_pages_through_its_own_answers(hub: Any) -> None:
    for number in range(5):
        await hub.submit(await hub.consign(dossier=f"D-{number}"))
    foreign = await hub.consign(tenant="OVO000001")
    await hub.submit(foreign)
    seen: list[str] = []
    after: str | None = None
    while True:
        params = {"limit": 2, **({"after": after} if after else {})}
        page = (await hub.call("GET", "/replies", AGENCY, params=params)).json()
        seen += [item["dossier"]["dossierNummer"] for item in page["items"]]
        after = page["after"]
        if not page["hasNext"]:
            break
    assert sorted(seen) == [f"D-{number}" for number in range(5)]
    narrowed = await hub.call("GET", "/replies", AGENCY, params={"dossierNummer": "D-3", "status": "RECEIVED"})
    assert [item["dossier"]["dossierNummer"] for item in narrowed.json()["items"]] == ["D-3"]


@pytest.mark.parametrize(
    "path",
    [
        "/replies/{reply}",
        "/replies/{reply}/receipt",
        "/replies/{reply}/filed-receipt",
        "/replies/{reply}/data",
        "/replies/{reply}/confidential-data",
        "/replies/{reply}/attachments/{reply}/content",
        "/reply-requests/{request}",
    ],
)
async def test_what_is_foreign_is_not_there(hub: Any, path: str) -> None:
    reply_id = await _accepted(hub)
    request_id = (await hub.reply(reply_id))["replyRequestId"]
    for token in (OTHER_AGENCY, "person:17073003384"):
        found = await hub.call("GET", path.format(reply=reply_id, request=request_id), token)
        assert found.status_code in ({404} if token == OTHER_AGENCY else {404, 403})
    assert (await hub.call("GET", "/replies", OTHER_AGENCY)).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "token", "status", "code"),
    [
        ("/replies/not-an-id", AGENCY, 404, "NOT_FOUND"),
        ("/replies/0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", AGENCY, 404, "NOT_FOUND"),
        ("/reply-requests/85073003328", PERSON, 404, "NOT_FOUND"),
        ("/replies?after=nonsense", AGENCY, 400, "INVALID_INPUT"),
        ("/replies?limit=0", AGENCY, 400, "INVALID_INPUT"),
        ("/replies?limit=101", AGENCY, 400, "INVALID_INPUT"),
        ("/replies?status=GONE", AGENCY, 400, "INVALID_INPUT"),
        ("/replies", PERSON, 403, "FORBIDDEN"),
        ("/replies", "scope:rply_reply_v1_G", 403, "NO_ORGANIZATION"),
        ("/replies", "forged", 401, "UNAUTHENTICATED"),
        ("/unmatched", AGENCY, 403, "FORBIDDEN"),
        ("/nowhere", AGENCY, 404, "NOT_FOUND"),
    ],
)
async def test_bad_reads_are_refused(hub: Any, path: str, token: str, status: int, code: str) -> None:
    response = await hub.call("GET", path, token)
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "INVALID_INPUT"),
        (b"{", 400, "MALFORMED_JSON"),
        (b"[]", 400, "INVALID_INPUT"),
        (b'{"replyRequestId": "x", "data": {}}', 400, "INVALID_INPUT"),
        (b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": []}', 400, "INVALID_INPUT"),
        (b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {}, "x": 1}', 400, "INVALID_INPUT"),
        (b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {"a": NaN}}', 400, "MALFORMED_JSON"),
        (b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {"a": 1e999}}', 400, "MALFORMED_JSON"),
        (
            b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {"a": 18446744073709551615}}',
            400,
            "INVALID_INPUT",
        ),
        (
            b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {"a": "\\ud800"}}',
            400,
            "MALFORMED_JSON",
        ),
        (
            b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {"a": '
            + b"[" * 100
            + b"]" * 100
            + b"}}",
            400,
            "INVALID_INPUT",
        ),
        (b'{"replyRequestId": "0b5e7f2a-56e1-5ad3-9e3c-0d3b7a6d8a11", "data": {}}', 404, "NOT_FOUND"),
        (b" " * 1_100_000, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_bad_submissions_are_refused_and_nothing_is_stored(
    hub: Any, body: bytes, status: int, code: str
) -> None:
    response = await hub.call("POST", "/replies", PERSON, content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await hub.house.database["replies"].count_documents({}) == 0


async def test_a_call_without_its_headers_is_refused(hub: Any) -> None:
    request_id = await hub.consign()
    no_key = await hub.submit(request_id, key="", headers={"idempotency-key": ""})
    assert (no_key.status_code, no_key.json()["code"]) == (400, "MISSING_IDEMPOTENCY_KEY")
    no_correlation = await hub.submit(request_id, headers={"x-correlation-id": ""})
    assert (no_correlation.status_code, no_correlation.json()["code"]) == (400, "MISSING_CORRELATION_ID")


async def test_the_openapi_document_describes_every_route(hub: Any) -> None:
    document = (await hub.http.get("/openapi.json")).json()
    assert set(document["paths"]) >= {"/api/v1/replies", "/api/v1/reply-requests/{request_id}/attachments"}


async def test_an_agency_lists_what_nobody_answered_in_time(hub: Any) -> None:
    late = await hub.consign(deadline={"responseTerm": "P1D"})
    still_open = await hub.consign(deadline={"responseTerm": "P30D"})
    hub.clock.advance(timedelta(days=5))
    await hub.work()
    for status, expected in (("OVERDUE", [late]), ("OPEN", [still_open]), (None, sorted([late, still_open]))):
        query = f"?status={status}" if status else ""
        page = (await hub.call("GET", f"/reply-requests{query}", "agency:OVO002949")).json()
        assert [item["replyRequestId"] for item in page["items"]] == expected
    first = (await hub.call("GET", "/reply-requests?limit=1", "agency:OVO002949")).json()
    assert first["hasNext"]
    after = first["items"][0]["replyRequestId"]
    rest = (await hub.call("GET", f"/reply-requests?after={after}", "agency:OVO002949")).json()
    assert len(rest["items"]) == 1
    assert (await hub.call("GET", "/reply-requests", "agency:OVO000001")).json()["items"] == []
    assert (await hub.call("GET", "/reply-requests?status=LOST", "agency:OVO002949")).status_code == 400
