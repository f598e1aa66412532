"""The states of a message on its way."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from documents.domain.message import IllegalTransition, Status, ended, moved
from documents.domain.prefill import confidential_values, without
from documents.domain.term import InvalidTerm, check_term


class MessagesLife(RuleBasedStateMachine):
    """Whoever moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.status = Status.ACCEPTED
        self.seen = [self.status]

    @rule(to=st.sampled_from(list(Status)))
    def somebody_moves_it(self, to: Status) -> None:
        try:
            self.status = moved(self.status, to)
        except IllegalTransition:
            return
        self.seen.append(to)

    @invariant()
    def never_comes_back(self) -> None:
        assert len(self.seen) == len(set(self.seen))

    @invariant()
    def is_read_only_after_it_was_there(self) -> None:
        if Status.READ in self.seen:
            assert self.seen.index(Status.CONSIGNED) < self.seen.index(Status.READ)

    @invariant()
    def is_either_there_or_on_paper(self) -> None:
        assert not {Status.CONSIGNED, Status.FALLBACK_PAPER} <= set(self.seen)


TestMessagesLife = MessagesLife.TestCase


def test_what_has_ended_moves_no_more() -> None:
    for status in Status:
        if ended(status):
            for to in Status:
                with pytest.raises(IllegalTransition):
                    moved(status, to)


SCHEMA = {
    "properties": {
        "insz": {"format": "insz"},
        "iban": {"x-confidential": True},
        "partner": {"properties": {"naam": {}, "insz": {"format": "insz"}}},
    }
}


def test_confidential_values_are_found_by_schema_and_by_content_and_taken_out() -> None:
    values = {
        "insz": "whatever",
        "iban": "BE68",
        "naam": "85.07.30-033.28",
        "lijst": ["85073003328"],
        "partner": {"naam": "An", "insz": "1"},
        "gewoon": 5,
    }
    found = confidential_values(SCHEMA, values)
    assert set(found) == {"/insz", "/iban", "/naam", "/lijst", "/partner/insz"}
    assert without(values, found) == {"partner": {"naam": "An"}, "gewoon": 5}


@pytest.mark.parametrize("text", ["P1D", "P30D", "P6W", "P2M", "P1Y", "P1Y2M3W4D"])
def test_terms_that_can_be_counted_are_taken(text: str) -> None:
    check_term(text)


@pytest.mark.parametrize("text", ["", "P", "P0D", "PT1H", "P1D1M", "1D", "P-3D", "P11Y", "P4000D", "P١D"])
def test_other_terms_are_refused(text: str) -> None:
    with pytest.raises(InvalidTerm):
        check_term(text)
