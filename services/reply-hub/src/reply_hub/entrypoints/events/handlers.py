"""Events that come in: letters in mailboxes, and news of filings."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from chassis.consumer import Handler, Poison, ReceivedEvent
from contracts.documents.v1 import MessageConsigned
from contracts.dossier_router.v1 import (
    FilingAcknowledged,
    FilingDelivered,
    FilingEvent,
    FilingFiled,
    FilingParked,
    FilingRefused,
)
from reply_hub.application.note_filing import NoteFiling, UnknownReply, news_of
from reply_hub.application.open_request import OpenRequest, UnusableRequest
from reply_hub.domain.states import IllegalTransition

_FILINGS: Final[tuple[type[FilingEvent], ...]] = (
    FilingFiled,
    FilingParked,
    FilingDelivered,
    FilingAcknowledged,
    FilingRefused,
)


def event_handlers(open_request: OpenRequest, note_filing: NoteFiling) -> Mapping[str, Handler[Any]]:
    """A handler per type of event."""
    filings = {model.TYPE: Handler(model, _on_filing(note_filing)) for model in _FILINGS}
    return {MessageConsigned.TYPE: Handler(MessageConsigned, _on_consigned(open_request)), **filings}


def _on_consigned(open_request: OpenRequest) -> Callable[[ReceivedEvent[MessageConsigned]], Awaitable[None]]:
    async def on_message_consigned(received: ReceivedEvent[MessageConsigned]) -> None:
        try:
            await open_request(received.data, correlation_id=received.envelope.correlation_id)
        except UnusableRequest as error:
            raise Poison("UNUSABLE_REQUEST", str(error)) from error

    return on_message_consigned


def _on_filing(note_filing: NoteFiling) -> Callable[[ReceivedEvent[Any]], Awaitable[None]]:
    async def on_filing_news(received: ReceivedEvent[Any]) -> None:
        envelope = received.envelope
        news = news_of(received.data, event_id=envelope.id, at=envelope.time)
        if news is None:
            return
        try:
            await note_filing(received.data.reply_id, news)
        except UnknownReply as error:
            raise Poison("UNKNOWN_REPLY", str(error)) from error
        except IllegalTransition as error:
            raise Poison("ILLEGAL_TRANSITION", str(error)) from error

    return on_filing_news
