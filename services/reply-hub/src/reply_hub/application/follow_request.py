"""What happens to a request while it waits: its deadline passes, its confidential prefill comes, it is withdrawn."""

import json
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.due_work import LeasedItem
from chassis.tenancy import EVERY_TENANT, Scope
from contracts.reply_hub.v1 import RequestClosure
from reply_hub.application.announcements import Announcer
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.ports import Crypt, PrefillSource, Requests
from reply_hub.domain.request import ReplyRequest
from reply_hub.domain.states import RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class PassDeadline:
    """Marks a request overdue when its last day ended without the answer."""

    requests: Requests
    announcer: Announcer
    clock: Clock

    async def __call__(self, request_id: str, item: LeasedItem) -> None:
        """Do it once; a request that is answered, closed or has a later deadline by now is left as it is."""
        request = await self.requests.find(request_id, scope=EVERY_TENANT)
        if request is None:
            return
        now = self.clock.now()
        if request.status is not RequestState.OPEN or request.taken:
            await self.requests.save(request, due_done=[item.id])
        elif not request.is_late(now):
            await self.requests.save(request, due_add=[due(DueKind.OVERDUE, request.due_at)])
        else:
            overdue = request.pass_deadline()
            event = self.announcer.changed(overdue, reason="OVERDUE", at=now)
            await self.requests.save(overdue, events=[event], due_done=[item.id])


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPrefill:
    """Fetches the confidential values a request shows beforehand, and keeps them encrypted."""

    requests: Requests
    source: PrefillSource
    crypt: Crypt

    async def __call__(self, request_id: str, item: LeasedItem) -> None:
        """Ask documents; where it does not answer, this is done again later."""
        request = await self.requests.find(request_id, scope=EVERY_TENANT)
        if request is None:
            return
        values = await self.source.values(request.message_id)
        sealed = self.crypt.encrypt(json.dumps(values), prefill_context(request.id))
        await self.requests.save(request, due_done=[item.id], confidential_prefill=sealed)


def prefill_context(request_id: str) -> str:
    """Where the encrypted prefill of a request belongs."""
    return f"reply_requests/{request_id}/prefill"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRequest:
    """The agency does not ask any more."""

    requests: Requests
    announcer: Announcer
    clock: Clock

    async def __call__(self, request_id: str, *, scope: Scope) -> ReplyRequest | None:
        """Withdraw it, or None where it isn't there for this agency. Once withdrawn it stays so.

        Raises:
            IllegalTransition: it is answered or closed.
            VersionConflict: it changed meanwhile.
        """
        request = await self.requests.find(request_id, scope=scope)
        if request is None or request.status is RequestState.WITHDRAWN:
            return request
        now = self.clock.now()
        withdrawn = request.withdraw(now)
        event = self.announcer.closed(withdrawn, closure=RequestClosure.WITHDRAWN, at=now)
        await self.requests.save(withdrawn, events=[event], due_done=[DueKind.OVERDUE.value])
        return withdrawn
