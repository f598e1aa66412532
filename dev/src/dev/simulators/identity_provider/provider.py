"""The provider's state: keys, open sign-ins, and tokens as they are made and judged."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import jwt
from fastapi import Depends, Request

from dev.simulators.identity_provider.claims import client_claims, person_claims
from dev.simulators.identity_provider.client_authentication import ClientAuthentication
from dev.simulators.identity_provider.keys import Algorithm, Keyring, ensure_client_keys
from dev.simulators.identity_provider.people import DEFAULT_DIRECTORY, Capacity, Client, Directory, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderSettings:
    """How the provider is set up.

    Attributes:
        client_keys: folder of the clients' private keys, `<client id>.pem`; what is missing is generated.
        issuer: as tokens name it; None derives it from the address a request came to.
        token_life_s: of access tokens, in seconds.
    """

    client_keys: Path
    directory: Directory = DEFAULT_DIRECTORY
    issuer: str | None = None
    algorithm: Algorithm = "RS256"
    token_life_s: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in under way: what the client asked, and who was picked once somebody was."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    audience: str
    code_challenge: str | None
    state: str | None
    nonce: str | None
    expires: float
    person: Person | None = None
    capacity: Capacity | None = None


@dataclass(slots=True)
class Provider:
    """One provider."""

    settings: IdentityProviderSettings
    keyring: Keyring
    clients: ClientAuthentication
    asked: dict[str, SignIn] = field(default_factory=dict)
    codes: dict[str, SignIn] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, settings: IdentityProviderSettings) -> "Provider":
        """Generate the keys that are missing."""
        keys = ensure_client_keys(settings.client_keys, settings.directory.clients)
        return cls(settings, Keyring(settings.algorithm), ClientAuthentication(settings.directory, keys))

    @property
    def directory(self) -> Directory:
        """All who are known."""
        return self.settings.directory

    def frame(self, client: Client, scopes: tuple[str, ...], audience: str, issuer: str) -> dict[str, Any]:
        """Claims that every access token has."""
        now = int(time.time())
        return {
            "iss": issuer,
            "aud": audience,
            "client_id": client.id,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + self.settings.token_life_s,
            "jti": str(uuid4()),
        }

    def client_token(self, client: Client, scopes: tuple[str, ...], audience: str, issuer: str) -> dict[str, Any]:
        """The claims of a client's own access token."""
        return {**self.frame(client, scopes, audience, issuer), **client_claims(client, self.directory)}

    def person_token(self, sign_in: SignIn, issuer: str) -> dict[str, Any]:
        """The claims of an access token for a person who signed in."""
        frame = self.frame(sign_in.client, sign_in.scopes, sign_in.audience, issuer)
        return {**frame, **self.told_of(sign_in)}

    def id_token(self, sign_in: SignIn, issuer: str) -> dict[str, Any]:
        """The claims of an ID token."""
        frame = self.frame(sign_in.client, sign_in.scopes, sign_in.client.id, issuer)
        nonce = {} if sign_in.nonce is None else {"nonce": sign_in.nonce}
        return {**frame, **self.told_of(sign_in), **nonce, "azp": sign_in.client.id, "auth_time": frame["iat"]}

    def told_of(self, sign_in: SignIn) -> dict[str, Any]:
        """What a client that signed somebody in is told of them."""
        assert sign_in.person is not None
        assert sign_in.capacity is not None
        return person_claims(sign_in.person, sign_in.capacity, sign_in.scopes, self.directory)

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A JWT as the provider makes them (at+jwt, RFC 9068, would be another type; ACM says JWT)."""
        return self.keyring.current.sign(claims, {})

    def verified(self, token: str, issuer: str) -> dict[str, Any] | None:
        """The claims of a token of ours that holds now, whatever its audience; None for any other."""
        try:
            key = self.keyring.by_id(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key.private.public_key(),
                algorithms=[key.algorithm],
                issuer=issuer,
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None
        return None if claims.get("jti") in self.revoked else claims


def random_name() -> str:
    """A name nobody guesses."""
    return urlsafe_b64encode(uuid4().bytes + uuid4().bytes).rstrip(b"=").decode()


def provider_of(request: Request) -> Provider:
    """The app's provider."""
    provider: Provider = request.app.state.provider
    return provider


def issuer_of(request: Request) -> str:
    """The issuer, without a slash at its end."""
    return provider_of(request).settings.issuer or f"{request.base_url}op"


ProviderDep = Annotated[Provider, Depends(provider_of)]
IssuerDep = Annotated[str, Depends(issuer_of)]
