"""Belgium's public holidays."""

from datetime import date

import holidays


class BelgianHolidays:
    """A calendar of the days on which Belgium does not work, beside weekends."""

    def __init__(self) -> None:
        """Years are filled in as they are asked for."""
        self._days = holidays.country_holidays("BE")

    def __call__(self, day: date) -> bool:
        """Whether the day is a public holiday."""
        return day in self._days
