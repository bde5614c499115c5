"""Do two readings of one thing move together? The ratio between them before and after a change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kpikit.stats.intervals import CONFIDENCE

LEAST = 3  # periods on each side


class Apart(NamedTuple):
    """How many times more the first grew than the second, less 1, with its limits and p-value; NaN where that is not known."""

    value: float
    low: float
    high: float
    p_value: float


UNKNOWN = Apart(float("nan"), float("nan"), float("nan"), float("nan"))


def moved_apart(first: ArrayLike, second: ArrayLike, after: ArrayLike) -> Apart:
    """The relative change of first / second from before to after: Welch's t-test (1947, doi 10.1093/biomet/34.1-2.28) on logs.

    1-d by period. Whatever moves both alike, a season or chance in what they share, cancels in the ratio; what is left is told
    by its spread between periods, which are taken as independent. Periods in which either is 0 say nothing; where
    values lie below 0, nothing is told.

    >>> moved_apart([2, 2.1, 1.9, 4, 4.1, 3.9], [1, 1, 1, 1, 1, 1], [False] * 3 + [True] * 3).value.__round__(2)
    1.0
    """
    one, other, late = np.asarray(first, dtype=float), np.asarray(second, dtype=float), np.asarray(after, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(one) - np.log(other)
    known = np.isfinite(ratio) & ~((one < 0) | (other < 0)).any()
    sides = [ratio[known & ~late], ratio[known & late]]
    if min(map(len, sides)) < LEAST:
        return UNKNOWN
    step = float(sides[1].mean() - sides[0].mean())
    spread = [float(side.var(ddof=1)) / len(side) for side in sides]
    error = float(np.sqrt(sum(spread)))
    if error < 1e-12:  # the two are the same but for a factor
        return Apart(float(np.expm1(step)), float(np.expm1(step)), float(np.expm1(step)), 1.0 if abs(step) < 1e-9 else 0.0)
    freedom = sum(spread) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(spread, sides, strict=True))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(step) / error, freedom))
    value, low, high = (float(np.expm1(end)) for end in (step, step - half, step + half))
    return Apart(value, low, high, p_value)
