"""What reply-hub tells: requests that open, answers that were accepted."""

from collections.abc import Mapping
from typing import Any

from chassis.consumer import Handler, ReceivedEvent
from contracts.reply_hub.v1 import ReplyAccepted, ReplyRequestOpened
from dossier_router.application.file_reply import FileReply
from dossier_router.application.tell_phase import BindRequest


def reply_handlers(file_reply: FileReply, bind_request: BindRequest) -> Mapping[str, Handler[Any]]:
    """Handlers by event type."""

    async def on_accepted(event: ReceivedEvent[ReplyAccepted]) -> None:
        await file_reply(event.data, correlation_id=event.envelope.correlation_id)

    async def on_opened(event: ReceivedEvent[ReplyRequestOpened]) -> None:
        await bind_request(event.data)

    return {
        ReplyAccepted.TYPE: Handler(ReplyAccepted, on_accepted),
        ReplyRequestOpened.TYPE: Handler(ReplyRequestOpened, on_opened),
    }
