"""A case system subscribes: where it is called, for which bronnen, and the secret that signs the calls."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chassis.clock import Clock
from chassis.http.idempotency import Idempotent, StoredAnswer, find_answer
from chassis.mongo import DuplicateAggregate
from chassis.problems import Fault, Problem
from chassis.tenancy import TenantScope
from dossier_router.application.ports import SubscriptionRepository
from dossier_router.application.problems import WEBHOOK_REFUSED
from dossier_router.application.records import Subscription

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """Use case. `plain_http_allowed` is for a sandbox."""

    subscriptions: SubscriptionRepository
    clock: Clock
    plain_http_allowed: bool

    async def __call__(self, name: str, url: str, bronnen: tuple[str, ...], call: Idempotent) -> StoredAnswer:
        """Write a subscription; its secret is told in this answer only.

        Raises:
            Problem: WEBHOOK_REFUSED, IDEMPOTENCY_KEY_REUSED.
        """
        self._check(url)
        now = self.clock.now()
        subscription = Subscription(
            id=call.resource_id,
            tenant=call.actor,
            name=name,
            url=url,
            secret=f"whsec_{b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}",
            bronnen=bronnen,
            status="ACTIVE",
            created_at=now,
        )
        answer = call.answered(201, {**shown(subscription), "secret": subscription.secret}, now)
        try:
            await self.subscriptions.add(subscription, [answer.to_document()])
        except DuplicateAggregate:
            kept = await self.subscriptions.answers_of(call.resource_id, scope=TenantScope(call.actor))
            return find_answer(kept, call) or answer
        return answer

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        schemes = {"https", "http"} if self.plain_http_allowed else {"https"}
        if parts.scheme not in schemes or not parts.hostname or parts.username or parts.fragment:
            fault = Fault(
                "/url", "WEBHOOK_REFUSED", f"has to be {' or '.join(sorted(schemes))}, with a host, no more"
            )
            raise Problem(WEBHOOK_REFUSED, "the address can't be called", faults=[fault])


def shown(subscription: Subscription) -> dict[str, Any]:
    """A subscription as it is answered, without its secret."""
    return {
        "subscriptionId": subscription.id,
        "name": subscription.name,
        "url": subscription.url,
        "bronnen": list(subscription.bronnen),
        "status": subscription.status,
        "createdAt": subscription.created_at.isoformat().replace("+00:00", "Z"),
    }
