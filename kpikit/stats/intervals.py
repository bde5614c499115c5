"""Intervals for proportions, event rates and ratios of sums, and MOVER: how two of them make a difference or a ratio.

Everything is vectorised: arguments broadcast, results are float64 arrays, NaN where nothing can be said.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Estimate and its two limits, float64 arrays of one shape."""

    value: Floats
    low: Floats
    high: Floats


def _floats(*columns: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(column, dtype=float) for column in columns)))


def _divided(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    divided: Floats = np.divide(a, b, out=np.full(a.shape, np.nan), where=b > 0)
    return divided


def wilson(count: ArrayLike, nobs: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Score interval of a proportion of independent units (Wilson 1927, doi 10.1080/01621459.1927.10502953).

    >>> [round(float(x), 4) for x in wilson(81, 263)]
    [0.308, 0.2553, 0.3662]
    """
    x, n = _floats(count, nobs)
    z2 = special.ndtri((1 + confidence) / 2) ** 2
    value = _divided(x, n)
    centre = _divided(x + z2 / 2, n + z2)
    half = _divided(np.sqrt(z2 * (x * (1 - np.nan_to_num(value)) + z2 / 4)), n + z2)
    low = np.where(x == 0, 0.0, centre - half)
    high = np.where(x == n, 1.0, centre + half)
    return Interval(value, *(np.where(np.isnan(value), np.nan, limit) for limit in (low, high)))


def poisson(count: ArrayLike, exposure: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of an event rate, count / exposure (Garwood 1936, doi 10.1093/biomet/28.3-4.437).

    >>> [round(float(x), 3) for x in poisson(10, 1)]
    [10.0, 4.795, 18.39]
    """
    x, t = _floats(count, exposure)
    tail = (1 - confidence) / 2
    low = np.where(x > 0, special.gammaincinv(np.maximum(x, 1), tail), 0.0)
    return Interval(_divided(x, t), _divided(low, t), _divided(special.gammaincinv(x + 1, 1 - tail), t))


def ratio_of_sums(
    n: ArrayLike, d: ArrayLike, residual_squares: ArrayLike, units: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Linearised interval of sum(n) / sum(d) over `units` sampled units, usually periods (Cochran 1977, section 6.3).

    `n` and `d` are the two sums, `residual_squares` is the sum of (n_i - r d_i)^2 with r their ratio; the limits are
    NaN under two units. Scaling both sums by one factor changes nothing.

    >>> n, d = np.array([2.0, 3, 4]), np.array([10.0, 10, 10])
    >>> [round(float(x), 4) for x in ratio_of_sums(9, 30, ((n - 0.3 * d) ** 2).sum(), 3)]
    [0.3, 0.0516, 0.5484]
    """
    sum_n, sum_d, squares, count = _floats(n, d, residual_squares, units)
    enough = count > 1
    freedom = np.where(enough, count - 1, 1)
    variance = _divided(squares * count / freedom, sum_d**2)
    half = np.where(enough, special.stdtrit(freedom, (1 + confidence) / 2) * np.sqrt(variance), np.nan)
    value = _divided(sum_n, sum_d)
    return Interval(value, value - half, value + half)


def difference(after: Interval, before: Interval) -> Interval:
    """MOVER: after - before of two independent estimates from their own limits (Zou and Donner 2008, doi 10.1002/sim.3095).

    With Wilson limits it is Newcombe's hybrid score interval (1998, method 10).

    >>> [round(float(x), 4) for x in difference(wilson(9, 10), wilson(3, 10))]
    [0.6, 0.1705, 0.809]
    """
    value = after.value - before.value
    low = value - np.hypot(after.value - after.low, before.high - before.value)
    high = value + np.hypot(after.high - after.value, before.value - before.low)
    return Interval(value, low, high)


def relative_change(after: Interval, before: Interval) -> Interval:
    """MOVER-R: after / before - 1 (Donner and Zou 2012, doi 10.1177/0962280210383082).

    It solves `difference` = 0 for the ratio, so it lies above 0 exactly when `difference` does; with symmetric limits it
    is Fieller's interval. NaN where before is not above 0; the upper limit is inf where the data do not bound it.

    >>> [round(float(x), 3) for x in relative_change(wilson(36, 40), wilson(16, 80))]
    [3.5, 1.903, 6.113]
    """
    product = before.value * after.value
    low = _root(product, before, before.high - before.value, after, after.value - after.low, -1)
    high = _root(product, before, before.value - before.low, after, after.high - after.value, +1)
    known = (before.value > 0) & ~np.isnan(after.low + before.low)
    return Interval(*(np.where(known, x - 1, np.nan) for x in (_divided(after.value, before.value), low, high)))


def _root(product: Floats, before: Interval, x: Floats, after: Interval, y: Floats, side: int) -> Floats:
    """The smaller (side -1) or larger (+1) ratio R at which |after - R before| is as wide as its limit, hypot(y, R x)."""
    a, b = before.value, after.value
    square = (a * y) ** 2 + (b * x) ** 2 - (x * y) ** 2  # of the discriminant, written so that nothing cancels
    root = np.sqrt(np.maximum(square, 0))
    wide, least = (a - x) * (a + x), (b - y) * (b + y)
    with np.errstate(divide="ignore", invalid="ignore"):
        if side > 0:
            return np.where(wide > 0, (product + root) / wide, np.inf)
        smaller = np.where(least == 0, 0.0, least / (product + root))
    return np.where(square < 0, -np.inf, smaller)
