"""Answers collected from the agency's own eBox over the wire."""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mailboxes.ebox import EboxMailbox
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import BusinessDatum, IncomingReply, LetterToPublish

if TYPE_CHECKING:
    from tests.component.mailboxes.conftest import Simulated

AGENCY = "0316380841"
INSZ = "85073003328"
DATA: list[dict[str, Any]] = [
    {"key": "bedrag", "values": ["12,50"]},
    {"key": "talen", "values": [{"fr": "nl"}, {"nl": "fr"}]},
]
Letters = Callable[..., LetterToPublish]


async def walk(ebox: EboxMailbox, cursor: str | None = None) -> tuple[list[IncomingReply], str]:
    """All pages from a cursor, and the cursor after them."""
    replies: list[IncomingReply] = []
    for _ in range(50):
        page = await ebox.collect(AGENCY, after=cursor)
        replies += page.replies
        cursor = page.cursor
        if not page.has_more:
            return replies, cursor
    raise AssertionError("the walk does not end")


async def test_an_answer_comes_back_with_who_when_and_what(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    published = await ebox.publish(make_letter())
    answered = (await simulated.reply(published.message_id, DATA)).json()
    [reply], _ = await walk(ebox)
    assert reply.message_id == answered["messageId"]
    assert reply.original_message_id == published.message_id
    assert reply.received_at.isoformat() == answered["receiptDate"]
    assert (reply.sender.type, reply.sender.value) == ("citizen", INSZ)
    assert reply.business_data == (BusinessDatum("bedrag", ("12,50",)), BusinessDatum("talen", ("nl", "fr")))
    assert INSZ not in repr(reply)
    assert "12,50" not in repr(reply)


async def test_its_files_come_byte_for_byte(simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters) -> None:
    content = b"%PDF-1.7\n" + os.urandom(2_000_000)
    published = await ebox.publish(make_letter())
    files = {"bijlage": ("attest één.pdf", content, "application/pdf")}
    await simulated.reply(published.message_id, DATA, files=files)
    [reply], _ = await walk(ebox)
    [attachment] = await ebox.list_attachments(AGENCY, reply.message_id)
    pieces = [piece async for piece in ebox.open_attachment(AGENCY, reply.message_id, attachment.attachment_id)]
    assert content == b"".join(pieces)
    assert max(map(len, pieces)) <= 131_072
    assert (attachment.file_name, attachment.media_type) == ("attest één.pdf", "application/pdf")
    assert attachment.size == len(content)
    assert attachment.sha256 is not None
    assert len(attachment.sha256) == 43


async def test_what_is_gone_is_refused(ebox: EboxMailbox) -> None:
    with pytest.raises(MailboxRefused, match="NOT_FOUND"):
        await ebox.list_attachments(AGENCY, "nothing")
    with pytest.raises(MailboxRefused, match="NOT_FOUND"):
        async for _ in ebox.open_attachment(AGENCY, "nothing/..", "?a"):
            pass


async def test_a_file_cut_off_is_unavailable(simulated: "Simulated", ebox: EboxMailbox) -> None:
    simulated.spoiler.plans = ["cut"]
    with pytest.raises(MailboxUnavailable):
        async for _ in ebox.open_attachment(AGENCY, "m", "a"):
            pass


async def test_pages_leave_nothing_out_and_the_cursor_goes_on(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox], make_letter: Letters
) -> None:
    ebox = make_ebox(page_size=3)
    published = await ebox.publish(make_letter())
    sent = [(await simulated.reply(published.message_id, DATA)).json()["messageId"] for _ in range(7)]
    replies, cursor = await walk(ebox)
    assert set(sent) == {reply.message_id for reply in replies}
    assert await walk(ebox, cursor) == ([], cursor)
    late = (await simulated.reply(published.message_id, DATA)).json()["messageId"]
    assert [late] == [reply.message_id for reply in (await walk(ebox, cursor))[0]]


async def test_answers_that_come_during_a_walk_are_found_by_this_walk_or_the_next(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox], make_letter: Letters
) -> None:
    ebox = make_ebox(page_size=2)
    published = await ebox.publish(make_letter())
    sent, seen, cursor = set(), set(), None
    for _ in range(5):
        sent.add((await simulated.reply(published.message_id, DATA)).json()["messageId"])
    for step in range(12):
        if step < 5:
            sent.add((await simulated.reply(published.message_id, DATA)).json()["messageId"])
        page = await ebox.collect(AGENCY, after=cursor)
        seen |= {reply.message_id for reply in page.replies}
        cursor = page.cursor
    assert sent == seen


@pytest.mark.parametrize("switch", ["out_of_order", "duplicate"])
async def test_disorder_and_repetition_lose_nothing(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox], make_letter: Letters, switch: str
) -> None:
    ebox = make_ebox(page_size=3)
    published = await ebox.publish(make_letter())
    sent = {(await simulated.reply(published.message_id, DATA)).json()["messageId"] for _ in range(8)}
    simulated.switches.on = {switch}
    replies, cursor = await walk(ebox)
    assert sent == {reply.message_id for reply in replies}
    assert len(replies) == (16 if switch == "duplicate" else 8)
    assert (await walk(ebox, cursor))[0] == []


