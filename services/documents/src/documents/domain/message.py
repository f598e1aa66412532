"""The states of a message on its way to a mailbox."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a message is: an agency's letter, or what the hub itself tells the person about an answer."""

    LETTER = "LETTER"
    RECEIPT = "RECEIPT"
    FILED_RECEIPT = "FILED_RECEIPT"
    REJECTION_NOTICE = "REJECTION_NOTICE"


class Status(StrEnum):
    """Where a message stands."""

    ACCEPTED = "ACCEPTED"
    ROUTING = "ROUTING"
    CONSIGNED = "CONSIGNED"
    READ = "READ"
    EXPIRED = "EXPIRED"
    FALLBACK_PAPER = "FALLBACK_PAPER"
    REJECTED = "REJECTED"
    FAILED = "FAILED"


_NEXT: Final[dict[Status, frozenset[Status]]] = {
    Status.ACCEPTED: frozenset({Status.ROUTING, Status.REJECTED, Status.FAILED}),
    Status.ROUTING: frozenset({Status.CONSIGNED, Status.FALLBACK_PAPER, Status.REJECTED, Status.FAILED}),
    Status.CONSIGNED: frozenset({Status.READ, Status.EXPIRED}),
    Status.READ: frozenset({Status.EXPIRED}),
    Status.EXPIRED: frozenset(),
    Status.FALLBACK_PAPER: frozenset(),
    Status.REJECTED: frozenset(),
    Status.FAILED: frozenset(),
}


class IllegalTransition(ValueError):
    """A message can't go from the one state to the other."""


def moved(current: Status, to: Status) -> Status:
    """The state after a move.

    Raises:
        IllegalTransition: there is no such move.
    """
    if to not in _NEXT[current]:
        raise IllegalTransition(f"{current.value} does not become {to.value}")
    return to


def ended(status: Status) -> bool:
    """Whether nothing more happens to it."""
    return not _NEXT[status]
