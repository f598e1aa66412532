"""What a message may have due, and how long is waited between tries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.due_item import DueItem
from chassis.due_work import backoff

SCAN: Final = "scan"
FETCH: Final = "fetch"
DELIVER: Final = "deliver"
FOLLOW: Final = "follow"

SCANNER: Final = "clamd"
REPLY_HUB: Final = "reply-hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Pauses between tries double from `base` to `cap`; after `attempts` tries it is given up."""

    base: timedelta
    cap: timedelta
    attempts: int

    def pause(self, attempts: int, *, at_least: timedelta | None = None) -> timedelta:
        """The pause after so many tries."""
        return max(backoff(attempts, base=self.base, cap=self.cap), at_least or timedelta())


def due(kind: str, *, at: datetime, destination: str, attempts: int = 0) -> DueItem:
    """A due item; a message has one of a kind at most."""
    return DueItem(id=kind, kind=kind, at=at, destination=destination, attempts=attempts)
