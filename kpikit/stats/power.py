"""What a comparison of two proportions can see: its power, the smallest change it finds, the size it needs.

Two-sided z test with pooled variance under no change and each group's own variance under the change; the rejections on
the wrong side are not counted, as in R's power.prop.test with strict = FALSE (Fleiss, Levin and Paik 2003, section 4.2,
doi 10.1002/0471445428, without the continuity correction).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.optimize import elementwise

from kpikit.stats.intervals import Floats, _divided, _floats

ALPHA = 0.05
POWER = 0.8


def power_two(p1: ArrayLike, p2: ArrayLike, n: ArrayLike, alpha: ArrayLike = ALPHA, ratio: ArrayLike = 1) -> Floats:
    """Chance of finding p1 and p2 different, with `n` units in the first group and `ratio` x n in the second.

    NaN where p1 and p2 are both 0 or both 1.

    >>> round(float(power_two(0.5, 0.75, 50)), 7)
    0.7401659
    """
    p1, p2, n, alpha, ratio = _floats(p1, p2, n, alpha, ratio)
    none, some = _deviations(p1, p2, ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        power: Floats = special.ndtr((np.sqrt(n) * abs(p2 - p1) + special.ndtri(alpha / 2) * none) / some)
    return power


def size_two(p1: ArrayLike, p2: ArrayLike, power: ArrayLike = POWER, alpha: ArrayLike = ALPHA, ratio: ArrayLike = 1) -> Floats:
    """Units in the first group, not rounded, by which p1 and p2 are found different with `power` (above alpha / 2).

    The second group has `ratio` times as many. NaN where p1 equals p2: no size finds what is not there.

    >>> round(float(size_two(0.9, 1.0)), 5)
    73.37427
    """
    found = _seen(*_floats(p1, p2, power, alpha, ratio))
    return _divided(np.ones(found.shape), found**2)


def smallest_change(
    p1: ArrayLike, n: ArrayLike, power: ArrayLike = POWER, alpha: ArrayLike = ALPHA, ratio: ArrayLike = 1
) -> Floats:
    """Smallest rise p2 - p1 that is found with `power` (above alpha / 2), `n` units before and `ratio` x n after.

    A fraction, NaN where not even a rise to 1 is found. The smallest fall is smallest_change(1 - p1, ...).

    >>> round(float(smallest_change(0.5, 50, power=0.9)), 4)
    0.3026
    """
    p1, n, power, alpha, ratio = _floats(p1, n, power, alpha, ratio)
    needed = _divided(np.ones(n.shape), np.sqrt(n))
    root = elementwise.find_root(_beyond_need, (p1, np.ones(n.shape)), args=(p1, power, alpha, ratio, needed))
    return np.where(root.success, root.x - p1, np.nan)


def _deviations(p1: Floats, p2: Floats, ratio: Floats) -> tuple[Floats, Floats]:
    """Standard deviation of the difference at n = 1, under no change (pooled) and under the change."""
    pooled = (p1 + ratio * p2) / (1 + ratio)
    return np.sqrt(pooled * (1 - pooled) * (1 + 1 / ratio)), np.sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)


def _seen(p1: Floats, p2: Floats, power: Floats, alpha: Floats, ratio: Floats) -> Floats:
    """1 / sqrt(n) of the size that finds the change: 0 where there is none, rising with it."""
    none, some = _deviations(p1, p2, ratio)
    need = special.ndtri(power) * some - special.ndtri(alpha / 2) * none
    return np.where(p1 == p2, 0.0, _divided(abs(p2 - p1), need))


def _beyond_need(p2: Floats, p1: Floats, power: Floats, alpha: Floats, ratio: Floats, needed: Floats) -> Floats:
    return _seen(p1, p2, power, alpha, ratio) - needed
