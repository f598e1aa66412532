"""Schemathesis throws valid and broken input at every operation: no answer is a 5xx, every refusal a problem."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from dev.demo.story import Played
from dev.house.house import House

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 25
quietly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)


def _schema(service: str) -> Any:
    return schemathesis.openapi.from_path(ROOT / "services" / service / "openapi.json")


documents, reply_hub, dossier_router = (_schema(name) for name in ("documents", "reply-hub", "dossier-router"))


@pytest.fixture(scope="session")
def tokens(house: House, played: Played) -> dict[str, str]:
    """A token per service with every scope: of an agency, an operator and a service at once."""
    scopes = (
        "msg_msg_v1_P msg_msg_v1_G rply_reply_v1_G rply_reply_v1_P dssr_dossier_v1_P dssr_filing_v1_G "
        "dssr_filing_v1_P dssr_parked_v1_P hub_ops_v1 hub_service_v1"
    )
    found = {}
    for service in ("documents", "reply-hub", "dossier-router"):
        wanted = {"client": "agency-b", "audience": service, "scope": scopes}
        answer = httpx.post(f"{house.url('identity-provider')}/sim/tokens", json=wanted, trust_env=False)
        found[service] = answer.json()["access_token"]
    return found


def _throw(case: Any, house: House, service: str, tokens: dict[str, str]) -> None:
    headers = {"authorization": f"Bearer {tokens[service]}", "x-correlation-id": uuid4().hex}
    if case.method == "POST":
        headers["idempotency-key"] = uuid4().hex
    response = case.call(base_url=house.url(service), headers=headers, timeout=20)
    assert response.status_code < 500, f"{response.status_code}: {response.text[:500]}"
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json"
        assert response.json()["code"]


@documents.parametrize()  # type: ignore[untyped-decorator]  # the schema is read when the test is collected
@quietly
def test_documents_never_fails(case: Any, house: House, tokens: dict[str, str]) -> None:
    _throw(case, house, "documents", tokens)


@reply_hub.parametrize()  # type: ignore[untyped-decorator]  # the schema is read when the test is collected
@quietly
def test_reply_hub_never_fails(case: Any, house: House, tokens: dict[str, str]) -> None:
    _throw(case, house, "reply-hub", tokens)


@dossier_router.parametrize()  # type: ignore[untyped-decorator]  # the schema is read when the test is collected
@quietly
def test_dossier_router_never_fails(case: Any, house: House, tokens: dict[str, str]) -> None:
    _throw(case, house, "dossier-router", tokens)
