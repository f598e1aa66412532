"""Asks responders and revocation lists: only addresses that a verdict named, through the guarded client."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx
from asn1crypto.ocsp import OCSPResponse

from chassis import logs
from signatures.verdict import Evidence, RevocationQuery

_MOST: Final = 20
"""Certificates asked about per file."""


@dataclass(frozen=True, slots=True)
class RevocationClient:
    """Fetches revocation data; `http` is a guarded client with a cap on bodies. What can't be had is left out."""

    http: httpx.AsyncClient

    async def evidence(self, queries: Sequence[RevocationQuery]) -> Evidence:
        """What could be had, asked side by side."""
        found = await asyncio.gather(*(self._one(query) for query in queries[:_MOST]))
        return Evidence(
            ocsps=tuple(der for ocsps, _ in found for der in ocsps),
            crls=tuple(der for _, crls in found for der in crls),
        )

    async def _one(self, query: RevocationQuery) -> tuple[list[bytes], list[bytes]]:
        """The first responder's answer, else the lists: these are long, and older."""
        for url, request in query.ocsp:
            answer = await self._fetch("POST", url, request)
            if answer is not None and _is_successful(answer):
                return [answer], []
        lists = [await self._fetch("GET", url) for url in query.crls]
        return [], [der for der in lists if der is not None]

    async def _fetch(self, method: str, url: str, body: bytes | None = None) -> bytes | None:
        headers = {"content-type": "application/ocsp-request"} if body is not None else {}
        try:
            response = await self.http.request(method, url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            logs.get().info("revocation_data_missing", host=_host(url), error=type(error).__name__)
            return None
        if response.status_code != httpx.codes.OK:
            logs.get().info("revocation_data_missing", host=_host(url), status=response.status_code)
            return None
        return response.content


def _is_successful(answer: bytes) -> bool:
    try:
        return bool(OCSPResponse.load(answer)["response_status"].native == "successful")
    except (ValueError, TypeError):
        return False


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return "unreadable"
