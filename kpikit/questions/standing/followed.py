"""Followed: a KPI or a ratio of the user's own as counts by period, pooled by review period, with its latest change judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.moments import FREQUENCY, Calendar
from kpikit.questions.effects.course import CYCLE, PER_YEAR, Course
from kpikit.questions.effects.watching import limits_of
from kpikit.questions.verdicts import direction, known
from kpikit.series import KpiSeries
from kpikit.shapes.ratio import Ratio
from kpikit.stats.intervals import Interval, difference, poisson, wilson
from kpikit.stats.latest import Judged, by_counts, by_spread, standardized, usual_change
from kpikit.stats.signal import MIN_BASELINE, Limits, signal_after, signals

ORDER = list(FREQUENCY)
COUNTED: dict[str, tuple[Callable[..., Interval], float]] = {"binomial": (wilson, 1.0), "poisson": (poisson, np.inf)}
BASELINE_YEARS = 2  # limits from longer ago tell of another business
SEEN = {"routine": "routine", "exceptional": "unusual", "shifted": "level moved", "unknown": "not known"}


@dataclass(frozen=True, eq=False)
class Followed:
    """`rows` holds the usable periods (period, numerator, denominator); `noise` is how their uncertainty is known, `cadence`
    how often the measure is reviewed; `offset` is taken off numerator / denominator.
    """

    rows: pd.DataFrame
    period: str
    cadence: str
    noise: str
    calendar: Calendar
    offset: float = 0.0

    @classmethod
    def of_series(cls, series: KpiSeries, cadence: str = "") -> Followed:
        """A KPI, as a whole, by its own cadence or another."""
        rows = series.total().usable
        if series.variant.computes.composed:  # its fraction is no count: periods weigh alike
            rows = rows.assign(numerator=rows["value"], denominator=1.0)
        return cls(rows, series.period, cadence or series.kpi.cadence, series.variant.computes.noise, series.calendar)

    @classmethod
    def of_ratio(cls, ratio: Ratio, cadence: str) -> Followed:
        """A ratio of the user's own: nobody says what its counts are, so only the spread between periods tells of its noise."""
        return cls(ratio.usable, ratio.period, cadence, "spread", ratio.calendar, ratio.offset)

    @cached_property
    def grain(self) -> str:
        """What is reviewed at once: the cadence, or the period where that is longer."""
        return max(self.period, self.cadence, key=ORDER.index)

    @cached_property
    def reviews(self) -> pd.DataFrame:
        """One row a review period that is wholly there: review, numerator, denominator."""
        frequency = self.calendar.frequency(self.grain)
        place = pd.Series([pd.Period(period.end_time, freq=frequency) for period in self.rows["period"]], dtype=object)
        numbers = self.rows[["numerator", "denominator"]].astype(float).assign(review=place.to_numpy(), there=1)
        sums = numbers.groupby("review", sort=True).sum().reset_index()
        whole = [self._periods_in(review) == there for review, there in zip(sums["review"], sums["there"], strict=True)]
        return sums[whole].drop(columns="there").reset_index(drop=True)

    def _periods_in(self, review: pd.Period) -> int:
        """How many periods end in a review period."""
        if self.grain == self.period:
            return 1
        frequency = self.calendar.frequency(self.period)
        first, last = (pd.Period(end, freq=frequency) for end in (review.start_time, review.end_time))
        return int((last - first).n) + (1 if last.end_time == review.end_time else 0)

    def since(self) -> dict[str, Any] | None:
        """The last review period against the one before it, judged; None where they are not both there."""
        rows = self.reviews
        if len(rows) < 2 or (rows["review"].iloc[-1] - rows["review"].iloc[-2]).n != 1:
            return None
        value = rows["numerator"].to_numpy() / rows["denominator"].to_numpy() - self.offset
        judged = self._judged(rows, value)
        moved = {"value": known(judged.value), "low": known(judged.low), "high": known(judged.high)}
        named = {"before": words.when(rows["review"].iloc[-2]), "after": words.when(rows["review"].iloc[-1])}
        levels = {"from": known(value[-2]), "to": known(value[-1])}
        return named | levels | {"change": moved, "direction": direction(moved), "p_value": known(judged.p_value)}

    def _judged(self, rows: pd.DataFrame, value: np.ndarray[Any, Any]) -> Judged:
        """The last change beside those that came before it; none of these shares a period with it."""
        n, d = rows["numerator"].to_numpy(), rows["denominator"].to_numpy()
        beside = np.array([(b - a).n == 1 for a, b in zip(rows["review"][:-3], rows["review"][1:-2], strict=True)], dtype=bool)
        if self.noise not in COUNTED:
            return by_spread(float(value[-1] - value[-2]), usual_change(np.diff(value[:-2])[beside]))
        interval, most = COUNTED[self.noise]
        plain = difference(interval(n[-1], d[-1]), interval(n[-2], d[-2]))
        return by_counts(plain, usual_change(standardized(n[:-2], d[:-2], most=most)[beside]))

    def signal(self) -> str:
        """Whether the last review period's points are routine beside the two years before it: Shewhart's and Laney's limits."""
        rows = self.reviews
        return SEEN["unknown"] if rows.empty else self._seen(rows["review"].iloc[-1])[0]

    def seen_after(self, at: str) -> list[tuple[str, dict[str, str]]]:
        """What each review period that ends after `at`, and the last one in any case, shows beside the two years before it.

        Oldest first: the signal, and the points at which a rule of the chart fires: period -> "above" or "below" its centre.
        """
        reviews = self.reviews["review"]
        known = [period.end_time for period in self.rows["period"] if words.when(period) == at]
        later = [review for review in reviews if known and review.end_time > known[0]]
        return [self._seen(review) for review in later or reviews.tail(1)]

    def _seen(self, review: pd.Period) -> tuple[str, dict[str, str]]:
        course, values, limits = self._chart(review)
        fired, ways = (signals(values, limits) != "") & course.after, np.where(values > limits.centre, "above", "below")
        flags = {words.when(period): str(way) for period, way in zip(course.periods[fired], ways[fired], strict=True)}
        return SEEN[str(signal_after(values, limits, course.after))], flags

    def _chart(self, review: pd.Period) -> tuple[Course, np.ndarray[Any, Any], Limits]:
        """The course around a review period, its values and the limits of the two years before."""
        ends = self.rows["period"].map(lambda period: period.end_time)
        inside = ((ends >= review.start_time) & (ends <= review.end_time)).to_numpy(dtype=bool)
        before = np.flatnonzero(ends < review.start_time)
        baseline = np.isin(np.arange(len(inside)), before[-max(BASELINE_YEARS * PER_YEAR[self.period], MIN_BASELINE) :])
        n, d = (self.rows[name].to_numpy(dtype=float)[:, None] for name in ("numerator", "denominator"))
        sides = np.where(inside, "after", np.where(baseline, "before", "aside")).astype(object)
        course = Course(pd.PeriodIndex(self.rows["period"]), sides, ("all",), n, d, self.noise, CYCLE[self.period])
        return course, np.where(course.sizes > 0, course.pooled, np.nan), limits_of(course)
