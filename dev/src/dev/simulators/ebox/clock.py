"""The simulator's clock: real time plus an offset that only grows."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Final

_DURATION: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class MovableClock:
    """Tells the time in UTC."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Return the simulated now."""
        return datetime.fromtimestamp(time.time(), UTC) + self._offset

    def advance(self, duration: timedelta) -> None:
        """Move forward."""
        self._offset += duration


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds.

    Raises:
        ValueError: it is none.
    """
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        raise ValueError("an ISO 8601 duration such as P2D or PT3H")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
