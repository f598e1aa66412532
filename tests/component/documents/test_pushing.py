# ruff: noqa: E501 - a table reads best a row a line
"""Letters as agencies push them: what is taken, and what is refused with nothing kept."""

import asyncio
from typing import Any

import orjson
import pytest

from chassis.ids import derived_id
from contracts.identifiers import contains_insz

pytestmark = pytest.mark.servers
PDF = b"%PDF-1.7 a letter"


async def test_a_letter_is_taken_with_parts_in_any_order(documents: Any) -> None:
    for json_last in (False, True):
        response = await documents.push(json_last=json_last)
        assert response.status_code == 201, response.text
        body = response.json()
        assert body["status"] == "ACCEPTED"
        assert body["replyRequestId"] == derived_id(body["messageId"], "reply-request")
    assert await documents.orphans() == []


async def test_the_same_call_again_is_the_same_letter_whatever_its_white_space(documents: Any) -> None:
    first = await documents.push(key="k1")
    spaced = orjson.dumps(documents.letter(), option=orjson.OPT_INDENT_2)
    again = await documents.push(spaced, key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert await documents.stored() == 1
    assert len(await documents.house.files.ids()) == 1


async def test_the_same_key_with_another_letter_or_file_is_refused(documents: Any) -> None:
    await documents.push(key="k1")
    other = b"%PDF-1.7 another"
    for body, files in (
        (documents.letter(subject={"nl": "Anders"}), None),
        (documents.letter(pdf=other), {"upfile1": other}),
    ):
        response = await documents.push(body, files, key="k1")
        assert (response.status_code, response.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await documents.stored() == 1
    assert await documents.orphans() == []


async def test_the_same_call_at_the_same_moment_is_one_letter(documents: Any) -> None:
    answers = await asyncio.gather(*(documents.push(key="k1") for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"REQUEST_IN_FLIGHT"}
    assert await documents.stored() == 1
    assert await documents.orphans() == []


async def test_v2_names_are_taken_too(documents: Any) -> None:
    body = documents.letter(recipient={"eboxType": "citizen", "eboxIdValue": "85.07.30-033.28"})
    body["replyAuthorized"] = body.pop("isReplyAuthorized")
    for file in body["attachments"]:
        file["mainContent"] = file.pop("isMainContent")
        file["attachmentSigned"] = file.pop("isAttachmentSigned")
    assert (await documents.push(body)).status_code == 201


async def test_a_letter_may_ask_nothing_and_have_a_body_instead_of_files(documents: Any) -> None:
    body = documents.letter(
        attachments=[],
        replyRequest=None,
        isReplyAuthorized=None,
        bodyMainContent=True,
        bodyContent={"nl": "Beste, ..."},
    )
    response = await documents.push(body, {})
    assert response.status_code == 201, response.text
    assert response.json()["replyRequestId"] is None


def _with(path: str, value: Any) -> Any:
    """A change of the letter at a JSON Pointer; `...` takes the member away."""

    def change(body: dict[str, Any]) -> dict[str, Any]:
        *steps, last = path.strip("/").split("/")
        place: Any = body
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is ...:
            del place[last]
        else:
            place[int(last) if isinstance(place, list) else last] = value
        return body

    change.__name__ = f"{path}={str(value)[:24]}"
    return change


FORM = "/replyRequest/form/jsonSchema"
BAD = [
    (_with("/recipient", ...), 400, "INVALID_INPUT", "/recipient"),
    (_with("/recipient/ssin", "85073003329"), 422, "INVALID_IDENTIFIER", "/recipient/ssin"),
    (_with("/recipient/ssin", "abc"), 422, "INVALID_IDENTIFIER", "/recipient/ssin"),
    (_with("/recipient/eboxIdValue", "85073003328"), 400, "INVALID_INPUT", "/recipient"),
    (_with("/recipient/eboxType", "martian"), 400, "INVALID_INPUT", "/recipient/eboxType"),
    (_with("/recipient/eboxType", "enterprise"), 400, "INVALID_INPUT", "/recipient/ssin"),
    (_with("/subject", {"nl": "x" * 256}), 400, "INVALID_INPUT", "/subject/nl"),
    (_with("/subject", {}), 400, "INVALID_INPUT", "/subject"),
    (_with("/subject", {"nl": "a\0b"}), 400, "INVALID_INPUT", "/subject/nl"),
    (_with("/language", "en"), 400, "INVALID_INPUT", "/subject"),
    (_with("/senderOrganizationId", "0406798006"), 422, "INVALID_SENDER", "/senderOrganizationId"),
    (_with("/senderOrganizationId", "12"), 400, "INVALID_INPUT", "/senderOrganizationId"),
    (_with("/unknown", 1), 400, "INVALID_INPUT", "/unknown"),
    (_with("/originalMessageId", "x"), 400, "INVALID_INPUT", "/originalMessageId"),
    (_with("/attachments/0/digest/digestValue", "A" * 43), 422, "DIGEST_DO_NOT_MATCH", "/attachments/0/digest/digestValue"),
    (_with("/attachments/0/digest/digestMethod", "md5"), 400, "INVALID_INPUT", "/attachments/0/digest/digestMethod"),
    (_with("/attachments/0/httpPartName", "upfile9"), 422, "FILES_DO_NOT_MATCH", "/attachments/0/httpPartName"),
    (_with("/attachments/0/isMainContent", False), 422, "FILES_DO_NOT_MATCH", "/attachments"),
    (_with("/attachments/0/mediaType", "text/csv"), 422, "MEDIA_TYPE_MISMATCH", "/attachments/0/mediaType"),
    (_with("/dossierRef/bron", "https://bron.example/elders"), 422, "UNKNOWN_BRON", "/dossierRef/bron"),
    (_with("/dossierRef/dossierNummer", "85.07.30-033.28"), 422, "IDENTIFIER_LOOKS_PERSONAL", "/dossierRef/dossierNummer"),
    (_with("/dossierRef", ...), 422, "INVALID_REPLY_REQUEST", "/dossierRef"),
    (_with("/isReplyAuthorized", False), 422, "INVALID_REPLY_REQUEST", "/isReplyAuthorized"),
    (_with("/expirationDate", "2027-01-01T00:00:00"), 400, "INVALID_INPUT", "/expirationDate"),
    (_with(f"{FORM}/type", "objet"), 422, "INVALID_FORM", f"{FORM}/type"),
    (_with(f"{FORM}/properties/huurprijs/type", "getal"), 422, "INVALID_FORM", f"{FORM}/properties/huurprijs/type"),
    (_with(f"{FORM}/properties/rekeningnummer/pattern", "(?=a)b"), 422, "INVALID_FORM", f"{FORM}/properties/rekeningnummer/pattern"),
    (_with(f"{FORM}/properties/x", {"$ref": "https://elders.example/x"}), 422, "INVALID_FORM", f"{FORM}/properties/x/$ref"),
    (_with(f"{FORM}/description", "x" * 70_000), 422, "INVALID_FORM", FORM),
    (_with(f"{FORM}/properties/lang", {"type": "string", "maxLength": 2000}), 422, "FORM_NOT_EXPRESSIBLE", "/lang"),
    (_with("/replyRequest/form/formId", "F"), 400, "INVALID_INPUT", "/replyRequest/form"),
    (_with("/replyRequest/form", {"formId": "F", "version": 1}), 422, "UNKNOWN_FORM", "/replyRequest/form"),
    (_with("/replyRequest/prefill", {"huurprijs": "veel"}), 422, "INVALID_PREFILL", "/replyRequest/prefill/huurprijs"),
    (_with("/replyRequest/deadline", {}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/deadline"),
    (_with("/replyRequest/deadline", {"dueDate": "2026-11-23"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/deadline/dueDate"),
    (_with("/replyRequest/deadline", {"dueDate": "31/12/26"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/deadline/dueDate"),
    (_with("/replyRequest/deadline", {"responseTerm": "PT3H"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/deadline/responseTerm"),
    (_with("/replyRequest/attachmentSlots/0/minFiles", 3), 422, "INVALID_REPLY_REQUEST", "/replyRequest/attachmentSlots/0/minFiles"),
    (_with("/replyRequest/attachmentSlots/0/title", {"fr": "Bail"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/attachmentSlots/0/title"),
    (_with("/replyRequest/attachmentSlots/0/mediaTypes", ["video/mp4"]), 422, "INVALID_REPLY_REQUEST", "/replyRequest/attachmentSlots/0/mediaTypes/0"),
    (_with("/replyRequest/signature", {"level": "NONE", "format": "B-LT"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/signature/format"),
    (_with("/replyRequest/signature", {"level": "QES", "kind": "SEAL"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/signature/kind"),
    (_with("/replyRequest/signature", {"level": "QES", "signers": ["EMPLOYEE"]}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/signature/signers/0"),
    (_with("/replyRequest/signature", {"level": "QES", "ordered": True}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/signature/ordered"),
    (_with("/replyRequest/signature", {"level": "QES", "acr": ["urn:x"]}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/signature/acr"),
    (_with("/replyRequest/signature", {"level": "SES", "signers": ["ADDRESSEE"]}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/signature"),
    (_with("/replyRequest/attachmentSlots/0/signature", {"level": "SES"}), 422, "INVALID_REPLY_REQUEST", "/replyRequest/attachmentSlots/0/signature/level"),
    (_with("/replyRequest/lateReplies", "MAYBE"), 400, "INVALID_INPUT", "/replyRequest/lateReplies"),
    (_with("/replyRequest/multiplicity", 3), 400, "INVALID_INPUT", "/replyRequest/multiplicity"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"), BAD, ids=lambda value: getattr(value, "__name__", None)
)
async def test_a_wrong_letter_is_refused_with_a_pointer_and_nothing_is_kept(
    documents: Any, change: Any, status: int, code: str, pointer: str
) -> None:
    response = await documents.push(change(orjson.loads(orjson.dumps(documents.letter()))))
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), response.text
    assert pointer in [issue["pointer"] for issue in problem["issues"]], problem["issues"]
    assert not contains_insz(response.text.replace(problem["instance"], ""))
    assert await documents.stored() == 0
    assert await documents.house.files.ids() == set()


@pytest.mark.parametrize(
    ("files", "media_type", "status", "code"),
    [
        ({f"upfile{number}": PDF for number in range(1, 8)}, "application/pdf", 422, "TOO_MANY_FILES"),
        ({"upfile1": b"PK\x03\x04 a zip"}, "application/pdf", 422, "MEDIA_TYPE_MISMATCH"),
        ({"upfile1": b""}, "application/pdf", 400, "INVALID_INPUT"),
        ({"upfile1": PDF}, "video/mp4", 422, "MEDIA_TYPE_NOT_TAKEN"),
        ({"upfile1": PDF, "upfile2": PDF}, "application/pdf", 422, "FILES_DO_NOT_MATCH"),
        ({}, "application/pdf", 422, "FILES_DO_NOT_MATCH"),
        ({"upfile1": b"%PDF-" + bytes(31 * 1024 * 1024)}, "application/pdf", 413, "PAYLOAD_TOO_LARGE"),
    ],
    ids=["seven files", "a zip named pdf", "empty", "a film", "one too many", "none", "31 MB"],
)
@pytest.mark.parametrize("json_last", [False, True], ids=["json first", "json last"])
async def test_wrong_files_are_refused_and_none_stays(
    documents: Any, files: dict[str, bytes], media_type: str, status: int, code: str, json_last: bool
) -> None:
    response = await documents.push(None, files, media_type=media_type, json_last=json_last)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert await documents.stored() == 0
    assert await documents.house.files.ids() == set()


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"--b\r\nnonsense", {"content-type": "multipart/form-data; boundary=b"}, 400, "INVALID_INPUT"),
        (b"{}", {"content-type": "application/json"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", {"content-type": "multipart/form-data"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"--b--\r\n", {"content-type": "multipart/form-data; boundary=b"}, 400, "INVALID_INPUT"),
    ],
)
async def test_a_body_that_is_no_letter_is_refused(
    documents: Any, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    response = await documents.call("POST", "/messages", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"authorization": ""}, 401, "UNAUTHENTICATED"),
        ({"authorization": "Bearer forged"}, 401, "UNAUTHENTICATED"),
        ({"x-correlation-id": ""}, 400, "MISSING_CORRELATION_ID"),
        ({"x-correlation-id": "no spaces please"}, 400, "MISSING_CORRELATION_ID"),
        ({"idempotency-key": ""}, 400, "MISSING_IDEMPOTENCY_KEY"),
        ({"idempotency-key": "x" * 129}, 400, "MISSING_IDEMPOTENCY_KEY"),
    ],
)
async def test_wrong_headers_are_refused(documents: Any, headers: dict[str, str], status: int, code: str) -> None:
    response = await documents.push(headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await documents.stored() == 0


async def test_json_that_is_none_is_refused(documents: Any) -> None:
    response = await documents.push(b"{broken")
    assert (response.status_code, response.json()["code"]) == (400, "MALFORMED_JSON")
    assert await documents.house.files.ids() == set()


async def test_a_refused_call_may_be_repaired_under_the_same_key(documents: Any) -> None:
    refused = await documents.push(documents.letter(language="en"), key="k1")
    assert refused.status_code == 400
    assert (await documents.push(key="k1")).status_code == 201


async def test_confidential_prefill_stays_here_and_is_kept_encrypted(documents: Any) -> None:
    body = documents.letter()
    body["replyRequest"]["prefill"] = {"rekeningnummer": "BE68539007547034", "rekeninghouder": "85.07.30-033.28"}
    message_id = (await documents.push(body)).json()["messageId"]
    stored = await documents.house.aggregates["messages"].collection.find_one({"_id": message_id})
    assert b"BE68539007547034" not in repr(stored).encode()
    assert "85073003328" not in repr(stored)
    answer = await documents.call("GET", f"/messages/{message_id}/confidential-prefill")
    assert answer.json()["values"] == {"/rekeningnummer": "BE68539007547034", "/rekeninghouder": "85.07.30-033.28"}
