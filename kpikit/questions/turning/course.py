"""Course: a series as arrays, each point with its phase of the year, of days with its weekday."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit import words
from kpikit.errors import CaseError
from kpikit.moments import MONTHS, WEEKDAYS
from kpikit.series import KpiSeries
from kpikit.stats.designs import Mask, bends_of, going_on
from kpikit.stats.intervals import Floats

CYCLE = {"day": 7, "week": 52, "month": 12, "quarter": 4}  # periods after which a season begins again
#: where bends are not looked for, the trend may bend so often: of weeks once a year, as bends each half-year draw a season too
BEND_EVERY = {"day": 91, "week": 52}


@dataclass(frozen=True, eq=False)
class Course:
    """One point a period, from the first usable one to the last; `used` says which hold a value."""

    period: str
    periods: pd.PeriodIndex
    numerators: Floats
    denominators: Floats
    used: Mask
    noise: str

    @property
    def cycle(self) -> int:
        """How many periods a season takes."""
        return CYCLE[self.period]

    @property
    def turn(self) -> str:
        """What a season goes round in."""
        return "week" if self.period == "day" else "year"

    @property
    def part(self) -> str:
        """What a phase is called."""
        return "weekday" if self.period == "day" else self.period

    @cached_property
    def values(self) -> Floats:
        """The value of each period, NaN where there is none."""
        values: Floats = np.divide(self.numerators, self.denominators, out=np.full(len(self.used), np.nan), where=self.used)
        return values

    @property
    def filled(self) -> Floats:
        """The values, with those that are missing drawn straight between their neighbors."""
        places = np.arange(len(self.used))
        return np.interp(places, places[self.used], self.values[self.used])

    @cached_property
    def phases(self) -> NDArray[np.int64]:
        """The phase of each point: 0 is January, the first quarter, Monday; of weeks the first one."""
        own = {"day": "day_of_week", "month": "month", "quarter": "quarter"}.get(self.period)
        if own is None:
            return np.arange(len(self.periods)) % self.cycle
        return np.asarray(getattr(self.periods, own)) - (self.period != "day")

    @property
    def rounds(self) -> list[str]:
        """The cycle that each point lies in: its year, of days its week."""
        if self.period == "day":
            return [str(day.start_time.to_period("W-SUN").start_time.date()) for day in self.periods]
        if self.period == "week":
            return [str(place // self.cycle + 1) for place in range(len(self.periods))]
        return [str(period.year if self.period == "month" else period.qyear) for period in self.periods]

    @cached_property
    def names(self) -> list[str]:
        """The name of each phase."""
        if self.period == "week":
            starts = pd.period_range(self.periods[0], periods=self.cycle).start_time
            return [f"week around {start:%m-%d}" for start in starts]
        known = {"day": WEEKDAYS, "month": MONTHS}
        return (
            [name.capitalize() for name in known[self.period]] if self.period in known else [f"Q{place}" for place in range(1, 5)]
        )

    def phase_after(self, steps: int) -> int:
        """The phase of the period so many after the last."""
        return int((self.phases[-1] + steps) % self.cycle)

    @cached_property
    def base(self) -> Floats:
        """Columns of level and trend; its bends are looked for, by days and weeks it may bend at set places."""
        points = len(self.used)
        if self.period in BEND_EVERY:
            every = BEND_EVERY[self.period]
            bends: Sequence[int] = range(every, points - every // 2, every)
        else:
            bends = bends_of(np.nan_to_num(self.values), self.used, self.cycle, season=True)[0]
        return going_on(points, self.cycle, bends, trend=True, season=False)

    @property
    def sampling(self) -> Floats | None:
        """The known sampling variance of each value; None where none is known."""
        if self.noise not in ("binomial", "poisson"):
            return None
        level = self.numerators.sum() / self.denominators.sum()
        each = level * (1 - level if self.noise == "binomial" else 1)
        variance: Floats = np.divide(each, self.denominators, out=np.zeros(len(self.used)), where=self.used)
        return variance


def course_of(series: KpiSeries) -> Course:
    """The course of a series without segments."""
    usable = series.usable
    periods = pd.period_range(usable["period"].min(), usable["period"].max())
    counts = usable.set_index("period")[["numerator", "denominator"]].astype(float).reindex(periods)
    used = counts["denominator"].notna().to_numpy()
    n, d = (counts[name].fillna(0.0).to_numpy() for name in ("numerator", "denominator"))
    return Course(series.period, periods, n, d, used, series.variant.computes.noise)


def named_phases(who: str, course: Course, peak: Sequence[str] | None) -> Mask | None:
    """Which phases were named as the peak, by number or name; None where none was. CaseError for one that is not there."""
    if not peak:
        return None
    known = {name.casefold(): place for place, name in enumerate(course.names)}
    if course.period != "day":
        known |= {str(place + 1): place for place in range(course.cycle)} | {
            f"{place + 1:02d}": place for place in range(course.cycle)
        }
    marked = np.zeros(course.cycle, dtype=bool)
    for text in peak:
        if text.casefold() not in known:
            there = words.near(text, course.names)
            raise CaseError(f"{who}: the peak names '{text}', which is no {course.part}; {there}")
        marked[known[text.casefold()]] = True
    if marked.all():
        raise CaseError(f"{who}: the peak names every {course.part}, so nothing is left to lie above")
    return marked
