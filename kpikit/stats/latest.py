"""The latest change of a course, judged by its counts and by how much the course changed before: is it more than usual?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval, _divided, _floats

LEAST = 5  # earlier changes, without which nobody knows what is usual
PER_CHANGE = 0.62  # degrees of freedom that each moving range brings (Cryer and Ryan 1990, J Qual Technol 22:187)


class Usual(NamedTuple):
    """The standard deviation of a change, from earlier ones, and its degrees of freedom; NaN where too few are known."""

    deviation: float
    freedom: float


class Judged(NamedTuple):
    """A change with its limits, and the p-value that belongs to them: under 0.05 exactly when the 95 % limits leave out 0."""

    value: float
    low: float
    high: float
    p_value: float


def usual_change(earlier: ArrayLike) -> Usual:
    """The usual size of a change: the mean moving range over that of a normal one, as control charts take it (Shewhart 1931).

    `earlier` are differences of neighbors, NaN where one is missing. It stands up to a single leap and to a slow drift.

    >>> usual_change([1, -1, 1, -1, 1, -1]).deviation.__round__(3)
    1.253
    """
    known = np.asarray(earlier, dtype=float)
    known = known[np.isfinite(known)]
    deviation = float(np.abs(known).mean() * np.sqrt(np.pi / 2)) if len(known) >= LEAST else float("nan")
    return Usual(deviation if deviation > 0 else float("nan"), PER_CHANGE * len(known))


def standardized(numerators: ArrayLike, denominators: ArrayLike, *, most: float) -> Floats:
    """The differences of neighboring counted rates in their sampling deviations; `most` is 1 of shares, infinite of event rates.

    >>> standardized([10, 20], [100, 100], most=1).round(2).tolist()
    [1.98]
    """
    n, d = _floats(numerators, denominators)
    pooled, one = _divided(n[1:] + n[:-1], d[1:] + d[:-1]), np.ones_like(d[1:])
    spread = pooled * (1 - pooled / most) * (_divided(one, d[1:]) + _divided(one, d[:-1]))
    return _divided(np.diff(_divided(n, d)), np.sqrt(spread))


def by_counts(change: Interval, usual: Usual) -> Judged:
    """The change whose limits come from its counts, widened where earlier changes were larger than their counts make them.

    `usual` is of `standardized` changes, 1 where counting alone is at work; it never narrows the limits (as a quasi-likelihood
    would be scaled, McCullagh and Nelder 1989, 4.5; its quantile is then Student's).
    """
    value, low, high = (float(end) for end in change)
    over = np.isfinite(usual.deviation) and usual.deviation > 1
    factor, freedom = (usual.deviation, usual.freedom) if over else (1.0, np.inf)
    wide = factor * _quantile(freedom) / _quantile(np.inf)
    low, high = value - wide * (value - low), value + wide * (high - value)
    return _judged(value, low, high, freedom)


def by_spread(value: float, usual: Usual) -> Judged:
    """The change with limits from earlier changes alone, for what has no sampling noise that is known: amounts and stocks."""
    half = _quantile(usual.freedom) * usual.deviation
    return _judged(value, value - half, value + half, usual.freedom)


def _judged(value: float, low: float, high: float, freedom: float) -> Judged:
    inward = value - low if value > 0 else high - value
    if not np.isfinite(inward) or inward <= 0:
        return Judged(value, float("nan"), float("nan"), float("nan"))
    return Judged(value, low, high, float(2 * stats.t.sf(abs(value) / inward * _quantile(freedom), freedom)))


def _quantile(freedom: float) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))
