"""From a multipart body to a letter: JSON anywhere among the parts, files streamed on to the intake."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from chassis.http.idempotency import body_digest
from chassis.http.json_body import read_strictly
from chassis.http.multipart import Part, each_part
from chassis.problems import INVALID_INPUT, MALFORMED_JSON, Fault, Problem
from contracts.dossier import DossierRef
from contracts.identifiers import PartyType, Scheme
from documents.application.push_message import AnnouncedFile, NewLetter, Recipient
from documents.application.records import Letter
from documents.application.reply_request import Asked, InlineForm, RegisteredForm
from documents.application.take_files import MAX_FILES, Intake, TakenFile
from documents.entrypoints.http.letter_body import FormBody, MessageToPublish, RecipientBody, ReplyRequestBody

JSON_PART: Final = "messageToPublish"
MAX_JSON_BYTES: Final = 1_048_576
_SCHEMES: Final = {
    "citizen": Scheme.INSZ,
    "enterprise": Scheme.KBO,
    "establishment": Scheme.VESTIGING,
    "association": Scheme.VCODE,
    "authority": Scheme.OVO,
}


async def read_parts(request: Request, intake: Intake) -> Any:
    """Stream the body through; returns the JSON part's value.

    Raises:
        Problem: it is no multipart body, a file is refused, or the JSON part is missing or malformed.
    """
    found: list[bytes] = []

    async def on_part(part: Part) -> None:
        if part.head.name != JSON_PART:
            await intake.take(part.head.name, part.head.file_name, part.head.media_type, part.content)
        elif found:
            raise _fault(f"/{JSON_PART}", "TWICE", f"there are two parts {JSON_PART}")
        else:
            found.append(await part.read(MAX_JSON_BYTES))

    # One more than may be, so that the seventh file is refused as such.
    await each_part(request, on_part, max_parts=MAX_FILES + 2)
    if not found:
        raise _fault(f"/{JSON_PART}", "MISSING", f"the JSON part {JSON_PART} is missing")
    try:
        return read_strictly(found[0])
    except json.JSONDecodeError:
        raise Problem(MALFORMED_JSON, f"part {JSON_PART} is no JSON") from None


def digest_of(value: Any, files: Mapping[str, TakenFile]) -> str:
    """By what a repeated call is recognised: its JSON, whatever its white space, and its files' digests."""
    return body_digest(
        orjson.dumps(value, option=orjson.OPT_SORT_KEYS),
        *(part for name in sorted(files) for part in (name, files[name].sha256)),
    )


def letter_of(value: Any) -> NewLetter:
    """The letter.

    Raises:
        RequestValidationError, Problem: a field is missing, unknown or of the wrong form.
    """
    try:
        body = MessageToPublish.model_validate(value)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(faults, body=value) from None
    contradictions = [*_contradictions(body)]
    if contradictions:
        raise Problem(INVALID_INPUT, "fields of the letter contradict each other", faults=contradictions)
    return NewLetter(
        recipient=_recipient(body.recipient),
        letter=_letter(body),
        files=[
            AnnouncedFile(
                part=file.http_part_name,
                title=file.attachment_title,
                is_main_content=file.is_main_content,
                is_signed=file.is_attachment_signed,
                sha256=file.digest.digest_value,
                media_type=file.media_type,
            )
            for file in body.attachments
        ],
        dossier=DossierRef.model_validate(body.dossier_ref.model_dump(by_alias=True)) if body.dossier_ref else None,
        reply_authorized=body.is_reply_authorized,
        asked=_asked(body.reply_request) if body.reply_request else None,
    )


