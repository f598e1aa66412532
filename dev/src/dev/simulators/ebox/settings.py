"""What the simulated eBox is told at start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

BoxType = Literal["citizen", "enterprise"]


class Caller(Protocol):
    """Who a verified token speaks for (the shape of a Principal)."""

    @property
    def scopes(self) -> frozenset[str]:
        """Scopes granted."""
        ...

    @property
    def organization(self) -> str | None:
        """Its organisation: OVO code or enterprise number."""
        ...


class Verifier(Protocol):
    """Checks bearer tokens (the shape of a TokenVerifier)."""

    async def verify(self, token: str) -> Caller:
        """Return the caller; whatever it raises means that the token is no good."""
        ...


class Misbehaviours(Protocol):
    """Tells which misbehaviours of content are on now."""

    def active(self, name: str) -> bool:
        """Whether `duplicate`, `duplicate_new_id` or `out_of_order` is to be shown on this request."""
        ...


class WellBehaved:
    """No misbehaviour, ever."""

    def active(self, name: str) -> bool:
        """Return no."""
        return False


@dataclass(frozen=True, slots=True)
class Person:
    """A box that is there from the start.

    Attributes:
        active: consent was given.
        ever_opened: if not, letters are answered with NO_DIGITAL_USER.
    """

    type: BoxType
    number: str
    active: bool = True
    ever_opened: bool = True
    exclusively: bool = False

    @classmethod
    def from_json(cls, entry: Mapping[str, object]) -> "Person":
        """Read {"eboxType", "eboxIdValue", "active"?, "everOpened"?, "exclusivelyEbox"?}.

        Raises:
            ValueError: another kind of box.
        """
        box_type = entry["eboxType"]
        if box_type not in ("citizen", "enterprise"):
            raise ValueError("eboxType is citizen or enterprise")
        return cls(
            type="citizen" if box_type == "citizen" else "enterprise",
            number=str(entry["eboxIdValue"]),
            active=bool(entry.get("active", True)),
            ever_opened=bool(entry.get("everOpened", True)),
            exclusively=bool(entry.get("exclusivelyEbox", False)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EboxSimulatorSettings:
    """How the simulator is set up.

    Attributes:
        people: boxes known from the start.
        everyone_active: parties unknown so far gave consent and opened their box (for load).
        senders: enterprise numbers that may publish; None means any.
        required_scope: scope a token must have on the registry's own paths, if tokens are verified.
        folder: where files are kept; None means a temporary folder that goes when the app stops.
        validity: how long a message is kept (expirationDate).
    """

    people: Iterable[Person] = ()
    everyone_active: bool = False
    senders: frozenset[str] | None = None
    required_scope: str | None = None
    folder: Path | None = None
    validity: timedelta = timedelta(days=730)
