"""Letters put in an eBox over the wire."""

import base64
import hashlib
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from contracts.identifiers import Party, PartyType, Scheme
from mailboxes.ebox import EboxMailbox
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import BusinessDatum, LetterAttachment, LetterToPublish

if TYPE_CHECKING:
    from tests.component.mailboxes.conftest import Simulated

INSZ = "85073003328"
Letters = Callable[..., LetterToPublish]
Files = Callable[..., LetterAttachment]


async def test_a_2_mb_pdf_arrives_byte_for_byte(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, make_file: Files
) -> None:
    content = b"%PDF-1.7\n" + os.urandom(2_000_000)
    published = await ebox.publish(make_letter(attachments=(make_file(content),)))
    [message] = await simulated.inbox("citizen", INSZ)
    got = await simulated.http.get(message["attachments"][0]["contentUrl"])
    assert content == got.content
    assert published.message_id == message["messageId"]
    assert not published.already
    assert published.code is None
    assert published.expiration_date is not None
    assert published.expiration_date.tzinfo is not None


async def test_25_mb_pass_without_being_held(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, make_file: Files
) -> None:
    """Client and simulator together, both in this process, stay far below the letter's size."""
    piece, count = b"x" * 65_536, 400

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield piece

    digest = base64.urlsafe_b64encode(hashlib.sha256(piece * count).digest()).decode().rstrip("=")
    letter = make_letter(attachments=(make_file(size=count * len(piece), sha256=digest, content=pieces),))
    tracemalloc.start()
    try:
        await ebox.publish(letter)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


async def test_a_file_that_does_not_end_is_read_no_further_than_its_size(
    ebox: EboxMailbox, make_letter: Letters, make_file: Files
) -> None:
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield b"x" * 65_536

    letter = make_letter(attachments=(make_file(size=1_000_000, content=endless),))
    with pytest.raises(MailboxRefused, match="SIZE_MISMATCH"):
        await ebox.publish(letter)
    assert asked == 1_000_000 // 65_536 + 1


async def test_the_letter_says_what_the_agency_said(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, make_file: Files
) -> None:
    files = (make_file(), make_file(b"a;b", http_part_name="upfile2", media_type="text/csv", is_main_content=False))
    data = (BusinessDatum("referentie", ("D-2026/12",)),)
    await ebox.publish(make_letter(attachments=files, business_data=data, body="Zie bijlage", registered_mail=True))
    [message] = await simulated.inbox("citizen", INSZ)
    assert message["subject"] == {"nl": "Wij hebben bijkomende gegevens nodig"}
    assert message["businessDataList"] == [{"key": "referentie", "values": [{"nl": "D-2026/12"}]}]
    assert message["isReplyAuthorized"] is True
    assert message["registeredMail"] is True
    assert [item["isMainContent"] for item in message["attachments"]] == [True, False]


@pytest.mark.parametrize("name", ["Besluit één.pdf", 'met "aanhaling".pdf', "100%.pdf", "写真.pdf", "a\\b.pdf"])
async def test_file_names_survive(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, make_file: Files, name: str
) -> None:
    await ebox.publish(make_letter(attachments=(make_file(file_name=name),)))
    [message] = await simulated.inbox("citizen", INSZ)
    assert name == message["attachments"][0]["fileName"]


