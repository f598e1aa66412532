"""Signed files of an answer: judged, accepted, refused, undecided, decided by a handler."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.identifiers import Scheme
from dev.demo.letters import one_page_pdf
from dev.simulators.misbehaviour import Order

AGENCY = "agency:OVO002949"
PERSON = "person:85073003328"
AWAY = Order(mode="down", until_cleared=True)
PAGE = one_page_pdf("Verklaring", b"")

pytestmark = pytest.mark.servers


def slot(level: str = "AES", **policy: Any) -> dict[str, Any]:
    """A slot whose one file has to be signed."""
    return {
        "slot": "bewijs",
        "title": {"nl": "Bewijs"},
        "minFiles": 1,
        "maxFiles": 1,
        "mediaTypes": ["application/pdf"],
        "signature": {"level": level, **policy},
    }


async def answered(hub: Any, pdf: bytes, *, consigned: dict[str, Any] | None = None, **policy: Any) -> str:
    """An answer with that file; returns its id after the work that was due."""
    # Certificates of the test PKI hold now; so does this test's clock.
    hub.clock.advance(datetime.now(UTC).replace(microsecond=0) - hub.clock.now())
    request_id = await hub.consign(attachmentSlots=[slot(**policy)], **(consigned or {}))
    uploaded = await hub.upload(request_id, pdf)
    assert uploaded.status_code == 201, uploaded.text
    submitted = await hub.submit(request_id, attachments=[uploaded.json()["attachmentId"]])
    assert submitted.status_code == 201, submitted.text
    await hub.work()
    return str(submitted.json()["replyId"])


async def test_a_file_signed_by_the_addressee_is_accepted_and_its_verdict_told(hub: Any, trust_services: Any) -> None:
    reply_id = await answered(hub, await trust_services.signed(PAGE))
    reply = await hub.reply(reply_id)
    assert reply["status"] == "ACCEPTED"
    [told] = await hub.told_of("accepted")
    [file] = told.data["signatures"]
    [verdict] = file["signatures"]
    assert (verdict["indication"], verdict["signerMatch"], verdict["qualification"]) == (
        "TOTAL_PASSED",
        "MATCH",
        "AdESig",
    )
    assert verdict["signer"] == hub.house.pseudonymiser.of_number(Scheme.INSZ, "85073003328")
    assert reply["signatures"][0]["signatures"][0]["signerMatch"] == "MATCH"
    assert "85073003328" not in str(told.data)
    assert "Peeters" not in str(file)


async def test_an_unsigned_file_is_refused_with_its_place(hub: Any) -> None:
    reply = await hub.reply(await answered(hub, PAGE))
    assert (reply["status"], reply["rejection"]["reason"]) == ("REJECTED", "SIGNATURE_REFUSED")
    assert reply["rejection"]["faults"][0] == {
        "pointer": "/attachments/0",
        "code": "SIGNATURE_MISSING",
        "detail": "the file bears no signature",
    }


async def test_a_file_that_was_changed_after_signing_is_refused(hub: Any, trust_services: Any) -> None:
    pdf = (await trust_services.signed(PAGE)).replace(b"Verklaring", b"Verklaring"[::-1], 1)
    reply = await hub.reply(await answered(hub, pdf))
    assert (reply["status"], reply["rejection"]["faults"][0]["code"]) == ("REJECTED", "SIGNATURE_INVALID")


@pytest.mark.parametrize(
    ("policy", "code"),
    [({"level": "QES"}, "LEVEL_TOO_LOW"), ({"format": "B-LT"}, "FORMAT_TOO_LOW"), ({"kind": "SEAL"}, "WRONG_KIND")],
)
async def test_a_sound_signature_that_is_not_what_was_asked_is_refused(
    hub: Any, trust_services: Any, policy: dict[str, Any], code: str
) -> None:
    reply = await hub.reply(await answered(hub, await trust_services.signed(PAGE), **policy))
    assert (reply["status"], reply["rejection"]["faults"][0]["code"]) == ("REJECTED", code)


async def test_somebody_elses_signature_never_files_by_itself(hub: Any, trust_services: Any) -> None:
    reply_id = await answered(hub, await trust_services.signed(PAGE, "noor"))
    reply = await hub.reply(reply_id)
    assert (reply["status"], reply["undecided"]["awaiting"]) == ("INDETERMINATE", "HANDLER")
    assert reply["signatures"][0]["signatures"][0]["signerMatch"] == "MISMATCH"
    [told] = await hub.told_of("undecided")
    assert told.data["faults"][0]["code"] == "SIGNER_NOT_MATCHED"
    assert await hub.told_of("accepted") == []


@pytest.mark.parametrize(("accept", "status"), [(True, "ACCEPTED"), (False, "REJECTED")])
async def test_a_handler_decides_once_and_on_record(hub: Any, trust_services: Any, accept: bool, status: str) -> None:
    reply_id = await answered(hub, await trust_services.signed(PAGE, "noor"))
    decision = {"accept": accept, "reason": "voogd van de bestemmeling"}

    async def decide(token: str = AGENCY, **changed: Any) -> Any:
        path = f"/replies/{reply_id}/signature-decision"
        return await hub.call("PUT", path, token, json={**decision, **changed})

    assert (await decide("agency:OVO000001")).status_code == 404
    first, again = await decide(), await decide()
    assert (first.status_code, again.json()) == (200, first.json())
    await hub.work()
    other = await decide(accept=not accept)
    assert (other.status_code, other.json()["code"]) == (409, "NOT_AWAITING_DECISION")
    reply = await hub.reply(reply_id)
    assert (reply["status"], reply["decision"]["by"]) == (status, "OVO002949/agency")
    [told] = await hub.told_of("accepted" if accept else "rejected")
    assert told.data["decision"]["reason"] == "voogd van de bestemmeling"


async def test_while_responders_are_away_it_waits_and_is_accepted_when_they_are_back(
    hub: Any, trust_services: Any
) -> None:
    trust_services.misbehaviours.order(AWAY)
    reply_id = await answered(hub, await trust_services.signed(PAGE))
    reply = await hub.reply(reply_id)
    assert (reply["status"], reply["undecided"]["awaiting"]) == ("INDETERMINATE", "REVOCATION_DATA")
    assert reply["signatures"][0]["signatures"][0]["subIndication"] == "TRY_LATER"
    trust_services.misbehaviours.clear()
    hub.clock.advance(timedelta(minutes=2))
    await hub.work()
    assert (await hub.reply(reply_id))["status"] == "ACCEPTED"
    assert len(await hub.told_of("undecided")) == 1


async def test_the_notice_of_a_refused_signature_says_what_to_do(hub: Any) -> None:
    reply_id = await answered(hub, PAGE)
    notice = await hub.call("GET", f"/replies/{reply_id}/notice", AGENCY, headers={"accept": "application/pdf"})
    assert (notice.status_code, notice.content[:5]) == (200, b"%PDF-")


async def test_after_days_without_an_answer_a_handler_decides(hub: Any, trust_services: Any) -> None:
    trust_services.misbehaviours.order(AWAY)
    reply_id = await answered(hub, await trust_services.signed(PAGE))
    hub.clock.advance(timedelta(hours=80))
    await hub.work()
    assert (await hub.reply(reply_id))["undecided"]["awaiting"] == "HANDLER"
    assert [told.data["awaiting"] for told in await hub.told_of("undecided")] == ["REVOCATION_DATA", "HANDLER"]


async def summarised(hub: Any) -> tuple[str, bytes]:
    """A request whose answer has to be signed, with a draft; and the summary of that."""
    hub.clock.advance(datetime.now(UTC).replace(microsecond=0) - hub.clock.now())
    request_id = await hub.consign(attachmentSlots=[], signature={"level": "AES"})
    await saved(hub, request_id, answer())
    summary = await hub.call("GET", f"/reply-requests/{request_id}/draft/summary", PERSON)
    assert summary.status_code == 200, summary.text
    return request_id, summary.content


async def saved(hub: Any, request_id: str, data: dict[str, Any]) -> None:
    body = {"data": data, "attachments": []}
    assert (await hub.call("PUT", f"/reply-requests/{request_id}/draft", PERSON, json=body)).status_code == 200


def answer(**changes: Any) -> dict[str, Any]:
    return {"naam": "Lien Peeters", "bedrag": 12.5, **changes}


async def sent(hub: Any, request_id: str, pdf: bytes, data: dict[str, Any]) -> Any:
    uploaded = await hub.upload(request_id, pdf, slot="summary")
    assert uploaded.status_code == 201, uploaded.text
    return await hub.submit(request_id, data, attachments=[uploaded.json()["attachmentId"]])


async def test_a_signed_summary_of_the_answer_is_accepted(hub: Any, trust_services: Any) -> None:
    request_id, summary = await summarised(hub)
    submitted = await sent(hub, request_id, await trust_services.signed(summary), answer())
    assert submitted.status_code == 201, submitted.text
    await hub.work()
    reply = await hub.reply(submitted.json()["replyId"])
    assert (reply["status"], reply["attachments"][0]["slot"]) == ("ACCEPTED", "summary")


async def test_the_same_draft_gives_the_same_summary_to_the_byte(hub: Any) -> None:
    request_id, summary = await summarised(hub)
    again = await hub.call("GET", f"/reply-requests/{request_id}/draft/summary", PERSON)
    assert again.content == summary


async def test_a_summary_of_another_answer_is_refused_before_there_is_a_receipt(
    hub: Any, trust_services: Any
) -> None:
    request_id, summary = await summarised(hub)
    refused = await sent(hub, request_id, await trust_services.signed(summary), answer(bedrag=99))
    assert refused.status_code == 422
    assert [issue["code"] for issue in refused.json()["issues"]] == ["SUMMARY_OF_ANOTHER_ANSWER"]


async def test_another_document_in_place_of_the_summary_is_refused(hub: Any, trust_services: Any) -> None:
    request_id, _ = await summarised(hub)
    submitted = await sent(hub, request_id, await trust_services.signed(PAGE), answer())
    await hub.work()
    reply = await hub.reply(submitted.json()["replyId"])
    assert reply["rejection"]["faults"][0]["code"] == "FILE_NOT_THE_SUMMARY"


async def test_ses_takes_an_explicit_confirmation_by_a_person_signed_in_so(hub: Any) -> None:
    request_id = await hub.consign(attachmentSlots=[], signature={"level": "SES", "acr": ["urn:test:eid"]})
    body = {"replyRequestId": request_id, "data": answer(), "attachments": []}
    missing = await hub.call("POST", "/replies", PERSON, json=body)
    assert [issue["code"] for issue in missing.json()["issues"]] == ["CONFIRMATION_MISSING"]
    given = await hub.call("POST", "/replies", PERSON, json={**body, "confirmed": True})
    assert given.status_code == 201
    await hub.work()
    assert (await hub.reply(given.json()["replyId"]))["status"] == "ACCEPTED"


async def test_ses_refuses_who_signed_in_in_another_way(hub: Any) -> None:
    request_id = await hub.consign(attachmentSlots=[], signature={"level": "SES", "acr": ["urn:test:other"]})
    body = {"replyRequestId": request_id, "data": answer(), "attachments": [], "confirmed": True}
    refused = await hub.call("POST", "/replies", PERSON, json=body)
    assert [issue["code"] for issue in refused.json()["issues"]] == ["ACR_TOO_LOW"]
