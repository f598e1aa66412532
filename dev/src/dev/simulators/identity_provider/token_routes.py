"""The back channel: discovery, keys, tokens, introspection, userinfo."""

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response

from dev.simulators.identity_provider.client_authentication import granted_scopes
from dev.simulators.identity_provider.people import OIDC_SCOPES, Client
from dev.simulators.identity_provider.provider import IssuerDep, Provider, ProviderDep
from dev.simulators.identity_provider.refusals import Refused

router = APIRouter(prefix="/op", tags=["OpenID Connect"])

_ACCESS_CLAIMS = frozenset({"iss", "aud", "client_id", "scope", "iat", "exp", "jti"})


async def _form(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refused("invalid_request", "the body is not application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise Refused("invalid_request", "the body is not UTF-8") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Refused("invalid_request", "a parameter is repeated")
    return form


Form = Annotated[dict[str, str], Depends(_form)]


@router.get("/.well-known/openid-configuration")
async def discovery(provider: ProviderDep, issuer: IssuerDep) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0."""
    scopes = {scope for client in provider.directory.clients for scope in client.scopes}
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/v1/auth",
        "token_endpoint": f"{issuer}/v1/token",
        "userinfo_endpoint": f"{issuer}/v1/userinfo",
        "introspection_endpoint": f"{issuer}/v1/introspect",
        "end_session_endpoint": f"{issuer}/v1/logout",
        "jwks_uri": f"{issuer}/v1/keys",
        "scopes_supported": sorted(scopes | set(OIDC_SCOPES)),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ["RS256", "ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


@router.get("/v1/keys")
async def keys(provider: ProviderDep) -> dict[str, Any]:
    """The key set."""
    return provider.keyring.jwks()


@router.post("/v1/token")
async def token(provider: ProviderDep, issuer: IssuerDep, form: Form, response: Response) -> dict[str, Any]:
    """Tokens for a client itself, or for the person who signed in at it."""
    response.headers["cache-control"] = "no-store"
    match form.get("grant_type"):
        case "client_credentials":
            client = provider.clients.authenticated(form, issuer=issuer)
            return _own_token(provider, client, form, issuer)
        case "authorization_code":
            client = provider.clients.authenticated(form, issuer=issuer, public_allowed=True)
            return _person_tokens(provider, client, form, issuer)
        case None:
            raise Refused("invalid_request", "grant_type is missing")
        case _:
            raise Refused("unsupported_grant_type", "client_credentials or authorization_code")


@router.post("/v1/introspect")
async def introspect(provider: ProviderDep, issuer: IssuerDep, form: Form) -> dict[str, Any]:
    """RFC 7662; asks the caller to prove itself. A token that is no good is only said to be so."""
    provider.clients.authenticated(form, issuer=issuer)
    if "token" not in form:
        raise Refused("invalid_request", "token is missing")
    claims = provider.verified(form["token"], issuer)
    return {"active": False} if claims is None else {**claims, "active": True, "token_type": "bearer"}


@router.get("/v1/userinfo")
async def userinfo(request: Request, provider: ProviderDep, issuer: IssuerDep) -> dict[str, Any]:
    """What the token's scopes tell of the person."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    claims = provider.verified(bearer, issuer) if scheme.lower() == "bearer" else None
    if claims is None:
        raise Refused("invalid_token", "the token is no good", status=401)
    if "openid" not in str(claims.get("scope", "")).split():
        raise Refused("insufficient_scope", "the token is not a person's", status=403)
    return {name: value for name, value in claims.items() if name not in _ACCESS_CLAIMS}


def _own_token(provider: Provider, client: Client, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
    scopes = granted_scopes(client, form.get("scope", ""))
    if "openid" in scopes:
        raise Refused("invalid_scope", "openid is for persons")
    claims = provider.client_token(client, scopes, audience_of(client, form), issuer)
    return _answer(provider, claims)


def _person_tokens(provider: Provider, client: Client, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
    # A code is used up by the first try, right or wrong (RFC 6749, 4.1.2).
    sign_in = provider.codes.pop(form.get("code", ""), None)
    if sign_in is None or sign_in.expires < time.time() or sign_in.client.id != client.id:
        raise Refused("invalid_grant", "the code is unknown, used, expired or another client's")
    if form.get("redirect_uri") != sign_in.redirect_uri:
        raise Refused("invalid_grant", "redirect_uri is not the one of the sign-in")
    if not _verifies(form.get("code_verifier"), sign_in.code_challenge):
        raise Refused("invalid_grant", "code_verifier does not match the challenge")
    id_token = provider.signed(provider.id_token(sign_in, issuer))
    return {**_answer(provider, provider.person_token(sign_in, issuer)), "id_token": id_token}


def _verifies(verifier: str | None, challenge: str | None) -> bool:
    """PKCE with S256 (RFC 7636, 4.6). A challenge that was not given wants no verifier."""
    if verifier is None or challenge is None:
        return verifier is None and challenge is None
    digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode())


def _answer(provider: Provider, claims: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "access_token": provider.signed(claims),
        "token_type": "Bearer",
        "expires_in": claims["exp"] - claims["iat"],
        "scope": claims["scope"],
    }


def audience_of(client: Client, parameters: Mapping[str, str]) -> str:
    """Whom a token is for: `audience`, or `resource` (RFC 8707), or what the client is configured with."""
    return parameters.get("audience") or parameters.get("resource") or client.audience
