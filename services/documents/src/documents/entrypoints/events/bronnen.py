"""What the router tells: which bron belongs to whom."""

from collections.abc import Mapping
from typing import Any

from chassis.consumer import Handler, ReceivedEvent
from contracts.dossier_router.v1 import BronRegistered
from documents.application.ports import BronDirectory


def bron_handlers(bronnen: BronDirectory) -> Mapping[str, Handler[Any]]:
    """Handlers by event type."""

    async def on_registered(event: ReceivedEvent[BronRegistered]) -> None:
        await bronnen.note(event.data.bron, event.data.tenant, event.data.version)

    return {BronRegistered.TYPE: Handler(BronRegistered, on_registered)}
