"""Hands on the dials, for tests and demonstrations: any token, new keys, who is known."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter
from jwt.utils import base64url_encode
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from dev.simulators.identity_provider.keys import Algorithm, SigningKey
from dev.simulators.identity_provider.people import OIDC_SCOPES, Client, Person
from dev.simulators.identity_provider.provider import IssuerDep, Provider, ProviderDep, SignIn
from dev.simulators.identity_provider.refusals import Refused

router = APIRouter(prefix="/sim", tags=["Simulator"])

Signature = Literal["good", "other_key", "unknown_kid", "broken", "none", "hs256_public"]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Rotation(_Body):
    """How keys rotate. Tokens signed by keys that are not kept are worthless at once."""

    algorithm: Algorithm | None = None
    keep_old: bool = True


class Mint(_Body):
    """A token to be made, right or wrong.

    Without a person it is the client's own. `scope` defaults to all the client may have, for a person those plus
    OpenID Connect's; scopes are not checked. `claims` and `header` are put over what would be there; null takes a
    claim away. `signature`: other_key is signed by a stranger's key under our key id, broken has a flipped bit, none
    is `alg: none`, hs256_public is HMAC with our public key.
    """

    client: str = "mijn-burgerprofiel"
    person: str | None = None
    capacity: str | None = None
    scope: str | None = None
    audience: str | None = None
    issuer: str | None = None
    expires_in: int | None = Field(default=None, description="Seconds; negative is past.")
    claims: dict[str, Any] = {}
    header: dict[str, Any] = {}
    signature: Signature = "good"


class Revocation(_Body):
    """A token that introspection calls inactive from now."""

    token: str


@router.post("/tokens")
async def mint(wanted: Mint, provider: ProviderDep, issuer: IssuerDep) -> dict[str, Any]:
    """Make a token."""
    client = provider.directory.client(wanted.client)
    if client is None:
        raise Refused("invalid_request", f"there is no client {wanted.client}")
    claims = _claims(wanted, provider, client, wanted.issuer or issuer)
    token = _signed(wanted, provider, claims)
    return {"access_token": token, "token_type": "Bearer", "expires_in": claims.get("exp", 0) - int(time.time())}


@router.post("/tokens/revoke", status_code=204)
async def revoke(wanted: Revocation, provider: ProviderDep, issuer: IssuerDep) -> None:
    """Withdraw a token."""
    claims = provider.verified(wanted.token, issuer)
    if claims is not None:
        provider.revoked.add(str(claims.get("jti")))


@router.post("/keys/rotate")
async def rotate(provider: ProviderDep, wanted: Rotation | None = None) -> dict[str, Any]:
    """Sign with a fresh key from now; returns the key set."""
    wanted = wanted or Rotation()
    provider.keyring.rotate(wanted.algorithm or provider.keyring.algorithm, keep_old=wanted.keep_old)
    return provider.keyring.jwks()


@router.get("/people")
async def people(provider: ProviderDep) -> list[dict[str, Any]]:
    """Who can sign in, and as what."""
    return [
        {
            **person.model_dump(by_alias=True, exclude={"capacities"}),
            "capacities": [capacity.name for capacity in person.capacities],
        }
        for person in provider.directory.people
    ]


@router.get("/clients")
async def clients(provider: ProviderDep) -> list[dict[str, Any]]:
    """Registered clients."""
    return [client.model_dump(by_alias=True) for client in provider.directory.clients]


def _claims(wanted: Mint, provider: Provider, client: Client, issuer: str) -> dict[str, Any]:
    audience = wanted.audience or client.audience
    if wanted.person is None:
        scopes = tuple(client.scopes if wanted.scope is None else wanted.scope.split())
        claims = provider.client_token(client, scopes, audience, issuer)
    else:
        claims = provider.person_token(_signed_in(wanted, provider, client, audience), issuer)
    if wanted.expires_in is not None:
        claims["exp"] = int(time.time()) + wanted.expires_in
    claims.update(wanted.claims)
    return {name: value for name, value in claims.items() if value is not None}


def _signed_in(wanted: Mint, provider: Provider, client: Client, audience: str) -> SignIn:
    person: Person | None = provider.directory.person(wanted.person or "")
    capacity = person.capacity(wanted.capacity) if person else None
    if person is None or capacity is None:
        raise Refused("invalid_request", "there is no such person, or not in that capacity")
    everything = dict.fromkeys((*OIDC_SCOPES, *client.scopes))
    return SignIn(
        client=client,
        redirect_uri="",
        scopes=tuple(everything if wanted.scope is None else wanted.scope.split()),
        audience=audience,
        code_challenge=None,
        state=None,
        nonce=None,
        expires=0,
        person=person,
        capacity=capacity,
    )


def _signed(wanted: Mint, provider: Provider, claims: Mapping[str, Any]) -> str:
    key = provider.keyring.current
    match wanted.signature:
        case "good":
            return key.sign(claims, wanted.header)
        case "other_key":
            return SigningKey.new(key.algorithm).sign(claims, {"kid": key.kid, **wanted.header})
        case "unknown_kid":
            return SigningKey.new(key.algorithm).sign(claims, wanted.header)
        case "broken":
            return _flipped(key.sign(claims, wanted.header))
        case "none":
            return jwt.encode(dict(claims), "", algorithm="none", headers={"kid": key.kid, **wanted.header})
        case "hs256_public":
            return _hmac_with_public_key(claims, key, wanted.header)


def _flipped(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[0] ^= 1
    return f"{head}.{base64url_encode(bytes(raw)).decode()}"


def _hmac_with_public_key(claims: Mapping[str, Any], key: SigningKey, header: Mapping[str, Any]) -> str:
    """The classic confusion of algorithms: the published key used as a shared secret."""
    public = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    # PyJWT refuses to take a PEM as a secret, so the token is put together by hand.
    protected = {"alg": "HS256", "typ": "JWT", "kid": key.kid, **header}
    parts = [base64url_encode(json.dumps(part).encode()) for part in (protected, dict(claims))]
    signature = jwt.get_algorithm_by_name("HS256").sign(b".".join(parts), public)
    return b".".join([*parts, base64url_encode(signature)]).decode()
