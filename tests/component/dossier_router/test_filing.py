"""Answers in the right dossier and phase: filed once, told, acknowledged; or parked, and filed by hand."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from pymongo.errors import PyMongoError

pytestmark = pytest.mark.servers


async def test_an_answer_is_filed_into_the_phase_that_asked_and_stands_in_the_feed(router: Any) -> None:
    reply_id = await router.answered("D-1")
    page = await router.feed()
    [filing] = page["items"]
    assert (filing["replyId"], filing["dossierNummer"], filing["fase"]) == (reply_id, "D-1", "Behandeling")
    assert (filing["feed"], filing["sequence"], filing["reason"]["code"]) == (1, 1, "PHASE_UNCHANGED")
    assert (page["lastSequenceNbr"], page["hasNext"]) == (1, False)
    assert [event.type.rsplit(".", 1)[1] for event in await router.told()] == ["filed"]


async def test_the_same_answer_fifty_times_at_once_is_one_filing(router: Any) -> None:
    await router.tell_phase("D-1", "Behandeling", 1)
    await router.opened("q", "D-1")
    await asyncio.gather(*(router.accepted("r", "q", "D-1") for _ in range(50)))
    await router.house.feed.number()
    assert [filing["replyId"] for filing in (await router.feed())["items"]] == ["r"]
    assert len(await router.told()) == 1


async def test_many_answers_to_one_dossier_at_once_have_places_without_gaps(router: Any) -> None:
    await router.tell_phase("D-1", "Behandeling", 1)
    await router.opened("q", "D-1")
    await asyncio.gather(*(router.accepted(f"r{number}", "q", "D-1") for number in range(4)))
    await router.house.feed.number()
    assert sorted(filing["sequence"] for filing in (await router.feed())["items"]) == [1, 2, 3, 4]


async def test_a_reader_of_the_feed_who_keeps_the_last_number_misses_none(router: Any) -> None:
    seen: list[str] = []
    after = 0
    expected = []
    for number in range(6):
        expected.append(await router.answered(f"D-{number}"))
        if number % 2:
            page = await router.feed(after)
            seen += [filing["replyId"] for filing in page["items"]]
            after = page["lastSequenceNbr"]
    assert seen == expected
    assert (await router.feed(after))["items"] == []


async def test_a_filing_written_late_gets_a_later_number_and_is_not_skipped(router: Any) -> None:
    for dossier in ("D-1", "D-2"):
        await router.tell_phase(dossier, "Behandeling", 1)
        await router.opened(f"q-{dossier}", dossier)
    filings = router.house.aggregates["filings"].collection
    await router.accepted("late", "q-D-1", "D-1")
    await filings.update_one({"reply_id": "late"}, {"$set": {"numbered": True}})
    await router.accepted("early", "q-D-2", "D-2")
    await router.house.feed.number()
    after = (await router.feed())["lastSequenceNbr"]
    await router.house.aggregates["filings"].collection.update_one(
        {"reply_id": "late"}, {"$set": {"numbered": False}}
    )
    await router.house.feed.number()
    assert [filing["replyId"] for filing in (await router.feed(after))["items"]] == ["late"]


async def test_two_writers_of_the_feed_give_no_number_twice(router: Any) -> None:
    for number in range(10):
        await router.tell_phase(f"D-{number}", "Behandeling", 1)
        await router.opened(f"q{number}", f"D-{number}")
        await router.accepted(f"r{number}", f"q{number}", f"D-{number}")
    await asyncio.gather(*(router.house.feed.number() for _ in range(4)), return_exceptions=True)
    await router.house.feed.number()
    items = (await router.feed())["items"]
    assert [filing["feed"] for filing in items] == list(range(1, 11))
    assert len({filing["replyId"] for filing in items}) == 10


async def test_a_writer_overtaken_after_its_looks_numbers_nothing_twice(
    router: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await router.tell_phase("D-1", "Behandeling", 1)
    await router.opened("q", "D-1")
    await router.accepted("r", "q", "D-1")
    feed = router.house.feed
    extend = feed._extend

    async def overtaken(*arguments: Any, **named: Any) -> None:
        monkeypatch.undo()
        await feed.number()
        await extend(*arguments, **named)

    monkeypatch.setattr(feed, "_extend", overtaken)
    with pytest.raises(PyMongoError):
        await feed.number()
    assert [filing["feed"] for filing in (await router.feed())["items"]] == [1]


async def test_a_case_system_is_told_once_and_its_acknowledgement_is_kept(router: Any) -> None:
    await router.subscribed()
    await router.answered("D-1")
    await router.deliver()
    await router.deliver()
    assert len(router.case_system.calls) == 1
    filing_id = (await router.feed())["items"][0]["filingId"]
    body = {"result": "ACCEPTED", "caseDocumentNumber": "STUK-1"}
    for _ in range(3):
        said = await router.call("POST", f"/filings/{filing_id}/acknowledgements", json=body, key="k")
        assert said.status_code == 204, said.text
    shown = (await router.call("GET", f"/filings/{filing_id}")).json()
    assert (shown["status"], shown["acknowledgement"]["caseDocumentNumber"]) == ("ACKNOWLEDGED", "STUK-1")
    assert [attempt["status"] for attempt in shown["attempts"]] == [204]
    assert [event.type.rsplit(".", 1)[1] for event in await router.told()] == ["filed", "delivered", "acknowledged"]
    other = await router.call("POST", f"/filings/{filing_id}/acknowledgements", json={"result": "REJECTED"})
    assert (other.status_code, other.json()["code"]) == (409, "ACKNOWLEDGED_ALREADY")


async def test_a_call_that_fails_is_made_again_with_the_same_id(router: Any) -> None:
    await router.subscribed()
    await router.answered("D-1")
    router.case_system.status = 500
    await router.deliver()
    router.case_system.status = None
    await router.deliver(attempts=2)
    router.case_system.status = 200
    await router.deliver(attempts=3)
    assert len({message_id for message_id, _ in router.case_system.calls}) == 1
    filing_id = (await router.feed())["items"][0]["filingId"]
    shown = (await router.call("GET", f"/filings/{filing_id}")).json()
    assert [attempt["status"] for attempt in shown["attempts"]] == [500, None, 200]
    assert shown["status"] == "DELIVERED"


async def test_a_case_system_that_is_gone_is_told_no_more(router: Any) -> None:
    subscription = await router.subscribed()
    await router.answered("D-1")
    router.case_system.status = 410
    await router.deliver()
    assert (await router.call("GET", f"/subscriptions/{subscription}")).json()["status"] == "DISABLED"
    assert len((await router.feed())["items"]) == 1, "the feed keeps it"


async def test_a_subscription_shows_its_secret_once_and_ends_when_it_is_deleted(router: Any) -> None:
    body = {"url": "https://zaken.example/hook"}
    made = await router.call("POST", "/subscriptions", json=body, key="k")
    again = await router.call("POST", "/subscriptions", json=body, key="k")
    assert again.json() == made.json()
    path = f"/subscriptions/{made.json()['subscriptionId']}"
    assert (await router.call("GET", path)).json()["secret"] is None
    raw = await router.house.aggregates["subscriptions"].collection.find_one({})
    assert made.json()["secret"] not in repr(raw)
    assert (await router.call("DELETE", path)).status_code == 204
    assert (await router.call("GET", path)).status_code == 404
    await router.answered("D-1")
    await router.deliver()
    assert router.case_system.calls == []


async def test_an_answer_to_an_unknown_dossier_waits_and_is_filed_when_it_becomes_known(router: Any) -> None:
    await router.opened("q", "D-1")
    await router.accepted("r", "q", "D-1")
    [waiting] = await router.parked()
    assert [reason["code"] for reason in waiting["reasons"]] == ["DOSSIER_UNKNOWN"]
    await router.tell_phase("D-1", "Behandeling", 1)
    await router.look_again()
    await router.house.feed.number()
    assert await router.parked() == []
    assert [filing["reason"]["code"] for filing in (await router.feed())["items"]] == ["DOSSIER_BECAME_KNOWN"]


async def test_a_dossier_that_moved_on_parks_and_a_handler_files_it_once(router: Any) -> None:
    await router.tell_phase("D-1", "Behandeling", 1)
    await router.opened("q", "D-1")
    await router.tell_phase("D-1", "Bezwaar", 2)
    await router.accepted("r", "q", "D-1")
    [waiting] = await router.parked()
    assert [reason["code"] for reason in waiting["reasons"]] == ["PHASE_MOVED"]
    assert [candidate["fase"] for candidate in waiting["candidates"]] == ["Bezwaar", "Behandeling"]
    body = {"dossierNummer": "D-1", "bron": waiting["bron"], "fase": "Bezwaar", "reason": "hoort bij het bezwaar"}
    path = f"/parked-replies/{waiting['filingId']}/file"
    first = await router.call("POST", path, json=body, key="k")
    again = await router.call("POST", path, json=body, key="k")
    assert (first.status_code, again.json()) == (201, first.json()), first.text
    other = await router.call("POST", path, json=body)
    assert (other.status_code, other.json()["code"]) == (409, "NOT_PARKED")
    await router.house.feed.number()
    [filing] = (await router.feed())["items"]
    assert (filing["fase"], filing["filedBy"], filing["reason"]["code"]) == ("Bezwaar", "handler", "FILED_BY_HANDLER")
    assert await router.parked() == []


async def test_two_handlers_at_the_same_moment_file_it_once(router: Any) -> None:
    await router.opened("q", "D-1")
    await router.accepted("r", "q", "D-1")
    await router.tell_phase("D-2", "Behandeling", 1)
    [waiting] = await router.parked()
    body = {"dossierNummer": "D-2", "bron": waiting["bron"], "reason": "hoort daar"}
    path = f"/parked-replies/{waiting['filingId']}/file"
    answers = await asyncio.gather(*(router.call("POST", path, json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert {answer.status_code for answer in answers[1:]} <= {201, 409}
    assert [answer.status_code for answer in answers].count(201) == 1
    await router.house.feed.number()
    assert len((await router.feed())["items"]) == 1


async def test_phases_in_any_order_and_twice_give_one_dossier(router: Any) -> None:
    dossier = uuid4().hex[:8]
    states = []
    for version, fase in ((3, "Afgerond"), (1, "Samenstelling"), (2, "Behandeling"), (1, "Samenstelling")):
        states.append((await router.tell_phase(dossier, fase, version)).json()["state"])
    assert states == ["APPLIED", "APPLIED", "APPLIED", "REPEATED"]
    contradiction = await router.tell_phase(dossier, "Bezwaar", 2)
    assert (contradiction.status_code, contradiction.json()["code"]) == (409, "PHASE_CONTRADICTS")
    shown = await router.call("GET", "/dossiers", params={"bron": BRON, "dossierNummer": dossier})
    assert [phase["fase"] for phase in shown.json()["phases"]] == ["Samenstelling", "Behandeling", "Afgerond"]


BRON = "https://data.vlaanderen.be/id/bron/studietoelagen"
