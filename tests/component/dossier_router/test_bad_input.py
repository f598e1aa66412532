# ruff: noqa: E501 - a table reads best a row a line
"""Wrong input at every endpoint: a problem with a code and a pointer, and nothing written."""

from typing import Any

import pytest

pytestmark = pytest.mark.servers

BRON = "https://data.vlaanderen.be/id/bron/studietoelagen"
PHASE = {
    "bron": BRON,
    "dossierNummer": "D-1",
    "fase": "Behandeling",
    "version": 1,
    "datumModificatie": "2026-11-24T09:00:00Z",
}
FILE = {"bron": BRON, "dossierNummer": "D-1", "reason": "hoort daar"}
JSON = {"content-type": "application/json"}
BAD = [
    ("POST", "/bronnen", {"json": {}}, 400, "INVALID_INPUT", "/bron"),
    ("POST", "/bronnen", {"json": {"bron": "geen uri", "organization": "OVO002949"}}, 400, "INVALID_INPUT", "/bron"),
    ("POST", "/bronnen", {"json": {"bron": f"https://a/{'x' * 300}", "organization": "OVO002949"}}, 400, "INVALID_INPUT", "/bron"),
    ("POST", "/bronnen", {"json": {"bron": BRON, "organization": "0316380842"}}, 400, "INVALID_INPUT", "/organization"),
    ("POST", "/bronnen", {"json": {"bron": BRON, "organization": "OVO001835"}}, 409, "BRON_TAKEN", None),
    ("POST", "/bronnen", {"json": {"bron": "https://a/85073003328", "organization": "OVO002949"}}, 422, "IDENTIFIER_LOOKS_PERSONAL", "/bron"),
    ("POST", "/bronnen", {"content": b"{", "headers": JSON}, 400, "MALFORMED_JSON", None),
    ("POST", "/bronnen", {"json": {"bron": BRON, "organization": "OVO002949"}, "headers": {"idempotency-key": ""}}, 400, "MISSING_IDEMPOTENCY_KEY", None),
    ("PUT", "/dossiers", {"json": {}}, 400, "INVALID_INPUT", "/fase"),
    ("PUT", "/dossiers", {"json": {**PHASE, "version": 0}}, 400, "INVALID_INPUT", "/version"),
    ("PUT", "/dossiers", {"json": {**PHASE, "version": "een"}}, 400, "INVALID_INPUT", "/version"),
    ("PUT", "/dossiers", {"json": {**PHASE, "version": 2**60}}, 400, "INVALID_INPUT", "/version"),
    ("PUT", "/dossiers", {"json": {**PHASE, "fase": ""}}, 400, "INVALID_INPUT", "/fase"),
    ("PUT", "/dossiers", {"json": {**PHASE, "fase": "a\nb"}}, 400, "INVALID_INPUT", "/fase"),
    ("PUT", "/dossiers", {"json": {**PHASE, "datumModificatie": "2026-11-24T09:00:00"}}, 400, "INVALID_INPUT", "/datumModificatie"),
    ("PUT", "/dossiers", {"json": {**PHASE, "tenant": "OVO001835"}}, 400, "INVALID_INPUT", "/tenant"),
    ("PUT", "/dossiers", {"json": {**PHASE, "dossierNummer": "85.07.30-033.28"}}, 422, "IDENTIFIER_LOOKS_PERSONAL", "/dossierNummer"),
    ("PUT", "/dossiers", {"json": {**PHASE, "bron": "https://elders.example/x"}}, 404, "NOT_FOUND", None),
    ("GET", "/dossiers", {}, 400, "INVALID_INPUT", "/bron"),
    ("GET", "/dossiers", {"params": {"bron": BRON, "dossierNummer": "geen"}}, 404, "NOT_FOUND", None),
    ("POST", "/subscriptions", {"json": {}}, 400, "INVALID_INPUT", "/url"),
    ("POST", "/subscriptions", {"json": {"url": "http://zaken.example/x"}}, 422, "WEBHOOK_REFUSED", "/url"),
    ("POST", "/subscriptions", {"json": {"url": "ftp://zaken.example"}}, 422, "WEBHOOK_REFUSED", "/url"),
    ("POST", "/subscriptions", {"json": {"url": "https://u:p@zaken.example"}}, 422, "WEBHOOK_REFUSED", "/url"),
    ("POST", "/subscriptions", {"json": {"url": "https://a.example", "bronnen": ["x"]}}, 400, "INVALID_INPUT", "/bronnen/0"),
    ("POST", "/subscriptions", {"content": b"[]", "headers": JSON}, 400, "INVALID_INPUT", None),
    ("GET", "/subscriptions/geen", {}, 404, "NOT_FOUND", None),
    ("DELETE", "/subscriptions/geen", {}, 404, "NOT_FOUND", None),
    ("GET", "/filings", {"params": {"after": -1}}, 400, "INVALID_INPUT", "/after"),
    ("GET", "/filings", {"params": {"after": "x"}}, 400, "INVALID_INPUT", "/after"),
    ("GET", "/filings", {"params": {"limit": 0}}, 400, "INVALID_INPUT", "/limit"),
    ("GET", "/filings", {"params": {"limit": 501}}, 400, "INVALID_INPUT", "/limit"),
    ("GET", "/filings/geen", {}, 404, "NOT_FOUND", None),
    ("GET", f"/filings/{'x' * 65}", {}, 400, "INVALID_INPUT", None),
    ("POST", "/filings/geen/acknowledgements", {"json": {"result": "ACCEPTED"}}, 404, "NOT_FOUND", None),
    ("POST", "/filings/geen/acknowledgements", {"json": {"result": "MAYBE"}}, 400, "INVALID_INPUT", "/result"),
    ("POST", "/filings/geen/acknowledgements", {"json": {"result": "ACCEPTED", "message": "x" * 1001}}, 400, "INVALID_INPUT", "/message"),
    ("POST", "/parked-replies/geen/file", {"json": FILE}, 404, "NOT_FOUND", None),
    ("POST", "/parked-replies/geen/file", {"json": {**FILE, "reason": ""}}, 400, "INVALID_INPUT", "/reason"),
    ("POST", "/parked-replies/geen/file", {"json": {**FILE, "dossierNummer": "85073003328"}}, 422, "IDENTIFIER_LOOKS_PERSONAL", "/dossierNummer"),
    ("GET", "/parked-replies", {"headers": {"authorization": "Bearer forged"}}, 401, "UNAUTHENTICATED", None),
    ("GET", "/parked-replies", {"headers": {"x-correlation-id": "a b"}}, 400, "MISSING_CORRELATION_ID", None),
    ("PATCH", "/filings", {}, 405, "METHOD_NOT_ALLOWED", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "arguments", "status", "code", "pointer"), BAD)
async def test_wrong_input_is_told_with_its_place_and_writes_nothing(
    router: Any, method: str, path: str, arguments: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    response = await router.call(method, path, **arguments)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    if pointer is not None:
        assert pointer in [issue["pointer"] for issue in problem["issues"]], problem["issues"]
    for name in ("dossiers", "filings", "subscriptions"):
        assert await router.house.aggregates[name].collection.count_documents({}) == 0
