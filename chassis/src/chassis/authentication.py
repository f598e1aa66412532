"""Who calls: access tokens of the issuer, checked here by its keys, or by asking the issuer itself."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import jwt

from chassis.discovery import Discovery, IssuerUnavailable
from chassis.issuer_keys import IssuerKeys
from contracts.identifiers import InvalidIdentifier, Tenant, parse_insz, parse_kbo, parse_tenant

_ALGORITHMS: Final = ["RS256", "ES256"]
"""What is accepted: never `none`, and never a symmetric one that a public key could be abused for."""
_LEEWAY_S: Final = 5
_REFRESH_AT_MOST_EVERY_S: Final = 1.0
_REMEMBERED_FOR_S: Final = 10.0
_CACHED: Final = 4096
_T = TypeVar("_T")


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
    if not isinstance(code, str | int) or not code:
        return None
    try:
        return parse_tenant(str(code))
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

    def keep(self, digest: bytes, principal: Principal, expires: float) -> None:
        self.entries[digest] = (min(expires, time.time() + _REMEMBERED_FOR_S), principal)
        self.entries.move_to_end(digest)
        if len(self.entries) > _CACHED:
            self.entries.popitem(last=False)


class JwksVerifier:
    """Checks signatures with the issuer's published keys, cached; an unknown key id makes it look again.

    Keys already known stay usable while the issuer is away.
    """

    def __init__(
        self, *, discovery: Discovery, audience: str, refresh_at_most_every_s: float = _REFRESH_AT_MOST_EVERY_S
    ) -> None:
        """Take tokens of `discovery`'s issuer for `audience`."""
        self._issuer = discovery.issuer
        self._audience = audience
        self._keys = IssuerKeys(discovery, refresh_at_most_every_s=refresh_at_most_every_s)
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
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            # The kind only: messages of the library repeat claims.
            raise InvalidToken(type(error).__name__) from None
        principal = principal_of(claims)
        # A key that was withdrawn stops working within the time a verdict is remembered.
        self._remembered.keep(digest, principal, float(claims["exp"]))
        return principal

    async def ready(self) -> None:
        """See TokenVerifier."""
        if not self._keys.known:
            await self._asked(self._keys.load())

    async def _key_for(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise InvalidToken(f"unreadable: {type(error).__name__}") from None
        if header.get("alg") not in _ALGORITHMS:
            raise InvalidToken("its algorithm is not accepted")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise InvalidToken("the token names no key")
        key = await self._asked(self._keys.of(kid))
        if key is None:
            raise InvalidToken("the token names a key the issuer does not have")
        if key.algorithm_name != header["alg"]:
            raise InvalidToken("the key is of another algorithm")
        return key

    @staticmethod
    async def _asked(answer: Awaitable[_T]) -> _T:
        try:
            return await answer
        except IssuerUnavailable as error:
            raise KeysUnavailable(str(error)) from error


class IntrospectionVerifier:
    """Asks the issuer about every token (RFC 7662), as ACM wants it; remembered for seconds."""

    def __init__(self, *, discovery: Discovery, audience: str) -> None:
        """Ask `discovery`'s issuer; take tokens for `audience`."""
        self._discovery = discovery
        self._audience = audience
        self._remembered = _Remembered()
        self._asking: dict[bytes, asyncio.Task[Principal]] = {}

    async def verify(self, token: str) -> Principal:
        """See TokenVerifier. Calls of one token that come together ask once."""
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._remembered.get(digest)) is not None:
            return known
        task = self._asking.get(digest)
        if task is None:
            task = asyncio.create_task(self._ask(token, digest), name="introspection")
            self._asking[digest] = task
            task.add_done_callback(lambda _: self._asking.pop(digest, None))
        return await asyncio.shield(task)

    async def ready(self) -> None:
        """See TokenVerifier."""
        try:
            await self._discovery.reachable()
        except IssuerUnavailable as error:
            raise KeysUnavailable(str(error)) from error

    async def _ask(self, token: str, digest: bytes) -> Principal:
        try:
            claims = await self._discovery.introspect(token)
        except IssuerUnavailable as error:
            raise KeysUnavailable(str(error)) from error
        self._judge(claims)
        principal = principal_of(claims)
        self._remembered.keep(digest, principal, float(claims["exp"]))
        return principal

    def _judge(self, claims: Mapping[str, Any]) -> None:
        if claims.get("active") is not True:
            raise InvalidToken("the issuer says that it is not active")
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken("it is for another audience")
        if claims.get("iss") != self._discovery.issuer:
            raise InvalidToken("it is of another issuer")
        now = time.time()
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] < now - _LEEWAY_S:
            raise InvalidToken("it is expired")
        if isinstance(claims.get("nbf"), int | float) and claims["nbf"] > now + _LEEWAY_S:
            raise InvalidToken("it is not valid yet")
