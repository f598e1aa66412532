"""From an answer's parts to the received answer with its receipt: the same for every road it comes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.ids import derived_id
from reply_hub.application.documents import DocumentKind, document_id
from reply_hub.domain.answering import Submitter
from reply_hub.domain.faults import Fault
from reply_hub.domain.reply import Call, Content, Reply
from reply_hub.domain.request import ReplyRequest
from reply_hub.domain.states import ReplyState


def round_reply_id(request_id: str, round_number: int) -> str:
    """The id of the answer of a round under SINGLE: whoever inserts it first holds the round."""
    return derived_id(request_id, "round", str(round_number))


def reply_id_for(request: ReplyRequest, key: str) -> str:
    """The id of a new answer: that of the round under SINGLE, else that of the call."""
    return round_reply_id(request.id, request.round) if request.is_single else derived_id(request.id, "reply", key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How an answer came: by which road, who sent it, and when.

    Attributes:
        submitted_at: when the person sent it, where a mailbox vouches for it; else when the hub had it.
        surplus: the round was taken when it came.
    """

    channel: str
    submitter: Submitter
    call: Call
    submitted_at: datetime
    received_at: datetime
    registered_at: datetime
    correlation_id: str
    surplus: bool = False
    confirmed: bool = False
    intake_faults: Sequence[Fault] = ()


def received_reply(request: ReplyRequest, reply_id: str, content: Content, arrival: Arrival) -> Reply:
    """The answer as it is received, whatever will be found later. Late is judged by when it was submitted."""
    return Reply(
        id=reply_id,
        tenant=request.tenant,
        version=1,
        status=ReplyState.RECEIVED,
        request_id=request.id,
        message_id=request.message_id,
        mailbox=request.mailbox,
        channel=arrival.channel,
        round=request.round,
        surplus=arrival.surplus,
        recipient=request.recipient,
        recipient_type=request.recipient_type,
        language=request.language,
        dossier=request.dossier,
        form=request.form,
        multiplicity=request.multiplicity,
        when_phase_moved=request.when_phase_moved,
        submitter=arrival.submitter,
        content=content,
        submitted_at=arrival.submitted_at,
        received_at=arrival.received_at,
        registered_at=arrival.registered_at,
        due_at=request.due_at,
        late=request.is_late(arrival.submitted_at),
        receipt_id=document_id(reply_id, DocumentKind.RECEIPT),
        correlation_id=arrival.correlation_id,
        call=arrival.call,
        confirmed=arrival.confirmed,
        intake_faults=tuple(arrival.intake_faults),
    )
