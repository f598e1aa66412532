"""documents, asked over HTTP for the confidential values it prefills."""

from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from chassis.outbound import ServiceTokens, fetched, read_at_most

_MOST_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPrefillSource:
    """See `PrefillSource`."""

    http: httpx.AsyncClient
    tokens: ServiceTokens
    base_url: str
    audience: str

    async def values(self, message_id: str) -> dict[str, Any]:
        """See `PrefillSource`."""
        bearer = await self.tokens.bearer("hub_service_v1", self.audience)
        url = f"{self.base_url}/api/v1/messages/{message_id}/confidential-prefill"
        async with fetched(self.http, url, bearer=bearer, accept="application/json") as response:
            body = orjson.loads(await read_at_most(response, _MOST_BYTES))
        values: dict[str, Any] = body["values"]
        return values
