"""Estimators side by side, each with its assumption and whether that holds; and the written rule that says which one leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kpikit.questions.effects.controls import gap_to
from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimate import CONTINUED, ODD, Estimate, estimate_of, of_fit
from kpikit.questions.verdicts import direction, known
from kpikit.stats.counterfactual import LEAST, Baseline, Continued, baseline_of, continued, differences, segmented, shortened
from kpikit.stats.counts import log_step
from kpikit.stats.designs import going_on, season_told
from kpikit.stats.diagnosis import odd_points
from kpikit.stats.intervals import Floats, Interval

COUNTED = 10  # on either side: fewer say nothing of a ratio
MOST_ODD = 3  # points before that can stand out: more are no exception
LOW_SPAN = 3  # periods: what is left out where a change may have come because the KPI was low
Mask = NDArray[np.bool_]
Fit = tuple["Estimate", Continued]


@dataclass(frozen=True, eq=False)
class Found:
    """What the estimators found. `main` is the continued baseline that leads or would, `every` that of all points before;
    both are None under LEAST of those.
    """

    course: Course
    estimates: tuple[Estimate, ...]
    baseline: Baseline | None = None
    main: Continued | None = None
    every: Continued | None = None
    values: Floats = field(default_factory=lambda: np.zeros(0))  # what is continued: the KPI, or its gap to the control
    noise: Floats | None = None
    beside: Floats = field(default_factory=lambda: np.zeros(0))  # what the gap is to: 0 without a control that leads
    odd: Mask = field(default_factory=lambda: np.zeros(0, dtype=bool))  # points before that stand out
    controlled: bool = False
    parallel: bool | None = None  # whether the control ran parallel before, so that it leads; None where that cannot be told
    donors: Mapping[str, float] = field(default_factory=dict)

    @property
    def plain(self) -> Estimate:
        """The pooled change."""
        return self.estimates[0]

    def without(self, left_out: str) -> Estimate | None:
        """What is continued, the KPI or its gap to the control, without some of its points; None where that was not estimated."""
        families = ("gap",) if self.parallel else CONTINUED
        return next((e for e in self.estimates if e.family in families and e.left_out == left_out), None)

    @property
    def usual(self) -> Estimate:
        """The continued baseline from all points that are not odd; the plain change where there is none."""
        return self.without(ODD) or self.without("") or self.plain

    @property
    def odd_matters(self) -> bool:
        """Whether the effect reads otherwise with the odd points than without them."""
        every = self.without("")
        return every is not None and direction(every.ends) != direction(self.usual.ends)

    @property
    def leading(self) -> Estimate:
        """The estimate that the headline tells."""
        return next(estimate for estimate in self.estimates if estimate.leads)


def estimated(
    course: Course, plain: Mapping[str, float | None], leave_out: Mapping[str, tuple[str, Mask]], controls: Mapping[str, Course]
) -> Found:
    """Every estimator that the course allows.

    `plain` is the pooled change; `leave_out` are points before that may mislead (low, first), each with how it is named.

    What leads: the gap to a control group that ran parallel before, continued; else the before-trend and season continued, at
    the mix of before, the smallest of it with and without the points that may mislead; else the plain change. Odd points
    before are no part of what usually goes on: they are left out wherever they are found, and a row of its own shows the
    effect with them.
    """
    first = Estimate("plain", plain["value"], plain["low"], plain["high"], "plain")
    course = course.without(course.bare)
    if course.before.sum() < LEAST or not course.after.any():
        return Found(course, (replace(first, leads=True),))
    values, noise = course.held()
    baseline = baseline_of(values, course.before, course.cycle)
    line = _continuations(course, values, noise, baseline, leave_out)
    gap = gap_to(course, controls, leave_out) if controls else None
    lead, main = min(line.may_lead, key=lambda fit: abs(fit[0].value or 0.0))
    rows = [first, *_year_earlier(course, values), *_segmented(course, values, baseline, noise), *_log_link(course, baseline)]
    rows += [*(row for row, _ in line.fits), *(gap.rows if gap else ())]
    if gap is not None and gap.parallel:
        led, none_odd = _led(rows, gap.lead), np.zeros(len(values), dtype=bool)
        fits = (gap.baseline, gap.fit, gap.every)
        return Found(gap.course, led, *fits, gap.values, gap.noise, gap.beside, none_odd, True, True, gap.donors)
    parallel, donors = (gap.parallel, gap.donors) if gap else (None, {})
    beside = np.zeros(len(values))
    return Found(
        course, _led(rows, lead), baseline, main, line.every, values, noise, beside, line.odd, gap is not None, parallel, donors
    )


def _led(rows: Sequence[Estimate], lead: Estimate) -> tuple[Estimate, ...]:
    return tuple(replace(row, leads=row is lead) for row in rows)


@dataclass(frozen=True, eq=False)
class _Line:
    """The continued baseline from several sets of points: all fits as told, those that may lead, that of every point."""

    fits: list[Fit]
    may_lead: list[Fit]
    every: Continued
    odd: Mask


def _continuations(
    course: Course, values: Floats, noise: Floats | None, baseline: Baseline, leave_out: Mapping[str, tuple[str, Mask]]
) -> _Line:
    kind, mixed = "season" if baseline.season else "trend" if baseline.trend else "level", list[Fit]()

    def fit_of(name: str, what: str, part: Course) -> Fit:
        fit = continued_as(part, values, shortened(baseline, part.before, part.cycle), noise)
        return of_fit(name, kind, what, fit), fit

    name = f"before-{'trend' if baseline.trend else 'level'} continued"
    if course.mixed:
        whole, its_noise = course.whole()
        fit = continued_as(course, whole, baseline, its_noise)
        mixed, name = [(of_fit(name, f"{kind} as it is", "", fit), fit)], f"{name}, at the mix of before"
    every = fit_of(name, "", course)
    odd, usual = _odd(course, every[1].line, values, baseline, noise)
    may_lead = [every]
    if odd.any():
        name = f"{name}, without the odd periods"
        may_lead, mixed = [fit_of(name, ODD, usual)], [*mixed, every]
    for what, (called, points) in leave_out.items():
        part = usual.without(points & course.before)
        if (points & course.before).any() and part.before.sum() >= LEAST:
            may_lead.append(fit_of(f"{name}, without {called}", what, part))
    return _Line([*mixed, *may_lead], may_lead, every[1], odd)


def _odd(course: Course, line: Floats, values: Floats, baseline: Baseline, noise: Floats | None) -> tuple[Mask, Course]:
    """The odd points before, and the course without them: one after the other, since one odd month bends a season's fit."""
    odd = np.zeros(len(values), dtype=bool)
    for _ in range(MOST_ODD):
        usual = course.without(odd)
        left = np.where(usual.before, values - line, 0.0)
        found = odd_points(left[usual.before])
        worst = int(np.abs(left).argmax())
        more = odd | (np.arange(len(values)) == worst)
        if not found[np.flatnonzero(usual.before).searchsorted(worst)] or course.without(more).before.sum() < LEAST:
            break
        odd = more
        part = course.without(odd)
        line = continued_as(part, values, shortened(baseline, part.before, part.cycle), noise).line
    return odd, course.without(odd)


