"""The issuer's own addresses and keys (OpenID Connect Discovery), and calls that need this client's signature."""

import time
from typing import Any, Final

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.ids import uuid7

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE_S: Final = 300
_USABLE: Final = {"RSA": "RS256", "EC": "ES256"}


class IssuerUnavailable(Exception):
    """The issuer does not answer, or not as it should. The message is a kind of error, without any content."""


_FAULTS: Final = (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError)
"""What a call to an issuer ends in that is away, or answers with something else than it should."""


class ClientKey:
    """A client's private key, for private_key_jwt (RFC 7523): RS256 for RSA, ES256 for P-256."""

    def __init__(self, pem: bytes) -> None:
        """Load a PEM.

        Raises:
            ValueError: it is no RSA or elliptic-curve key.
        """
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
            raise ValueError("the client's key is neither RSA nor elliptic curve")
        self._key = key
        self._algorithm = "RS256" if isinstance(key, RSAPrivateKey) else "ES256"

    def assertion(self, client_id: str, audience: str) -> str:
        """A fresh assertion; ACM takes one that lives ten minutes at most, and each only once."""
        now = int(time.time())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": uuid7(),
            "iat": now,
            "exp": now + _ASSERTION_LIFE_S,
        }
        return jwt.encode(claims, self._key, algorithm=self._algorithm)


class Discovery:
    """One issuer, as seen by one client."""

    def __init__(self, http: httpx.AsyncClient, *, issuer: str, client_id: str, key: ClientKey | None = None) -> None:
        """Nothing is asked yet. Without a key, only what needs no signature can be."""
        self.issuer = issuer
        self._http = http
        self._client_id = client_id
        self._key = key
        self._document: dict[str, Any] | None = None

    async def document(self) -> dict[str, Any]:
        """The discovery document, read once, and again after keys could not be read from where it says.

        Raises:
            httpx.HTTPError: the issuer does not answer as it should.
            ValueError: the document is of another issuer.
        """
        if self._document is None:
            response = await self._http.get(f"{self.issuer}/.well-known/openid-configuration")
            document: dict[str, Any] = response.raise_for_status().json()
            if document.get("issuer") != self.issuer:
                raise ValueError("the discovery document names another issuer")
            self._document = document
        return self._document

    async def reachable(self) -> None:
        """Return when the issuer's addresses are known.

        Raises:
            IssuerUnavailable: they can't be had.
        """
        try:
            await self.document()
        except _FAULTS as error:
            raise IssuerUnavailable(type(error).__name__) from error

    async def keys(self) -> dict[str, jwt.PyJWK]:
        """The issuer's signing keys by key id; those of a kind that is not used here are left out.

        Raises:
            IssuerUnavailable: the keys can't be had.
        """
        try:
            uri = (await self.document())["jwks_uri"]
            published = (await self._http.get(uri)).raise_for_status().json()["keys"]
            return dict(key for entry in published for key in _usable(entry))
        except _FAULTS as error:
            self._document = None
            raise IssuerUnavailable(type(error).__name__) from error

    async def introspect(self, token: str) -> dict[str, Any]:
        """What the issuer says of a token (RFC 7662).

        Raises:
            IssuerUnavailable: it says nothing.
        """
        try:
            form = {"token": token, "token_type_hint": "access_token"}
            return await self._signed_post("introspection_endpoint", form)
        except _FAULTS as error:
            raise IssuerUnavailable(type(error).__name__) from error

    async def token(self, scope: str, audience: str) -> dict[str, Any]:
        """A token for this client itself (client credentials).

        Raises:
            httpx.HTTPError: the issuer refuses, or does not answer as it should.
        """
        form = {"grant_type": "client_credentials", "scope": scope, "audience": audience}
        return await self._signed_post("token_endpoint", form)

    async def _signed_post(self, endpoint: str, form: dict[str, str]) -> dict[str, Any]:
        address = (await self.document())[endpoint]
        if self._key is None:
            raise ValueError("a call that needs the client's signature, without a key")
        assertion = self._key.assertion(self._client_id, self.issuer)
        signed = {
            "client_id": self._client_id,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        answer: dict[str, Any] = (await self._http.post(address, data={**form, **signed})).raise_for_status().json()
        return answer


def _usable(entry: dict[str, Any]) -> list[tuple[str, jwt.PyJWK]]:
    """The key with its id, or nothing where it is not one for signatures that are accepted here."""
    algorithm = _USABLE.get(str(entry.get("kty")))
    if not entry.get("kid") or algorithm is None or entry.get("use", "sig") != "sig":
        return []
    try:
        key = jwt.PyJWK(entry)
    except jwt.PyJWTError:
        # One key of a curve nobody here knows must not take the others away.
        return []
    return [(str(entry["kid"]), key)] if key.algorithm_name == algorithm else []
