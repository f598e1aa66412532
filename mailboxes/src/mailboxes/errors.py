"""What can go wrong between the hub and a mailbox. Callers see these two and nothing of HTTP."""

from datetime import timedelta


class MailboxUnavailable(Exception):
    """The mailbox could not be asked, or its answer made no sense. Trying again later is right.

    Whether the mailbox acted is unknown; publishing again with the same message id is safe.

    Attributes:
        reason: for logs and attempts; never holds content of a letter or a person's number.
        retry_after: how long the mailbox asks to be left alone, if it said so.
    """

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class MailboxRefused(Exception):
    """The mailbox said no, or is known to say no: the same request can't succeed unchanged.

    Attributes:
        code: stable; the mailbox's own (INVALID_INPUT, DIGEST_DO_NOT_MATCH, …) or one of `mailboxes.limits`.
        detail: for people; withheld where the mailbox repeated a person's number in it.
        status: the HTTP status, or None where this client refused before asking.
    """

    def __init__(self, code: str, detail: str, *, status: int | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status
