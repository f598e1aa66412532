"""Deadlines: whole days of Brussels, over both changes of the clock, with and without holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reply_hub.adapters.calendar.belgian_holidays import BelgianHolidays
from reply_hub.domain.deadline import (
    BRUSSELS,
    DeadlineRule,
    InvalidDeadline,
    RollOver,
    Term,
    TermStart,
    due_at,
    is_late,
    last_day,
)

NEVER = staticmethod(lambda _day: False).__func__
MOMENTS = st.datetimes(
    datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2090-01-01"), timezones=st.just(UTC)
)
TERMS = st.builds(Term, months=st.integers(0, 24), days=st.integers(1, 400))


def _due(rule: DeadlineRule, *, at: datetime) -> datetime:
    return due_at(rule, sent_at=at, consigned_at=at, is_holiday=NEVER)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 29), 23),
        (date(2026, 10, 25), 25),
        (date(2026, 11, 24), 24),
    ],
    ids=["summer time begins", "summer time ends", "any other day"],
)
def test_the_last_day_lasts_as_long_as_it_does_in_brussels(day: date, hours: int) -> None:
    due = _due(DeadlineRule(due_date=day), at=datetime(2026, 1, 1, tzinfo=UTC))
    start = datetime(day.year, day.month, day.day, tzinfo=BRUSSELS).astimezone(UTC)
    assert due - start == timedelta(hours=hours)
    assert due.astimezone(BRUSSELS).strftime("%Y-%m-%d %H:%M") == f"{day + timedelta(days=1)} 00:00"


@pytest.mark.parametrize(
    ("term", "start", "last"),
    [
        ("P30D", date(2026, 1, 1), date(2026, 1, 31)),
        ("P1M", date(2026, 1, 31), date(2026, 2, 28)),
        ("P1M", date(2028, 1, 31), date(2028, 2, 29)),
        ("P1Y", date(2028, 2, 29), date(2029, 2, 28)),
        ("P2W", date(2026, 12, 24), date(2027, 1, 7)),
        ("P1Y2M3D", date(2026, 11, 24), date(2028, 1, 27)),
    ],
)
def test_terms_are_counted_in_calendar_units_from_the_day_after(term: str, start: date, last: date) -> None:
    at = datetime(start.year, start.month, start.day, 12, tzinfo=BRUSSELS)
    rule = DeadlineRule(term=Term.parse(term))
    assert last_day(rule, sent_at=at, consigned_at=at, is_holiday=NEVER) == last


def test_the_day_counts_on_which_it_is_in_brussels_not_in_utc() -> None:
    at = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    rule = DeadlineRule(term=Term.parse("P1D"))
    assert last_day(rule, sent_at=at, consigned_at=at, is_holiday=NEVER) == date(2026, 7, 2)


def test_a_term_starts_where_the_request_says() -> None:
    sent, consigned = datetime(2026, 1, 1, 9, tzinfo=UTC), datetime(2026, 1, 3, 9, tzinfo=UTC)
    days = {
        start: last_day(
            DeadlineRule(term=Term.parse("P10D"), starts_at=start),
            sent_at=sent,
            consigned_at=consigned,
            is_holiday=NEVER,
        )
        for start in TermStart
    }
    assert days == {TermStart.SENT: date(2026, 1, 11), TermStart.CONSIGNED: date(2026, 1, 13)}


@pytest.mark.parametrize(
    ("day", "rolled"),
    [
        (date(2026, 12, 25), date(2026, 12, 28)),
        (date(2027, 1, 1), date(2027, 1, 4)),
        (date(2026, 7, 21), date(2026, 7, 22)),
        (date(2026, 4, 4), date(2026, 4, 7)),
        (date(2026, 11, 24), date(2026, 11, 24)),
    ],
    ids=["Christmas on a Friday", "New Year on a Friday", "national day", "Easter weekend", "a working day"],
)
def test_a_last_day_without_work_moves_only_where_the_request_says_so(day: date, rolled: date) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for roll_over, expected in ((RollOver.NONE, day), (RollOver.NEXT_WORKING_DAY, rolled)):
        rule = DeadlineRule(due_date=day, roll_over=roll_over)
        assert last_day(rule, sent_at=moment, consigned_at=moment, is_holiday=BelgianHolidays()) == expected


def test_midnight_itself_is_late_and_the_moment_before_is_not() -> None:
    due = _due(DeadlineRule(due_date=date(2026, 11, 24)), at=datetime(2026, 1, 1, tzinfo=UTC))
    assert is_late(due, due)
    assert not is_late(due - timedelta(milliseconds=1), due)


@pytest.mark.parametrize("text", ["", "P", "PT3H", "P0D", "P-1D", "30", "P1D2M", "P11Y", "P1.5D", "P9999Y", "P١D"])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(InvalidDeadline):
        Term.parse(text)


def test_a_deadline_is_a_day_or_a_term() -> None:
    for both in ({}, {"due_date": date(2026, 1, 1), "term": Term(days=1)}):
        with pytest.raises(InvalidDeadline):
            DeadlineRule(**both)  # type: ignore[arg-type]  # what is wrong with it is the point


@given(MOMENTS, TERMS)
def test_a_term_never_ends_before_the_day_after_its_start(at: datetime, term: Term) -> None:
    due = _due(DeadlineRule(term=term), at=at)
    assert due.astimezone(BRUSSELS).date() >= at.astimezone(BRUSSELS).date() + timedelta(days=2)
    assert due.astimezone(BRUSSELS).time() == datetime.min.time()


@given(MOMENTS, MOMENTS, TERMS)
def test_who_starts_later_ends_no_earlier(one: datetime, other: datetime, term: Term) -> None:
    earlier, later = sorted((one, other))
    rule = DeadlineRule(term=term)
    assert _due(rule, at=earlier) <= _due(rule, at=later)


@given(MOMENTS, TERMS)
def test_rolling_over_never_shortens_and_ends_on_a_working_day(at: datetime, term: Term) -> None:
    holidays = BelgianHolidays()
    plain = last_day(DeadlineRule(term=term), sent_at=at, consigned_at=at, is_holiday=holidays)
    rolled = last_day(
        DeadlineRule(term=term, roll_over=RollOver.NEXT_WORKING_DAY),
        sent_at=at,
        consigned_at=at,
        is_holiday=holidays,
    )
    assert plain <= rolled <= plain + timedelta(days=6)
    assert rolled.weekday() < 5
    assert not holidays(rolled)
