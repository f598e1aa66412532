"""Learn in which phase a dossier is, from its case system; and what was bound to it when a request opened."""

from dataclasses import dataclass, replace
from typing import Final

from chassis.clock import Clock
from chassis.due_item import DueItem
from chassis.mongo import DuplicateAggregate, VersionConflict
from chassis.problems import NOT_FOUND, Problem
from chassis.tenancy import EVERY_TENANT
from contracts.identifiers import dossier_key
from contracts.reply_hub.v1 import ReplyRequestOpened
from dossier_router.application.ports import BronRepository, DossierRepository
from dossier_router.application.records import StoredDossier
from dossier_router.domain.dossier import Dossier, Noted, PhaseChange

LOOK_AGAIN: Final = "look-again"
_TRIES: Final = 20


class ForeignBron(Exception):
    """The bron is not the teller's."""


async def _changed(dossiers: DossierRepository, key: str, attempt: int) -> StoredDossier | None:
    if attempt == _TRIES:
        raise VersionConflict(f"dossier {key} keeps changing")
    return await dossiers.get(key, scope=EVERY_TENANT)


def _new(key: str, bron: str, dossier_nummer: str, tenant: str) -> StoredDossier:
    dossier = Dossier(key=key, bron=bron, dossier_nummer=dossier_nummer, changes={})
    return StoredDossier(dossier=dossier, tenant=tenant, bindings={}, version=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPhase:
    """Use case."""

    bronnen: BronRepository
    dossiers: DossierRepository
    clock: Clock

    async def __call__(self, bron: str, dossier_nummer: str, change: PhaseChange, *, tenant: str) -> Noted:
        """Keep a phase change. Answers that waited for this dossier to be known are looked at again.

        Raises:
            ForeignBron: the bron is unknown, or another organisation's.
        """
        if await self.bronnen.owner(bron) != tenant:
            raise ForeignBron(bron)
        key = dossier_key(bron, dossier_nummer)
        for attempt in range(_TRIES + 1):
            stored = await _changed(self.dossiers, key, attempt) or _new(key, bron, dossier_nummer, tenant)
            noted = stored.dossier.note(change)
            if noted is not Noted.APPLIED:
                return noted
            dossier = replace(stored.dossier, changes={**stored.dossier.changes, change.version: change})
            again = DueItem(id=LOOK_AGAIN, kind=LOOK_AGAIN, at=self.clock.now(), destination=LOOK_AGAIN)
            try:
                await self.dossiers.save(replace(stored, dossier=dossier), due=[again])
            except (VersionConflict, DuplicateAggregate):
                continue
            return noted
        raise AssertionError("the last try raises")

    async def by_call(self, bron: str, dossier_nummer: str, change: PhaseChange, *, tenant: str) -> Noted:
        """The same for a caller, who learns of a foreign bron only that it isn't there.

        Raises:
            Problem: NOT_FOUND.
        """
        try:
            return await self(bron, dossier_nummer, change, tenant=tenant)
        except ForeignBron:
            raise Problem(NOT_FOUND, "there is no such bron") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class BindRequest:
    """Use case: bind a request that opened to the phase instance that asked."""

    dossiers: DossierRepository

    async def __call__(self, opened: ReplyRequestOpened) -> None:
        """Bind it once; a second telling changes nothing. A dossier that isn't known yet begins without a phase."""
        ref = opened.dossier
        key = dossier_key(ref.bron, ref.dossier_nummer)
        for attempt in range(_TRIES + 1):
            found = await _changed(self.dossiers, key, attempt)
            stored = found or _new(key, ref.bron, ref.dossier_nummer, opened.tenant)
            if opened.reply_request_id in stored.bindings:
                return
            binding = stored.dossier.bind(ref.fase, ref.procedurestap, ref.phase_version)
            bindings = {**stored.bindings, opened.reply_request_id: binding}
            try:
                await self.dossiers.save(replace(stored, bindings=bindings))
            except (VersionConflict, DuplicateAggregate):
                continue
            return
