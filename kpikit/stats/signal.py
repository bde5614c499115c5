"""Routine or exceptional: Shewhart's XmR chart and Laney's charts with limits frozen on a baseline, and two rules."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpikit.stats.intervals import Floats, _divided, _floats

Bools = NDArray[np.bool_]
Verdict = Literal["routine", "exceptional", "shifted", "unknown"]
BEYOND = "beyond the limits"
RUN = "eight in a row on one side"
MIN_BASELINE = 12  # limits from so few call 2 in 100 routine points exceptional, from very many 0.3
RUN_LENGTH = 8
MANY_BEYOND = 3
RANGE_TO_SIGMA = 1.128  # expected range of two values, in standard deviations of the normal distribution
ROUNDING = 1e-12


class Limits(NamedTuple):
    """Centre line and the two limits at each point, float64 arrays of one shape."""

    centre: Floats
    low: Floats
    high: Floats


def xmr_limits(values: ArrayLike, baseline: ArrayLike, minimum: int = MIN_BASELINE) -> Limits:
    """Limits of the individuals chart, frozen on the points where `baseline` is true (Shewhart 1931; Wheeler 1993).

    `values` is 1-d, NaN where there is none. Centre is the baseline's mean, three sigma come from its mean moving range
    between neighbours that both exist; all NaN with fewer than `minimum` baseline points or when they do not vary.

    >>> limits = xmr_limits([1, 3] * 6 + [9], [True] * 12 + [False])
    >>> [round(float(x[-1]), 2) for x in limits]
    [2.0, -3.32, 7.32]
    """
    x = np.asarray(values, dtype=float)
    kept = np.asarray(baseline, dtype=bool) & ~np.isnan(x)
    centre = np.full(x.shape, _divided(np.where(kept, x, 0).sum(), kept.sum()))
    half = np.full(x.shape, 3 * _sigma(x, kept, minimum, abs(x)))
    return _around(centre, half)


def laney_limits(numerator: ArrayLike, denominator: ArrayLike, baseline: ArrayLike, minimum: int = MIN_BASELINE) -> Limits:
    """Limits of the p'-chart, for proportions that vary more or less than binomially (Laney 2002).

    doi 10.1081/QEN-120006555. 1-d counts; the centre is the baseline's pooled proportion p, the limits are
    p +- 3 sqrt(p (1 - p) / denominator) sigma_z within [0, 1], where sigma_z comes from the moving ranges of the z-scores.
    NaN where the denominator is not above 0; all NaN as in `xmr_limits`.

    >>> limits = laney_limits([10, 30] * 6 + [60], [100] * 13, [True] * 12 + [False])
    >>> [round(float(x[-1]), 3) for x in limits]
    [0.2, 0.0, 0.732]
    """
    return _laney(numerator, denominator, baseline, minimum, 1.0)


def laney_rate_limits(numerator: ArrayLike, denominator: ArrayLike, baseline: ArrayLike, minimum: int = MIN_BASELINE) -> Limits:
    """Limits of the u'-chart, for event rates: as `laney_limits`, without an upper bound.

    >>> limits = laney_rate_limits([50, 150] * 6 + [60], [100] * 13, [True] * 12 + [False])
    >>> [round(float(x[-1]), 3) for x in limits]
    [1.0, 0.0, 3.66]
    """
    return _laney(numerator, denominator, baseline, minimum, np.inf)


def _laney(numerator: ArrayLike, denominator: ArrayLike, baseline: ArrayLike, minimum: int, most: float) -> Limits:
    n, d = _floats(numerator, denominator)
    rate = _divided(n, d)
    kept = np.asarray(baseline, dtype=bool) & ~np.isnan(rate)
    centre = np.full(n.shape, _divided(np.where(kept, n, 0).sum(), np.where(kept, d, 0).sum()))
    # p (1 - p), or u, divides the z-scores and multiplies the limits: it cancels, and only 1 / d is left of the variance
    deviation = np.sqrt(_divided(np.ones(d.shape), d))
    half = 3 * deviation * _sigma(_divided(rate - centre, deviation), kept, minimum, abs(_divided(centre, deviation)))
    limits = _around(centre, half)
    return limits._replace(low=limits.low.clip(min=0), high=limits.high.clip(max=most))


def _sigma(x: Floats, kept: Bools, minimum: int, scale: Floats) -> float:
    """Standard deviation from the mean moving range; NaN where the baseline is too short or varies by rounding only."""
    neighbours = kept[1:] & kept[:-1]
    if kept.sum() < minimum or not neighbours.any():
        return np.nan
    sigma = float(abs(np.diff(x))[neighbours].mean()) / RANGE_TO_SIGMA
    return sigma if sigma > ROUNDING * scale[kept].max() else np.nan


def _around(centre: Floats, half: Floats) -> Limits:
    return Limits(np.where(np.isnan(half), np.nan, centre), centre - half, centre + half)


def signals(values: ArrayLike, limits: Limits) -> NDArray[np.str_]:
    """The rule that fires at each point, "" where none does: beyond the limits, or else eight in a row on one side.

    The run (Western Electric 1956; Nelson 1984, doi 10.1080/00224065.1984.11978921, asks for nine) is named from its eighth
    point on; a point on the centre ends it, a missing point neither ends nor lengthens it.

    >>> values = [1, 3] * 6 + [9]
    >>> str(signals(values, xmr_limits(values, [True] * 12 + [False]))[-1])
    'beyond the limits'
    """
    x = np.asarray(values, dtype=float)
    return np.where(_beyond(x, limits) != 0, BEYOND, np.where(_in_run(x, limits), RUN, ""))


def signal_after(values: ArrayLike, limits: Limits, after: ArrayLike) -> Verdict:
    """What the points where `after` is true show against frozen limits.

    "shifted": a run of eight reaches into them, or three or more of them, at least half of all, lie beyond the same limit.
    "exceptional": else a point lies beyond a limit. "routine": else. "unknown": no such point has a value and limits.

    >>> values = [1, 3] * 6 + [9]
    >>> signal_after(values, xmr_limits(values, [True] * 12 + [False]), [False] * 12 + [True])
    'exceptional'
    """
    x = np.asarray(values, dtype=float)
    exists = np.asarray(after, dtype=bool) & ~np.isnan(x - limits.centre)
    beyond, in_run = _beyond(x, limits)[exists], _in_run(x, limits)[exists]
    if not exists.any():
        return "unknown"
    most = max((beyond > 0).sum(), (beyond < 0).sum())
    if in_run.any() or most >= max(MANY_BEYOND, exists.sum() / 2):
        return "shifted"
    return "exceptional" if most else "routine"


def _beyond(x: Floats, limits: Limits) -> Floats:
    """1 above the high limit, -1 below the low one, 0 elsewhere."""
    return np.where(x > limits.high, 1.0, np.where(x < limits.low, -1.0, 0.0))


def _in_run(x: Floats, limits: Limits) -> Bools:
    side = np.sign(x - limits.centre)
    length, last, reached = 0, 0.0, np.zeros(x.shape, dtype=bool)
    for i in np.flatnonzero(~np.isnan(side)):
        length, last = (length + 1 if side[i] == last else 1), side[i]
        reached[i] = last != 0 and length >= RUN_LENGTH
    return reached
