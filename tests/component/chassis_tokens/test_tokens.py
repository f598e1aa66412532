"""Tokens over the wire: got by private_key_jwt, checked by keys or by introspection, refused where wrong."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from chassis.authentication import (
    IntrospectionVerifier,
    InvalidToken,
    JwksVerifier,
    KeysUnavailable,
    TokenVerifier,
)
from chassis.discovery import ClientKey, Discovery
from chassis.outbound import ServiceTokens, http_client
from dev.simulators.ebox.serving import served
from dev.simulators.identity_provider.app import create_app
from dev.simulators.identity_provider.provider import IdentityProviderSettings


@dataclass(slots=True)
class Issuer:
    """An identity provider, and what a service has to talk with it."""

    url: str
    keys: Path
    http: httpx.AsyncClient

    @property
    def issuer(self) -> str:
        """As tokens name it."""
        return f"{self.url}/op"

    def discovery(self, client: str = "reply-hub") -> Discovery:
        """The issuer, as a client sees it."""
        key = ClientKey((self.keys / f"{client}.pem").read_bytes())
        return Discovery(self.http, issuer=self.issuer, client_id=client, key=key)

    async def token(self, **wanted: Any) -> str:
        """Any token, right or wrong."""
        body = {"client": "agency-a", "audience": "reply-hub", **wanted}
        answer = await self.http.post(f"{self.url}/sim/tokens", json=body)
        return str(answer.raise_for_status().json()["access_token"])


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    """A running identity provider."""
    async with served(create_app(IdentityProviderSettings(client_keys=tmp_path))) as url, http_client() as http:
        yield Issuer(url, tmp_path, http)


def _verifier(kind: str, issuer: Issuer) -> TokenVerifier:
    if kind == "jwks":
        return JwksVerifier(discovery=issuer.discovery(), audience="reply-hub", refresh_at_most_every_s=0)
    return IntrospectionVerifier(discovery=issuer.discovery(), audience="reply-hub")


KINDS = pytest.mark.parametrize("kind", ["jwks", "introspection"])
WRONG: Mapping[str, dict[str, Any]] = {
    "expired": {"expiresIn": -120},
    "other audience": {"audience": "documents"},
    "other issuer": {"issuer": "https://elders.example"},
    "alg none": {"signature": "none"},
    "HS256 with the public key": {"signature": "hs256_public"},
    "a stranger's key": {"signature": "other_key"},
    "an unknown key": {"signature": "unknown_kid"},
    "a flipped bit": {"signature": "broken"},
    "no expiry": {"claims": {"exp": None}},
    "not yet": {"claims": {"nbf": 4_000_000_000}},
}


@KINDS
async def test_an_agencys_token_says_which_organisation_and_what_it_may(kind: str, issuer: Issuer) -> None:
    principal = await _verifier(kind, issuer).verify(await issuer.token())
    assert (principal.client_id, principal.organization, principal.person) == ("agency-a", "OVO002949", None)
    assert "rply_reply_v1_G" in principal.scopes


@KINDS
@pytest.mark.parametrize("fault", WRONG)
async def test_a_wrong_token_is_refused(kind: str, issuer: Issuer, fault: str) -> None:
    verifier = _verifier(kind, issuer)
    with pytest.raises(InvalidToken):
        await verifier.verify(await issuer.token(**WRONG[fault]))
    for nonsense in ("", "abc", "a.b.c"):
        with pytest.raises(InvalidToken):
            await verifier.verify(nonsense)


@KINDS
@pytest.mark.parametrize(
    ("person", "capacity", "represents", "mandate_of"),
    [
        ("an-peeters", None, None, None),
        ("bart-vandamme", "EA/0316380841", "0316380841", None),
        ("greet-wouters", "EA/0406798006/0316380841", None, "0316380841"),
    ],
)
async def test_a_persons_token_says_who_and_in_which_capacity(
    kind: str, issuer: Issuer, person: str, capacity: str | None, represents: str | None, mandate_of: str | None
) -> None:
    token = await issuer.token(client="mijn-burgerprofiel", person=person, capacity=capacity)
    found = (await _verifier(kind, issuer).verify(token)).person
    assert found is not None
    assert (found.represents, found.mandate_of) == (represents, mandate_of)
    assert found.insz.isdigit()
    assert found.insz not in repr(found)


async def test_keys_rotate_without_a_restart_and_old_tokens_end_with_their_key(issuer: Issuer) -> None:
    verifier = _verifier("jwks", issuer)
    old = await issuer.token()
    await verifier.verify(old)
    await issuer.http.post(f"{issuer.url}/sim/keys/rotate", json={"algorithm": "ES256", "keepOld": False})
    await verifier.verify(await issuer.token())
    other = _verifier("jwks", issuer)
    with pytest.raises(InvalidToken):
        await other.verify(old)


async def test_introspection_learns_of_a_token_that_was_withdrawn(issuer: Issuer) -> None:
    token = await issuer.token()
    await issuer.http.post(f"{issuer.url}/sim/tokens/revoke", json={"token": token})
    with pytest.raises(InvalidToken):
        await _verifier("introspection", issuer).verify(token)


@KINDS
async def test_an_issuer_that_is_away_is_no_verdict_about_a_token(kind: str, issuer: Issuer, tmp_path: Path) -> None:
    token = await issuer.token()
    key = ClientKey((tmp_path / "reply-hub.pem").read_bytes())
    away = Discovery(issuer.http, issuer="http://127.0.0.1:9/op", client_id="reply-hub", key=key)
    made = {"jwks": JwksVerifier, "introspection": IntrospectionVerifier}[kind]
    with pytest.raises(KeysUnavailable):
        await made(discovery=away, audience="reply-hub").verify(token)
    with pytest.raises(KeysUnavailable):
        await made(discovery=away, audience="reply-hub").ready()


async def test_a_services_own_token_is_for_one_audience_and_kept_until_it_ends(issuer: Issuer) -> None:
    tokens = ServiceTokens(issuer.discovery("documents"))
    first = await tokens.bearer("hub_service_v1", "reply-hub")
    assert await tokens.bearer("hub_service_v1", "reply-hub") == first
    assert await tokens.bearer("hub_service_v1", "documents") != first
    principal = await _verifier("jwks", issuer).verify(first)
    assert (principal.client_id, principal.scopes) == ("documents", frozenset({"hub_service_v1"}))


async def test_a_scope_that_is_not_the_clients_is_not_granted(issuer: Issuer) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await ServiceTokens(issuer.discovery("documents")).bearer("hub_ops_v1", "reply-hub")


async def test_a_client_with_anothers_key_gets_nothing(issuer: Issuer) -> None:
    key = ClientKey((issuer.keys / "documents.pem").read_bytes())
    thief = Discovery(issuer.http, issuer=issuer.issuer, client_id="reply-hub", key=key)
    with pytest.raises(httpx.HTTPStatusError):
        await ServiceTokens(thief).bearer("hub_service_v1", "reply-hub")


async def test_a_person_signs_in_by_code_and_pkce_once_per_code(issuer: Issuer) -> None:
    verifier = "x" * 64
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    redirect = "http://127.0.0.1:1234/callback"
    asked = {
        "response_type": "code",
        "client_id": "mijn-burgerprofiel",
        "redirect_uri": redirect,
        "scope": "openid profile rrn rply_reply_v1_P",
        "audience": "reply-hub",
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = await issuer.http.get(f"{issuer.issuer}/v1/auth", params=asked)
    assert page.status_code == 200, page.text
    name = page.text.split('name="sign_in" value="')[1].split('"')[0]
    back = await issuer.http.post(f"{issuer.issuer}/v1/auth", data={"sign_in": name, "person": "an-peeters"})
    assert back.status_code in {302, 303}, back.text
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert query["state"] == ["s"]
    form = {
        "grant_type": "authorization_code",
        "client_id": "mijn-burgerprofiel",
        "code": query["code"][0],
        "redirect_uri": redirect,
        "code_verifier": verifier,
    }
    got = await issuer.http.post(f"{issuer.issuer}/v1/token", data=form)
    principal = await _verifier("jwks", issuer).verify(got.json()["access_token"])
    assert principal.person is not None
    assert principal.person.given_name == "An"
    again = await issuer.http.post(f"{issuer.issuer}/v1/token", data=form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
