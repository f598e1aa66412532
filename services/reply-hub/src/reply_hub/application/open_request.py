"""Open a request when its letter is in a mailbox."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

import orjson

from chassis.mongo import DuplicateAggregate, utc
from contracts.documents import v1
from contracts.identifiers import Tenant
from reply_hub.application.announcements import Announcer
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.ports import Boxes, Requests
from reply_hub.application.records import Asked, Box
from reply_hub.domain.answering import Capacity
from reply_hub.domain.deadline import DeadlineRule, InvalidDeadline, IsHoliday, RollOver, Term, TermStart, due_at
from reply_hub.domain.files import Slot
from reply_hub.domain.request import DossierRef, FormRef, LateReplies, Multiplicity, ReplyRequest
from reply_hub.domain.signing import SUMMARY_SLOT, Level, SignaturePolicy, WhenUndecided
from reply_hub.domain.states import RequestState
from signatures.verdict import Kind, Profile

_SUMMARY_BYTES: Final = 10_000_000
_SUMMARY_TITLE: Final = {
    "nl": "Ondertekende samenvatting",
    "fr": "Résumé signé",
    "de": "Unterschriebene Zusammenfassung",
    "en": "Signed summary",
}


class UnusableRequest(ValueError):
    """The letter's request can't be opened: it names no dossier, or no countable deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """Receives a letter's request and makes it answerable. The same letter again changes nothing."""

    requests: Requests
    boxes: Boxes
    announcer: Announcer
    is_holiday: IsHoliday
    collected_mailboxes: frozenset[str]

    async def __call__(self, letter: v1.MessageConsigned, *, correlation_id: str) -> None:
        """Open what the letter asks; a letter that asks nothing is passed over.

        Raises:
            UnusableRequest: see there.
        """
        if letter.reply_request is None:
            return
        request = opened_request(letter, letter.reply_request, correlation_id, self.is_holiday)
        # The box first: were the process killed in between, a request would wait for answers nobody collects.
        if letter.mailbox in self.collected_mailboxes:
            await self._collect_from(letter, request)
        work = [due(DueKind.OVERDUE, request.due_at)]
        if letter.reply_request.confidential_prefill:
            work.append(due(DueKind.FETCH_PREFILL, request.opened_at, destination="documents"))
        try:
            await self.requests.add(
                request, asked_of(letter.reply_request), events=[self.announcer.opened(request)], due=work
            )
        except DuplicateAggregate:
            return

    async def _collect_from(self, letter: v1.MessageConsigned, request: ReplyRequest) -> None:
        number = letter.sender_enterprise_number
        box = Box(
            id=f"{letter.mailbox}:{number}",
            tenant=request.tenant,
            version=0,
            mailbox=letter.mailbox,
            enterprise_number=number,
        )
        await self.boxes.ensure(box, due=due(DueKind.COLLECT, request.opened_at, destination=letter.mailbox))


def asked_of(asked: v1.ReplyRequest) -> Asked:
    """What is asked, frozen."""
    return Asked(
        schema_json=orjson.dumps(asked.form.json_schema),
        keys_json=orjson.dumps(asked.form.business_data_keys),
        prefill_json=orjson.dumps(asked.prefill),
        confidential_pointers=tuple(asked.confidential_prefill),
    )


def opened_request(
    letter: v1.MessageConsigned, asked: v1.ReplyRequest, correlation_id: str, is_holiday: IsHoliday
) -> ReplyRequest:
    """The request of a letter.

    Raises:
        UnusableRequest: see there.
    """
    if letter.dossier is None:
        raise UnusableRequest("a letter that asks for an answer names a dossier")
    try:
        rule = _rule(asked.deadline)
        ends = due_at(rule, sent_at=letter.sent_at, consigned_at=letter.consigned_at, is_holiday=is_holiday)
    except (InvalidDeadline, OverflowError) as error:
        raise UnusableRequest(str(error)) from error
    sha256 = hashlib.sha256(orjson.dumps(asked.form.json_schema)).hexdigest()
    return ReplyRequest(
        id=asked.reply_request_id,
        tenant=Tenant(letter.tenant),
        version=1,
        status=RequestState.OPEN,
        round=1,
        message_id=letter.message_id,
        mailbox=letter.mailbox,
        mailbox_message_id=letter.mailbox_message_id,
        recipient=letter.recipient,
        recipient_type=letter.recipient_type,
        language=letter.language,
        dossier=DossierRef(**letter.dossier.model_dump()),
        form=FormRef(form_id=asked.form.form_id, version=asked.form.version, url=asked.form.url, sha256=sha256),
        slots=_slots(asked),
        max_total_bytes=asked.max_total_bytes,
        required=asked.required,
        purpose=asked.purpose.value,
        opened_at=utc(letter.consigned_at),
        due_at=ends,
        late_replies=LateReplies(asked.late_replies.value),
        multiplicity=Multiplicity(asked.multiplicity.value),
        who_may_answer=tuple(who.value for who in asked.who_may_answer),
        signature=_policy(asked.signature),
        when_phase_moved=asked.when_phase_moved.value,
        correlation_id=correlation_id,
    )


def _rule(deadline: v1.Deadline) -> DeadlineRule:
    try:
        last = date.fromisoformat(deadline.due_date) if deadline.due_date else None
    except ValueError as error:
        raise InvalidDeadline(f"{deadline.due_date!r} is no date") from error
    return DeadlineRule(
        due_date=last,
        term=Term.parse(deadline.response_term) if deadline.response_term else None,
        starts_at=TermStart(deadline.starts_at.value),
        roll_over=RollOver(deadline.roll_over.value),
    )


def _slots(asked: v1.ReplyRequest) -> tuple[Slot, ...]:
    """The slots that are asked for, and one for the signed summary where the answer itself has to be signed."""
    slots = tuple(_slot(slot) for slot in asked.attachment_slots)
    policy = _policy(asked.signature)
    if not policy.wants_pdf:
        return slots
    summary = Slot(
        slot=SUMMARY_SLOT,
        title=_SUMMARY_TITLE,
        min_files=1,
        max_files=1,
        max_bytes=_SUMMARY_BYTES,
        media_types=("application/pdf",),
        signature=policy,
    )
    return (*slots, summary)


def _slot(slot: v1.AttachmentSlot) -> Slot:
    return Slot(
        slot=slot.slot,
        title=dict(slot.title),
        min_files=slot.min_files,
        max_files=slot.max_files,
        max_bytes=slot.max_bytes,
        media_types=tuple(slot.media_types),
        signature=_policy(slot.signature),
    )


def _policy(policy: v1.SignaturePolicy) -> SignaturePolicy:
    return SignaturePolicy(
        level=Level(policy.level.value),
        format=Profile(policy.format.value),
        kind=Kind(policy.kind.value),
        signers=tuple(Capacity(signer.value) for signer in policy.signers),
        ordered=policy.ordered,
        when_undecided=WhenUndecided(policy.when_undecided.value),
        acr=tuple(policy.acr),
    )
