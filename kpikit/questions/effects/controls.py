"""Against a control group: difference in differences, and a weighted mix of several controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimate import Estimate, estimate_of
from kpikit.questions.verdicts import known
from kpikit.stats.counterfactual import Baseline, baseline_of, continued, differences, synthetic_weights
from kpikit.stats.intervals import Floats, Interval


@dataclass(frozen=True, eq=False)
class Against:
    """What the control group says: its estimates, whether it ran parallel before, its line at the level of the treated."""

    rows: Sequence[Estimate] = ()
    parallel: bool | None = None  # None where its drift before leaves more room than no control at all
    there: bool = False
    line: Floats | None = None
    donors: Mapping[str, float] = field(default_factory=dict)


def against_control(course: Course, values: Floats, controls: Mapping[str, Course], alone: Interval) -> Against:
    """Difference in differences with the controls as one group; with several of them also their weighted mix.

    They ran parallel before when their difference had no clear trend, and none that could carry it further off, by the
    middle of the periods after, than the effect `alone` (without a control) may lie off: "no clear trend" can be lack of periods.
    """
    if not controls:
        return Against()
    there = course.before | course.after
    for other in controls.values():
        there &= other.before | other.after
    own = course.without(~there)
    beside = np.column_stack([other.held()[0] for other in controls.values()])
    sizes = np.column_stack([other.sizes for other in controls.values()])
    shares = sizes[own.before].sum(axis=0) / sizes[own.before].sum()
    gap = values - beside @ shares
    contrast = _pooling(own)
    own_noise = course.held()[1]
    told, p_value = differences(gap, own.before, own.after, contrast, np.ones((len(gap), 1)), own_noise)
    before = baseline_of(gap, own.before, 1)
    slope = continued(gap, own.before, own.after, 1, own.sizes, Baseline(before.trend, False, ())).slope
    drift = float(slope.high - slope.low) / 2 * (own.after.nonzero()[0].mean() - own.before.nonzero()[0].mean())
    narrow = drift <= float(alone.high - alone.low) / 2
    parallel = False if slope.low > 0 or slope.high < 0 else True if before.trend and narrow else None
    freedom = int(own.before.sum()) - 1
    rows = [estimate_of("difference in differences", "control", told, p_value=known(p_value), freedom=freedom)]
    shifted = beside @ shares + (gap * -np.minimum(contrast, 0)).sum()
    if len(controls) > 1 and own.before.sum() > len(controls):
        weights = synthetic_weights(values[own.before], beside[own.before])
        donors = dict(zip(controls, (float(weight) for weight in weights), strict=True))
        told, p_value = differences(values - beside @ weights, own.before, own.after, contrast, np.ones((len(gap), 1)), own_noise)
        rows.append(estimate_of("synthetic control", "control", told, p_value=known(p_value)))
        return Against(rows, parallel, True, shifted, donors)
    return Against(rows, parallel, True, shifted)


def _pooling(course: Course) -> Floats:
    """Weights that take the pooled value of before from that of after."""
    sides = ((course.after, 1.0), (course.before, -1.0))
    return np.asarray(sum(sign * np.where(side, course.sizes, 0.0) / course.sizes[side].sum() for side, sign in sides))
