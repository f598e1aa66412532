"""What the case system does with a filing: fetch its files and confidential data, check them, acknowledge."""

import asyncio
import hashlib
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx

from dev.simulators.case_system.settings import CaseSystemSettings, Policy, Tokens

Json = dict[str, Any]
_TRIES: Final = 8


@dataclass(slots=True)
class Received:
    """One filing as the case system knows it. Times are seconds since the epoch."""

    filing: Json
    subscription: str
    received_at: float
    webhook_ids: list[str] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    confidential: Json = field(default_factory=dict)
    acknowledged: str | None = None
    case_document_number: str | None = None
    errors: list[str] = field(default_factory=list)

    def shown(self) -> Json:
        """As the simulator tells it."""
        return {
            "filingId": self.filing["filingId"],
            "replyId": self.filing["replyId"],
            "subscription": self.subscription,
            "receivedAt": self.received_at,
            "calls": len(self.webhook_ids),
            "webhookIds": sorted(set(self.webhook_ids)),
            "filing": self.filing,
            "files": self.files,
            "confidential": self.confidential,
            "acknowledged": self.acknowledged,
            "caseDocumentNumber": self.case_document_number,
            "errors": self.errors,
        }


@dataclass(slots=True, kw_only=True)
class Desk:
    """Works on filings, each once, whatever often it is told of."""

    http: httpx.AsyncClient
    tokens: Tokens
    settings: CaseSystemSettings
    received: dict[str, Received] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    _work: set[asyncio.Task[None]] = field(default_factory=set)

    def told(self, subscription: str, webhook_id: str, filing: Json) -> None:
        """Take note of a call; the first one of a filing starts the work on it."""
        known = self.received.get(filing["filingId"])
        if known is not None:
            known.webhook_ids.append(webhook_id)
            return
        new = Received(filing, subscription, time.time(), [webhook_id])
        self.received[filing["filingId"]] = new
        task = asyncio.create_task(self._worked(new))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def _worked(self, received: Received) -> None:
        for attempt in range(_TRIES):
            try:
                await self._once(received)
            except (httpx.HTTPError, KeyError) as error:
                received.errors.append(f"{type(error).__name__}: {error}"[:300])
                await asyncio.sleep(min(5.0, 0.2 * 2**attempt))
            else:
                return

    async def _once(self, received: Received) -> None:
        filing = received.filing
        received.files = [await self._fetched(file) for file in filing["attachments"]]
        if filing["confidential"] is not None:
            answer = await self._get(filing["confidential"]["url"])
            received.confidential = dict(answer.json()["values"])
        await self._acknowledge(received)

    async def _fetched(self, file: Json) -> Json:
        content = (await self._get(file["url"])).content
        digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return {
            "attachmentId": file["attachmentId"],
            "fileName": file["fileName"],
            "size": len(content),
            "sha256": digest,
            "matches": digest == file["sha256"] and len(content) == file["size"],
        }

    async def _acknowledge(self, received: Received) -> None:
        policy = self.policies.get(received.subscription, Policy())
        if policy.acknowledge == "NEVER":
            return
        number = f"STUK-{received.filing['filingId'][:8].upper()}"
        accepted = policy.acknowledge == "ACCEPTED"
        said = {"caseDocumentNumber": number} if accepted else {"code": policy.code, "message": "not for this desk"}
        bearer = await self.tokens.bearer("dssr_filing_v1_P", self.settings.router_audience)
        response = await self.http.post(
            f"{self.settings.router_url}/api/v1/filings/{received.filing['filingId']}/acknowledgements",
            json={"result": policy.acknowledge, **said},
            headers={
                "authorization": f"Bearer {bearer}",
                "x-correlation-id": str(uuid4()),
                "idempotency-key": f"ack-{received.filing['filingId']}",
            },
        )
        response.raise_for_status()
        received.acknowledged = policy.acknowledge
        received.case_document_number = number if accepted else None

    async def _get(self, url: str) -> httpx.Response:
        bearer = await self.tokens.bearer("rply_reply_v1_G", self.settings.hub_audience)
        response = await self.http.get(
            url, headers={"authorization": f"Bearer {bearer}", "x-correlation-id": str(uuid4())}
        )
        response.raise_for_status()
        return response
