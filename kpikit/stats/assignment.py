"""Whether groups are what they were meant to be, and how much hidden bias would explain a difference away."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import Floats

MISMATCH = 0.001  # under it a sample ratio is not what was planned (Fabijan et al. 2019)


def sample_ratio(counts: ArrayLike, shares: ArrayLike) -> float:
    """The p-value of a sample-ratio mismatch: chi-square of the arms' counts against their planned shares.

    Fabijan et al. (2019, doi 10.1145/3292500.3330722) flag under 0.001. Shares need not add up to 1.

    >>> f"{sample_ratio([821588, 815482], [1, 1]):.1e}"
    '1.8e-06'
    """
    seen, planned = np.asarray(counts, dtype=float), np.asarray(shares, dtype=float)
    meant = planned / planned.sum() * seen.sum()
    return float(special.chdtrc(len(seen) - 1, float(((seen - meant) ** 2 / meant).sum())))


def alike(counts: ArrayLike, totals: ArrayLike) -> float:
    """The p-value of a chi-square that all groups have the same share of something; NaN where none or all have it."""
    seen, of = np.asarray(counts, dtype=float), np.asarray(totals, dtype=float)
    share = seen.sum() / of.sum()
    if not 0 < share < 1:
        return np.nan
    return float(special.chdtrc(len(seen) - 1, float(((seen - of * share) ** 2 / (of * share * (1 - share))).sum())))


def standardised(difference: ArrayLike, variance1: ArrayLike, variance2: ArrayLike) -> Floats:
    """A difference of means in standard deviations of the two groups (Austin 2009, doi 10.1002/sim.3697); NaN without spread."""
    spread = np.sqrt((np.asarray(variance1, dtype=float) + np.asarray(variance2, dtype=float)) / 2)
    apart: Floats = np.divide(np.asarray(difference, dtype=float), spread, out=np.full(spread.shape, np.nan), where=spread > 0)
    return apart


def e_value(ratio: float) -> float:
    """How strongly something unseen must go with both being chosen and the outcome to explain a risk ratio away.

    VanderWeele and Ding (2017, doi 10.7326/M16-2607).

    >>> round(e_value(3.9), 2)
    7.26
    """
    above = ratio if ratio >= 1 else 1 / ratio
    return float(above + np.sqrt(above * (above - 1)))
