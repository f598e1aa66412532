"""An answer's states, driven through every order in which its news may come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reply_hub.domain.reply import Acceptance, News, Rejection, RejectionReason, Reply, Stage
from reply_hub.domain.states import NEXT_OF_REPLY, IllegalTransition, ReplyState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ENDED = {ReplyState.REJECTED}


def a_reply(**changes: Any) -> Reply:
    """An answer that was just received."""
    fields: dict[str, Any] = dict.fromkeys(name for name, field in Reply.__dataclass_fields__.items() if field.init)
    plain = {"surplus": False, "intake_faults": (), "news": (), "status": ReplyState.RECEIVED, "round": 1}
    return Reply(**{**fields, **plain, **changes})


def news(number: int, stage: Stage) -> News:
    """News of its one filing."""
    return News(f"event-{number}-{stage}", stage, NOW + timedelta(seconds=number), "filing", {})


class AnswersLife(RuleBasedStateMachine):
    """What workers and consumers do to one answer, in any order, any number of times."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = a_reply()
        self.seen: list[ReplyState] = []
        self.verdicts = 0

    @initialize()
    def received(self) -> None:
        self.seen = [self.reply.status]

    def _becomes(self, reply: Reply) -> None:
        if reply.status is not self.reply.status:
            assert reply.status in NEXT_OF_REPLY[self.reply.status]
            self.seen.append(reply.status)
        self.reply = reply

    @rule()
    def checks_begin(self) -> None:
        if self.reply.status in {ReplyState.RECEIVED, ReplyState.VALIDATING}:
            self._becomes(self.reply.begin_checks())
        else:
            with pytest.raises(IllegalTransition):
                self.reply.begin_checks()

    @rule()
    def is_accepted(self) -> None:
        if self.reply.status is ReplyState.VALIDATING:
            self._becomes(self.reply.accept(Acceptance(1, None, NOW)))
            self.verdicts += 1
        else:
            with pytest.raises(IllegalTransition):
                self.reply.accept(Acceptance(1, None, NOW))

    @rule(reason=st.sampled_from(list(RejectionReason)))
    def is_rejected(self, reason: RejectionReason) -> None:
        if self.reply.status is ReplyState.VALIDATING:
            self._becomes(self.reply.reject(Rejection(reason, (), NOW)))
            self.verdicts += 1
        else:
            with pytest.raises(IllegalTransition):
                self.reply.reject(Rejection(reason, (), NOW))

    @precondition(lambda self: self.reply.acceptance is not None)
    @rule(number=st.integers(0, 5), stage=st.sampled_from(list(Stage)))
    def news_comes(self, number: int, stage: Stage) -> None:
        heard = self.reply.heard(news(number, stage))
        assert heard.heard(news(number, stage)) == heard, "the same news again changes nothing"
        self._becomes(heard)

    @precondition(lambda self: self.reply.acceptance is None)
    @rule(stage=st.sampled_from(list(Stage)))
    def news_comes_too_early(self, stage: Stage) -> None:
        with pytest.raises(IllegalTransition):
            self.reply.heard(news(1, stage))

    @rule()
    def is_superseded(self) -> None:
        if ReplyState.SUPERSEDED in NEXT_OF_REPLY[self.reply.status] or self.reply.superseded_by:
            self._becomes(self.reply.supersede("later"))
        else:
            with pytest.raises(IllegalTransition):
                self.reply.supersede("later")

    @invariant()
    def has_one_verdict_at_most(self) -> None:
        assert self.verdicts <= 1
        assert not (self.reply.acceptance and self.reply.rejection)

    @invariant()
    def never_comes_back_to_a_state(self) -> None:
        assert len(self.seen) == len(set(self.seen))

    @invariant()
    def no_news_is_kept_twice(self) -> None:
        ids = [item.event_id for item in self.reply.news]
        assert len(ids) == len(set(ids))


TestAnswersLife = AnswersLife.TestCase


@given(st.permutations([(1, Stage.FILED), (2, Stage.DELIVERED), (3, Stage.ACKNOWLEDGED)]), st.integers(0, 3))
def test_news_in_any_order_ends_in_the_same_state(order: list[tuple[int, Stage]], repeats: int) -> None:
    accepted = a_reply().begin_checks().accept(Acceptance(1, None, NOW))
    for number, stage in [*order, *order[:repeats]]:
        accepted = accepted.heard(news(number, stage))
    assert accepted.status is ReplyState.ACKNOWLEDGED
    assert {item.stage for item in accepted.news} == {Stage.FILED, Stage.DELIVERED, Stage.ACKNOWLEDGED}


def test_every_state_but_the_first_can_be_reached_and_each_knows_what_follows() -> None:
    assert set(NEXT_OF_REPLY) == set(ReplyState)
    reached = {state for following in NEXT_OF_REPLY.values() for state in following}
    assert reached | {ReplyState.DRAFT} == set(ReplyState)


def test_a_parked_answer_says_so_until_it_is_filed() -> None:
    accepted = a_reply().begin_checks().accept(Acceptance(1, None, NOW))
    parked = accepted.heard(news(1, Stage.PARKED))
    assert parked.parked
    assert not parked.heard(news(2, Stage.FILED)).parked
    assert replace(parked, news=()).parked is False
