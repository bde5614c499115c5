"""Reviewing: how often a case is reviewed and by whom, when that was last done, and when it is due next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpikit.moments import CADENCES, USUAL, Calendar, later_by

NEVER = "never"  # of a study that is finished
EVERY = (*CADENCES, NEVER)


@dataclass(frozen=True)
class Review:
    """`every` is one of EVERY, `held` the days of the reviews in the log, `taken` the day on which the data were taken."""

    every: str
    owner: str
    taken: date
    held: tuple[date, ...] = ()
    calendar: Calendar = USUAL

    @property
    def last(self) -> date | None:
        """The day of the last review; None where the log holds none."""
        return max(self.held, default=None)

    @property
    def due(self) -> date | None:
        """The day on which the next review is due; None where there is to be none.

        One cadence after the last review, at the end of a shorter month on its last day. As long as none was held: the first
        day after the week, month, quarter or year in which the data were taken.

        >>> str(Review("month", "", date(2025, 1, 15)).due), str(Review("month", "", date(2025, 1, 15), (date(2025, 1, 31),)).due)
        ('2025-02-01', '2025-02-28')
        """
        if self.every == NEVER:
            return None
        return later_by(self.last, self.every) if self.last else self.calendar.end_of(self.taken, self.every)

    def days_overdue(self, as_of: date) -> int:
        """How many days the next review is overdue; 0 on the day on which it is due, before it, and where there is to be none.

        >>> Review("month", "", date(2025, 1, 15)).days_overdue(date(2025, 2, 3))
        2
        """
        return max((as_of - self.due).days, 0) if self.due else 0
