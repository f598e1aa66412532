"""Answers through the API: received and receipted at once, judged after."""

from datetime import timedelta
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection

CITIZEN = "85073003328"
OTHER = "17073003384"
AGENCY = "agency:OVO002949"

pytestmark = pytest.mark.servers


async def test_an_answer_is_receipted_then_accepted(hub: Any) -> None:
    request_id = await hub.consign()
    response = await hub.submit(request_id)
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["status"] == "RECEIVED"
    assert body["receipt"]["late"] is False
    assert len(body["receipt"]["contentDigest"]) == 43
    await hub.work()
    shown = await hub.reply(body["replyId"])
    assert (shown["status"], shown["ordinal"]) == ("ACCEPTED", 1)
    [received], [accepted] = await hub.told_of("received"), await hub.told_of("accepted")
    assert received.data["receiptId"] == body["receipt"]["receiptId"]
    assert accepted.data["data"] == {"naam": "Lien Peeters", "bedrag": 12.5}
    assert accepted.sequence == 2
    [closed] = await hub.told_of("closed")
    assert closed.data["closure"] == "ANSWERED"


async def test_the_submit_path_is_one_read_and_one_write(hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request_id = await hub.consign(multiplicity="MULTIPLE")
    await hub.submit(request_id)
    calls: list[str] = []
    for name in ("find_one", "insert_one", "find_one_and_update", "update_one", "find"):
        original = getattr(AsyncCollection, name)

        def counted(*args: Any, _original: Any = original, _name: str = name, **kwargs: Any) -> Any:
            calls.append(_name)
            return _original(*args, **kwargs)

        monkeypatch.setattr(AsyncCollection, name, counted)
    assert (await hub.submit(request_id)).status_code == 201
    # find_one is built on find: the driver counts it twice.
    assert sorted(set(calls)) in (["find_one", "insert_one"], ["find", "find_one", "insert_one"])
    assert calls.count("find_one") == calls.count("insert_one") == 1


async def test_a_repeated_call_reads_the_same_even_after_the_verdict(hub: Any) -> None:
    request_id = await hub.consign()
    first = await hub.submit(request_id, key="k1")
    await hub.work()
    again = await hub.submit(request_id, key="k1")
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await hub.told_of("received")) == 1


