"""Case systems that are called over HTTP, through a client that calls no inner address."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from chassis.outbound import BodyTooLarge, read_at_most
from dossier_router.adapters.casesystems.standard_webhooks import signed_headers
from dossier_router.application.records import Subscription

_MAX_ANSWER_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """See CaseSystemAnswer."""

    status: int | None
    error: str | None = None
    excerpt: str = ""
    retry_after: timedelta | None = None


class WebhookCaseSystem:
    """See CaseSystem."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """Call with `http`, which guards its connections."""
        self._http = http

    async def tell(self, subscription: Subscription, *, message_id: str, body: bytes) -> Answer:
        """See CaseSystem."""
        # Real time, not the sandbox's: the receiver compares it with its own clock.
        signature = signed_headers(subscription.secret, message_id=message_id, timestamp=int(time.time()), body=body)
        headers = {"content-type": "application/json", "user-agent": "antwoordhub", **signature}
        try:
            async with self._http.stream("POST", subscription.url, content=body, headers=headers) as response:
                return await _answer_of(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(None, error=f"{type(error).__name__}: {error}"[:200])


async def _answer_of(response: httpx.Response) -> Answer:
    try:
        content = await read_at_most(response, _MAX_ANSWER_BYTES)
    except BodyTooLarge:
        content = b"(more than is read)"
    except httpx.HTTPError as error:
        return Answer(None, error=f"{type(error).__name__} while reading the answer")
    return Answer(
        response.status_code,
        excerpt=content.decode(errors="replace")[:500],
        retry_after=_retry_after(response.headers.get("retry-after")),
    )


def _retry_after(value: str | None) -> timedelta | None:
    """Seconds, or an HTTP date (RFC 9110 section 10.2.3); what is neither is ignored."""
    if value is None:
        return None
    if value.strip().isdigit():
        return timedelta(seconds=min(int(value), 10**7))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(), until - datetime.fromtimestamp(time.time(), UTC))
