"""The states of filings and parked answers."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dossier_router.domain.entry import FIRST, IllegalTransition, Kind, Status, can_move, moved

OF_FILINGS = {Status.FILED, Status.DELIVERED, Status.ACKNOWLEDGED, Status.REFUSED}
OF_PARKED = {Status.PARKED, Status.FILING, Status.RESOLVED}


class EntrysLife(RuleBasedStateMachine):
    """A filing, told and acknowledged in any order, or a parked answer on its way out."""

    kind = Kind.FILING

    def __init__(self) -> None:
        super().__init__()
        self.status = FIRST[self.kind]
        self.seen = [self.status]

    @rule(to=st.sampled_from(list(Status)))
    def somebody_moves_it(self, to: Status) -> None:
        if can_move(self.status, to):
            self.status = moved(self.status, to)
            self.seen.append(self.status)
        else:
            with pytest.raises(IllegalTransition):
                moved(self.status, to)

    @invariant()
    def stays_of_its_kind(self) -> None:
        assert self.status in (OF_FILINGS if self.kind is Kind.FILING else OF_PARKED)

    @invariant()
    def never_comes_back(self) -> None:
        assert len(self.seen) == len(set(self.seen))

    @invariant()
    def has_one_verdict_of_the_case_system(self) -> None:
        assert not {Status.ACKNOWLEDGED, Status.REFUSED} <= set(self.seen)


class ParkedLife(EntrysLife):
    """A parked answer."""

    kind = Kind.PARKED


TestFiling = EntrysLife.TestCase
TestParked = ParkedLife.TestCase


def test_a_case_system_that_pulls_acknowledges_without_being_told() -> None:
    assert can_move(Status.FILED, Status.ACKNOWLEDGED)
