"""How a client proves itself: a signed assertion (RFC 7523), or PKCE alone where it is public."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from dev.simulators.identity_provider.keys import PublicKey
from dev.simulators.identity_provider.people import Client, Directory
from dev.simulators.identity_provider.refusals import Refused, invalid_client

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE_S: Final = 600
_LEEWAY_S: Final = 5


@dataclass(slots=True)
class ClientAuthentication:
    """Checks assertions and remembers their ids until they expire."""

    directory: Directory
    keys: Mapping[str, PublicKey]
    _used: dict[tuple[str, str], float] = field(default_factory=dict)

    def authenticated(self, form: Mapping[str, str], *, issuer: str, public_allowed: bool = False) -> Client:
        """The client that sent a form.

        Raises:
            Refused: invalid_client, with what is wrong with its proof.
        """
        if "client_assertion" not in form:
            return self._public(form, allowed=public_allowed)
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise invalid_client(f"client_assertion_type is not {ASSERTION_TYPE}")
        client = self._named(form)
        claims = self._read(form["client_assertion"], client, issuer)
        self._judge(claims, client)
        return client

    def _public(self, form: Mapping[str, str], *, allowed: bool) -> Client:
        client = self.directory.client(form.get("client_id", ""))
        if not allowed or client is None or not client.public:
            raise invalid_client("client_assertion is missing")
        return client

    def _named(self, form: Mapping[str, str]) -> Client:
        try:
            subject = jwt.decode(form["client_assertion"], options={"verify_signature": False}).get("sub")
        except jwt.PyJWTError as error:
            raise invalid_client(f"the assertion can't be read: {error}") from None
        if form.get("client_id", subject) != subject:
            raise invalid_client("client_id is not the assertion's subject")
        client = self.directory.client(str(subject))
        if client is None or client.id not in self.keys:
            raise invalid_client("the client is not registered")
        return client

    def _read(self, assertion: str, client: Client, issuer: str) -> dict[str, Any]:
        key = self.keys[client.id]
        algorithm = "RS256" if isinstance(key, RSAPublicKey) else "ES256"
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                key,
                algorithms=[algorithm],
                audience=issuer,
                issuer=client.id,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "sub", "aud", "jti"]},
            )
        except jwt.PyJWTError as error:
            raise invalid_client(f"{type(error).__name__}: {error}") from None
        return claims

    def _judge(self, claims: Mapping[str, Any], client: Client) -> None:
        now = time.time()
        if claims["exp"] > now + LONGEST_LIFE_S + _LEEWAY_S:
            raise invalid_client("the assertion lives longer than ten minutes")
        self._used = {used: until for used, until in self._used.items() if until > now}
        used = (client.id, str(claims["jti"]))
        if used in self._used:
            raise invalid_client("the assertion was used before (jti)")
        self._used[used] = float(claims["exp"]) + _LEEWAY_S


def granted_scopes(client: Client, asked: str) -> tuple[str, ...]:
    """The scopes asked for, in order.

    Raises:
        Refused: invalid_scope where one is not the client's; as at ACM nothing is granted then.
    """
    scopes = tuple(dict.fromkeys(asked.split()))
    unknown = [scope for scope in scopes if scope not in client.scopes]
    if unknown:
        raise Refused("invalid_scope", f"not granted to this client: {' '.join(unknown)}")
    return scopes
