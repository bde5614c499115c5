"""Against a control group: the gap to it continued, difference in differences, and a weighted mix of several controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kpikit.errors import CaseError
from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimate import Estimate, estimate_of, of_fit
from kpikit.questions.verdicts import known
from kpikit.stats.counterfactual import (
    LEAST,
    Baseline,
    Continued,
    baseline_of,
    continued,
    differences,
    shortened,
    synthetic_weights,
)
from kpikit.stats.designs import Mask
from kpikit.stats.intervals import Floats


@dataclass(frozen=True, eq=False)
class Gap:
    """The treated minus the control by period, continued: `beside` is the control's value, `rows` what its estimators say.

    `parallel`: whether the gap had no clear trend before; None under the points that a trend takes. The interval carries what
    trend the gap may have had all the same.
    """

    course: Course
    values: Floats
    noise: Floats | None
    beside: Floats
    baseline: Baseline
    every: Continued
    lead: Estimate
    fit: Continued  # of the lead
    rows: Sequence[Estimate]
    parallel: bool | None
    donors: Mapping[str, float] = field(default_factory=dict)


def gap_to(course: Course, controls: Mapping[str, Course], leave_out: Mapping[str, tuple[str, Mask]]) -> Gap:
    """The gap between a course and its controls, pooled by their denominators of before.

    Points that may mislead are left out of it as of a course without a control, and the smaller effect may lead: what is low in
    the treated alone rises by itself, and no control takes that out. Raises CaseError where the two share too few periods.
    """
    own, others = _together(course, [other.on(course.periods) for other in controls.values()])
    sizes = np.array([other.sizes[own.before].sum() for other in others])
    values, noise, beside = _gap(own, others, sizes / sizes.sum())
    baseline = baseline_of(values, own.before, own.cycle)
    fit = continued(values, own.before, own.after, own.cycle, own.sizes, baseline, noise)
    clear = bool(fit.slope.low > 0 or fit.slope.high < 0)
    parallel = None if not baseline.trend else not clear
    fits = [(of_fit("gap to the control continued", "gap", "", fit), fit)]
    for what, (called, points) in leave_out.items():
        part = own.without(points & own.before)
        if (points & own.before).any() and part.before.sum() >= LEAST:
            fewer = shortened(baseline, part.before, part.cycle)
            less = continued(values, part.before, part.after, part.cycle, part.sizes, fewer, noise)
            fits.append((of_fit(f"gap to the control continued, without {called}", "gap", what, less), less))
    lead, leading = min(fits, key=lambda pair: abs(pair[0].value or 0.0))
    rows = [*(row for row, _ in fits), _difference("difference in differences", own, values, noise)]
    gap = Gap(own, values, noise, beside, baseline, fit, lead, leading, rows, parallel)
    if len(others) == 1 or own.before.sum() <= len(others):
        return gap
    each = np.column_stack([other.held()[0] for other in others])
    weights = synthetic_weights(own.held()[0][own.before], each[own.before])
    mixed, its_noise, _ = _gap(own, others, weights)
    rows.append(_difference("synthetic control", own, mixed, its_noise))
    donors = dict(zip(controls, (float(weight) for weight in weights), strict=True))
    return replace(gap, donors=donors)


def _together(course: Course, others: Sequence[Course]) -> tuple[Course, Sequence[Course]]:
    """The course and its controls at the periods that all of them have."""
    there = np.logical_and.reduce([other.before | other.after for other in others])
    own = course.without(~there)
    if own.before.sum() < LEAST or not own.after.any():
        raise CaseError(f"the control shares {int(own.before.sum())} periods before and {int(own.after.sum())} after; "
                        f"{LEAST} and 1 are the least")  # fmt: skip
    return own, [other.without(~(own.before | own.after)) for other in others]


def _gap(course: Course, others: Sequence[Course], weights: Floats) -> tuple[Floats, Floats | None, Floats]:
    """Treated minus weighted controls, its sampling variance, and the weighted controls."""
    values, noise = course.held()
    held = [other.held() for other in others]
    beside = np.asarray(sum(weight * value for weight, (value, _) in zip(weights, held, strict=True)))
    noises = [own for _, own in held if own is not None]
    if noise is None or len(noises) < len(held):
        return values - beside, None, beside
    return values - beside, noise + sum(weight**2 * own for weight, own in zip(weights, noises, strict=True)), beside


def _difference(name: str, course: Course, gap: Floats, noise: Floats | None) -> Estimate:
    """The mean gap after minus the mean gap before."""
    sides = ((course.after, 1.0), (course.before, -1.0))
    contrast = np.asarray(sum(sign * np.where(side, course.sizes, 0.0) / course.sizes[side].sum() for side, sign in sides))
    told, p_value = differences(gap, course.before, course.after, contrast, np.ones((len(gap), 1)), noise)
    return estimate_of(name, "control", told, p_value=known(p_value), freedom=int(course.before.sum()) - 1)
