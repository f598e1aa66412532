"""The issuer's signing keys as one process knows them: cached, rotated without a restart, kept through outages."""

import asyncio
import math
import time
from typing import Final

import jwt

from chassis import logs
from chassis.discovery import Discovery, IssuerUnavailable

_GOOD_FOR_S: Final = 600.0


class IssuerKeys:
    """The issuer's keys, cached. Those known stay usable while the issuer is away."""

    def __init__(self, discovery: Discovery, *, refresh_at_most_every_s: float) -> None:
        """Nothing is asked yet."""
        self._discovery = discovery
        self._at_least_s = refresh_at_most_every_s
        self._known: dict[str, jwt.PyJWK] = {}
        self._asked_at = -math.inf
        self._asking: asyncio.Task[None] | None = None

    async def of(self, kid: str) -> jwt.PyJWK | None:
        """The key of an id; where it is unknown, the issuer is asked.

        Raises:
            IssuerUnavailable: no key at all is known.
        """
        if kid not in self._known:
            await self.load()
        elif time.monotonic() - self._asked_at > _GOOD_FOR_S:
            # In the background: a key that was withdrawn goes, and nobody waits for it.
            self._ask()
        return self._known.get(kid)

    async def load(self) -> None:
        """Ask the issuer, once for all who wait, and not oftener than allowed.

        Raises:
            IssuerUnavailable: no key at all is known.
        """
        if self._asking is not None or time.monotonic() - self._asked_at >= self._at_least_s:
            # A caller who leaves must not take the answer away from the others.
            await asyncio.shield(self._ask())
        if not self._known:
            raise IssuerUnavailable("no key of the issuer is known")

    @property
    def known(self) -> bool:
        """Whether there are any."""
        return bool(self._known)

    def _ask(self) -> asyncio.Task[None]:
        if self._asking is None:
            self._asking = asyncio.create_task(self._fetch(), name="issuer_keys")
        return self._asking

    async def _fetch(self) -> None:
        try:
            self._known = await self._discovery.keys()
        except IssuerUnavailable as error:
            logs.get().warning("issuer_keys_unavailable", error=str(error))
        finally:
            self._asked_at = time.monotonic()
            self._asking = None
