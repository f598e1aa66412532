"""Letters on their way: scanned, delivered, followed; and what is put into the mailbox about answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from chassis.tenancy import EVERY_TENANT
from documents.application.announce import UnknownLetter
from documents.application.ports import SourceUnavailable
from documents.domain.message import Kind
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import Consent, MessageStatus

pytestmark = pytest.mark.servers
PDF = b"%PDF-1.7 a letter"


class Source:
    """reply-hub's documents; may be away."""

    def __init__(self) -> None:
        """Answer."""
        self.away = False

    @asynccontextmanager
    async def fetch(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        if self.away:
            raise SourceUnavailable("away")

        async def content() -> AsyncIterator[bytes]:
            yield b"%PDF-1.7 receipt "
            yield url.encode()

        yield content()


async def test_a_letter_goes_into_the_mailbox_and_is_told_of(documents: Any) -> None:
    message_id = await documents.accepted()
    await documents.work()
    shown = await documents.shown(message_id)
    assert (shown["status"], shown["mailboxMessageId"]) == ("CONSIGNED", f"in-box-{message_id}")
    assert [step["status"] for step in shown["history"]] == ["ACCEPTED", "ROUTING", "CONSIGNED"]
    assert documents.mailbox.contents[message_id] == [PDF]
    assert documents.mailbox.published[message_id].reply_authorized
    [event] = await documents.told()
    assert event.type.endswith("messages.notify.consigned")
    assert event.data["replyRequest"]["form"]["jsonSchema"]["type"] == "object"
    assert event.data["recipient"] == shown["recipient"]


async def test_no_file_is_fetched_before_it_is_scanned(documents: Any) -> None:
    message_id = await documents.accepted()
    file = (await documents.shown(message_id))["attachments"][0]["attachmentId"]
    path = f"/messages/{message_id}/attachments/{file}/content"
    early = await documents.call("GET", path)
    assert (early.status_code, early.json()["code"]) == (409, "NOT_SCANNED_YET")
    await documents.work()
    fetched = await documents.call("GET", path)
    assert (fetched.status_code, fetched.content, fetched.headers["content-type"]) == (200, PDF, "application/pdf")
    assert (await documents.call("GET", path, tenant="OVO001835")).status_code == 404


async def test_while_the_scanner_is_away_the_letter_waits_however_long(documents: Any) -> None:
    documents.scanner.away = True
    message_id = await documents.accepted()
    for _ in range(30):
        await documents.work()
        documents.clock.advance(timedelta(minutes=6))
    assert (await documents.shown(message_id))["status"] == "ACCEPTED"
    assert documents.mailbox.published == {}
    documents.scanner.away = False
    await documents.work()
    assert (await documents.shown(message_id))["status"] == "CONSIGNED"


async def test_an_infected_letter_is_rejected_and_given_to_nobody(documents: Any) -> None:
    content = b"%PDF-1.7 EICAR"
    response = await documents.push(documents.letter(pdf=content), {"upfile1": content})
    message_id = response.json()["messageId"]
    await documents.work()
    shown = await documents.shown(message_id)
    assert (shown["status"], shown["code"]) == ("REJECTED", "INFECTED_FILE")
    assert documents.mailbox.published == {}
    path = f"/messages/{message_id}/attachments/{shown['attachments'][0]['attachmentId']}/content"
    assert (await documents.call("GET", path)).json()["code"] == "FILE_INFECTED"
    assert [event.type.rsplit(".", 1)[1] for event in await documents.told()] == ["rejected"]


async def test_without_consent_the_agency_is_told_to_use_paper(documents: Any) -> None:
    documents.mailbox.consent = Consent(active=False, exclusively=None, source="test", code="NO_CONSENT")
    message_id = await documents.accepted()
    await documents.work()
    shown = await documents.shown(message_id)
    assert (shown["status"], shown["code"]) == ("FALLBACK_PAPER", "NO_CONSENT")
    assert shown["attempts"][0]["consentActive"] is False
    assert [event.type.rsplit(".", 1)[1] for event in await documents.told()] == ["fallbackRequired"]
    listed = await documents.call("GET", "/messages", params={"status": "FALLBACK_PAPER"})
    assert [item["messageId"] for item in listed.json()["items"]] == [message_id]


async def test_a_mailbox_that_is_away_is_tried_again_and_consent_asked_each_time(documents: Any) -> None:
    documents.mailbox.fails = [MailboxUnavailable("away"), MailboxUnavailable("away")]
    message_id = await documents.accepted()
    for _ in range(3):
        await documents.work()
        documents.clock.advance(timedelta(minutes=6))
    shown = await documents.shown(message_id)
    assert shown["status"] in {"CONSIGNED"}
    assert [attempt["outcome"] for attempt in shown["attempts"]] == ["UNAVAILABLE", "UNAVAILABLE", "CONSIGNED"]


async def test_consent_withdrawn_between_tries_stops_the_delivery(documents: Any) -> None:
    documents.mailbox.fails = [MailboxUnavailable("away")]
    message_id = await documents.accepted()
    await documents.work()
    documents.mailbox.consent = Consent(active=False, exclusively=None, source="test", code="NO_CONSENT")
    documents.clock.advance(timedelta(minutes=6))
    await documents.work()
    assert (await documents.shown(message_id))["status"] == "FALLBACK_PAPER"
    assert documents.mailbox.published == {}


async def test_a_mailbox_that_stays_away_is_given_up(documents: Any) -> None:
    documents.mailbox.fails = [MailboxUnavailable("away")] * 9
    message_id = await documents.accepted()
    for _ in range(5):
        await documents.work()
        documents.clock.advance(timedelta(minutes=6))
    shown = await documents.shown(message_id)
    assert (shown["status"], len(shown["attempts"])) == ("FAILED", 3)
    assert [event.type.rsplit(".", 1)[1] for event in await documents.told()] == ["failed"]


async def test_a_mailbox_that_says_no_ends_it_at_once(documents: Any) -> None:
    documents.mailbox.fails = [MailboxRefused("INVALID_SENDER", "no")]
    message_id = await documents.accepted()
    await documents.work()
    assert (await documents.shown(message_id))["code"] == "INVALID_SENDER"
    assert (await documents.shown(message_id))["status"] == "REJECTED"


async def test_a_recipient_who_never_opened_the_box_is_told_as_that(documents: Any) -> None:
    documents.mailbox.code = "NO_DIGITAL_USER"
    message_id = await documents.accepted()
    await documents.work()
    shown = await documents.shown(message_id)
    assert (shown["status"], shown["code"]) == ("CONSIGNED", "NO_DIGITAL_USER")


async def test_reading_is_noted_once_it_happened(documents: Any) -> None:
    message_id = await documents.accepted()
    await documents.work()
    box_id = f"in-box-{message_id}"
    for read in (False, True):
        documents.mailbox.status = MessageStatus(message_id=box_id, read=read)
        documents.clock.advance(timedelta(minutes=10))
        await documents.work()
        assert (await documents.shown(message_id))["readStatus"] is read
    found = await documents.call("POST", "/searchMessageStatus", json=[{"messageId": message_id}])
    assert [(item["status"], item["readStatus"]) for item in found.json()] == [("READ", True)]
    assert [event.type.rsplit(".", 1)[1] for event in await documents.told()] == ["consigned", "read"]


async def test_a_letter_nobody_reads_ends_as_expired(documents: Any) -> None:
    message_id = await documents.accepted()
    await documents.work()
    documents.clock.advance(timedelta(days=366))
    await documents.work()
    assert (await documents.shown(message_id))["status"] == "EXPIRED"


@pytest.mark.parametrize("kind", [Kind.RECEIPT, Kind.FILED_RECEIPT, Kind.REJECTION_NOTICE])
async def test_what_became_of_an_answer_goes_into_the_same_mailbox_once(documents: Any, kind: Kind) -> None:
    message_id = await documents.accepted()
    await documents.work()
    source = Source()
    for _ in range(50):
        await documents.announce(
            kind, reply_id="r1", letter_id=message_id, tenant="OVO002949", url="http://x/receipt", correlation_id="c"
        )
    await documents.work(source=source)
    [notice] = [each for each in documents.mailbox.published if each != message_id]
    assert documents.mailbox.contents[notice] == [b"%PDF-1.7 receipt http://x/receipt"]
    sent = documents.mailbox.published[notice]
    assert sent.recipient == documents.mailbox.published[message_id].recipient
    assert not sent.reply_authorized
    assert (await documents.shown(notice))["kind"] == kind.value
    assert len(await documents.told()) == 1, "only letters are told of"


async def test_a_receipt_waits_for_its_document_and_not_for_the_scanner(documents: Any) -> None:
    message_id = await documents.accepted()
    await documents.work()
    documents.scanner.away = True
    source = Source()
    source.away = True
    await documents.announce(
        Kind.RECEIPT, reply_id="r1", letter_id=message_id, tenant="OVO002949", url="http://x", correlation_id="c"
    )
    await documents.work(source=source)
    assert len(documents.mailbox.published) == 1
    source.away = False
    documents.clock.advance(timedelta(minutes=6))
    await documents.work(source=source)
    assert len(documents.mailbox.published) == 2
    assert await documents.orphans() == []


async def test_another_organisations_letter_gets_no_receipt(documents: Any) -> None:
    message_id = await documents.accepted()
    with pytest.raises(UnknownLetter):
        await documents.announce(
            Kind.RECEIPT, reply_id="r1", letter_id=message_id, tenant="OVO001835", url="http://x", correlation_id="c"
        )
    assert await documents.stored() == 1


async def test_numbers_of_persons_are_kept_encrypted_and_read_back(documents: Any) -> None:
    attention = {"type": "person", "id": "17073003384", "name": "Noor Claes"}
    message_id = await documents.accepted(forTheAttentionOf=attention)
    raw = await documents.house.aggregates["messages"].collection.find_one({"_id": message_id})
    assert "85073003328" not in repr(raw)
    assert "17073003384" not in repr(raw)
    message = await documents.house.messages.get(message_id, scope=EVERY_TENANT)
    assert message.recipient.value == "85073003328"
    assert message.letter.for_the_attention_of == attention
    await documents.work()
    assert documents.mailbox.published[message_id].for_the_attention_of == attention
