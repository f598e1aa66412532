"""Show what mailboxes brought that is nobody's answer: never dropped, for people to look at."""

from dataclasses import dataclass

from chassis.tenancy import Scope
from reply_hub.application.ports import Incomings
from reply_hub.application.records import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnmatched:
    """Lists unmatched messages."""

    incomings: Incomings

    async def __call__(self, *, scope: Scope, after: str | None, limit: int) -> list[Incoming]:
        """A page of them, by id."""
        return await self.incomings.unmatched(scope=scope, after=after, limit=limit)
