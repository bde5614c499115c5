"""Part: the season of one column of a series, the value by differences and its counts by ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kpikit.questions.turning.course import Course
from kpikit.questions.verdicts import known
from kpikit.stats.designs import Mask
from kpikit.stats.intervals import Floats, Interval
from kpikit.stats.seasonality import Season, season_of

CLEAR_AT = 0.05


class Part(NamedTuple):
    """The season of one column; `season` is None where the column does not let one be told. Counts are on the log scale."""

    name: str
    relative: bool
    p_value: float
    season: Season | None

    def extreme(self, names: list[str], which: Callable[[Floats], Any]) -> str | None:
        """The name of the highest or lowest phase, by np.argmax or np.argmin."""
        return names[int(which(self.season.by_phase.value))] if self.season else None

    def height(self, marked: Mask | None, named: Mask | None) -> dict[str, float | None]:
        """How far the marked phases lie above the others, of counts as a relative change."""
        if self.season is None or marked is None:
            return {"value": None, "low": None, "high": None}
        place = int(np.flatnonzero(marked)[0])
        told = self.season.named if named is not None else Interval(*(end[place] for end in self.season.top))
        assert told is not None
        ends = [float(end) for end in told]
        return {
            name: known(np.expm1(end) if self.relative else end) for name, end in zip(("value", "low", "high"), ends, strict=True)
        }


def part_of(course: Course, name: str, named: Mask | None) -> Part:
    """The season of `value`, `numerator` or `denominator`; counts of 0 have no logarithm, so no season is told of them."""
    relative = name != "value"
    columns = {"value": course.values, "numerator": course.numerators, "denominator": course.denominators}
    values = columns[name]
    if relative and not (values[course.used] > 0).all():
        return Part(name, relative, float("nan"), None)
    given = np.where(course.used, values, 1.0)
    given = np.log(given) if relative else given
    if np.ptp(given[course.used]) == 0:
        return Part(name, relative, 1.0, None)
    noise = None if relative else course.sampling
    told = season_of(given, course.used, course.phases, course.cycle, course.base, named, noise)
    return Part(name, relative, told.p_value, told)


def peak_of(value: Part, named: Mask | None) -> Mask | None:
    """The phases of the peak: those named, else the highest of the value; None of a value that never moved."""
    if named is not None or value.season is None:
        return named
    height = value.season.by_phase.value
    return np.asarray(np.arange(len(height)) == height.argmax())


def state_of(part: Part) -> str:
    """`clear` or `not clear`; `not known` of counts that let no season be told."""
    if not np.isfinite(part.p_value):
        return "not known"
    return "clear" if part.p_value < CLEAR_AT else "not clear"
