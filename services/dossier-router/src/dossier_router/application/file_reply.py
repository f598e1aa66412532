"""File an accepted answer into the phase that asked, or park it: two reads and one write."""

import asyncio
from dataclasses import dataclass
from typing import Final

from chassis.clock import Clock
from chassis.due_item import DueItem
from chassis.ids import derived_id
from chassis.mongo import DuplicateAggregate
from chassis.tenancy import EVERY_TENANT, TenantScope
from contracts.documents.v1 import WhenPhaseMoved
from contracts.identifiers import dossier_key
from contracts.reply_hub.v1 import ReplyAccepted
from dossier_router.application import events
from dossier_router.application.deliver_filing import due_webhooks
from dossier_router.application.ports import BronRepository, DossierRepository, FilingLog, SubscriptionRepository
from dossier_router.application.records import Entry, Place, StoredDossier
from dossier_router.domain.decision import Decision, FileInto, decide
from dossier_router.domain.dossier import Binding
from dossier_router.domain.entry import FIRST, Kind

RULE: Final = "rule"


class LogContended(Exception):
    """Others kept taking the next place of the dossier's log; the event is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReply:
    """Use case."""

    bronnen: BronRepository
    dossiers: DossierRepository
    log: FilingLog
    subscriptions: SubscriptionRepository
    clock: Clock

    async def __call__(self, accepted: ReplyAccepted, *, correlation_id: str) -> None:
        """File or park; an answer that has an entry already is left as it is.

        Raises:
            LogContended: see there.
        """
        ref = accepted.dossier
        key = dossier_key(ref.bron, ref.dossier_nummer)
        stored, state = await asyncio.gather(
            self.dossiers.get(key, scope=EVERY_TENANT), self.log.state(key, accepted.reply_id)
        )
        for _ in range(_TRIES):
            if state.entry_of_reply is not None:
                return
            decision = await self.decide_again(stored, accepted)
            entry = self._entry(accepted, key, state.last_sequence + 1, decision, correlation_id)
            try:
                await self._append(entry)
            except DuplicateAggregate:
                state = await self.log.state(key, accepted.reply_id)
                continue
            return
        raise LogContended(key)

    async def decide_again(self, stored: StoredDossier | None, accepted: ReplyAccepted) -> Decision:
        """Decide by what is known now; writes nothing."""
        return decide(
            stored.dossier if stored else None,
            binding_of(stored, accepted),
            owner=await self.bronnen.owner(accepted.dossier.bron),
            tenant=accepted.tenant,
            file_in_current=accepted.when_phase_moved is WhenPhaseMoved.FILE_IN_CURRENT,
        )

    def _entry(
        self, accepted: ReplyAccepted, key: str, sequence: int, decision: Decision, correlation_id: str
    ) -> Entry:
        filing = isinstance(decision, FileInto)
        kind = Kind.FILING if filing else Kind.PARKED
        return Entry(
            dossier_key=key,
            sequence=sequence,
            tenant=accepted.tenant,
            kind=kind,
            status=FIRST[kind],
            filing_id=filing_id_of(accepted.reply_id),
            accepted=accepted,
            correlation_id=correlation_id,
            made_at=self.clock.now(),
            filed_by=RULE,
            place=_place(accepted, decision) if isinstance(decision, FileInto) else None,
            reasons=(decision.reason,) if isinstance(decision, FileInto) else decision.reasons,
            candidates=() if isinstance(decision, FileInto) else decision.candidates,
        )

    async def _append(self, entry: Entry) -> None:
        if entry.kind is Kind.PARKED:
            await self.log.append(entry, events=[events.parked(entry)], due=[])
            return
        subscriptions = await self.subscriptions.of(scope=TenantScope(entry.tenant))
        due: list[DueItem] = due_webhooks(entry, subscriptions, at=entry.made_at)
        await self.log.append(entry, events=[events.filed(entry)], due=due)


_TRIES: Final = 20


def filing_id_of(reply_id: str) -> str:
    """The id of an answer's filing: derived, so that it can't be filed under two."""
    return derived_id(reply_id, "filing")


def binding_of(stored: StoredDossier | None, accepted: ReplyAccepted) -> Binding | None:
    """How the request was bound when it opened; where that wasn't heard of yet, how it would be bound now."""
    if stored is None:
        return None
    bound = stored.bindings.get(accepted.reply_request_id)
    ref = accepted.dossier
    return bound or stored.dossier.bind(ref.fase, ref.procedurestap, ref.phase_version)


def _place(accepted: ReplyAccepted, decision: FileInto) -> Place:
    return Place(
        bron=accepted.dossier.bron,
        dossier_nummer=accepted.dossier.dossier_nummer,
        fase=decision.instance.fase,
        procedurestap=decision.instance.procedurestap,
        phase_instance_id=decision.instance.id,
    )
