"""An operator says which organisation a bron belongs to; documents and everybody else learn it from the event."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.problems import Problem
from dossier_router.application import events
from dossier_router.application.ports import BronRepository
from dossier_router.application.problems import BRON_TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterBron:
    """Use case."""

    bronnen: BronRepository
    clock: Clock

    async def __call__(self, bron: str, organization: str, *, correlation_id: str) -> int:
        """Register it; the same again changes nothing. Returns the registration's version.

        Raises:
            Problem: BRON_TAKEN.
        """
        version, owner = await self.bronnen.version_of(bron)
        if owner == organization:
            return version
        if owner is not None:
            raise Problem(BRON_TAKEN, "the bron belongs to another organisation")
        now = self.clock.now()
        event = events.bron_registered(bron, organization, 1, at=now, correlation_id=correlation_id)
        return await self.bronnen.register(bron, organization, event)
