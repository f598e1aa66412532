"""Tell a case system of a filing by webhook; one attempt, and when the next one is due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from chassis.clock import Clock
from chassis.due_item import DueItem
from chassis.due_work import LeasedItem, backoff
from chassis.ids import derived_id
from chassis.mongo import VersionConflict
from chassis.tenancy import EVERY_TENANT, TenantScope
from dossier_router.application import events
from dossier_router.application.payload import payload_of
from dossier_router.application.ports import CaseSystem, CaseSystemAnswer, FilingLog, SubscriptionRepository
from dossier_router.application.records import Attempt, Entry, Subscription
from dossier_router.domain.entry import Status, can_move

WEBHOOK: Final = "webhook"
_GONE: Final = 410
_EXCERPT: Final = 500
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLadder:
    """When a webhook is called again: pauses that double from `base` to `cap`, for `give_up_after` at most."""

    base: timedelta
    cap: timedelta
    give_up_after: timedelta


def due_webhooks(entry: Entry, subscriptions: Sequence[Subscription], *, at: datetime) -> list[DueItem]:
    """One due item per subscription that wants the filing."""
    assert entry.place is not None, "a filing has a place"
    bron = entry.place.bron
    return [due_webhook(subscription, at=at) for subscription in subscriptions if subscription.wants(bron)]


def due_webhook(subscription: Subscription, *, at: datetime) -> DueItem:
    """The due item of one subscription. Its destination is the host that is called."""
    return DueItem(
        id=f"{WEBHOOK}:{subscription.id}",
        kind=WEBHOOK,
        at=at,
        destination=urlsplit(subscription.url).netloc,
        payload={"subscription_id": subscription.id},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverFiling:
    """Use case; handles due items of kind `webhook`."""

    log: FilingLog
    subscriptions: SubscriptionRepository
    case_system: CaseSystem
    clock: Clock
    ladder: RetryLadder

    async def __call__(self, entry_id: str, leased: LeasedItem) -> None:
        """Make one attempt.

        Raises:
            VersionConflict: the entry changed meanwhile; the webhook may be called again with the same id.
        """
        entry = await self.log.get(entry_id, scope=EVERY_TENANT)
        if entry is None:
            return
        subscription_id = str(leased.item.payload["subscription_id"])
        subscription = await self.subscriptions.get(subscription_id, scope=TenantScope(entry.tenant))
        if subscription is None or subscription.status != "ACTIVE":
            await self.log.save(entry, scope=EVERY_TENANT, due_done=[leased.id])
            return
        started = self.clock.now()
        answer = await self.case_system.tell(
            subscription, message_id=derived_id(entry.id, subscription.id), body=payload_of(entry)
        )
        await self.log.add_attempt(_attempt(entry, subscription, leased.attempts, started, self.clock.now(), answer))
        await self._settle_at_last(entry, subscription, leased, answer)

    async def _settle_at_last(
        self, entry: Entry, subscription: Subscription, leased: LeasedItem, answer: CaseSystemAnswer
    ) -> None:
        """Write down what became of the call; a quick case system acknowledges at the same moment."""
        for _ in range(_TRIES - 1):
            try:
                await self._settle(entry, subscription, leased, answer)
            except VersionConflict:
                continue
            return
        await self._settle(entry, subscription, leased, answer)

    async def _settle(
        self, entry: Entry, subscription: Subscription, leased: LeasedItem, answer: CaseSystemAnswer
    ) -> None:
        # The acknowledgement may have come while the call was under way.
        fresh = await self.log.get(entry.id, scope=EVERY_TENANT)
        assert fresh is not None, "entries are never deleted"
        now = self.clock.now()
        if answer.status is not None and 200 <= answer.status < 300:
            await self._delivered(fresh, subscription, leased, now)
        elif answer.status == _GONE:
            await self.subscriptions.set_status(subscription.id, "DISABLED", scope=TenantScope(entry.tenant))
            await self._ended(fresh, subscription, leased, "GONE")
        elif now - entry.made_at > self.ladder.give_up_after:
            await self._ended(fresh, subscription, leased, "GIVEN_UP")
        else:
            pause = backoff(leased.attempts, base=self.ladder.base, cap=self.ladder.cap)
            again = now + max(pause, min(answer.retry_after or timedelta(), self.ladder.cap))
            item = replace(leased.item, at=again)
            status = _with_delivery(fresh, subscription.id, "RETRYING", leased.attempts)
            await self.log.save(status, scope=EVERY_TENANT, due_done=[leased.id], due_add=[item])

    async def _delivered(self, entry: Entry, subscription: Subscription, leased: LeasedItem, now: datetime) -> None:
        told = _with_delivery(entry, subscription.id, "DELIVERED", leased.attempts)
        if can_move(entry.status, Status.DELIVERED):
            told = replace(told, status=Status.DELIVERED)
        event = events.delivered(entry, subscription_id=subscription.id, at=now, attempts=leased.attempts)
        await self.log.save(told, scope=EVERY_TENANT, events=[event], due_done=[leased.id])

    async def _ended(self, entry: Entry, subscription: Subscription, leased: LeasedItem, how: str) -> None:
        ended = _with_delivery(entry, subscription.id, how, leased.attempts)
        await self.log.save(ended, scope=EVERY_TENANT, due_done=[leased.id])


def _with_delivery(entry: Entry, subscription_id: str, status: str, attempts: int) -> Entry:
    deliveries = {**entry.deliveries, subscription_id: {"status": status, "attempts": attempts}}
    return replace(entry, deliveries=deliveries)


def _attempt(
    entry: Entry,
    subscription: Subscription,
    number: int,
    started: datetime,
    ended: datetime,
    answer: CaseSystemAnswer,
) -> Attempt:
    return Attempt(
        entry_id=entry.id,
        filing_id=entry.filing_id,
        tenant=entry.tenant,
        subscription_id=subscription.id,
        number=number,
        at=started,
        duration_ms=(ended - started) / timedelta(milliseconds=1),
        status=answer.status,
        error=answer.error,
        excerpt=answer.excerpt[:_EXCERPT],
    )