def _contradictions(body: MessageToPublish) -> Iterator[Fault]:
    if _language(body) is None:
        yield Fault("/language", "MISSING", "say which of the subject's languages the letter is in")
    elif _language(body) not in body.subject:
        yield Fault("/subject", "MISSING", f"there is no subject in {_language(body)}")
    if body.body_main_content and _language(body) not in (body.body_content or {}):
        yield Fault(
            "/bodyContent", "MISSING", "the main content is to be the body, which has no text in the language"
        )
    numbers = (body.recipient.ebox_id_value, body.recipient.ssin, body.recipient.enterprise_number)
    if sum(number is not None for number in numbers) != 1:
        yield Fault("/recipient", "ONE_NUMBER", "give one of eboxIdValue, ssin and enterpriseNumber")
    elif body.recipient.ssin is not None and body.recipient.ebox_type != "citizen":
        yield Fault("/recipient/ssin", "CONTRADICTS", "only citizens have one")
    elif body.recipient.enterprise_number is not None and body.recipient.ebox_type != "enterprise":
        yield Fault("/recipient/enterpriseNumber", "CONTRADICTS", "only enterprises have one")
    if body.expiration_date is not None and body.expiration_date.tzinfo is None:
        yield Fault("/expirationDate", "NO_OFFSET", "a moment with its offset from UTC")
    if body.reply_request is not None:
        yield from _form_contradictions(body.reply_request.form)


def _form_contradictions(form: FormBody) -> Iterator[Fault]:
    registered = form.form_id is not None or form.version is not None
    if registered == (form.json_schema is not None):
        yield Fault("/replyRequest/form", "ONE_OF_TWO", "give jsonSchema, or formId and version")
    elif registered and (form.form_id is None or form.version is None):
        yield Fault("/replyRequest/form", "MISSING", "a registered form has formId and version")
    elif registered and form.business_data_keys:
        yield Fault("/replyRequest/form/businessDataKeys", "CONTRADICTS", "the registered form has its own")


def _language(body: MessageToPublish) -> str | None:
    return body.language or (next(iter(body.subject)) if len(body.subject) == 1 else None)


def _recipient(body: RecipientBody) -> Recipient:
    scheme = _SCHEMES[body.ebox_type]
    if body.ebox_type in {"association", "authority"} and (body.ebox_id_value or "").strip()[:1].isdigit():
        scheme = Scheme.KBO
    for name, number in (("ssin", body.ssin), ("enterpriseNumber", body.enterprise_number)):
        if number is not None:
            return Recipient(
                type=PartyType(body.ebox_type), scheme=scheme, number=number, pointer=f"/recipient/{name}"
            )
    return Recipient(
        type=PartyType(body.ebox_type),
        scheme=scheme,
        number=body.ebox_id_value or "",
        pointer="/recipient/eboxIdValue",
    )


def _letter(body: MessageToPublish) -> Letter:
    language = _language(body)
    assert language is not None, "contradictions were refused"
    return Letter(
        subject={str(each): text for each, text in body.subject.items()},
        language=language,
        message_type_id=body.message_type_id,
        sender_enterprise_number=body.sender_organization_id,
        sender_application_id=body.sender_application_id,
        body=(body.body_content or {}).get(language) if body.body_main_content else None,  # type: ignore[call-overload]  # a language of the letter
        contact=body.contact.model_dump(by_alias=True, exclude_none=True) if body.contact else None,
        for_the_attention_of=body.for_the_attention_of.model_dump() if body.for_the_attention_of else None,
        expiration_date=body.expiration_date,
        registered_mail=body.registered_mail,
        business_data=tuple((datum.key, tuple(datum.values)) for datum in body.business_data_list),
    )


def _asked(body: ReplyRequestBody) -> Asked:
    form: InlineForm | RegisteredForm
    if body.form.json_schema is not None:
        form = InlineForm(json_schema=body.form.json_schema, business_data_keys=body.form.business_data_keys)
    else:
        assert body.form.form_id is not None, "contradictions were refused"
        assert body.form.version is not None, "contradictions were refused"
        form = RegisteredForm(body.form.form_id, body.form.version)
    return Asked(
        form=form,
        prefill=body.prefill,
        slots=[slot.to_slot() for slot in body.attachment_slots],
        deadline=body.deadline.to_deadline(),
        who_may_answer=body.who_may_answer,
        signature=body.signature.to_policy(),
        terms={
            "required": body.required,
            "purpose": body.purpose,
            "max_total_bytes": body.max_total_bytes,
            "late_replies": body.late_replies,
            "multiplicity": body.multiplicity,
            "when_phase_moved": body.when_phase_moved,
        },
    )


def _fault(pointer: str, code: str, detail: str) -> Problem:
    return Problem(INVALID_INPUT, detail, faults=[Fault(pointer, code, detail)])
