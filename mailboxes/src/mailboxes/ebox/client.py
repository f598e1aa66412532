"""The eBox as a `Mailbox`."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import httpx

from contracts.identifiers import Party, PartyType
from mailboxes.ebox.config import EboxConfig, TokenProvider
from mailboxes.ebox.cursor import BoxCursor
from mailboxes.ebox.exchange import Answer, Conflict, Exchange
from mailboxes.ebox.multipart import MultipartLetter
from mailboxes.ebox.replies import attachment_of, read_replies, receipt_dates
from mailboxes.ebox.wire import AttachmentItems, MessagePage, Preferences, PublishAnswer, Statuses
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.limits import EBOX_MEDIA_TYPES, require_within_limits
from mailboxes.models import (
    Capabilities,
    Consent,
    IncomingAttachment,
    LetterToPublish,
    MessageStatus,
    Published,
    ReplyPage,
    SentMessage,
)

EBOX_CAPABILITIES: Final = Capabilities(
    native_reply=True,
    action_link=False,
    structured_data=True,
    read_receipt=True,
    registered_mail=True,
    max_attachments=6,
    max_bytes=30 * 1024 * 1024,
    max_subject_length=255,
    max_file_name_length=80,
    max_business_value_bytes=256,
    media_types=EBOX_MEDIA_TYPES,
    languages=("nl", "fr", "de"),
)
"""Of the Message Registry; the 30 MB are the Documentendienst's. eBox has action links; this client not yet."""

_BOXES: Final = frozenset({PartyType.CITIZEN, PartyType.ENTERPRISE})
_STATUSES_PER_REQUEST: Final = 100
# How a service provider names the enterprise it acts for (dev.eboxenterprise.be, publication for service providers);
# assumed to be the same for reading that enterprise's box.
_ON_BEHALF: Final = "On-Behalf-Of-Enterprise-Number"


