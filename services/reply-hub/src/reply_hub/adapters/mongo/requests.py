"""Requests in MongoDB: one document each, with what is asked beside how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chassis.due_item import DueItem
from chassis.mongo import AggregateCollection
from chassis.outbox_record import OutgoingEvent
from chassis.tenancy import EVERY_TENANT, Scope
from reply_hub.adapters.mongo.signature_documents import policy_document, policy_of
from reply_hub.adapters.mongo.stored import SCHEMA, Document, dossier_document, dossier_of, form_document, form_of
from reply_hub.application.records import Asked
from reply_hub.domain.files import Slot
from reply_hub.domain.request import LateReplies, Multiplicity, ReplyRequest, Taken
from reply_hub.domain.states import RequestState

NAME: Final = "reply_requests"
# What is asked is up to 64 KiB of form: submitting an answer does not read it.
_STANDING: Final = {"asked": 0, "outbox": 0, "due": 0}


@dataclass(frozen=True, slots=True)
class MongoRequests:
    """See `Requests`."""

    aggregates: AggregateCollection

    async def ensure_indexes(self) -> None:
        """Make the indexes; those that are there stay."""
        await self.aggregates.ensure_indexes()
        await self.aggregates.collection.create_index([("mailbox_message_id", 1), ("mailbox", 1)], name="by_letter")
        await self.aggregates.collection.create_index([("tenant", 1), ("status", 1), ("_id", 1)], name="by_status")

    async def find(self, request_id: str, *, scope: Scope) -> ReplyRequest | None:
        """See `Requests`."""
        found = await self.aggregates.get(request_id, scope=scope, fields=_STANDING)
        return request_of(found) if found else None

    async def page(self, *, scope: Scope, status: str | None, after: str | None, limit: int) -> list[ReplyRequest]:
        """See `Requests`."""
        query: dict[str, Any] = scope.filter()
        if status is not None:
            query["status"] = status
        if after is not None:
            query["_id"] = {"$gt": after}
        found = self.aggregates.collection.find(query, _STANDING).sort("_id", 1).limit(limit)
        return [request_of(stored) async for stored in found]

    async def asked(self, request_id: str, *, scope: Scope) -> Asked | None:
        """See `Requests`."""
        found = await self.aggregates.get(request_id, scope=scope, fields={"asked": 1, "confidential_prefill": 1})
        if found is None:
            return None
        stored = found["asked"]
        return Asked(
            schema_json=stored["schema_json"],
            keys_json=stored["keys_json"],
            prefill_json=stored["prefill_json"],
            confidential_pointers=tuple(stored["confidential_pointers"]),
            confidential_prefill=found.get("confidential_prefill"),
        )

    async def find_by_letter(self, mailbox: str, mailbox_message_id: str) -> ReplyRequest | None:
        """See `Requests`."""
        found = await self.aggregates.collection.find_one(
            {"mailbox_message_id": mailbox_message_id, "mailbox": mailbox, **EVERY_TENANT.filter()}, _STANDING
        )
        return request_of(found) if found else None

    async def add(
        self, request: ReplyRequest, asked: Asked, *, events: Sequence[OutgoingEvent], due: Sequence[DueItem]
    ) -> None:
        """See `Requests`."""
        frozen = {
            "schema_json": asked.schema_json,
            "keys_json": asked.keys_json,
            "prefill_json": asked.prefill_json,
            "confidential_pointers": list(asked.confidential_pointers),
        }
        await self.aggregates.insert({**request_document(request), "asked": frozen}, events=events, due=due)

    async def save(
        self,
        request: ReplyRequest,
        *,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
        confidential_prefill: bytes | None = None,
    ) -> None:
        """See `Requests`."""
        sealed = {} if confidential_prefill is None else {"confidential_prefill": confidential_prefill}
        await self.aggregates.save(
            request.id,
            scope=EVERY_TENANT,
            version=request.version,
            set={**_standing(request), **sealed},
            events=events,
            due_done=due_done,
            due_add=due_add,
        )


def _standing(request: ReplyRequest) -> Document:
    return {
        "status": request.status.value,
        "round": request.round,
        "due_at": request.due_at,
        "taken": [{"reply_id": taken.reply_id, "ordinal": taken.ordinal} for taken in request.taken],
        "closed_at": request.closed_at,
    }


def request_document(request: ReplyRequest) -> Document:
    """A request as a new document."""
    return {
        "_id": request.id,
        "schema": SCHEMA,
        "tenant": request.tenant,
        "created_at": request.opened_at,
        "message_id": request.message_id,
        "mailbox": request.mailbox,
        "mailbox_message_id": request.mailbox_message_id,
        "recipient": request.recipient,
        "recipient_type": request.recipient_type,
        "language": request.language,
        "dossier": dossier_document(request.dossier),
        "form": form_document(request.form),
        "slots": [_slot_document(slot) for slot in request.slots],
        "max_total_bytes": request.max_total_bytes,
        "required": request.required,
        "purpose": request.purpose,
        "opened_at": request.opened_at,
        "late_replies": request.late_replies.value,
        "multiplicity": request.multiplicity.value,
        "who_may_answer": list(request.who_may_answer),
        "signature": policy_document(request.signature),
        "when_phase_moved": request.when_phase_moved,
        "correlation_id": request.correlation_id,
        **_standing(request),
    }


def request_of(stored: Mapping[str, Any]) -> ReplyRequest:
    """Read it back."""
    return ReplyRequest(
        id=stored["_id"],
        tenant=stored["tenant"],
        version=stored["version"],
        status=RequestState(stored["status"]),
        round=stored["round"],
        message_id=stored["message_id"],
        mailbox=stored["mailbox"],
        mailbox_message_id=stored["mailbox_message_id"],
        recipient=stored["recipient"],
        recipient_type=stored["recipient_type"],
        language=stored["language"],
        dossier=dossier_of(stored["dossier"]),
        form=form_of(stored["form"]),
        slots=tuple(_slot_of(slot) for slot in stored["slots"]),
        max_total_bytes=stored["max_total_bytes"],
        required=stored["required"],
        purpose=stored["purpose"],
        opened_at=stored["opened_at"],
        due_at=stored["due_at"],
        late_replies=LateReplies(stored["late_replies"]),
        multiplicity=Multiplicity(stored["multiplicity"]),
        who_may_answer=tuple(stored["who_may_answer"]),
        signature=policy_of(stored.get("signature")),
        when_phase_moved=stored["when_phase_moved"],
        correlation_id=stored["correlation_id"],
        taken=tuple(Taken(taken["reply_id"], taken["ordinal"]) for taken in stored["taken"]),
        closed_at=stored["closed_at"],
    )


def _slot_document(slot: Slot) -> Document:
    return {
        "slot": slot.slot,
        "title": slot.title,
        "min_files": slot.min_files,
        "max_files": slot.max_files,
        "max_bytes": slot.max_bytes,
        "media_types": list(slot.media_types),
        "signature": policy_document(slot.signature),
    }


def _slot_of(stored: Mapping[str, Any]) -> Slot:
    changed = {"media_types": tuple(stored["media_types"]), "signature": policy_of(stored.get("signature"))}
    return Slot(**{**stored, **changed})
