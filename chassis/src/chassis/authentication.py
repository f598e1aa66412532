"""Who calls: access tokens of the issuer, checked here by its keys, or by asking the issuer itself."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx
import jwt

from chassis import logs
from chassis.discovery import Discovery
from contracts.identifiers import InvalidIdentifier, Tenant, parse_insz, parse_kbo, parse_tenant

_ALGORITHMS: Final = ["RS256", "ES256"]
"""What is accepted: never `none`, and never a symmetric one that a public key could be abused for."""
_LEEWAY_S: Final = 5
_REFRESH_AT_MOST_EVERY_S: Final = 5.0
_INTROSPECTED_FOR_S: Final = 10.0
_CACHED: Final = 4096


class InvalidToken(Exception):
    """The token is not one for this service. The message is for the log and never repeats the token."""


class KeysUnavailable(Exception):
    """The issuer could not be asked, and nothing is known from before."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person who signed in. `capacity` is the target group (ACM `vo_doelgroepcode`), BUR for a citizen."""

    insz: str = field(repr=False)
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    acr: str | None
    capacity: str
    represents: str | None = None
    mandate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: a client, for an organisation, or with a person before it."""

    client_id: str
    subject: str = field(repr=False)
    scopes: frozenset[str]
    organization: Tenant | None
    person: Person | None = None


class TokenVerifier(Protocol):
    """Checks tokens."""

    async def verify(self, token: str) -> Principal:
        """Who the token stands for.

        Raises:
            InvalidToken: it is expired, forged, or for somebody else.
            KeysUnavailable: nobody can tell now.
        """
        ...

    async def ready(self) -> None:
        """Return when tokens can be checked.

        Raises:
            KeysUnavailable: they can't.
        """
        ...


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Read ACM's claims.

    Raises:
        InvalidToken: a claim has another form than it should.
    """
    try:
        organization = _organization(claims.get("vo_orgcode"))
        person = _person(claims)
    except InvalidIdentifier as error:
        raise InvalidToken(f"a claim is wrong: {error}") from None
    client = claims.get("client_id") or claims.get("azp") or claims.get("sub")
    scope = claims.get("scope", "")
    if not isinstance(client, str) or not isinstance(scope, str | list):
        raise InvalidToken("client_id or scope is missing or of the wrong form")
    scopes = scope.split() if isinstance(scope, str) else [str(part) for part in scope]
    return Principal(client, str(claims.get("sub", "")), frozenset(scopes), organization, person)


def _organization(code: object) -> Tenant | None:
    # A KBO number may come without its leading zero; parse_tenant pads it. Schools' numbers are neither.
    if not isinstance(code, str) or not code:
        return None
    try:
        return parse_tenant(code)
    except InvalidIdentifier:
        return None


def _person(claims: Mapping[str, Any]) -> Person | None:
    number = claims.get("rrn")
    if number is None:
        return None
    return Person(
        insz=parse_insz(str(number)),
        given_name=str(claims.get("given_name", "")),
        family_name=str(claims.get("family_name", "")),
        acr=str(claims["acr"]) if claims.get("acr") else None,
        capacity=str(claims.get("vo_doelgroepcode", "BUR")),
        represents=parse_kbo(str(claims["wv_orgcode"])) if claims.get("wv_orgcode") else None,
        mandate_of=parse_kbo(str(claims["ssm_mandaatgever"])) if claims.get("ssm_mandaatgever") else None,
    )


@dataclass(slots=True)
class _Remembered:
    """Recent verdicts by the token's digest: checking a signature again for every call of one token is waste."""

    entries: OrderedDict[bytes, tuple[float, Principal]] = field(default_factory=OrderedDict)

    def get(self, digest: bytes) -> Principal | None:
        entry = self.entries.get(digest)
        if entry is None or entry[0] < time.time():
            return None
        return entry[1]

    def keep(self, digest: bytes, principal: Principal, until: float) -> None:
        self.entries[digest] = (until, principal)
        if len(self.entries) > _CACHED:
            self.entries.popitem(last=False)


