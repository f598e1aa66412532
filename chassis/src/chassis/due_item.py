"""One thing an aggregate still has to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """Work of one kind, due at a moment, that calls on one destination.

    `id` is unique within its aggregate; adding an item with the id of another replaces that one. `destination`
    names what may be slow (a mailbox, a host): each has its own slots. `attempts` counts how often it was leased.
    """

    id: str
    kind: str
    at: datetime
    destination: str
    attempts: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """As it is stored in the aggregate's `due`."""
        return {
            "id": self.id,
            "kind": self.kind,
            "at": self.at,
            "destination": self.destination,
            "attempts": self.attempts,
            "payload": dict(self.payload),
            "schema": _SCHEMA,
        }

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> "DueItem":
        """Read it back."""
        return cls(
            id=stored["id"],
            kind=stored["kind"],
            at=stored["at"].astimezone(UTC),
            destination=stored["destination"],
            attempts=stored["attempts"],
            payload=stored["payload"],
        )
