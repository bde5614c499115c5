"""Scanning: many overlapping groups, each against all others, with one chance for any false finding."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from kpikit.stats.intervals import Floats

DRAWS = 1999  # tables drawn: the least p-value is 1 in 2,000


class Scan(NamedTuple):
    """Of each group: likelihood ratio against all others, p-value adjusted for the search, +1 or -1 for above or below."""

    ratio: Floats
    p_value: Floats
    side: Floats


def scan(members: ArrayLike, nobs: ArrayLike, count: ArrayLike, *, seed: int = 1, draws: int = DRAWS) -> Scan:
    """Each group against the rest, by the Bernoulli scan statistic (Kulldorff 1997, doi 10.1080/03610929708831995).

    `members` (groups x parts) says which of the disjoint parts a group is made of; `nobs` and `count` are the parts' own. The
    p-value is the share of tables, drawn with the same margins as if the outcomes were dealt out anew, whose largest ratio of
    any group is as large: at the most 5 of 100 searches that have nothing to find call anything clear at .05 (Westfall and
    Young 1993). Deterministic for a seed. A group that holds nobody or everybody gets a ratio of 0.
    """
    inside = np.atleast_2d(np.asarray(members, dtype=float))
    sizes, yes = (np.asarray(part, dtype=np.int64) for part in (nobs, count))
    n = np.asarray(inside @ sizes, dtype=float)
    ratio, side = _ratios(inside @ yes, n, yes.sum(), sizes.sum())
    dealt = np.random.Generator(np.random.PCG64(seed)).multivariate_hypergeometric(
        sizes, int(yes.sum()), draws, method="marginals"
    )
    some = (n > 0) & (n < sizes.sum())
    most = _ratios(dealt @ inside[some].T, n[some], yes.sum(), sizes.sum())[0].max(axis=1, initial=0.0)
    reached = len(most) - np.searchsorted(np.sort(most), ratio - 1e-9)
    return Scan(ratio, (1 + reached) / (draws + 1), side)


def _ratios(x: Floats | NDArray[np.int64], n: Floats, whole_x: int, whole_n: int) -> tuple[Floats, Floats]:
    """Log likelihood ratio of two rates against one, and on which side of the rest the group lies."""
    other_x, other_n = whole_x - x, whole_n - n
    apart = _told(x, n) + _told(other_x, other_n) - _told(np.asarray(float(whole_x)), np.asarray(float(whole_n)))
    split = (n > 0) & (other_n > 0)
    return np.where(split, apart, 0.0).clip(min=0), np.sign(x * other_n - other_x * n)


def _told(x: Floats | NDArray[np.int64], n: Floats) -> Floats:
    safe = np.maximum(n, 1)
    return np.asarray(special.xlogy(x, x / safe) + special.xlogy(n - x, (n - x) / safe))
