"""What a letter asks, checked as a whole and frozen; what a citizen meets can't be broken any more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.ids import derived_id
from chassis.media_types import EBOX_MEDIA_TYPES
from chassis.problems import Fault, Problem
from chassis.tenancy import TenantScope
from contracts.documents.v1 import AttachmentSlot, Deadline, Form, ReplyRequest, SignaturePolicy, WhoMayAnswer
from contracts.identifiers import PartyType, contains_insz
from documents.application.forms import Forms
from documents.application.ports import FormChecker
from documents.application.problems import FORM_NOT_EXPRESSIBLE, INVALID_PREFILL, INVALID_REPLY_REQUEST, UNKNOWN_FORM
from documents.application.signature_policy import signature_faults
from documents.domain.prefill import confidential_values, without
from documents.domain.term import InvalidTerm, check_term
from mailboxes.expressible import expressible
from mailboxes.models import Capabilities

_BRUSSELS: Final = ZoneInfo("Europe/Brussels")
_BASE: Final = "/replyRequest"
_SLOT_TYPES: Final = EBOX_MEDIA_TYPES | {"image/jpeg", "image/png"}
_DEFAULT_CAPACITIES: Final = {
    PartyType.CITIZEN: (WhoMayAnswer.ADDRESSEE,),
    PartyType.ENTERPRISE: (WhoMayAnswer.LEGAL_REPRESENTATIVE, WhoMayAnswer.MANDATE_HOLDER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineForm:
    """A form that comes with the letter."""

    json_schema: Mapping[str, Any]
    business_data_keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RegisteredForm:
    """A form that was registered before."""

    form_id: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A reply request as the agency states it. `terms` has the fields that go into the frozen one unchanged."""

    form: InlineForm | RegisteredForm
    prefill: Mapping[str, Any]
    slots: Sequence[AttachmentSlot]
    deadline: Deadline
    who_may_answer: Sequence[WhoMayAnswer]
    signature: SignaturePolicy
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frozen:
    """The request as it travels, and the values that stay here, by pointer."""

    request: ReplyRequest
    confidential: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeReplyRequest:
    """Checks a reply request and freezes it."""

    forms: Forms
    checker: FormChecker

    async def __call__(
        self,
        asked: Asked,
        *,
        message_id: str,
        recipient_type: PartyType,
        capabilities: Capabilities,
        scope: TenantScope,
        now: datetime,
    ) -> Frozen:
        """Freeze it.

        Raises:
            Problem: INVALID_REPLY_REQUEST, INVALID_FORM, UNKNOWN_FORM, INVALID_PREFILL or FORM_NOT_EXPRESSIBLE.
        """
        faults = [
            *_faults_of(asked, now, capabilities),
            *signature_faults(asked.signature, asked.slots, recipient_type),
        ]
        if faults:
            raise Problem(INVALID_REPLY_REQUEST, "the reply request can't be asked so", faults=faults)
        form = await self._form(asked.form, scope=scope, now=now)
        self._refuse_wrong_prefill(form, asked.prefill)
        if not capabilities.action_link:
            _refuse_inexpressible(form)
        confidential = confidential_values(form.json_schema, asked.prefill)
        request = ReplyRequest(
            reply_request_id=derived_id(message_id, "reply-request"),
            form=form,
            prefill=without(asked.prefill, confidential),
            confidential_prefill=sorted(confidential),
            attachment_slots=list(asked.slots),
            deadline=asked.deadline,
            who_may_answer=list(asked.who_may_answer or _DEFAULT_CAPACITIES.get(recipient_type, ())),
            signature=asked.signature,
            **asked.terms,
        )
        return Frozen(request, confidential)

    async def _form(self, asked: InlineForm | RegisteredForm, *, scope: TenantScope, now: datetime) -> Form:
        match asked:
            case InlineForm():
                return await self.forms.inline(asked.json_schema, asked.business_data_keys, scope=scope, now=now)
            case RegisteredForm():
                form = await self.forms.registered(asked.form_id, asked.version, scope=scope)
                if form is None:
                    fault = Fault(f"{_BASE}/form", "UNKNOWN_FORM", "no such version of a form of yours")
                    raise Problem(UNKNOWN_FORM, "register the form first, or send it along", faults=[fault])
                return form

    def _refuse_wrong_prefill(self, form: Form, values: Mapping[str, Any]) -> None:
        faults = [
            Fault(f"{_BASE}/prefill{fault.pointer}", fault.code, fault.detail)
            for fault in self.checker.check_values(form.json_schema, values)
        ]
        if faults:
            raise Problem(INVALID_PREFILL, "values to be shown beforehand break the form", faults=faults)