def continued_as(course: Course, values: Floats, baseline: Baseline, noise: Floats | None) -> Continued:
    """The baseline continued from this course's before-points over its after-points."""
    return continued(values, course.before, course.after, course.cycle, course.sizes, baseline, noise)


def _year_earlier(course: Course, values: Floats) -> list[Estimate]:
    if course.cycle == 1 or course.before.sum() < course.year:
        return []
    after = np.flatnonzero(course.after)
    after = after[after >= course.year]
    after = after[course.before[after - course.year]]
    if not len(after):
        return []
    contrast = np.zeros(len(values))
    contrast[after] = course.sizes[after] / course.sizes[after].sum()
    np.subtract.at(contrast, after - course.year, contrast[after])
    design = going_on(len(values), course.cycle, trend=False, season=season_told(course.before, course.cycle))
    told, p_value = differences(values, course.before, course.after, contrast, design, course.held()[1])
    return [estimate_of("same periods a year earlier", "year", told, p_value=known(p_value))]


def _segmented(course: Course, values: Floats, baseline: Baseline, noise: Floats | None) -> list[Estimate]:
    if not baseline.trend or course.after.sum() < 3:
        return []
    told = segmented(values, course.before, course.after, course.cycle, baseline, noise)
    level, slope = (Interval(*(end[place] for end in told)) for place in range(2))
    return [
        estimate_of("segmented regression, level", "segmented", level),
        estimate_of("segmented regression, slope", "segmented", slope, unit="change per period"),
    ]


def _log_link(course: Course, baseline: Baseline) -> list[Estimate]:
    """The step of a log-linear regression of counts, as the change that it means for the after-level."""
    used = course.before | course.after
    counted = [course.numerators[side].sum() for side in (course.before, course.after)]
    if course.noise_kind != "poisson" or not baseline.trend or min(counted) < COUNTED:
        return []
    place = np.flatnonzero(used)
    columns = [np.ones(len(place)), course.after[used].astype(float), place.astype(float)]
    if baseline.season:
        turns = 2 * np.pi * place / course.cycle
        columns += [np.cos(turns * k) for k in (1, 2)] + [np.sin(turns * k) for k in (1, 2) if 2 * k < course.cycle]
    told = log_step(course.numerators[used].sum(axis=1), course.sizes[used], np.column_stack(columns), 1)
    after = course.numerators[course.after].sum() / course.sizes[course.after].sum()
    change = Interval(*(after * (1 - 1 / end) for end in told))
    return [estimate_of("regression of counts (log link)", "count", change)]
