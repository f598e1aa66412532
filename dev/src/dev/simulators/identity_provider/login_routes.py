"""The front channel: the authorization endpoint and a page where a person is picked."""

import json
import re
import time
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from dev.simulators.identity_provider.client_authentication import granted_scopes
from dev.simulators.identity_provider.people import Capacity, Client, Person
from dev.simulators.identity_provider.provider import IssuerDep, Provider, ProviderDep, SignIn, random_name
from dev.simulators.identity_provider.refusals import Refused
from dev.simulators.identity_provider.token_routes import audience_of

router = APIRouter(prefix="/op/v1", tags=["Sign-in"])

_SIGN_IN_S = 600
_CODE_S = 60
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@router.get("/auth", response_class=HTMLResponse)
async def authorize(request: Request, provider: ProviderDep, issuer: IssuerDep) -> Any:
    """Begin a sign-in (RFC 6749, 4.1.1; PKCE with S256, demanded of public clients).

    What is wrong with client_id or redirect_uri is told here, everything else to the redirect URI.
    """
    asked = dict(request.query_params)
    client = _client(provider, asked)
    try:
        sign_in = _sign_in(client, asked)
        hint = read_login_hint(asked.get("login_hint"))
    except Refused as refusal:
        told = {"error": refusal.error, "error_description": str(refusal)}
        return _back(asked["redirect_uri"], {**told, "state": asked.get("state"), "iss": issuer})
    name = random_name()
    provider.asked[name] = sign_in
    return HTMLResponse(_page(provider, client, name, hint), headers={"cache-control": "no-store"})


@router.post("/auth")
async def pick(
    provider: ProviderDep,
    issuer: IssuerDep,
    sign_in: Annotated[str, Form()],
    person: Annotated[str, Form()],
    capacity: Annotated[str | None, Form()] = None,
) -> RedirectResponse:
    """Somebody was picked: `person` by id, `capacity` by name, its first one where none is given."""
    pending = provider.asked.get(sign_in)
    if pending is None or pending.expires < time.time():
        raise Refused("invalid_request", "the sign-in is unknown or expired")
    picked = provider.directory.person(person)
    as_what = picked.capacity(capacity) if picked else None
    if picked is None or as_what is None:
        raise Refused("invalid_request", "there is no such person, or not in that capacity")
    del provider.asked[sign_in]
    code = random_name()
    provider.codes[code] = replace(pending, person=picked, capacity=as_what, expires=time.time() + _CODE_S)
    return _back(pending.redirect_uri, {"code": code, "state": pending.state, "iss": issuer})


@router.get("/logout", response_class=HTMLResponse)
async def logout() -> str:
    """There are no sessions here, so nothing has to end."""
    return "<!doctype html><html lang=nl><title>Afgemeld</title><p>U bent afgemeld."


def read_login_hint(hint: str | None) -> dict[str, str]:
    """ACM's hint: base64 of {"cap_hint": target group, "code_hint": organisation}.

    Raises:
        Refused: invalid_request, it is something else.
    """
    if not hint:
        return {}
    padded = hint + "=" * (-len(hint) % 4)
    try:
        decoded = json.loads(urlsafe_b64decode(padded) if set("-_") & set(hint) else b64decode(padded))
    except ValueError:
        raise Refused("invalid_request", "login_hint is not base64 of JSON") from None
    if not isinstance(decoded, dict):
        raise Refused("invalid_request", "login_hint is not an object")
    return {name: str(decoded[name]) for name in ("cap_hint", "code_hint") if name in decoded}


def _client(provider: Provider, asked: Mapping[str, str]) -> Client:
    client = provider.directory.client(asked.get("client_id", ""))
    if client is None:
        raise Refused("invalid_request", "client_id is unknown")
    if not any(_same_address(asked.get("redirect_uri", ""), known) for known in client.redirect_uris):
        raise Refused("invalid_request", "redirect_uri is not registered")
    return client


def _same_address(asked: str, known: str) -> bool:
    if asked == known:
        return True
    try:
        parts, wanted = urlsplit(asked), urlsplit(known)
        if wanted.scheme != "http" or wanted.hostname not in {"127.0.0.1", "localhost"} or parts.port is None:
            return False
    except ValueError:
        return False
    return asked == urlunsplit(wanted._replace(netloc=f"{wanted.hostname}:{parts.port}"))


def _sign_in(client: Client, asked: Mapping[str, str]) -> SignIn:
    if asked.get("response_type") != "code":
        raise Refused("unsupported_response_type", "only code")
    scopes = granted_scopes(client, asked.get("scope", ""))
    if "openid" not in scopes:
        raise Refused("invalid_scope", "openid is missing")
    challenge = asked.get("code_challenge")
    if challenge is None and client.public:
        raise Refused("invalid_request", "code_challenge is missing")
    if challenge is not None and (
        asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge)
    ):
        raise Refused("invalid_request", "code_challenge has to be of the method S256")
    return SignIn(
        client=client,
        redirect_uri=asked["redirect_uri"],
        scopes=scopes,
        audience=audience_of(client, asked),
        code_challenge=challenge,
        state=asked.get("state"),
        nonce=asked.get("nonce"),
        expires=time.time() + _SIGN_IN_S,
    )


def _back(redirect_uri: str, told: Mapping[str, str | None]) -> RedirectResponse:
    parts = urlsplit(redirect_uri)
    query = urlencode({name: value for name, value in told.items() if value is not None})
    joined = f"{parts.query}&{query}" if parts.query else query
    return RedirectResponse(urlunsplit(parts._replace(query=joined)), 303, headers={"cache-control": "no-store"})


def _fits(capacity: Capacity, hint: Mapping[str, str]) -> bool:
    if hint.get("cap_hint") not in (None, capacity.target_group):
        return False
    return hint.get("code_hint") in (None, capacity.organisation)


def _page(provider: Provider, client: Client, name: str, hint: Mapping[str, str]) -> str:
    choices = [
        _choice(provider, name, person, capacity)
        for person in provider.directory.people
        for capacity in person.capacities
        if _fits(capacity, hint)
    ]
    shown = "\n".join(choices) or "<p>Niemand kan zo aanmelden."
    return f"""<!doctype html>
<html lang="nl">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Aanmelden (gesimuleerd)</title>
<style>body{{font:1rem/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}
button{{font:inherit;width:100%;text-align:left;padding:.75rem;margin:.25rem 0}}</style></head>
<body><main><h1>Aanmelden bij {escape(client.name)}</h1>
<p>Gesimuleerde aanmelding: alle personen zijn verzonnen.</p>
{shown}
</main></body></html>"""


def _choice(provider: Provider, name: str, person: Person, capacity: Capacity) -> str:
    return f"""<form method="post" action="auth">
<input type="hidden" name="sign_in" value="{escape(name)}">
<input type="hidden" name="person" value="{escape(person.id)}">
<input type="hidden" name="capacity" value="{escape(capacity.name)}">
<button>{escape(f"{person.given_name} {person.family_name}")}: {escape(_described(provider, capacity))}</button>
</form>"""


def _described(provider: Provider, capacity: Capacity) -> str:
    if capacity.organisation is None:
        return "in eigen naam"
    described = f"namens {provider.directory.organisation_name(capacity.organisation)}"
    if capacity.mandate is not None:
        described += f", met mandaat van {provider.directory.organisation_name(capacity.mandate)}"
    return described
