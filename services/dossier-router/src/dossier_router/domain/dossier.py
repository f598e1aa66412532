"""A dossier's phases, and which of them a request belongs to.

Phases are told by versions, and the order of arrival never matters: what is known is the set of changes, read in the
order of their versions. Consecutive changes with the same phase and step are one phase *instance*; a phase that is
left and entered again is another instance.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

AFGEROND: Final = "Afgerond"
"""The phase of DOSIS in which a dossier is closed: nothing is filed into it without a handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChange:
    """What a case system said: from this version on, the dossier is in this phase."""

    version: int
    fase: str
    procedurestap: str | None
    status_code: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseInstance:
    """A stretch of versions in one phase and step."""

    id: str
    fase: str
    procedurestap: str | None
    first_version: int
    last_version: int

    @property
    def closed(self) -> bool:
        """Whether the dossier is closed in it."""
        return self.fase == AFGEROND


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The phase a request belongs to: as it was named, and the version that was bound when the request opened."""

    fase: str
    procedurestap: str | None
    version: int | None

    def matches(self, change: PhaseChange | PhaseInstance) -> bool:
        """Whether that is the phase, and the step where one was named."""
        return change.fase == self.fase and self.procedurestap in {None, change.procedurestap}


class Noted(StrEnum):
    """What became of a phase change."""

    APPLIED = "APPLIED"
    REPEATED = "REPEATED"
    CONTRADICTS = "CONTRADICTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Where a case stands. `changes` is keyed by version."""

    key: str
    bron: str
    dossier_nummer: str
    changes: Mapping[int, PhaseChange]

    def note(self, change: PhaseChange) -> Noted:
        """What becomes of a change: a version that is known already stays as it was first told."""
        known = self.changes.get(change.version)
        if known is None:
            return Noted.APPLIED
        same = (known.fase, known.procedurestap, known.status_code) == (
            change.fase,
            change.procedurestap,
            change.status_code,
        )
        return Noted.REPEATED if same else Noted.CONTRADICTS

    @property
    def known(self) -> bool:
        """Whether any phase of it was told yet."""
        return bool(self.changes)

    def instances(self) -> tuple[PhaseInstance, ...]:
        """Its phase instances, in the order of their versions."""
        return tuple(_instances(self.key, sorted(self.changes.values(), key=lambda change: change.version)))

    def current(self) -> PhaseInstance | None:
        """The instance it is in now."""
        instances = self.instances()
        return instances[-1] if instances else None

    def bind(self, fase: str, procedurestap: str | None, phase_version: int | None) -> Binding:
        """Bind a request that opens now: to the version it names, else to the latest one in that phase."""
        unbound = Binding(fase=fase, procedurestap=procedurestap, version=phase_version)
        if phase_version is not None:
            return unbound
        matching = [version for version, change in self.changes.items() if unbound.matches(change)]
        return Binding(fase=fase, procedurestap=procedurestap, version=max(matching, default=None))

    def instance_of(self, binding: Binding) -> PhaseInstance | None:
        """The instance that a binding means today.

        A binding made before the phase was known means the first instance of that phase that became known.
        """
        matching = [instance for instance in self.instances() if binding.matches(instance)]
        if binding.version is None:
            return matching[0] if matching else None
        reached = [instance for instance in matching if instance.first_version <= binding.version]
        return reached[-1] if reached else None


def _instances(key: str, changes: Iterable[PhaseChange]) -> Iterable[PhaseInstance]:
    run: list[PhaseChange] = []
    for change in changes:
        if run and (run[-1].fase, run[-1].procedurestap) != (change.fase, change.procedurestap):
            yield _instance(key, run)
            run = []
        run.append(change)
    if run:
        yield _instance(key, run)


def _instance(key: str, run: list[PhaseChange]) -> PhaseInstance:
    first = run[0]
    return PhaseInstance(
        id=f"{key}-{first.version}",
        fase=first.fase,
        procedurestap=first.procedurestap,
        first_version=first.version,
        last_version=run[-1].version,
    )