class JwksVerifier:
    """Checks signatures with the issuer's published keys, cached; an unknown key id makes it look again.

    Keys already known stay usable while the issuer is away.
    """

    def __init__(self, *, discovery: Discovery, audience: str) -> None:
        """Take tokens of `discovery`'s issuer for `audience`."""
        self._discovery = discovery
        self._audience = audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = -_REFRESH_AT_MOST_EVERY_S
        self._fetching = asyncio.Lock()
        self._remembered = _Remembered()

    async def verify(self, token: str) -> Principal:
        """See TokenVerifier."""
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._remembered.get(digest)) is not None:
            return known
        key = await self._key_for(token)
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=_ALGORITHMS,
                audience=self._audience,
                issuer=self._discovery.issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise InvalidToken(f"{type(error).__name__}: {error}") from None
        principal = principal_of(claims)
        # A key that was withdrawn stops working within the time a verdict is remembered.
        self._remembered.keep(digest, principal, min(float(claims["exp"]), time.time() + _INTROSPECTED_FOR_S))
        return principal

    async def ready(self) -> None:
        """See TokenVerifier."""
        if not self._keys:
            await self._fetch()

    async def _key_for(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise InvalidToken(f"unreadable: {error}") from None
        if header.get("alg") not in _ALGORITHMS:
            raise InvalidToken(f"algorithm {header.get('alg')!r} is not accepted")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise InvalidToken("the token names no key")
        if kid not in self._keys:
            await self._fetch()
        key = self._keys.get(kid)
        if key is None:
            raise InvalidToken("the token names a key the issuer does not have")
        if key.algorithm_name != header["alg"]:
            raise InvalidToken("the key is of another algorithm")
        return key

    async def _fetch(self) -> None:
        """Read the keys, once for all who wait, and not oftener than every few seconds."""
        asked_at = time.monotonic()
        async with self._fetching:
            if self._fetched_at > asked_at or time.monotonic() - self._fetched_at < _REFRESH_AT_MOST_EVERY_S:
                return
            try:
                keys = await self._discovery.keys()
            except (httpx.HTTPError, ValueError, KeyError) as error:
                logs.get().warning("issuer_keys_unavailable", error=type(error).__name__)
                if not self._keys:
                    raise KeysUnavailable(type(error).__name__) from error
                return
            finally:
                self._fetched_at = time.monotonic() if self._keys else -_REFRESH_AT_MOST_EVERY_S
            self._keys = keys
            self._fetched_at = time.monotonic()


class IntrospectionVerifier:
    """Asks the issuer about every token (RFC 7662), as ACM wants it; remembered for seconds."""

    def __init__(self, *, discovery: Discovery, audience: str) -> None:
        """Ask `discovery`'s issuer; take tokens for `audience`."""
        self._discovery = discovery
        self._audience = audience
        self._remembered = _Remembered()

    async def verify(self, token: str) -> Principal:
        """See TokenVerifier."""
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._remembered.get(digest)) is not None:
            return known
        try:
            claims = await self._discovery.introspect(token)
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise KeysUnavailable(type(error).__name__) from error
        self._judge(claims)
        principal = principal_of(claims)
        until = min(float(claims["exp"]), time.time() + _INTROSPECTED_FOR_S)
        self._remembered.keep(digest, principal, until)
        return principal

    async def ready(self) -> None:
        """See TokenVerifier."""
        try:
            await self._discovery.document()
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise KeysUnavailable(type(error).__name__) from error

    def _judge(self, claims: Mapping[str, Any]) -> None:
        if claims.get("active") is not True:
            raise InvalidToken("the issuer says that it is not active")
        audience = claims.get("aud")
        if self._audience not in ([audience] if isinstance(audience, str) else audience or ()):
            raise InvalidToken("it is for another audience")
        if claims.get("iss") != self._discovery.issuer:
            raise InvalidToken("it is of another issuer")
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] < time.time() - _LEEWAY_S:
            raise InvalidToken("it is expired")
