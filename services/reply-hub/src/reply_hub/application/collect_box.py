"""Look into an agency's box at a mailbox, page by page, and keep everything that answers something."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chassis import logs
from chassis.clock import Clock
from chassis.due_work import LeasedItem, backoff
from chassis.ids import derived_id
from chassis.mongo import utc
from chassis.tenancy import EVERY_TENANT
from contracts.identifiers import Pseudonymiser
from mailboxes.errors import MailboxRefused, MailboxUnavailable
from mailboxes.models import IncomingReply, ReplyPage, UnreadableReply
from mailboxes.port import Mailbox
from reply_hub.application.due_kinds import DueKind, due
from reply_hub.application.ports import Boxes, Crypt, Incomings
from reply_hub.application.records import Box, Incoming, IncomingState

_LONGEST_PAUSE: Final = timedelta(minutes=1)
UNREADABLE: Final = "UNREADABLE"


def incoming_context(incoming_id: str) -> str:
    """Where the encrypted content of a message belongs."""
    return f"incoming/{incoming_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectBox:
    """Collects one box, for ever. What was collected before is known by its id and changes nothing."""

    boxes: Boxes
    incomings: Incomings
    mailboxes: Mapping[str, Mailbox]
    pseudonymiser: Pseudonymiser
    crypt: Crypt
    clock: Clock
    poll: timedelta

    async def __call__(self, box_id: str, item: LeasedItem) -> None:
        """Keep one page, then remember how far the box was read."""
        box = await self.boxes.find(box_id, scope=EVERY_TENANT)
        mailbox = self.mailboxes.get(box.mailbox) if box else None
        if box is None or mailbox is None:
            return
        try:
            page = await mailbox.collect(box.enterprise_number, after=box.cursor)
        except (MailboxUnavailable, MailboxRefused) as error:
            await self._later(box, item, error)
            return
        await self._keep(box, page)
        pause = timedelta() if page.has_more else self.poll
        again = due(DueKind.COLLECT, self.clock.now() + pause, destination=box.mailbox)
        await self.boxes.save(replace(box, cursor=page.cursor), due_add=[again])

    async def _later(self, box: Box, item: LeasedItem, error: MailboxUnavailable | MailboxRefused) -> None:
        failures = int(item.item.payload.get("failures", 0)) + 1
        logs.get().warning("box_not_collected", mailbox=box.mailbox, failures=failures, error=str(error)[:200])
        pause = backoff(failures, base=self.poll, cap=max(_LONGEST_PAUSE, self.poll))
        lost = isinstance(error, MailboxRefused) and error.code == "INVALID_CURSOR"
        again = due(
            DueKind.COLLECT,
            self.clock.now() + pause,
            destination=box.mailbox,
            payload={"failures": failures},
        )
        # Without a cursor the box is read from its beginning: everything known changes nothing.
        await self.boxes.save(replace(box, cursor=None) if lost else box, due_add=[again])

    async def _keep(self, box: Box, page: ReplyPage) -> None:
        now = self.clock.now()
        for reply in page.replies:
            incoming = self._incoming(box, reply, now)
            await self.incomings.add(incoming, due=[due(DueKind.TAKE, now, destination=box.mailbox)])
        for unreadable in page.unreadable:
            await self.incomings.add(_unreadable(box, unreadable, now, self.crypt), due=[])

    def _incoming(self, box: Box, reply: IncomingReply, now: datetime) -> Incoming:
        incoming_id = derived_id("incoming", box.mailbox, reply.message_id)
        content = json.dumps([[datum.key, list(datum.values)] for datum in reply.business_data])
        return Incoming(
            id=incoming_id,
            tenant=box.tenant,
            version=1,
            state=IncomingState.WAITING,
            mailbox=box.mailbox,
            enterprise_number=box.enterprise_number,
            external_id=reply.message_id,
            original_message_id=reply.original_message_id,
            sender=self.pseudonymiser.of(reply.sender),
            content=self.crypt.encrypt(content, incoming_context(incoming_id)),
            vouched_at=utc(reply.received_at),
            collected_at=now,
        )


def _unreadable(box: Box, message: UnreadableReply, now: datetime, crypt: Crypt) -> Incoming:
    """Kept to be shown; where even its id can't be read, it is known by the reason and its box."""
    incoming_id = derived_id("incoming", box.mailbox, message.message_id or f"{box.id} {message.reason}")
    return Incoming(
        id=incoming_id,
        tenant=box.tenant,
        version=1,
        state=IncomingState.UNMATCHED,
        mailbox=box.mailbox,
        enterprise_number=box.enterprise_number,
        external_id=message.message_id or "",
        original_message_id="",
        sender="",
        content=crypt.encrypt("[]", incoming_context(incoming_id)),
        vouched_at=now,
        collected_at=now,
        reason=UNREADABLE,
    )