async def test_a_reused_key_with_another_body_is_refused(hub: Any) -> None:
    request_id = await hub.consign(multiplicity="MULTIPLE")
    await hub.submit(request_id, key="k1")
    again = await hub.submit(request_id, {"naam": "Iemand", "bedrag": 1}, key="k1")
    assert (again.status_code, again.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("judged", [False, True])
async def test_a_second_answer_to_a_single_request_learns_what_was_received(hub: Any, judged: bool) -> None:
    request_id = await hub.consign()
    first = (await hub.submit(request_id)).json()
    if judged:
        await hub.work()
    second = await hub.submit(request_id, {"naam": "Anders", "bedrag": 2})
    assert (second.status_code, second.json()["code"]) == (409, "ALREADY_ANSWERED")
    assert second.json()["replyId"] == first["replyId"]
    assert second.json()["receipt"] == first["receipt"]


async def test_an_answer_that_breaks_the_form_is_told_every_fault_and_not_stored(hub: Any) -> None:
    request_id = await hub.consign()
    response = await hub.submit(request_id, {"naam": "x", "datum": "gisteren", "vreemd": 1})
    assert (response.status_code, response.json()["code"]) == (422, "FORM_FAULTS")
    found = {(issue["pointer"], issue["code"]) for issue in response.json()["issues"]}
    assert found == {
        ("/data/naam", "TOO_SHORT"),
        ("/data/bedrag", "MISSING"),
        ("/data/datum", "WRONG_FORMAT"),
        ("/data/vreemd", "UNEXPECTED_FIELD"),
    }
    assert await hub.house.database["replies"].count_documents({}) == 0


async def test_somebody_elses_request_is_not_there(hub: Any) -> None:
    request_id = await hub.consign()
    for token in (f"person:{OTHER}", f"person:{OTHER}:0316380841"):
        assert (await hub.submit(request_id, token=token)).status_code == 404
    assert (await hub.call("GET", f"/reply-requests/{request_id}", f"person:{OTHER}")).status_code == 404


async def test_an_organisation_is_answered_for_by_those_who_may(hub: Any) -> None:
    kbo = "0316380841"
    legal = await hub.consign(enterprise=kbo, who=("ADDRESSEE",))
    assert (await hub.submit(legal, token=f"employee:{CITIZEN}:{kbo}")).status_code == 404
    assert (await hub.submit(legal, token=f"person:{CITIZEN}:{kbo}")).status_code == 201
    staff = await hub.consign(enterprise=kbo, who=("EMPLOYEE",))
    assert (await hub.submit(staff, token=f"person:{CITIZEN}:{kbo}")).status_code == 404
    reply_id = (await hub.submit(staff, token=f"employee:{CITIZEN}:{kbo}")).json()["replyId"]
    assert (await hub.reply(reply_id))["submitter"]["capacity"] == "EMPLOYEE"


async def test_a_late_answer_is_receipted_and_flagged(hub: Any) -> None:
    request_id = await hub.consign(deadline={"responseTerm": "P1D"})
    hub.clock.advance(timedelta(days=3))
    await hub.work()
    [changed] = await hub.told_of("changed")
    assert (changed.data["status"], changed.data["reason"]) == ("OVERDUE", "OVERDUE")
    body = (await hub.submit(request_id)).json()
    assert body["receipt"]["late"] is True
    await hub.work()
    assert (await hub.reply(body["replyId"]))["status"] == "ACCEPTED"
    assert (await hub.told_of("accepted"))[0].data["late"] is True


async def test_a_late_answer_is_receipted_and_then_rejected_where_the_request_says_so(hub: Any) -> None:
    request_id = await hub.consign(deadline={"responseTerm": "P1D"}, lateReplies="REJECT")
    hub.clock.advance(timedelta(days=3))
    response = await hub.submit(request_id)
    assert response.status_code == 201
    await hub.work()
    shown = await hub.reply(response.json()["replyId"])
    assert (shown["status"], shown["rejection"]["reason"]) == ("REJECTED", "LATE")
    assert set(shown["documents"]) == {"receipt", "notice"}
    again = await hub.submit(request_id)
    assert (again.status_code, again.json()["replyId"] != shown["replyId"]) == (201, True)


async def test_the_deadline_ends_with_the_day_in_brussels(hub: Any) -> None:
    request_id = await hub.consign(deadline={"dueDate": "2026-11-25"}, multiplicity="MULTIPLE")
    hub.clock.advance(timedelta(days=1, hours=11, minutes=59))  # 22:59 UTC is 23:59 in Brussels
    assert (await hub.submit(request_id)).json()["receipt"]["late"] is False
    hub.clock.advance(timedelta(minutes=1))
    assert (await hub.submit(request_id)).json()["receipt"]["late"] is True


async def test_amendments_supersede_and_keep_their_order(hub: Any) -> None:
    request_id = await hub.consign(multiplicity="AMENDABLE")
    first = (await hub.submit(request_id)).json()["replyId"]
    await hub.work()
    second = (await hub.submit(request_id, {"naam": "Beter", "bedrag": 3})).json()["replyId"]
    await hub.work()
    assert (await hub.reply(first))["supersededBy"] == second
    shown = await hub.reply(second)
    assert (shown["ordinal"], shown["supersedes"]) == (2, first)


async def test_a_request_for_many_answers_takes_many(hub: Any) -> None:
    request_id = await hub.consign(multiplicity="MULTIPLE")
    ids = [(await hub.submit(request_id)).json()["replyId"] for _ in range(3)]
    await hub.work()
    assert sorted([(await hub.reply(reply_id))["ordinal"] for reply_id in ids]) == [1, 2, 3]


async def test_a_withdrawn_request_takes_no_answer_but_repeats_what_it_took(hub: Any) -> None:
    request_id = await hub.consign(multiplicity="MULTIPLE")
    taken = await hub.submit(request_id, key="k1")
    path = f"/reply-requests/{request_id}/withdrawal"
    assert (await hub.call("POST", path, "agency:OVO000001")).status_code == 404
    assert (await hub.call("POST", path, AGENCY)).status_code == 204
    assert (await hub.call("POST", path, AGENCY)).status_code == 204
    gone = await hub.submit(request_id)
    assert (gone.status_code, gone.json()["code"]) == (410, "REQUEST_CLOSED")
    assert (await hub.submit(request_id, key="k1")).json() == taken.json()
    hub.clock.advance(timedelta(seconds=1))
    await hub.work()
    assert (await hub.reply(taken.json()["replyId"]))["status"] == "ACCEPTED"
    assert len(await hub.told_of("closed")) == 1


async def test_confidential_values_stay_here(hub: Any) -> None:
    request_id = await hub.consign()
    data = {
        "naam": "Lien",
        "bedrag": 1,
        "rekening": "BE68",
        "partner": "85073003328",
        "opmerking": "zie 17.07.30-033.84",
    }
    reply_id = (await hub.submit(request_id, data)).json()["replyId"]
    await hub.work()
    [accepted] = await hub.told_of("accepted")
    assert accepted.data["data"] == {"naam": "Lien", "bedrag": 1}
    assert sorted(accepted.data["confidential"]["pointers"]) == ["/opmerking", "/partner", "/rekening"]
    shown = await hub.call("GET", f"/replies/{reply_id}/data", AGENCY)
    assert shown.json()["data"] == {"naam": "Lien", "bedrag": 1}
    confidential = await hub.call("GET", f"/replies/{reply_id}/confidential-data", AGENCY)
    assert confidential.json()["values"]["/partner"] == "85073003328"
    stored = str(await hub.house.database["replies"].find_one({"_id": reply_id}))
    assert "85073003328" not in stored
    assert "BE68" not in stored


async def test_large_data_are_fetched_instead_of_travelling(hub: Any) -> None:
    request_id = await hub.consign()
    reply_id = (await hub.submit(request_id, {"naam": "Lien", "bedrag": 1, "opmerking": "x" * 70_000})).json()[
        "replyId"
    ]
    await hub.work()
    [accepted] = await hub.told_of("accepted")
    assert accepted.data["data"] is None
    assert accepted.data["dataUrl"].endswith(f"/replies/{reply_id}/data")
    fetched = await hub.call("GET", f"/replies/{reply_id}/data", AGENCY)
    assert len(fetched.json()["data"]["opmerking"]) == 70_000
