"""Intervals for two independent groups: the difference or the ratio of two proportions, the relative lift of two means.

Everything is vectorised as in `intervals`; counts are whole numbers, the first group is compared with the second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval, _divided, _floats, _reached, difference, relative_change, wilson


def newcombe(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Hybrid score interval of a difference of proportions (Newcombe 1998, method 10).

    doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    >>> [round(float(x), 4) for x in newcombe(9, 10, 3, 10)]
    [0.6, 0.1705, 0.809]
    """
    return difference(wilson(count1, nobs1, confidence), wilson(count2, nobs2, confidence))


def agresti_caffo(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of a difference of proportions after one more yes and no in each group (Agresti and Caffo 2000).

    doi 10.1080/00031305.2000.10474560; the value stays that of the counts, the limits are cut at -1 and 1.

    >>> [round(float(x), 4) for x in agresti_caffo(7, 34, 1, 34)]
    [0.1765, 0.0116, 0.3217]
    """
    x1, n1, x2, n2 = _floats(count1, nobs1, count2, nobs2)
    value = _divided(x1, n1) - _divided(x2, n2)
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    half = special.ndtri((1 + confidence) / 2) * np.sqrt(p1 * (1 - p1) / (n1 + 2) + p2 * (1 - p2) / (n2 + 2))
    limits = (np.where(np.isnan(value), np.nan, np.clip(p1 - p2 + side * half, -1, 1)) for side in (-1, 1))
    return Interval(value, *limits)


def miettinen_nurminen(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Score interval of a difference of proportions (Miettinen and Nurminen 1985, doi 10.1002/sim.4780040211).

    >>> [round(float(x), 4) for x in miettinen_nurminen(56, 70, 48, 80)]
    [0.2, 0.0528, 0.3382]
    """
    x1, n1, x2, n2 = _floats(count1, nobs1, count2, nobs2)
    z2 = _squared_quantile(confidence) * _unbiased(n1 + n2)
    value = _divided(x1, n1) - _divided(x2, n2)
    return Interval(value, value - _reach_down(x1, n1, x2, n2, z2), value + _reach_down(x2, n2, x1, n1, z2))


def koopman(count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Score interval of a ratio of proportions (Koopman 1984, doi 10.2307/2531405).

    With none in the second group the value is NaN and the upper limit inf, but the lower limit stands.

    >>> [round(float(x), 3) for x in koopman(36, 40, 16, 80)]
    [4.5, 2.94, 7.152]
    """
    x1, n1, x2, n2 = _floats(count1, nobs1, count2, nobs2)
    return _score_ratio(x1, n1, x2, n2, np.full(x1.shape, _squared_quantile(confidence)))


def miettinen_nurminen_ratio(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Score interval of a ratio of proportions (Miettinen and Nurminen 1985, doi 10.1002/sim.4780040211).

    As `koopman`, with the variance times N / (N - 1).

    >>> [round(float(x), 3) for x in miettinen_nurminen_ratio(24, 73, 53, 65)]
    [0.403, 0.28, 0.56]
    """
    x1, n1, x2, n2 = _floats(count1, nobs1, count2, nobs2)
    return _score_ratio(x1, n1, x2, n2, _squared_quantile(confidence) * _unbiased(n1 + n2))


def log_ratio(
    count1: ArrayLike, nobs1: ArrayLike, count2: ArrayLike, nobs2: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Interval of a ratio of proportions on the log scale, half a yes added to each group (Walter 1975).

    doi 10.1093/biomet/62.2.371; the value stays that of the counts. Where the first group has none the lower limit is 0, where
    the second has none the upper is inf; where both have all it is half a no that is added, lest no doubt be left.

    >>> [round(float(x), 4) for x in log_ratio(7, 34, 1, 34)]
    [7.0, 0.9241, 27.0523]
    """
    x1, n1, x2, n2 = _floats(count1, nobs1, count2, nobs2)
    yes = np.where((x1 == n1) & (x2 == n2), 0.0, 0.5)
    y1, m1, y2, m2 = x1 + yes, n1 + 0.5, x2 + yes, n2 + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (y1 / m1) / (y2 / m2)
        factor = np.exp(special.ndtri((1 + confidence) / 2) * np.sqrt(1 / y1 - 1 / m1 + 1 / y2 - 1 / m2))
        low, high = np.where(x1 > 0, centre / factor, 0.0), np.where(x2 > 0, centre * factor, np.inf)
    return _ratio(x1, n1, x2, n2, low, high)


def fieller(mean1: ArrayLike, se1: ArrayLike, mean2: ArrayLike, se2: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Interval of the relative lift, mean1 / mean2 - 1, from two means and their standard errors (Fieller 1954).

    doi 10.1111/j.2517-6161.1954.tb00159.x; normal quantiles, so for large samples. NaN where mean2 is not above 0; the limit
    away from 0 is infinite where mean2 may be 0.

    >>> [round(float(x), 3) for x in fieller(6, 0.3, 5, 0.2)]
    [0.2, 0.056, 0.359]
    """
    z = special.ndtri((1 + confidence) / 2)
    m1, s1, m2, s2 = _floats(mean1, se1, mean2, se2)
    first, second = (Interval(mean, mean - z * se, mean + z * se) for mean, se in ((np.abs(m1), s1), (m2, s2)))
    value, low, high = relative_change(first, second)
    pairs = ((value, value), (low, high), (high, low))
    return Interval(*(np.where(m1 < 0, -2 - other, one) for one, other in pairs))  # a negated ratio r has the lift -r - 1


def _squared_quantile(confidence: float) -> float:
    return float(special.ndtri((1 + confidence) / 2) ** 2)


def _unbiased(n: Floats) -> Floats:
    """Miettinen and Nurminen's factor, N / (N - 1)."""
    return _divided(n, n - 1)


def _reach_down(x1: Floats, n1: Floats, x2: Floats, n2: Floats, z2: Floats) -> Floats:
    """How far below x1 / n1 - x2 / n2 its lower score limit lies.

    The likeliest shares at a given difference solve n (x / n - p) = +-pull p (1 - p) with one multiplier for both groups;
    their difference lies pull * variance below the observed one, and the squared score is pull^2 * variance.
    """

    def variance(pull: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
        p1, q2 = _pulled(x1, n1, pull), _pulled(n2 - x2, n2, pull)
        spread: Floats = p1 * (1 - p1) / n1 + q2 * (1 - q2) / n2
        return spread

    counts = x1, n1, x2, n2
    most = (3 + 2 * z2) * np.maximum(n1, n2)  # one yes or no to pull at brings the score to z2 before
    pull = _reached(lambda pull, *counts: pull**2 * variance(pull, *counts), z2, most, *counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return pull * variance(pull, *counts)


def _pulled(x: Floats, n: Floats, pull: Floats) -> Floats:
    """The share p at which n (x / n - p) = pull p (1 - p), written so that nothing cancels."""
    pulled: Floats = 2 * x / (pull + n + np.sqrt((pull - n) ** 2 + 4 * pull * (n - x)))
    return pulled


def _score_ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats, z2: Floats) -> Interval:
    low = _least_ratio(x1, n1, x2, n2, z2)
    with np.errstate(divide="ignore"):
        high = 1 / _least_ratio(x2, n2, x1, n1, z2)
    return _ratio(x1, n1, x2, n2, low, high)


def _least_ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats, z2: Floats) -> Floats:
    """The lower score limit of (x1 / n1) / (x2 / n2).

    The likeliest shares at a given ratio are (x1 - pull) / (n1 - pull) and (x2 + pull) / (n2 + pull), and the squared score is
    the sum of pull^2 (1 - p) / (n p); where all of the first group did, the pull ends at n1 and the score gives the odds against.
    """

    def second(pull: Floats, x2: Floats, n2: Floats) -> Floats:
        return (n2 - x2) * np.divide(pull**2, n2 * (x2 + pull), out=np.zeros_like(pull), where=pull > 0)

    def score(pull: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
        first = np.divide(pull**2 * (n1 - x1), n1 * (x1 - pull), out=np.zeros_like(pull), where=x1 < n1)
        return first + second(pull, x2, n2)

    pull = _reached(score, z2, x1, x1, n1, x2, n2)
    with np.errstate(divide="ignore", invalid="ignore"):
        against = np.where(pull < x1, (n1 - x1) / (x1 - pull), (z2 - second(pull, x2, n2)) / n1)
        low = (n2 + pull) / (x2 + pull) / (1 + against)
    return np.where(x1 > 0, low, 0.0)


def _ratio(x1: Floats, n1: Floats, x2: Floats, n2: Floats, low: Floats, high: Floats) -> Interval:
    """The ratio of two shares with its limits, which are NaN where there is nobody in a group, or no yes in both."""
    known = (n1 > 0) & (n2 > 0) & (x1 + x2 > 0)
    value = _divided(_divided(x1, n1), _divided(x2, n2))
    return Interval(value, *(np.where(known, limit, np.nan) for limit in (low, high)))
