"""Every type of event: its model, its topic, and where its schema is published."""

from typing import Final

from contracts.documents import v1 as documents
from contracts.dossier_router import v1 as dossier_router
from contracts.event import TYPE_PREFIX, EventData
from contracts.operations import v1 as operations
from contracts.reply_hub import v1 as reply_hub

EVENTS: Final[tuple[type[EventData], ...]] = (
    documents.MessageConsigned,
    documents.MessageRead,
    documents.MessageFailed,
    documents.MessageRejected,
    documents.MessageFallbackRequired,
    reply_hub.ReplyRequestOpened,
    reply_hub.ReplyRequestChanged,
    reply_hub.ReplyRequestClosed,
    reply_hub.ReplyReceived,
    reply_hub.ReplyAccepted,
    reply_hub.ReplyUndecided,
    reply_hub.ReplyRejected,
    reply_hub.ReplyFiled,
    dossier_router.BronRegistered,
    dossier_router.DossierPhaseChanged,
    dossier_router.FilingFiled,
    dossier_router.FilingParked,
    dossier_router.FilingDelivered,
    dossier_router.FilingAcknowledged,
    dossier_router.FilingRefused,
    operations.DeadLetterAdded,
)

BY_TYPE: Final[dict[str, type[EventData]]] = {model.TYPE: model for model in EVENTS}


def schema_name(model: type[EventData]) -> str:
    """The name under which the event's schemas and examples are kept, e.g. `messages.consigned.v1`."""
    return model.TYPE.removeprefix(TYPE_PREFIX).replace(".notify.", ".") + ".v1"


def schema_uri(model: type[EventData]) -> str:
    """The `dataschema` attribute of the event: a URN, so that no host has to answer for it."""
    return f"urn:antwoordhub:schema:{schema_name(model)}"
