"""What reply-hub tells of answers, for the mailbox of whoever answered."""

from collections.abc import Mapping
from typing import Any

from chassis.consumer import Handler, Poison, ReceivedEvent
from contracts.reply_hub.v1 import ReplyEvent, ReplyFiled, ReplyReceived, ReplyRejected
from documents.application.announce import Announce, UnknownLetter
from documents.domain.message import Kind


def reply_handlers(announce: Announce) -> Mapping[str, Handler[Any]]:
    """Handlers by event type."""

    async def tell(kind: Kind, event: ReceivedEvent[Any], url: str) -> None:
        reply: ReplyEvent = event.data
        try:
            await announce(
                kind,
                reply_id=reply.reply_id,
                letter_id=reply.message_id,
                tenant=reply.tenant,
                url=url,
                correlation_id=event.envelope.correlation_id,
            )
        except UnknownLetter:
            raise Poison("UNKNOWN_LETTER", "the answer is to a letter that is not here") from None

    async def on_received(event: ReceivedEvent[ReplyReceived]) -> None:
        await tell(Kind.RECEIPT, event, event.data.receipt_url)

    async def on_filed(event: ReceivedEvent[ReplyFiled]) -> None:
        await tell(Kind.FILED_RECEIPT, event, event.data.receipt_url)

    async def on_rejected(event: ReceivedEvent[ReplyRejected]) -> None:
        await tell(Kind.REJECTION_NOTICE, event, event.data.receipt_url)

    return {
        ReplyReceived.TYPE: Handler(ReplyReceived, on_received),
        ReplyFiled.TYPE: Handler(ReplyFiled, on_filed),
        ReplyRejected.TYPE: Handler(ReplyRejected, on_rejected),
    }