async def test_a_repetition_under_another_id_is_two_answers_to_this_client(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    published = await ebox.publish(make_letter())
    await simulated.reply(published.message_id, DATA, files={"f": ("a.pdf", b"%PDF-1", "application/pdf")})
    simulated.switches.on = {"duplicate_new_id"}
    replies, _ = await walk(ebox)
    assert len({reply.message_id for reply in replies}) == 2
    files = [await ebox.list_attachments(AGENCY, reply.message_id) for reply in replies]
    assert files[0] == files[1]


async def test_a_registry_that_counts_anew_loses_nothing(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    published = await ebox.publish(make_letter())
    await simulated.reply(published.message_id, DATA)
    _, cursor = await walk(ebox)
    await simulated.http.post("/sim/sequence/reset")
    late = (await simulated.reply(published.message_id, DATA)).json()["messageId"]
    assert [late] == [reply.message_id for reply in (await walk(ebox, cursor))[0]]


async def test_the_overlap_lists_recent_answers_again(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox], make_letter: Letters
) -> None:
    ebox = make_ebox()
    published = await ebox.publish(make_letter())
    await simulated.reply(published.message_id, DATA)
    ebox._config = type(ebox._config)(
        registry_url=simulated.url, federation_url=simulated.url, overlap=timedelta(minutes=1)
    )
    first, cursor = await walk(ebox)
    again, _ = await walk(ebox, cursor)
    assert first == again
    await simulated.http.post("/sim/clock", json={"advance": "PT2M"})
    await simulated.reply(published.message_id, DATA)
    _, cursor = await walk(ebox, cursor)
    assert len((await walk(ebox, cursor))[0]) == 1


async def test_boxes_of_agencies_are_apart(simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters) -> None:
    published = await ebox.publish(make_letter())
    await simulated.reply(published.message_id, DATA)
    assert (await ebox.collect("0406798006", after=None)).replies == ()


def _page(*items: Any, total: int | None = None) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps({"items": items, **({"total": total} if total is not None else {})}).encode()


_GOOD: dict[str, Any] = {
    "messageId": "m1",
    "originalMessageId": "o1",
    "sender": {"eboxType": "enterprise", "eboxIdValue": "206731645"},
    "receiptDate": "2026-11-24T10:00:00+01:00",
}


async def test_one_broken_answer_hides_no_other(simulated: "Simulated", ebox: EboxMailbox) -> None:
    broken = [
        {**_GOOD, "messageId": "m2", "sender": {"eboxType": "citizen", "ssin": "85073003329"}},
        {**_GOOD, "messageId": "m3", "receiptDate": "yesterday"},
        {**_GOOD, "messageId": "m4", "receiptDate": "2026-11-24T10:00:00"},
        {**_GOOD, "messageId": "m5", "sender": {"eboxType": "martian", "eboxIdValue": "1"}},
        {**_GOOD, "messageId": None},
    ]
    other_mail = {**_GOOD, "messageId": "m6", "originalMessageId": None}
    simulated.spoiler.plans = [_page(*broken, other_mail, _GOOD)]
    page = await ebox.collect(AGENCY, after=None)
    assert [reply.message_id for reply in page.replies] == ["m1"]
    assert page.replies[0].sender.value == "0206731645"
    assert [broken_one.message_id for broken_one in page.unreadable] == ["m2", "m3", "m4", "m5", None]
    assert "85073003329" not in str(page.unreadable)


async def test_without_a_total_a_full_page_has_another(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox]
) -> None:
    ebox = make_ebox(page_size=1)
    simulated.spoiler.plans = [_page(_GOOD), _page()]
    replies, _ = await walk(ebox)
    assert len(replies) == 1


async def test_a_page_shorter_than_asked_is_not_the_last_where_a_total_says_so(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox]
) -> None:
    simulated.spoiler.plans = [_page(_GOOD, total=150)]
    assert (await make_ebox().collect(AGENCY, after=None)).has_more


@pytest.mark.parametrize("cursor", ["", "!", "eyJ2IjogMn0=", "bm90IGpzb24=", "é", "W10="])
async def test_a_foreign_cursor_is_refused(ebox: EboxMailbox, cursor: str) -> None:
    with pytest.raises(MailboxRefused, match="INVALID_CURSOR"):
        await ebox.collect(AGENCY, after=cursor)


@pytest.mark.parametrize("body", [b"[]", b'{"items": [1]}', b'{"items": null}', b""])
async def test_a_garbled_listing_is_unavailable(simulated: "Simulated", ebox: EboxMailbox, body: bytes) -> None:
    simulated.spoiler.plans = [(200, {}, body)]
    with pytest.raises(MailboxUnavailable):
        await ebox.collect(AGENCY, after=None)
