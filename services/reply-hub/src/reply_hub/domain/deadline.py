"""Until when may be answered: the calendar of Brussels, to the end of the last day.

A term is counted in whole days of Europe/Brussels. The day it starts from does not count (Bestuursdecreet II.30
counts from the day after, to 24:00 of the last day); months and years end on the day of the same number, or on the
last day of a shorter month. There is no general rule for reply terms: start and roll-over are the request's own.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

BRUSSELS: Final = ZoneInfo("Europe/Brussels")
LONGEST_TERM_DAYS: Final = 3660
"""Ten years: longer is a mistake, and the calendar has to hold it."""

_TERM: Final = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?", re.ASCII)
_SATURDAY: Final = 5

IsHoliday = Callable[[date], bool]


class InvalidDeadline(ValueError):
    """The rule names no day, or a term nobody can count."""


class TermStart(StrEnum):
    """The day a term is counted from."""

    CONSIGNED = "CONSIGNED"
    SENT = "SENT"


class RollOver(StrEnum):
    """What a last day without work does to the term."""

    NONE = "NONE"
    NEXT_WORKING_DAY = "NEXT_WORKING_DAY"


@dataclass(frozen=True, slots=True)
class Term:
    """A length in calendar units."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> "Term":
        """Read an ISO 8601 duration of years, months, weeks and days.

        Raises:
            InvalidDeadline: another form (hours are no term of days), zero, or more than ten years.
        """
        found = _TERM.fullmatch(text)
        if found is None:
            raise InvalidDeadline(f"{text!r} is no ISO 8601 duration of years, months, weeks or days")
        years, months, weeks, days = (int(part or 0) for part in found.groups())
        term = cls(months=12 * years + months, days=7 * weeks + days)
        if not 0 < term.months * 31 + term.days <= LONGEST_TERM_DAYS + 60:
            raise InvalidDeadline(f"{text!r} is nothing, or more than ten years")
        return term

    def after(self, start: date) -> date:
        """The day that lies this term after a day."""
        month_index = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(month_index, 12)
        day = min(start.day, monthrange(year, month + 1)[1])
        return date(year, month + 1, day) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """How a request says until when. Exactly one of `due_date` and `term` is given."""

    due_date: date | None = None
    term: Term | None = None
    starts_at: TermStart = TermStart.CONSIGNED
    roll_over: RollOver = RollOver.NONE

    def __post_init__(self) -> None:
        if (self.due_date is None) == (self.term is None):
            raise InvalidDeadline("a deadline is a last day or a term, and not both")


def last_day(rule: DeadlineRule, *, sent_at: datetime, consigned_at: datetime, is_holiday: IsHoliday) -> date:
    """The last day on which an answer is in time, as it is called in Brussels."""
    if rule.term is None:
        assert rule.due_date is not None  # the rule's own check
        day = rule.due_date
    else:
        start = sent_at if rule.starts_at is TermStart.SENT else consigned_at
        day = rule.term.after(start.astimezone(BRUSSELS).date())
    if rule.roll_over is RollOver.NONE:
        return day
    while day.weekday() >= _SATURDAY or is_holiday(day):
        day += timedelta(days=1)
    return day


def due_at(rule: DeadlineRule, *, sent_at: datetime, consigned_at: datetime, is_holiday: IsHoliday) -> datetime:
    """The first moment that is too late, in UTC: midnight in Brussels after the last day.

    A day is not always 24 hours: the clock of Brussels is asked, not a sum of hours. Midnight itself is never
    skipped or repeated there, since summer time begins and ends between two and three o'clock.
    """
    day = last_day(rule, sent_at=sent_at, consigned_at=consigned_at, is_holiday=is_holiday)
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=BRUSSELS)
    return midnight.astimezone(UTC)


def is_late(at: datetime, due: datetime) -> bool:
    """Whether a moment lies after the last day's end."""
    return at >= due
