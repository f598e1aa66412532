"""The one shape every mailbox is used through."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from contracts.identifiers import Party
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


class Mailbox(Protocol):
    """A digital mailbox, seen by the hub as sender of letters and as reader of the agencies' own boxes.

    Clients keep no state. Each coroutine raises only MailboxUnavailable (try later) and MailboxRefused (don't try
    again unchanged) for what the mailbox or the network does; errors of the caller's own streams pass unchanged.
    """

    def capabilities(self) -> Capabilities:
        """What it can do and its limits. Never asks the mailbox, never fails, constant during a process."""
        ...

    async def find_recipient(self, party: Party) -> Consent:
        """Whether the party can be reached here now.

        Asked before every delivery and every retry of one: consent may be withdrawn at any time. Reads only.
        A party unknown to the mailbox is not active; that is no error.

        Raises:
            MailboxUnavailable: nobody knows; nothing may be concluded about consent.
            MailboxRefused: the hub may not ask.
        """
        ...

    async def publish(self, letter: LetterToPublish) -> Published:
        """Put a letter in the recipient's box.

        Idempotent by `letter.message_id` and sender: any number of calls put it there once, and each that succeeds
        names the same message. Files are streamed; none is held in memory whole. Limits in `capabilities()` are
        checked before anything is sent.

        Raises:
            MailboxUnavailable: it may or may not be there; call again with the same letter.
            MailboxRefused: it is not there and will not be. One exception: code DUPLICATE_WITHOUT_ID says that it
                is there already but the mailbox does not tell under which id, so that a person must look.
        """
        ...

    async def read_status(self, messages: Sequence[SentMessage]) -> list[MessageStatus]:
        """How letters fare. Reads only. Those the mailbox no longer knows are missing from the answer.

        Any number may be asked; the client asks in portions. Order is not kept.

        Raises:
            MailboxUnavailable, MailboxRefused: no status at all is returned.
        """
        ...

    async def collect(self, organization_id: str, *, after: str | None) -> ReplyPage:
        """The next page of answers in the box of an agency (its enterprise number).

        `after` is the cursor of the last page dealt with, or None from the beginning. Reads only and at least once:
        answers near a cursor are listed again, in any order, so the caller knows an answer by its message_id.
        None is left out as long as a walk over all pages ends within the client's overlap or the listing is
        newest first. Messages that answer nothing are passed over.

        Raises:
            MailboxUnavailable: go on with the same cursor later.
            MailboxRefused: the hub may not read this box; INVALID_CURSOR: the cursor is not one of ours.
        """
        ...

    async def list_attachments(self, organization_id: str, message_id: str) -> tuple[IncomingAttachment, ...]:
        """The files of an answer, without content. Reads only.

        Raises:
            MailboxUnavailable, MailboxRefused: as for `collect`; NOT_FOUND when the answer is gone.
        """
        ...

    def open_attachment(self, organization_id: str, message_id: str, attachment_id: str) -> AsyncIterator[bytes]:
        """The bytes of a file of an answer, as they come. Reads only; can be opened again.

        The request is made at the first step. Iterate to the end, or close the iterator (`aclosing`).

        Raises (while iterating):
            MailboxUnavailable: the bytes so far are a beginning only.
            MailboxRefused: as for `list_attachments`.
        """
        ...
