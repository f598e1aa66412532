"""Consent and read status, asked over the wire."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from contracts.identifiers import Party, PartyType, Scheme
from mailboxes.ebox import EboxMailbox
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import LetterToPublish, SentMessage

if TYPE_CHECKING:
    from tests.component.mailboxes.conftest import Simulated

INSZ = "85073003328"


async def test_a_citizen_with_consent_is_active(ebox: EboxMailbox, citizen: Party) -> None:
    consent = await ebox.find_recipient(citizen)
    assert (consent.active, consent.exclusively, consent.code) == (True, None, None)
    assert consent.source == "citizenEboxConsents"


async def test_withdrawn_consent_is_seen_at_once(simulated: "Simulated", ebox: EboxMailbox, citizen: Party) -> None:
    box = await simulated.box("citizen", INSZ)
    await simulated.http.put(f"/sim/recipients/{box}", json={"active": False})
    consent = await ebox.find_recipient(citizen)
    assert (consent.active, consent.code) == (False, "NO_CONSENT")


async def test_an_unknown_citizen_is_not_active(ebox: EboxMailbox) -> None:
    stranger = Party(PartyType.CITIZEN, Scheme.INSZ, "17073003384")
    assert not (await ebox.find_recipient(stranger)).active


async def test_an_enterprise_says_whether_it_wants_no_paper(ebox: EboxMailbox, enterprise: Party) -> None:
    consent = await ebox.find_recipient(enterprise)
    assert (consent.active, consent.exclusively, consent.source) == (True, True, "eboxPreferences")


async def test_a_party_no_ebox_is_for_is_not_active_and_not_asked_about(
    simulated: "Simulated", ebox: EboxMailbox
) -> None:
    consent = await ebox.find_recipient(Party(PartyType.AUTHORITY, Scheme.OVO, "OVO002949"))
    assert (consent.active, consent.code) == (False, "UNSUPPORTED_PARTY")
    assert simulated.spoiler.requests == []


@pytest.mark.parametrize("body", [b"{}", b"[{}]", b"null", b"\xff"])
async def test_a_garbled_consent_proves_nothing(
    simulated: "Simulated", ebox: EboxMailbox, citizen: Party, body: bytes
) -> None:
    simulated.spoiler.plans = [(200, {}, body)]
    with pytest.raises(MailboxUnavailable, match="makes no sense") as unavailable:
        await ebox.find_recipient(citizen)
    assert unavailable.value.__context__ is None


async def test_an_endless_answer_is_cut_short(
    simulated: "Simulated", make_ebox: Callable[..., EboxMailbox], citizen: Party
) -> None:
    simulated.spoiler.plans = [(200, {}, b" " * 5000)]
    with pytest.raises(MailboxUnavailable, match="longer than"):
        await make_ebox(max_answer_bytes=1000).find_recipient(citizen)


async def test_a_refusal_to_answer_is_no_missing_consent(
    simulated: "Simulated", ebox: EboxMailbox, citizen: Party
) -> None:
    simulated.spoiler.plans = [(403, {}, b'{"id": "1", "code": "FORBIDDEN", "message": "scope"}')]
    with pytest.raises(MailboxRefused, match="FORBIDDEN"):
        await ebox.find_recipient(citizen)


async def test_a_letter_is_read_once_its_main_content_was_opened(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Callable[..., LetterToPublish], citizen: Party
) -> None:
    published = await ebox.publish(make_letter())
    sent = [SentMessage(published.message_id, citizen), SentMessage("never-sent", citizen)]
    [before] = await ebox.read_status(sent)
    box = await simulated.box("citizen", INSZ)
    await simulated.http.post(f"/sim/eboxes/{box}/messages/{published.message_id}/open")
    [after] = await ebox.read_status(sent)
    assert (before.read, after.read) == (False, True)
    assert published.message_id == after.message_id


async def test_many_statuses_are_asked_in_portions(simulated: "Simulated", ebox: EboxMailbox, citizen: Party) -> None:
    assert await ebox.read_status([SentMessage(f"m{n}", citizen) for n in range(250)]) == []
    assert simulated.spoiler.requests == ["/searchMessageStatus"] * 3
