"""Receipts and notices, fetched from reply-hub with this service's own token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from chassis.outbound import ServiceTokens, fetched
from documents.application.ports import SourceUnavailable

_SCOPE: Final = "hub_service_v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpDocumentSource:
    """See DocumentSource. Only what lies under `base_url` is fetched: a token goes along."""

    http: httpx.AsyncClient
    tokens: ServiceTokens
    base_url: str
    audience: str

    @asynccontextmanager
    async def fetch(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """See DocumentSource."""
        if not url.startswith(f"{self.base_url}/"):
            raise SourceUnavailable("the address is not one of reply-hub's")
        try:
            bearer = await self.tokens.bearer(_SCOPE, self.audience)
            async with fetched(self.http, url, bearer=bearer, accept="application/pdf") as response:
                yield response.aiter_bytes()
        except httpx.HTTPError as error:
            raise SourceUnavailable(type(error).__name__) from error
