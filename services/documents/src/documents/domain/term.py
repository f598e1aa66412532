"""Response terms: ISO 8601 durations of calendar units. reply-hub counts them; here they are taken or refused."""

import re
from typing import Final

_TERM: Final = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?", re.ASCII)
_LONGEST_DAYS: Final = 3660
_DAYS: Final = (366, 31, 7, 1)


class InvalidTerm(ValueError):
    """No term that can be counted in days."""


def check_term(text: str) -> None:
    """Refuse what is no term.

    Raises:
        InvalidTerm: another form than years, months, weeks and days; zero; more than ten years.
    """
    found = _TERM.fullmatch(text)
    if found is None:
        raise InvalidTerm("an ISO 8601 duration of years, months, weeks or days, e.g. P30D")
    longest = sum(int(number or 0) * days for number, days in zip(found.groups(), _DAYS, strict=True))
    if not 0 < longest <= _LONGEST_DAYS:
        raise InvalidTerm("at least a day, ten years at most")
