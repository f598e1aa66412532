"""Take a case system's word on a filing: accepted under its own number, or refused with a code."""

from dataclasses import dataclass, replace

from chassis.http.idempotency import Idempotent, StoredAnswer, find_answer, with_answer
from chassis.problems import NOT_FOUND, Problem
from chassis.tenancy import Scope
from dossier_router.application import events
from dossier_router.application.ports import FilingLog
from dossier_router.application.problems import ACKNOWLEDGED_ALREADY
from dossier_router.application.records import Acknowledgement
from dossier_router.domain.entry import Kind, Status, moved


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeFiling:
    """Use case."""

    log: FilingLog

    async def __call__(
        self, filing_id: str, said: Acknowledgement, call: Idempotent, *, scope: Scope
    ) -> StoredAnswer:
        """Keep it and tell it. The same word again changes nothing.

        Raises:
            Problem: NOT_FOUND; ACKNOWLEDGED_ALREADY, where another word was said before.
            VersionConflict: the filing changed meanwhile.
        """
        entry = await self.log.find(filing_id, Kind.FILING, scope=scope)
        if entry is None:
            raise Problem(NOT_FOUND, "there is no such filing")
        answer = find_answer(entry.answers, call) or call.answered(204, None, said.at)
        if entry.acknowledgement is not None:
            if not _agree(entry.acknowledgement, said):
                raise Problem(ACKNOWLEDGED_ALREADY, "the filing was acknowledged with another result")
            return answer
        to = Status.ACKNOWLEDGED if said.accepted else Status.REFUSED
        acknowledged = replace(
            entry,
            status=moved(entry.status, to),
            acknowledgement=said,
            answers=with_answer(entry.answers, answer),
        )
        await self.log.save(acknowledged, scope=scope, events=[events.acknowledged(entry, said)])
        return answer


def _agree(first: Acknowledgement, second: Acknowledgement) -> bool:
    return (first.accepted, first.code, first.case_document_number) == (
        second.accepted,
        second.code,
        second.case_document_number,
    )