async def test_the_same_letter_twice_is_delivered_once(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    first = await ebox.publish(make_letter())
    second = await ebox.publish(make_letter())
    assert first.message_id == second.message_id
    assert second.already
    [delivered] = await simulated.delivered()
    assert delivered["attempts"] == 2
    assert delivered["idempotencyKey"] == "0197-letter-1"


async def test_a_letter_whose_answer_got_lost_is_found_again(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    simulated.spoiler.plans = ["cut"]
    with pytest.raises(MailboxUnavailable):
        await ebox.publish(make_letter())
    published = await ebox.publish(make_letter())
    [delivered] = await simulated.delivered()
    assert published.already
    assert published.message_id == delivered["messageId"]


async def test_the_same_key_of_another_sender_is_another_letter(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    await ebox.publish(make_letter())
    await ebox.publish(make_letter(sender_organization_id="0406798006"))
    assert len(await simulated.delivered()) == 2


async def test_a_duplicate_named_by_location_only_is_understood(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    simulated.spoiler.plans = [(409, {"location": "/ebox/messages/m-7"}, b"{}")]
    published = await ebox.publish(make_letter())
    assert (published.message_id, published.already) == ("m-7", True)


async def test_a_duplicate_under_an_untold_id_is_said_to_be_so(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    simulated.spoiler.plans = [(409, {}, b'{"id": "1", "code": "DUPLICATE", "message": "again"}')]
    with pytest.raises(MailboxRefused) as refused:
        await ebox.publish(make_letter())
    assert refused.value.code == "DUPLICATE_WITHOUT_ID"


async def test_a_recipient_who_never_opened_a_box_is_remarked(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    box = await simulated.box("citizen", INSZ)
    await simulated.http.put(f"/sim/recipients/{box}", json={"everOpened": False})
    assert (await ebox.publish(make_letter())).code == "NO_DIGITAL_USER"


async def test_refusals_keep_the_registrys_code(ebox: EboxMailbox, make_letter: Letters, make_file: Files) -> None:
    wrong_digest = make_letter("a", attachments=(make_file(sha256="A" * 43),))
    with pytest.raises(MailboxRefused) as refused:
        await ebox.publish(wrong_digest)
    assert (refused.value.code, refused.value.status) == ("DIGEST_DO_NOT_MATCH", 400)
    with pytest.raises(MailboxRefused, match="INVALID_SENDER"):
        await ebox.publish(make_letter("b", sender_organization_id="0428315871"))
    with pytest.raises(MailboxRefused, match="INVALID_INPUT"):
        await ebox.publish(make_letter("c", message_type_id=""))


async def test_after_a_refusal_the_key_is_free(ebox: EboxMailbox, make_letter: Letters, make_file: Files) -> None:
    with pytest.raises(MailboxRefused):
        await ebox.publish(make_letter(attachments=(make_file(sha256="A" * 43),)))
    assert not (await ebox.publish(make_letter())).already


@pytest.mark.parametrize("size", [10, 20])
async def test_a_file_of_another_length_than_said_publishes_nothing(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, make_file: Files, size: int
) -> None:
    with pytest.raises(MailboxRefused, match="SIZE_MISMATCH"):
        await ebox.publish(make_letter(attachments=(make_file(b"x" * 15, size=size),)))
    assert await simulated.delivered() == []


async def test_a_party_without_any_ebox_is_refused(ebox: EboxMailbox, make_letter: Letters) -> None:
    establishment = Party(PartyType.ESTABLISHMENT, Scheme.VESTIGING, "2123456789")
    with pytest.raises(MailboxRefused, match="UNSUPPORTED_PARTY"):
        await ebox.publish(make_letter(recipient=establishment))


@pytest.mark.parametrize(
    ("plan", "wait"),
    [
        ((500, {}, b"oops"), None),
        ((503, {"retry-after": "30"}, b""), timedelta(seconds=30)),
        ((429, {"retry-after": "7"}, b""), timedelta(seconds=7)),
        ((503, {"retry-after": "soon"}, b""), None),
        ((401, {}, b'{"id": "1", "code": "UNAUTHORIZED", "message": "expired"}'), None),
        ((302, {"location": "http://127.0.0.1:1/"}, b""), None),
        ((201, {}, b"<html>"), None),
        ((201, {}, b'{"messageId": null}'), None),
        ((204, {}, b""), None),
    ],
)
async def test_what_may_pass_is_unavailable(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, plan: Any, wait: timedelta | None
) -> None:
    simulated.spoiler.plans = [plan]
    with pytest.raises(MailboxUnavailable) as unavailable:
        await ebox.publish(make_letter())
    assert wait == unavailable.value.retry_after


@pytest.mark.parametrize(("status", "body", "code"), [(418, b"tea", "HTTP_418"), (400, b"{}", "HTTP_400")])
async def test_a_refusal_without_words_names_its_status(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, status: int, body: bytes, code: str
) -> None:
    simulated.spoiler.plans = [(status, {}, body)]
    with pytest.raises(MailboxRefused) as refused:
        await ebox.publish(make_letter())
    assert code == refused.value.code


async def test_a_refusal_that_names_a_person_is_withheld(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters
) -> None:
    body = f'{{"id": "1", "code": "INVALID_INPUT", "message": "no box for {INSZ}"}}'.encode()
    simulated.spoiler.plans = [(400, {}, body)]
    with pytest.raises(MailboxRefused) as refused:
        await ebox.publish(make_letter())
    assert INSZ not in str(refused.value)
    assert INSZ not in repr(make_letter())


async def test_a_mailbox_that_keeps_silent_is_unavailable(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox], make_letter: Letters
) -> None:
    simulated.spoiler.plans = ["silent"]
    with pytest.raises(MailboxUnavailable, match="ReadTimeout"):
        await make_ebox(patience=0.2).publish(make_letter())


async def test_nobody_there_is_unavailable(make_ebox: Callable[..., EboxMailbox], make_letter: Letters) -> None:
    with pytest.raises(MailboxUnavailable, match="ConnectError"):
        await make_ebox(url="http://127.0.0.1:1").publish(make_letter())


async def test_no_token_is_unavailable(make_ebox: Callable[..., EboxMailbox], make_letter: Letters) -> None:
    async def broken() -> str:
        raise RuntimeError("the issuer is down")

    with pytest.raises(MailboxUnavailable, match="no token"):
        await make_ebox(tokens=broken).publish(make_letter())


async def test_errors_of_the_callers_own_files_pass_unchanged(
    ebox: EboxMailbox, make_letter: Letters, make_file: Files
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        raise LookupError("the file store is down")
        yield b""

    with pytest.raises(LookupError):
        await ebox.publish(make_letter(attachments=(make_file(content=broken),)))
