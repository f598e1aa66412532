"""Where a walk over the agency's box stands.

The registry filters by receiptDate and numbers pages within one filter; it has no cursor of its own. A cursor of ours
holds the walk's filter and page, and the newest receiptDate seen, from which the next walk begins (less an overlap).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mailboxes.errors import MailboxRefused


@dataclass(frozen=True, slots=True)
class BoxCursor:
    """`since`: the walk's filter (None: from the beginning); `page`: from 1; `newest`: seen so far."""

    since: datetime | None = None
    page: int = 1
    newest: datetime | None = None

    def seeing(self, receipt_dates: list[datetime]) -> "BoxCursor":
        """Return the cursor that knows of these, too."""
        known = [self.newest] if self.newest else []
        return replace(self, newest=max([*known, *receipt_dates], default=None))

    def next_page(self) -> "BoxCursor":
        """Go on with this walk."""
        return replace(self, page=self.page + 1)

    def next_walk(self, overlap: timedelta) -> "BoxCursor":
        """Begin the next walk a little before the newest message seen."""
        since = self.newest - overlap if self.newest else self.since
        return BoxCursor(since=since, newest=self.newest)

    def to_text(self) -> str:
        """Return an opaque text for the caller to keep."""
        fields = {"v": 1, "s": _iso(self.since), "p": self.page, "n": _iso(self.newest)}
        return urlsafe_b64encode(json.dumps(fields).encode()).decode()

    @classmethod
    def from_text(cls, text: str | None) -> "BoxCursor":
        """Read a kept cursor; None is the beginning.

        Raises:
            MailboxRefused: INVALID_CURSOR.
        """
        if text is None:
            return cls()
        try:
            fields: dict[str, Any] = json.loads(urlsafe_b64decode(text.encode()))
            if fields["v"] == 1 and fields["p"] >= 1:
                return cls(_time(fields["s"]), int(fields["p"]), _time(fields["n"]))
        except (ValueError, KeyError, TypeError):
            pass
        raise MailboxRefused("INVALID_CURSOR", "the cursor is not one this client gave")


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    at = datetime.fromisoformat(text) if text else None
    if at is not None and at.tzinfo is None:
        raise ValueError("a time without offset")
    return at
