"""File a parked answer: by a handler's hand, or by the rule when its dossier became known.

Two documents change, the parked entry and the log of the target; so the parked one is claimed first, with its target,
and a due item finishes what a dying process began.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.due_item import DueItem
from chassis.due_work import LeasedItem
from chassis.http.idempotency import Idempotent, StoredAnswer, find_answer, with_answer
from chassis.mongo import DuplicateAggregate
from chassis.problems import NOT_FOUND, Problem
from chassis.tenancy import EVERY_TENANT, Scope, TenantScope
from contracts.identifiers import dossier_key
from dossier_router.application import events
from dossier_router.application.deliver_filing import due_webhooks
from dossier_router.application.file_reply import RULE, FileReply, LogContended
from dossier_router.application.ports import DossierRepository, FilingLog, SubscriptionRepository
from dossier_router.application.problems import NOT_PARKED, TARGET_UNKNOWN
from dossier_router.application.records import Entry, Place
from dossier_router.domain.decision import Code, FileInto, Reason
from dossier_router.domain.dossier import PhaseInstance
from dossier_router.domain.entry import FIRST, Kind, Status, can_move, moved

FINISH: Final = "finish-filing"
HANDLER: Final = "handler"
_TRIES: Final = 20
_FINISH_AFTER: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a handler wants it. Without a phase: the one the dossier is in now."""

    bron: str
    dossier_nummer: str
    fase: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParked:
    """Use case."""

    log: FilingLog
    dossiers: DossierRepository
    subscriptions: SubscriptionRepository
    clock: Clock

    async def by_hand(self, filing_id: str, target: Target, call: Idempotent, *, scope: Scope) -> StoredAnswer:
        """Claim it, append it to the target's log, and be done with the parked one.

        Raises:
            Problem: NOT_FOUND, NOT_PARKED, TARGET_UNKNOWN.
            VersionConflict: another handler was faster.
        """
        entry = await self.log.find(filing_id, Kind.PARKED, scope=scope)
        if entry is None:
            raise Problem(NOT_FOUND, "there is no such parked answer")
        known = find_answer(entry.answers, call)
        if known is not None:
            return known
        if not can_move(entry.status, Status.FILING):
            raise Problem(NOT_PARKED, f"it is {entry.status.value}")
        instance = await self._instance(target, scope)
        reason = Reason(Code.FILED_BY_HANDLER, target.reason)
        place = _place(target.bron, target.dossier_nummer, instance)
        answer = call.answered(201, {"filingId": entry.filing_id, "fase": place.fase}, self.clock.now())
        await self._claim(entry, place, reason, HANDLER, scope=scope, answer=answer)
        await self._finish(entry.id)
        return answer

    async def by_rule(self, entry: Entry, instance: PhaseInstance) -> None:
        """File one whose dossier became known.

        Raises:
            VersionConflict: a handler was faster.
        """
        ref = entry.accepted.dossier
        reason = Reason(Code.DOSSIER_BECAME_KNOWN, "Het dossier werd bekend nadat het antwoord binnenkwam.")
        place = _place(ref.bron, ref.dossier_nummer, instance)
        await self._claim(entry, place, reason, RULE, scope=EVERY_TENANT, answer=None)
        await self._finish(entry.id)

    async def finish(self, entry_id: str, _leased: LeasedItem) -> None:
        """Handle a due item of kind `finish-filing`: what a process left half done."""
        await self._finish(entry_id)

    async def _instance(self, target: Target, scope: Scope) -> PhaseInstance:
        stored = await self.dossiers.get(dossier_key(target.bron, target.dossier_nummer), scope=scope)
        instances = stored.dossier.instances() if stored else ()
        wanted = [instance for instance in instances if target.fase in {None, instance.fase}]
        if not wanted:
            raise Problem(TARGET_UNKNOWN, "that dossier, or that phase of it, is not known here")
        return wanted[-1]

    async def _claim(
        self, entry: Entry, place: Place, reason: Reason, by: str, *, scope: Scope, answer: StoredAnswer | None
    ) -> None:
        target = {
            "bron": place.bron,
            "dossier_nummer": place.dossier_nummer,
            "fase": place.fase,
            "procedurestap": place.procedurestap,
            "phase_instance_id": place.phase_instance_id,
            "code": reason.code.value,
            "detail": reason.detail,
            "filed_by": by,
        }
        claimed = replace(
            entry,
            status=moved(entry.status, Status.FILING),
            target=target,
            answers=with_answer(entry.answers, answer) if answer else entry.answers,
        )
        later = DueItem(id=FINISH, kind=FINISH, at=self.clock.now() + _FINISH_AFTER, destination=FINISH)
        await self.log.save(claimed, scope=scope, due_add=[later])

    async def _finish(self, entry_id: str) -> None:
        entry = await self.log.get(entry_id, scope=EVERY_TENANT)
        if entry is None or entry.target is None or entry.status is not Status.FILING:
            return
        await self._append(entry)
        resolved = replace(entry, status=moved(entry.status, Status.RESOLVED))
        await self.log.save(resolved, scope=EVERY_TENANT, due_done=[FINISH])

    async def _append(self, parked: Entry) -> None:
        """Append a filing to the target's log; one that is there already is left as it is."""
        assert parked.target is not None, "a claimed entry has a target"
        target = dict(parked.target)
        reason = Reason(Code(target.pop("code")), target.pop("detail"))
        by = target.pop("filed_by")
        place = Place(**target)
        key = dossier_key(place.bron, place.dossier_nummer)
        for _ in range(_TRIES):
            state = await self.log.state(key, parked.accepted.reply_id)
            if state.entry_of_reply not in {None, parked.id}:
                return
            entry = Entry(
                dossier_key=key,
                sequence=state.last_sequence + 1,
                tenant=parked.tenant,
                kind=Kind.FILING,
                status=FIRST[Kind.FILING],
                filing_id=parked.filing_id,
                accepted=parked.accepted,
                correlation_id=parked.correlation_id,
                made_at=self.clock.now(),
                filed_by=by,
                place=place,
                reasons=(reason,),
            )
            subscriptions = await self.subscriptions.of(scope=TenantScope(parked.tenant))
            due = due_webhooks(entry, subscriptions, at=entry.made_at)
            try:
                await self.log.append(entry, events=[events.filed(entry)], due=due)
            except DuplicateAggregate:
                continue
            return
        raise LogContended(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """Use case; handles due items of kind `look-again`: a phase was told, so parked answers may fit now."""

    dossiers: DossierRepository
    log: FilingLog
    file_reply: FileReply
    file_parked: FileParked

    async def __call__(self, key: str, leased: LeasedItem) -> None:
        """Decide anew about answers that waited for the dossier to be known.

        Raises:
            VersionConflict: the dossier or an entry changed; it is done again.
        """
        stored = await self.dossiers.get(key, scope=EVERY_TENANT)
        if stored is None:
            return
        for entry in await self.log.parked_in(key):
            if any(reason.code is Code.DOSSIER_UNKNOWN for reason in entry.reasons):
                decision = await self.file_reply.decide_again(stored, entry.accepted)
                if isinstance(decision, FileInto):
                    await self.file_parked.by_rule(entry, decision.instance)
        await self.dossiers.settle(key, version=stored.version, due_done=leased.id)


def _place(bron: str, dossier_nummer: str, instance: PhaseInstance) -> Place:
    return Place(
        bron=bron,
        dossier_nummer=dossier_nummer,
        fase=instance.fase,
        procedurestap=instance.procedurestap,
        phase_instance_id=instance.id,
    )
