"""The states of an entry in a dossier's log: a filing on its way to the case system, or a parked answer."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an entry is."""

    FILING = "filing"
    PARKED = "parked"


class Status(StrEnum):
    """Where an entry stands."""

    FILED = "FILED"
    DELIVERED = "DELIVERED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REFUSED = "REFUSED"
    PARKED = "PARKED"
    FILING = "FILING"
    RESOLVED = "RESOLVED"


_NEXT: Final[dict[Status, frozenset[Status]]] = {
    # A case system that pulls acknowledges without ever being told: FILED goes to ACKNOWLEDGED too.
    Status.FILED: frozenset({Status.DELIVERED, Status.ACKNOWLEDGED, Status.REFUSED}),
    Status.DELIVERED: frozenset({Status.ACKNOWLEDGED, Status.REFUSED}),
    Status.ACKNOWLEDGED: frozenset(),
    Status.REFUSED: frozenset(),
    Status.PARKED: frozenset({Status.FILING}),
    Status.FILING: frozenset({Status.RESOLVED}),
    Status.RESOLVED: frozenset(),
}

FIRST: Final = {Kind.FILING: Status.FILED, Kind.PARKED: Status.PARKED}


class IllegalTransition(ValueError):
    """The entry can't go from the one state to the other."""


def moved(current: Status, to: Status) -> Status:
    """The state after a move.

    Raises:
        IllegalTransition: there is no such move.
    """
    if to not in _NEXT[current]:
        raise IllegalTransition(f"{current.value} does not become {to.value}")
    return to


def can_move(current: Status, to: Status) -> bool:
    """Whether there is such a move."""
    return to in _NEXT[current]
