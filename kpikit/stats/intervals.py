"""Intervals for proportions, event rates and ratios of sums, and MOVER: how two of them make a difference or a ratio.

Everything is vectorised: arguments broadcast, results are float64 arrays, NaN where nothing can be said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import elementwise

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


def _reached(score: Callable[..., Floats], level: ArrayLike, most: Floats, *counts: Floats) -> Floats:
    """Where in [0, most] a `score` that never falls comes up to `level`; `most` where it does not."""

    def excess(at: Floats, level: Floats, *counts: Floats) -> Floats:
        return 0.5 - level / (score(at, *counts) + level)  # the sign of score - level, and finite where the score is not

    with np.errstate(divide="ignore", invalid="ignore"):
        root = elementwise.find_root(excess, (np.zeros_like(most), most), args=(level, *counts))
    return np.where(root.success, root.x, most)


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


def clopper_pearson(count: ArrayLike, nobs: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of a proportion: it holds the true one at least as often as it says (Clopper and Pearson 1934).

    doi 10.1093/biomet/26.4.404

    >>> [round(float(x), 4) for x in clopper_pearson(1, 29)]
    [0.0345, 0.0009, 0.1776]
    """
    tail = (1 - confidence) / 2
    return _mirrored(lambda x, n: special.betaincinv(x, n - x + 1, tail), count, nobs)


def mid_p(count: ArrayLike, nobs: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of a proportion that counts half of the chance of the sample itself (Lancaster 1961).

    doi 10.1080/01621459.1961.10482105; shorter than `clopper_pearson`, right on average over the true proportions.

    >>> [round(float(x), 4) for x in mid_p(15, 148)]
    [0.1014, 0.0601, 0.1581]
    """

    def upper_tail(p: Floats, x: Floats, n: Floats) -> Floats:
        tail: Floats = (special.betainc(x, n - x + 1, p) + special.betainc(x + 1, n - x, p)) / 2
        return tail

    return _mirrored(lambda x, n: _reached(upper_tail, (1 - confidence) / 2, np.sign(x), x, n), count, nobs)


def jeffreys(count: ArrayLike, nobs: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Equal-tailed interval of a proportion under Jeffreys' prior, from 0 for none and to 1 for all (Brown, Cai, DasGupta 2001).

    doi 10.1214/ss/1009213286

    >>> [round(float(x), 3) for x in jeffreys(36, 154)]
    [0.234, 0.172, 0.305]
    """
    tail = (1 - confidence) / 2
    return _mirrored(lambda x, n: special.betaincinv(x + 0.5, n - x + 0.5, tail), count, nobs)


def _mirrored(lower: Callable[[Floats, Floats], NDArray[Any]], count: ArrayLike, nobs: ArrayLike) -> Interval:
    """Interval of a method whose upper limit is the complement of the lower limit of the others."""
    x, n = _floats(count, nobs)
    known = (n > 0) & (x >= 0) & (x <= n)
    low, rest = (np.where(known, np.where(k > 0, lower(k, n), 0.0), np.nan) for k in (x, n - x))
    return Interval(_divided(x, n), low, 1 - rest)


def poisson(count: ArrayLike, exposure: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Exact interval of an event rate, count / exposure (Garwood 1936, doi 10.1093/biomet/28.3-4.437).

    >>> [round(float(x), 3) for x in poisson(10, 1)]
    [10.0, 4.795, 18.39]
    """
    x, t = _floats(count, exposure)
    tail = (1 - confidence) / 2
    low = np.where(x > 0, special.gammaincinv(np.maximum(x, 1), tail), 0.0)
    return Interval(_divided(x, t), _divided(low, t), _divided(special.gammaincinv(x + 1, 1 - tail), t))


def balance(gains: ArrayLike, losses: ArrayLike, nobs: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Interval of (gains - losses) / nobs, where a unit is a gain, a loss or neither: MOVER on two shares of one sample.

    With Wilson limits and the multinomial's correlation, - sqrt(p q / ((1 - p) (1 - q))) (Newcombe 1998, doi
    10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C, for paired shares). Where gains and losses together
    pass nobs they are no parts of it: both are taken as independent Poisson counts.

    >>> [round(float(x), 3) for x in balance(50, 20, 100)]
    [0.3, 0.14, 0.442]
    """
    gain, loss, n = _floats(gains, losses, nobs)
    parts = gain + loss <= n
    p, q = (np.minimum((count + 1) / (n + 3), 1) for count in (gain, loss))  # drawn to the middle: the estimate is one of few
    together = -np.sqrt(np.clip(_divided(p * q, (1 - p) * (1 - q)), 0, 1))
    within = difference(wilson(np.minimum(gain, n), n, confidence), wilson(np.minimum(loss, n), n, confidence), together)
    apart = difference(poisson(gain, n, confidence), poisson(loss, n, confidence))
    low, high = (np.where(parts, one, other) for one, other in zip(within[1:], apart[1:], strict=True))
    return Interval(_divided(gain - loss, n), low, high)


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


def clustered_ratio(n: ArrayLike, d: ArrayLike, cluster: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Linearised interval of sum(n) / sum(d) of one sample, from rows that belong to clusters, usually customers.

    One row each of `n`, `d` and `cluster` (any identifier); clusters, not rows, are the units of `ratio_of_sums`.

    >>> [round(float(x), 4) for x in clustered_ratio([1, 1, 3, 4], [4, 6, 10, 10], ["a", "a", "b", "c"])]
    [0.3, 0.0516, 0.5484]
    """
    names, row = np.unique(np.asarray(cluster), return_inverse=True)
    sums_n, sums_d = (np.bincount(row, np.asarray(part, dtype=float), len(names)) for part in (n, d))
    total_n, total_d = sums_n.sum(), sums_d.sum()
    residuals = sums_n - _divided(total_n, total_d) * sums_d
    return ratio_of_sums(total_n, total_d, residuals @ residuals, len(names), confidence)


def difference(after: Interval, before: Interval, correlation: ArrayLike = 0.0) -> Interval:
    """MOVER: after - before of two estimates from their own limits (Zou and Donner 2008, doi 10.1002/sim.3095).

    With Wilson limits it is Newcombe's hybrid score interval (1998, method 10). `correlation` is that of the two
    estimates, 0 when they are independent.

    >>> [round(float(x), 4) for x in difference(wilson(9, 10), wilson(3, 10))]
    [0.6, 0.1705, 0.809]
    """
    value = after.value - before.value
    low = value - _apart(after.value - after.low, before.high - before.value, correlation)
    high = value + _apart(after.high - after.value, before.value - before.low, correlation)
    return Interval(value, low, high)


def _apart(x: Floats, y: Floats, correlation: ArrayLike) -> Floats:
    """The root of x^2 - 2 r x y + y^2, written so that it never turns imaginary."""
    r = np.clip(correlation, -1, 1)
    apart: Floats = np.hypot(x - r * y, y * np.sqrt(1 - r**2))
    return apart


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
