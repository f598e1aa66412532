"""Where an accepted answer goes: into a phase of its dossier, or to a handler with reasons and candidates."""

from dataclasses import dataclass
from enum import StrEnum

from dossier_router.domain.dossier import Binding, Dossier, PhaseInstance


class Code(StrEnum):
    """Why an answer was filed, or parked."""

    PHASE_UNCHANGED = "PHASE_UNCHANGED"
    PHASE_MOVED_FILED_IN_CURRENT = "PHASE_MOVED_FILED_IN_CURRENT"
    FILED_BY_HANDLER = "FILED_BY_HANDLER"
    DOSSIER_BECAME_KNOWN = "DOSSIER_BECAME_KNOWN"
    BRON_UNKNOWN = "BRON_UNKNOWN"
    BRON_FOREIGN = "BRON_FOREIGN"
    DOSSIER_UNKNOWN = "DOSSIER_UNKNOWN"
    PHASE_NOT_FOUND = "PHASE_NOT_FOUND"
    PHASE_MOVED = "PHASE_MOVED"
    DOSSIER_CLOSED = "DOSSIER_CLOSED"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and a sentence for people."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a parked answer could go."""

    bron: str
    dossier_nummer: str
    fase: str
    procedurestap: str | None
    why: str


@dataclass(frozen=True, slots=True)
class FileInto:
    """The answer goes into this phase instance."""

    instance: PhaseInstance
    reason: Reason


@dataclass(frozen=True, slots=True)
class Park:
    """The answer waits for a handler."""

    reasons: tuple[Reason, ...]
    candidates: tuple[Candidate, ...]


Decision = FileInto | Park


def decide(
    dossier: Dossier | None,
    binding: Binding | None,
    *,
    owner: str | None,
    tenant: str,
    file_in_current: bool,
) -> Decision:
    """Decide about an answer of `tenant`, whose request was bound by `binding`, to a dossier of a bron of `owner`.

    `file_in_current` is the agency's policy for a dossier that moved on.
    """
    if owner is None:
        return _parked(Code.BRON_UNKNOWN, "Deze bron is bij niemand geregistreerd.")
    if owner != tenant:
        return _parked(Code.BRON_FOREIGN, "Deze bron is van een andere organisatie.")
    if dossier is None or binding is None or not dossier.known:
        return _parked(Code.DOSSIER_UNKNOWN, "Van dit dossier is nog geen fase bekend.")
    current, asked = dossier.current(), dossier.instance_of(binding)
    assert current is not None, "a dossier with changes is in a phase"
    if asked is None:
        return _parked(Code.PHASE_NOT_FOUND, f"Het dossier was nooit in de fase {binding.fase}.", dossier, current)
    return _between(dossier, asked, current, file_in_current=file_in_current)


def _between(dossier: Dossier, asked: PhaseInstance, current: PhaseInstance, *, file_in_current: bool) -> Decision:
    if asked == current and not current.closed:
        return FileInto(
            current, Reason(Code.PHASE_UNCHANGED, f"Het dossier is nog in de fase {current.fase} die vroeg.")
        )
    if current.closed:
        return _parked(
            Code.DOSSIER_CLOSED,
            f"Het dossier is afgerond sinds versie {current.first_version}.",
            dossier,
            current,
            asked,
        )
    if file_in_current:
        moved = f"Het dossier ging van {asked.fase} naar {current.fase}; de organisatie wil het antwoord daar."
        return FileInto(current, Reason(Code.PHASE_MOVED_FILED_IN_CURRENT, moved))
    left = f"Het dossier verliet de fase {asked.fase} die vroeg, en is nu in {current.fase}."
    return _parked(Code.PHASE_MOVED, left, dossier, current, asked)


def _parked(
    code: Code,
    detail: str,
    dossier: Dossier | None = None,
    current: PhaseInstance | None = None,
    asked: PhaseInstance | None = None,
) -> Park:
    candidates: list[Candidate] = []
    if dossier is not None and current is not None:
        candidates.append(_candidate(dossier, current, "De huidige fase van het dossier."))
    if dossier is not None and asked is not None and asked != current:
        candidates.append(_candidate(dossier, asked, "De fase die vroeg."))
    return Park((Reason(code, detail),), tuple(candidates))


def _candidate(dossier: Dossier, instance: PhaseInstance, why: str) -> Candidate:
    return Candidate(dossier.bron, dossier.dossier_nummer, instance.fase, instance.procedurestap, why)