class EboxMailbox:
    """Citizen and enterprise eBox through the NSSO/BOSA registry. Holds no state of its own."""

    def __init__(self, http: httpx.AsyncClient, tokens: TokenProvider, config: EboxConfig) -> None:
        """Take an HTTP client (its timeouts and limits are the caller's), a source of tokens, and where eBox is."""
        self._exchange = Exchange(http, tokens, max_answer_bytes=config.max_answer_bytes)
        self._registry = config.registry_url.rstrip("/")
        self._federation = config.federation_url.rstrip("/")
        self._config = config

    def capabilities(self) -> Capabilities:
        """See `Mailbox`."""
        return EBOX_CAPABILITIES

    async def find_recipient(self, party: Party) -> Consent:
        """See `Mailbox`. Enterprises: eboxPreferences; citizens: citizenEboxConsents."""
        if party.type not in _BOXES:
            return Consent(active=False, exclusively=None, source="ebox", code="UNSUPPORTED_PARTY")
        if party.type is PartyType.ENTERPRISE:
            source, kind, id_type = "eboxPreferences", "ENTERPRISE", "EnterpriseNumber"
        else:
            source, kind, id_type = "citizenEboxConsents", "CITIZEN", "SSIN"
        asked = {"eboxType": kind, "eboxIdType": id_type, "eboxIdValueList": [party.value]}
        answer = await self._exchange.ask("POST", f"{self._federation}/{source}/search", json=asked)
        for found in answer.read_as(Preferences).root:
            if found.ebox_id.ebox_id_value.zfill(len(party.value)) == party.value and found.consent:
                return Consent(active=True, exclusively=found.exclusively_ebox, source=source)
        return Consent(active=False, exclusively=None, source=source, code="NO_CONSENT")

    async def publish(self, letter: LetterToPublish) -> Published:
        """See `Mailbox`. A 409 means that an earlier attempt arrived."""
        if letter.recipient.type not in _BOXES:
            raise MailboxRefused("UNSUPPORTED_PARTY", f"no eBox for parties of type {letter.recipient.type.value}")
        require_within_limits(letter, EBOX_CAPABILITIES)
        body = MultipartLetter(letter)
        headers = {
            "content-type": body.content_type,
            "content-length": str(body.content_length),
            # RFC 8941 string, as eBox asks for: with the quotes.
            "idempotency-key": f'"{letter.message_id}"',
            _ON_BEHALF: letter.sender_organization_id,
        }
        try:
            answer = await self._exchange.ask(
                "POST", f"{self._registry}/publishMessage", headers=headers, content=body
            )
        except Conflict as conflict:
            return _already_published(conflict.answer)
        published = answer.read_as(PublishAnswer)
        return Published(
            message_id=published.message_id, expiration_date=published.expiration_date, code=published.code
        )

    async def read_status(self, messages: Sequence[SentMessage]) -> list[MessageStatus]:
        """See `Mailbox`."""
        found: list[MessageStatus] = []
        for start in range(0, len(messages), _STATUSES_PER_REQUEST):
            asked = [_status_query(message) for message in messages[start : start + _STATUSES_PER_REQUEST]]
            answer = await self._exchange.ask("POST", f"{self._registry}/searchMessageStatus", json=asked)
            found += [
                MessageStatus(
                    message_id=item.message_id,
                    read=item.read_status,
                    visible=item.visible,
                    expiration_date=item.expiration_date,
                )
                for item in answer.read_as(Statuses).root
            ]
        return found

    async def collect(self, organization_id: str, *, after: str | None) -> ReplyPage:
        """See `Mailbox`. Filters by receivedAfter; the cursor goes back a little, see `EboxConfig.overlap`."""
        cursor = BoxCursor.from_text(after)
        query = {"page": str(cursor.page), "pageSize": str(self._config.page_size)}
        if cursor.since:
            query["receivedAfter"] = cursor.since.isoformat()
        answer = await self._exchange.ask(
            "GET", f"{self._registry}/ebox/messages", params=query, headers={_ON_BEHALF: organization_id}
        )
        page = answer.read_as(MessagePage)
        replies, unreadable = read_replies(page.items)
        cursor = cursor.seeing(receipt_dates(page.items))
        has_more = self._has_more(page, number=cursor.page)
        cursor = cursor.next_page() if has_more else cursor.next_walk(self._config.overlap)
        return ReplyPage(replies=replies, unreadable=unreadable, cursor=cursor.to_text(), has_more=has_more)

    async def list_attachments(self, organization_id: str, message_id: str) -> tuple[IncomingAttachment, ...]:
        """See `Mailbox`."""
        url = self._attachments_url(message_id)
        answer = await self._exchange.ask("GET", url, headers={_ON_BEHALF: organization_id})
        return tuple(attachment_of(item) for item in answer.read_as(AttachmentItems).root)

    async def open_attachment(
        self, organization_id: str, message_id: str, attachment_id: str
    ) -> AsyncIterator[bytes]:
        """See `Mailbox`."""
        url = f"{self._attachments_url(message_id)}/{quote(attachment_id, safe='')}/content"
        async with self._exchange.open("GET", url, headers={_ON_BEHALF: organization_id}) as response:
            async for piece in response.aiter_bytes():
                yield piece

    def _has_more(self, page: MessagePage, *, number: int) -> bool:
        size = self._config.page_size
        if page.total is None:
            return len(page.items) >= size
        return bool(page.items) and number * size < page.total

    def _attachments_url(self, message_id: str) -> str:
        return f"{self._registry}/ebox/messages/{quote(message_id, safe='')}/attachments"


def _status_query(message: SentMessage) -> dict[str, Any]:
    box = {"eboxType": message.recipient.type.value, "eboxIdValue": message.recipient.value}
    return {"messageId": message.message_id, "eboxId": box}


def _already_published(answer: Answer) -> Published:
    """The earlier message, named in the body or by Location.

    No public source says how a Document Sender learns the id of the message that a repeated key stands for; both ways
    are assumed, and where neither is there the letter is said to be delivered under an unknown id.
    """
    try:
        earlier = answer.read_as(PublishAnswer)
    except MailboxUnavailable:
        message_id = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if not message_id:
            detail = "the letter is in the box already, under an id that the mailbox does not tell"
            raise MailboxRefused("DUPLICATE_WITHOUT_ID", detail, status=answer.status) from None
        return Published(message_id=message_id, already=True)
    return Published(message_id=earlier.message_id, expiration_date=earlier.expiration_date, already=True)
