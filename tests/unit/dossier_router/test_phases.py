"""Phases are a set of versions: whatever the order of arrival, the dossier is the same."""

import random
from datetime import UTC, datetime
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier_router.domain.decision import Code, FileInto, Park, decide
from dossier_router.domain.dossier import AFGEROND, Binding, Dossier, Noted, PhaseChange

AT = datetime(2026, 11, 24, tzinfo=UTC)
PHASES = ["Samenstelling", "Behandeling", "Bezwaar", AFGEROND]


def told(version: int, fase: str, step: str | None = None) -> PhaseChange:
    """A change."""
    return PhaseChange(version=version, fase=fase, procedurestap=step, status_code=None, at=AT)


def a_dossier(*changes: PhaseChange) -> Dossier:
    """A dossier that was told these, in this order."""

    def noted(dossier: Dossier, change: PhaseChange) -> Dossier:
        if dossier.note(change) is not Noted.APPLIED:
            return dossier
        return Dossier(key="k", bron="b", dossier_nummer="d", changes={**dossier.changes, change.version: change})

    return reduce(noted, changes, Dossier(key="k", bron="b", dossier_nummer="d", changes={}))


histories = st.lists(st.sampled_from(PHASES), min_size=1, max_size=8).map(
    lambda fases: [told(version, fase) for version, fase in enumerate(fases, 1)]
)


@given(histories, st.randoms(use_true_random=False), st.integers(1, 3))
def test_any_order_and_any_repetition_give_the_same_dossier(
    history: list[PhaseChange], shuffler: random.Random, repeats: int
) -> None:
    mixed = history * repeats
    shuffler.shuffle(mixed)
    assert a_dossier(*mixed).instances() == a_dossier(*history).instances()


@given(histories)
def test_instances_cover_every_version_once_and_neighbours_differ(history: list[PhaseChange]) -> None:
    instances = a_dossier(*history).instances()
    assert instances[0].first_version == 1
    for left, right in pairwise(instances):
        assert right.first_version == left.last_version + 1
        assert left.fase != right.fase
    assert len({instance.id for instance in instances}) == len(instances)


def test_a_phase_left_and_entered_again_is_another_instance() -> None:
    dossier = a_dossier(told(1, "Behandeling"), told(2, "Bezwaar"), told(3, "Behandeling"))
    first, _, again = dossier.instances()
    assert first.id != again.id
    assert dossier.instance_of(Binding(fase="Behandeling", procedurestap=None, version=1)) == first
    assert dossier.instance_of(Binding(fase="Behandeling", procedurestap=None, version=3)) == again


def test_a_version_told_twice_with_another_phase_contradicts_and_the_first_stays() -> None:
    dossier = a_dossier(told(1, "Behandeling"))
    assert dossier.note(told(1, "Behandeling")) is Noted.REPEATED
    assert dossier.note(told(1, "Bezwaar")) is Noted.CONTRADICTS


BEHANDELING = Binding(fase="Behandeling", procedurestap=None, version=1)


@pytest.mark.parametrize(
    ("dossier", "binding", "owner", "in_current", "code"),
    [
        (a_dossier(told(1, "Behandeling")), BEHANDELING, "A", False, Code.PHASE_UNCHANGED),
        (a_dossier(told(1, "Behandeling"), told(2, "Behandeling")), BEHANDELING, "A", False, Code.PHASE_UNCHANGED),
        (a_dossier(told(1, "Behandeling"), told(2, "Bezwaar")), BEHANDELING, "A", False, Code.PHASE_MOVED),
        (
            a_dossier(told(1, "Behandeling"), told(2, "Bezwaar")),
            BEHANDELING,
            "A",
            True,
            Code.PHASE_MOVED_FILED_IN_CURRENT,
        ),
        (a_dossier(told(1, "Behandeling"), told(2, AFGEROND)), BEHANDELING, "A", True, Code.DOSSIER_CLOSED),
        (a_dossier(told(1, "Samenstelling")), BEHANDELING, "A", False, Code.PHASE_NOT_FOUND),
        (a_dossier(), BEHANDELING, "A", False, Code.DOSSIER_UNKNOWN),
        (None, None, "A", False, Code.DOSSIER_UNKNOWN),
        (a_dossier(told(1, "Behandeling")), BEHANDELING, "B", False, Code.BRON_FOREIGN),
        (a_dossier(told(1, "Behandeling")), BEHANDELING, None, False, Code.BRON_UNKNOWN),
    ],
)
def test_an_answer_goes_where_the_phase_that_asked_says(
    dossier: Dossier | None, binding: Binding | None, owner: str | None, in_current: bool, code: Code
) -> None:
    decision = decide(dossier, binding, owner=owner, tenant="A", file_in_current=in_current)
    reason = decision.reason if isinstance(decision, FileInto) else decision.reasons[0]
    assert reason.code is code
    assert isinstance(decision, FileInto) == (code in {Code.PHASE_UNCHANGED, Code.PHASE_MOVED_FILED_IN_CURRENT})


def test_a_parked_answer_has_the_current_phase_and_the_one_that_asked_as_candidates() -> None:
    dossier = a_dossier(told(1, "Behandeling"), told(2, AFGEROND))
    decision = decide(dossier, BEHANDELING, owner="A", tenant="A", file_in_current=False)
    assert isinstance(decision, Park)
    assert [candidate.fase for candidate in decision.candidates] == [AFGEROND, "Behandeling"]


@given(histories, st.booleans())
def test_nothing_is_ever_filed_into_a_closed_dossier_by_rule(history: list[PhaseChange], in_current: bool) -> None:
    dossier = a_dossier(*history)
    decision = decide(dossier, BEHANDELING, owner="A", tenant="A", file_in_current=in_current)
    if isinstance(decision, FileInto):
        assert not decision.instance.closed
        assert decision.instance == dossier.current()
