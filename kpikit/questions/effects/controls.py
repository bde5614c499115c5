"""Against a control group: difference in differences, and a weighted mix of several controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimate import Estimate, estimate_of
from kpikit.stats.counterfactual import Baseline, baseline_of, continued, differences, synthetic_weights
from kpikit.stats.intervals import Floats


@dataclass(frozen=True, eq=False)
class Against:
    """What the control group says: its estimates, whether it ran parallel before, its line at the level of the treated."""

    rows: Sequence[Estimate] = ()
    parallel: bool | None = None
    line: Floats | None = None
    donors: Mapping[str, float] = field(default_factory=dict)


def against_control(course: Course, values: Floats, controls: Mapping[str, Course]) -> Against:
    """Difference in differences with the controls as one group; with several of them also their weighted mix."""
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
    told, p_value = differences(gap, own.before, own.after, contrast, np.ones((len(gap), 1)))
    before = baseline_of(gap, own.before, 1)
    slope = continued(gap, own.before, own.after, 1, own.sizes, Baseline(before.trend, False, ())).slope
    parallel = bool(before.trend and not (slope.low > 0 or slope.high < 0))
    freedom = int(own.before.sum()) - 1
    rows = [estimate_of("difference in differences", "control", told, p_value=p_value, freedom=freedom)]
    shifted = beside @ shares + (gap * -np.minimum(contrast, 0)).sum()
    if len(controls) > 1 and own.before.sum() > len(controls):
        weights = synthetic_weights(values[own.before], beside[own.before])
        donors = dict(zip(controls, (float(weight) for weight in weights), strict=True))
        told, p_value = differences(values - beside @ weights, own.before, own.after, contrast, np.ones((len(gap), 1)))
        rows.append(estimate_of("synthetic control", "control", told, p_value=p_value))
        return Against(rows, parallel, shifted, donors)
    return Against(rows, parallel, shifted)


def _pooling(course: Course) -> Floats:
    """Weights that take the pooled value of before from that of after."""
    sides = ((course.after, 1.0), (course.before, -1.0))
    return np.asarray(sum(sign * np.where(side, course.sizes, 0.0) / course.sizes[side].sum() for side, sign in sides))
