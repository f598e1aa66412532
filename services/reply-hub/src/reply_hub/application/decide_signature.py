"""Let a handler of the agency decide about an answer whose signatures the hub can't judge for certain."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.mongo import VersionConflict
from chassis.tenancy import Scope
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.ports import Replies
from reply_hub.application.problems import not_awaiting_decision, not_found
from reply_hub.domain.reply import Reply
from reply_hub.domain.signing import Decision
from reply_hub.domain.states import IllegalTransition

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSignature:
    """Puts a handler's decision on record; the answer is then judged by it."""

    replies: Replies
    clock: Clock

    async def __call__(self, reply_id: str, *, accept: bool, reason: str, by: str, scope: Scope) -> Reply:
        """Decide once. The same decision again changes nothing.

        Raises:
            Problem: NOT_FOUND; NOT_AWAITING_DECISION, also where somebody decided otherwise before.
        """
        for attempt in range(_ATTEMPTS):
            reply = await self.replies.find(reply_id, scope=scope)
            if reply is None:
                raise not_found()
            known = reply.decision
            if known is not None and (known.accept, known.reason, known.by) == (accept, reason, by):
                return reply
            now = self.clock.now()
            try:
                decided = reply.decide(Decision(accept=accept, reason=reason, by=by, at=now))
            except IllegalTransition:
                raise not_awaiting_decision() from None
            try:
                await self.replies.save(decided, due_add=[due(DueKind.JUDGE, now)])
            except VersionConflict:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return decided
        raise AssertionError("the loop returns or raises")
