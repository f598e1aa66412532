"""The cases of the story. Each checks what it promises, and fails where it isn't so."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from dev.demo.cast import Cast, SentLetter, step_of
from dev.demo.letters import ANSWER, BRON_PREMIES, KEYS
from dev.house.clients import Json, eventually
from documents.domain.message import Kind

Say = Callable[[str], None]


class StoryBroken(AssertionError):
    """Something turned out otherwise than the story tells."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended. `took_ms` is from accepted to delivered, where the answer was delivered."""

    case: str
    outcome: str
    took_ms: float | None = None


def check(holds: object, what: str) -> None:
    """Fail the story where something does not hold.

    Raises:
        StoryBroken: see there.
    """
    if not holds:
        raise StoryBroken(what)


def took_ms(reply: Json) -> float | None:
    """Milliseconds from accepted to delivered."""
    accepted, delivered = step_of(reply, "ACCEPTED"), step_of(reply, "DELIVERED")
    if accepted is None or delivered is None:
        return None
    return (datetime.fromisoformat(delivered["at"]) - datetime.fromisoformat(accepted["at"])).total_seconds() * 1000


async def through_the_mailbox(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """Letter, answer inside eBox, filing, acknowledgement, receipt and filed-receipt."""
    status = await eventually("the letter is in the mailbox", lambda: _consigned(cast, sent))
    in_box = status["mailboxMessageId"]
    say(f"eBox shows the letter: {(await cast.in_box(in_box))['subject']!r}")
    await cast.opened(sent)
    await cast.http.post(f"{cast.box}/messages/{in_box}/open")
    await cast.answer_in_box(in_box, ANSWER, KEYS)
    say("the citizen answers inside eBox, with data and a PDF of 2 MB")
    reply_id = await eventually("the hub collects the answer", lambda: _reply_to(cast, sent))
    cast.answered.add(reply_id)
    receipt = await _in_mailbox(cast, Kind.RECEIPT, reply_id)
    say(f"the mailbox holds the receipt: {receipt['subject']!r}")
    reply = await cast.reply_when(reply_id, "DELIVERED", "ACKNOWLEDGED")
    filed = step_of(reply, "FILED")
    assert filed is not None
    received = await cast.received(filed["filingId"])
    _check_filing(received, sent)
    say(f"the case system has data and file, and files it as {received['caseDocumentNumber']}")
    check(received["confidential"] == {"/rekeningnummer": ANSWER["rekeningnummer"]}, "confidential data are fetched")
    notice = await _in_mailbox(cast, Kind.FILED_RECEIPT, reply_id)
    say(f"the mailbox holds the filed-receipt: {notice['subject']!r}")
    return Outcome("answered inside eBox", "filed, acknowledged, receipt and filed-receipt", took_ms(reply))


async def three_times(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """The same answer sent three times is one answer and one filing."""
    await cast.opened(sent)
    attachment = await cast.person.upload(sent.request_id, "huurcontract", cast.annex, "huurcontract.pdf")
    key = str(uuid4())
    calls = [cast.person.answer(sent.request_id, ANSWER, [attachment], key=key, expect=None) for _ in range(3)]
    answers = await asyncio.gather(*calls)
    while any(answer.status_code == 409 for answer in answers):
        # Two came while the first was in hand: what a client does then is to ask again.
        answers = [await cast.person.answer(sent.request_id, ANSWER, [attachment], key=key) for _ in range(3)]
    ids = {answer.json()["replyId"] for answer in answers}
    check(len(ids) == 1, f"three times the same call made {len(ids)} answers")
    reply_id = ids.pop()
    cast.answered.add(reply_id)
    reply = await cast.reply_when(reply_id, "DELIVERED", "ACKNOWLEDGED")
    filings = {step["filingId"] for step in reply["course"] if step["filingId"]}
    check(len(filings) == 1, f"{len(filings)} filings of one answer")
    say("the same answer, sent three times, is one answer and one filing")
    return Outcome("sent three times", "one answer, one filing", took_ms(reply))


async def broken_form(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """An answer that breaks the form is refused with a pointer per fault, and nothing is stored."""
    await cast.opened(sent)
    wrong = {"rekeninghouder": "X", "ingangsdatum": "2026-13-01", "woonsituatie": "VILLA", "extra": 1}
    response = await cast.person.answer(sent.request_id, wrong, expect=422)
    pointers = {issue["pointer"] for issue in response.json()["issues"]}
    check(
        pointers == {f"/data/{name}" for name in (*wrong, "huurprijs")} | {"/attachments"},
        f"pointers are {sorted(pointers)}",
    )
    request = await cast.hub_of_agency.get(f"/api/v1/reply-requests/{sent.request_id}")
    check(request["replies"] == [], "nothing of it is stored")
    say(f"an answer that breaks the form: 422, faults at {', '.join(sorted(pointers))}")
    return Outcome("breaks the form", f"422, {len(pointers)} pointers, nothing stored")


async def somebody_else(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """To anybody else the request isn't there."""
    await cast.opened(sent)
    await cast.stranger.answer(sent.request_id, ANSWER, expect=404)
    say("an answer by somebody else: 404")
    return Outcome("somebody else answers", "404")


async def moved_on(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """An answer whose dossier has moved on waits for a handler."""
    await cast.opened(sent)
    await cast.tell_phase(sent.dossier_nummer, "Afgerond", 2)
    reply_id = await cast.answer(sent, ANSWER)
    await cast.reply_when(reply_id, "PARKED")
    parked = (await cast.case_system.get("/api/v1/parked-replies"))["items"]
    mine = next((entry for entry in parked if entry["replyId"] == reply_id), None)
    check(mine is not None, "the handler sees it")
    assert mine is not None
    reasons = [reason["code"] for reason in mine["reasons"]]
    check(reasons, "with a reason")
    check(mine["candidates"], "with candidates")
    places = ", ".join(candidate["fase"] for candidate in mine["candidates"])
    say(f"the dossier moved on to Afgerond: parked ({', '.join(reasons)}; candidates: {places})")
    return Outcome("dossier moved on", f"parked: {', '.join(reasons)}")


async def case_system_down(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """A case system that is down for ten seconds is told after."""
    await cast.opened(sent)
    order = {"mode": "down", "route": "/webhooks/premies", "forSeconds": DOWN_S}
    (await cast.http.put(f"{cast.house.url('case-system')}/sim/misbehaviour", json=order)).raise_for_status()
    say(f"the case system of huurpremies goes down for {DOWN_S:g} s")
    reply_id = await cast.answer(sent, ANSWER)
    reply = await cast.reply_when(reply_id, "DELIVERED", "ACKNOWLEDGED", timeout_s=40)
    delivered = step_of(reply, "DELIVERED")
    assert delivered is not None
    attempts = delivered["detail"].get("attempts", 0)
    check(attempts > 1, f"it was delivered at attempt {attempts}")
    say(f"back again, it is told at attempt {attempts}")
    return Outcome(f"case system down {DOWN_S:g} s", f"delivered at attempt {attempts}", took_ms(reply))


async def late_accepted(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """After the deadline, under ACCEPT_FLAGGED."""
    reply_id = await cast.answer(sent, ANSWER)
    reply = await cast.reply_when(reply_id, "DELIVERED", "ACKNOWLEDGED")
    check(reply["receipt"]["late"], "its receipt says late")
    say("after the deadline, under ACCEPT_FLAGGED: filed, flagged late")
    return Outcome("late, ACCEPT_FLAGGED", "filed, flagged late", took_ms(reply))


async def late_rejected(cast: Cast, sent: SentLetter, say: Say) -> Outcome:
    """After the deadline, under REJECT."""
    reply_id = await cast.answer(sent, ANSWER)
    reply = await cast.reply_when(reply_id, "REJECTED")
    check(reply["rejection"]["reason"] == "LATE", "it is rejected as late")
    await _in_mailbox(cast, Kind.REJECTION_NOTICE, reply_id)
    say("after the deadline, under REJECT: receipted, then rejected, and the mailbox says so")
    return Outcome("late, REJECT", "receipted, then rejected")


DOWN_S: Final = 10.0

Case = Callable[[Cast, SentLetter, Say], Coroutine[Any, Any, Outcome]]
AT_ONCE: Final[tuple[tuple[str, Case, dict[str, Any]], ...]] = (
    ("EBOX", through_the_mailbox, {}),
    ("DRIE", three_times, {}),
    ("FOUT", broken_form, {}),
    ("ANDER", somebody_else, {}),
    ("AF", moved_on, {}),
    ("PREMIE", case_system_down, {"bron": BRON_PREMIES}),
)
AFTER_THE_DEADLINE: Final[tuple[tuple[str, Case, dict[str, Any]], ...]] = (
    ("LAAT-A", late_accepted, {"response_term": "P1D", "late_replies": "ACCEPT_FLAGGED"}),
    ("LAAT-R", late_rejected, {"response_term": "P1D", "late_replies": "REJECT"}),
)


async def _consigned(cast: Cast, sent: SentLetter) -> Json | None:
    status = await cast.agency.status(sent.message_id)
    return status if status["status"] in {"CONSIGNED", "READ"} else None


async def _reply_to(cast: Cast, sent: SentLetter) -> str | None:
    request = await cast.hub_of_agency.get(f"/api/v1/reply-requests/{sent.request_id}")
    return request["replies"][0]["replyId"] if request["replies"] else None


async def _in_mailbox(cast: Cast, kind: Kind, reply_id: str) -> Json:
    """What the mailbox says about an answer, once it does; its PDF is looked into as the citizen would."""

    async def look() -> Json | None:
        return await cast.notice(kind, reply_id)

    notice = await eventually(f"the mailbox holds the {kind.value}", look)
    content = await cast.http.get(f"{cast.house.url('ebox')}{notice['attachments'][0]['contentUrl']}")
    check(content.content.startswith(b"%PDF-"), "it is a PDF")
    return notice


def _check_filing(received: Json, sent: SentLetter) -> None:
    filing = received["filing"]
    check(filing["dossierNummer"] == sent.dossier_nummer, "it is in the right dossier")
    check(filing["fase"] == "Behandeling", "it is in the right phase")
    expected = {name: value for name, value in ANSWER.items() if name != "rekeningnummer"}
    check(filing["data"] == expected, f"the data are {filing['data']}")
    check(all(file["matches"] for file in received["files"]), "the file's SHA-256 matches")
    check(len(received["files"]) == 1, "there is one file")
