"""Intervals and a test for two shares of the same units, measured twice: what moved between the first and the second time.

The four counts are the units that said yes both times, only the first, only the second, and neither time. Everything is
vectorised as in `intervals`. A state that can only be entered or only be left (once upgraded, always upgraded) cannot
move both ways, so every move looks like an effect: the caller refuses it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval, _divided, _floats, _reached, difference, wilson


def newcombe_paired(
    both: ArrayLike, first_only: ArrayLike, second_only: ArrayLike, neither: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Hybrid score interval of the first share minus the second (Newcombe 1998, paired method 10).

    doi 10.1002/(SICI)1097-0258(19981130)17:22<2635::AID-SIM954>3.0.CO;2-C; a positive correlation of the two shares is
    corrected for continuity.

    >>> [round(float(x), 4) for x in newcombe_paired(20, 12, 2, 16)]
    [0.2, 0.0562, 0.3292]
    """
    a, b, c, d = _floats(both, first_only, second_only, neither)
    n = a + b + c + d
    together = a * d - b * c
    together = np.where(together > 0, np.maximum(together - n / 2, 0), together)
    correlation = np.nan_to_num(_divided(together, np.sqrt((a + b) * (c + d)) * np.sqrt((a + c) * (b + d))))
    return difference(wilson(a + b, n, confidence), wilson(a + c, n, confidence), correlation)


def tango(
    both: ArrayLike, first_only: ArrayLike, second_only: ArrayLike, neither: ArrayLike, confidence: float = CONFIDENCE
) -> Interval:
    """Score interval of the first share minus the second (Tango 1998).

    doi 10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B; it excludes 0 exactly when McNemar's chi-squared
    test without continuity correction does.

    >>> [round(float(x), 3) for x in tango(7, 25, 2, 68)]
    [0.225, 0.139, 0.321]
    """
    a, b, c, d = _floats(both, first_only, second_only, neither)
    n = a + b + c + d
    z2 = special.ndtri((1 + confidence) / 2) ** 2
    value = _divided(b - c, n)
    return Interval(value, value - _reach_down(b, c, n, z2), value + _reach_down(c, b, n, z2))


def mcnemar(first_only: ArrayLike, second_only: ArrayLike) -> Floats:
    """Two-sided mid-p value of moves that go either way by the toss of a coin (Fagerland, Lydersen and Laake 2013).

    doi 10.1186/1471-2288-13-91; twice the smaller tail with half of the chance of the sample itself, hence 1 where both counts
    are equal (the authors then take half of that chance off).

    >>> round(float(mcnemar(1, 7)), 4)
    0.0391
    """
    b, c = _floats(first_only, second_only)
    more, fewer = np.maximum(b, c), np.minimum(b, c)
    tails = special.betainc(more, fewer + 1, 0.5) + special.betainc(more + 1, fewer, 0.5)
    p: Floats = np.minimum(tails, 1, dtype=float)
    return p


def _reach_down(b: Floats, c: Floats, n: Floats, z2: float) -> Floats:
    """How far below (b - c) / n its lower score limit lies."""

    def score(gap: Floats, b: Floats, c: Floats, n: Floats) -> Floats:
        change = (b - c) / n - gap
        size = np.minimum(np.abs(change), 1)
        rare, common = np.where(change < 0, b, c), np.where(change < 0, c, b)
        linear = (2 * n - common + rare) * size - common - rare
        share = (np.sqrt(linear**2 + 8 * n * rare * size * (1 - size)) - linear) / (4 * n)  # the likeliest of the rarer move
        variance = 2 * share + size - size**2
        squared: Floats = np.divide(n * gap**2, variance, out=np.zeros_like(gap), where=gap > 0)
        return squared

    return _reached(score, z2, _divided(b - c, n) + 1, b, c, n)
