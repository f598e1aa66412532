"""The story of one answer, whole."""

import pytest

from dev.demo.story import Played

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


def test_nothing_is_lost_and_nothing_happens_twice(played: Played) -> None:
    assert played.count.line() == "sent 8, answered 6, filed 4, parked 1, rejected 1, lost 0, twice 0"


def test_every_answer_that_was_delivered_tells_how_long_it_took(played: Played) -> None:
    took = {outcome.case: outcome.took_ms for outcome in played.outcomes}
    assert len(took) == 8
    assert sorted(case for case, ms in took.items() if ms is not None) == [
        "answered inside eBox",
        "case system down 10 s",
        "late, ACCEPT_FLAGGED",
        "sent three times",
    ]
    down = took["case system down 10 s"]
    assert down is not None
    assert down >= 9_000