def _refuse_inexpressible(form: Form) -> None:
    faults = [
        Fault(fault.pointer, fault.code, fault.detail)
        for fault in expressible(form.json_schema, form.business_data_keys)
    ]
    if faults:
        detail = "an answer to this form can't travel through the recipient's mailbox; pointers lead into the answer"
        raise Problem(FORM_NOT_EXPRESSIBLE, detail, faults=faults)


def _faults_of(asked: Asked, now: datetime, capabilities: Capabilities) -> Iterator[Fault]:
    yield from _slot_faults(asked.slots, capabilities)
    yield from _deadline_faults(asked.deadline, now)


def _slot_faults(slots: Sequence[AttachmentSlot], capabilities: Capabilities) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, slot in enumerate(slots):
        place = f"{_BASE}/attachmentSlots/{index}"
        if slot.slot in seen:
            yield Fault(f"{place}/slot", "TWICE", "another slot has this name")
        seen.add(slot.slot)
        if slot.min_files > slot.max_files:
            yield Fault(f"{place}/minFiles", "TOO_LARGE", "more files are asked for than may be given")
        if "nl" not in slot.title:
            yield Fault(f"{place}/title", "MISSING", "the Dutch label (nl) is always there")
        if contains_insz(slot.slot) or any(contains_insz(text) for text in slot.title.values()):
            yield Fault(place, "HOLDS_NATIONAL_NUMBER", "slots travel in events; no national number may stand in one")
        for type_index, media_type in enumerate(slot.media_types):
            if media_type not in _SLOT_TYPES:
                taken = ", ".join(sorted(_SLOT_TYPES))
                yield Fault(f"{place}/mediaTypes/{type_index}", "NOT_TAKEN", f"one of {taken}")
    if sum(slot.min_files for slot in slots) > capabilities.max_attachments:
        most = capabilities.max_attachments
        yield Fault(f"{_BASE}/attachmentSlots", "TOO_MANY_FILES", f"the mailbox takes {most} files in an answer")


def _deadline_faults(deadline: Deadline, now: datetime) -> Iterator[Fault]:
    place = f"{_BASE}/deadline"
    if (deadline.due_date is None) == (deadline.response_term is None):
        yield Fault(place, "ONE_OF_TWO", "give either dueDate or responseTerm")
    elif deadline.due_date is not None:
        yield from _due_date_faults(deadline.due_date, now.astimezone(_BRUSSELS).date(), f"{place}/dueDate")
    elif deadline.response_term is not None:
        try:
            check_term(deadline.response_term)
        except InvalidTerm as error:
            yield Fault(f"{place}/responseTerm", "NO_TERM", str(error))


def _due_date_faults(text: str, today: date, place: str) -> Iterator[Fault]:
    try:
        due = date.fromisoformat(text)
    except ValueError:
        yield Fault(place, "NO_DATE", "an ISO 8601 date, e.g. 2027-03-31")
        return
    if due < today:
        yield Fault(place, "PAST", "the last day is over in Brussels")
    elif due.year > today.year + 10:
        yield Fault(place, "TOO_FAR", "ten years ahead at most")
