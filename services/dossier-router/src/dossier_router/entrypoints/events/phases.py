"""What case systems tell of their dossiers, each on its tenant's own topic."""

from collections.abc import Mapping
from typing import Any

from chassis.consumer import Handler, Poison, ReceivedEvent
from contracts.dossier_router.v1 import DossierPhaseChanged
from contracts.identifiers import contains_insz
from contracts.topics import TopicNames
from dossier_router.application.tell_phase import ForeignBron, TellPhase
from dossier_router.domain.dossier import PhaseChange


def phase_handlers(tell_phase: TellPhase, names: TopicNames) -> Mapping[str, Handler[Any]]:
    """Handlers by event type."""

    async def on_phase_changed(event: ReceivedEvent[DossierPhaseChanged]) -> None:
        said = event.data
        if contains_insz(said.bron) or contains_insz(said.dossier_nummer):
            raise Poison("IDENTIFIER_LOOKS_PERSONAL", "bron or dossierNummer")
        change = PhaseChange(
            version=said.version,
            fase=said.fase,
            procedurestap=said.procedurestap,
            status_code=said.status_code,
            at=said.datum_modificatie,
        )
        try:
            await tell_phase(said.bron, said.dossier_nummer, change, tenant=names.tenant_of(event.topic))
        except ForeignBron:
            raise Poison("FOREIGN_BRON", "the bron is not that of the topic's tenant") from None

    return {DossierPhaseChanged.TYPE: Handler(DossierPhaseChanged, on_phase_changed)}
