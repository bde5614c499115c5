"""Dates, windows and periods as a case writes them."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kpikit.errors import CaseError

#: the periods a series can be cut into, finest first, and the letter that pandas' names for them begin with
FREQUENCY = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
CADENCES = ("week", "month", "quarter", "year")  # how often something can be reviewed

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Calendar:
    """On which day a week begins and in which month a year does; a year that spans two is named for the one it ends in."""

    first_weekday: str = "monday"
    year_starts: str = "january"

    def __post_init__(self) -> None:
        for key, allowed in (("first_weekday", WEEKDAYS), ("year_starts", MONTHS)):
            if getattr(self, key) not in allowed:
                raise CaseError(f"{key} is '{getattr(self, key)}'; it is one of {', '.join(allowed)}")

    def frequency(self, period: str) -> str:
        """The pandas frequency of a period: weeks and years are named by the day and the month they end in.

        >>> Calendar().frequency("month"), Calendar("sunday").frequency("week"), Calendar(year_starts="april").frequency("year")
        ('M', 'W-SAT', 'Y-MAR')
        """
        if period == "week":
            return f"W-{WEEKDAYS[WEEKDAYS.index(self.first_weekday) - 1][:3].upper()}"
        if period in ("quarter", "year"):
            return f"{FREQUENCY[period]}-{MONTHS[MONTHS.index(self.year_starts) - 1][:3].upper()}"
        return FREQUENCY[period]

    def end_of(self, day: date, period: str) -> date:
        """The first day after the week, month, quarter or year that holds a day.

        >>> str(Calendar().end_of(date(2026, 1, 15), "month"))
        '2026-02-01'
        >>> str(Calendar(year_starts="april").end_of(date(2026, 1, 15), "year"))
        '2026-04-01'
        """
        if period == "week":
            return day + timedelta(days=7 - (day.weekday() - WEEKDAYS.index(self.first_weekday)) % 7)
        start, length = MONTHS.index(self.year_starts), MONTHS_IN[period]
        year, month = divmod(((day.year * 12 + day.month - 1 - start) // length + 1) * length + start, 12)
        return date(year, month + 1, 1)


USUAL = Calendar()


def later_by(day: date, cadence: str) -> date:
    """The same day one week, month, quarter or year later; where that month has no such day, its last one.

    >>> str(later_by(date(2025, 1, 31), "month")), str(later_by(date(2024, 2, 29), "year"))
    ('2025-02-28', '2025-02-28')
    """
    if cadence == "week":
        return day + timedelta(days=7)
    year, month = divmod(day.year * 12 + day.month - 1 + MONTHS_IN[cadence], 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def as_moment(when: date | str) -> datetime:
    """A date, or its ISO text, as its first instant; a date and time as it is, in UTC where it bears an offset.

    >>> as_moment("2025-06-10")
    datetime.datetime(2025, 6, 10, 0, 0)
    """
    if isinstance(when, str):
        try:
            when = datetime.fromisoformat(when)
        except ValueError:
            raise CaseError(f"'{when}' is not a date, as 2025-07-01") from None
    if not isinstance(when, datetime):
        return datetime(when.year, when.month, when.day)
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


def last_instant(as_of: datetime) -> datetime:
    """The last moment of which the data are known: a date without a time means the whole of that day."""
    return as_of if as_of.time() != time() else as_of + timedelta(days=1, microseconds=-1)


def days_of(window: str) -> int | None:
    """The length of a window written as "30 days" or "1 day"; None for another.

    >>> days_of("30 days"), days_of("1 day"), days_of("ever")
    (30, 1, None)
    """
    number, _, unit = window.partition(" ")
    written = (unit == "days" or window == "1 day") and number.isascii() and number.isdigit()
    return int(number) if written and int(number) > 0 else None


def longest_days(window: str) -> int | None:
    """How far a window can reach, in days; None for one without an end."""
    return {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}.get(window) or days_of(window)
