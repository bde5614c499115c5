"""Shares of a survey of which a part stayed silent: intervals that hold together, bounds, weights, and exact tests.

Arrays in, numbers out; of several strata the last axis.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval, _divided, _floats, wilson


def together(count: ArrayLike, nobs: ArrayLike, family: int, confidence: float = CONFIDENCE) -> Interval:
    """Score intervals that all hold at once with the given confidence, of `family` shares.

    Bonferroni's level in Wilson's interval: for the categories of one choice these are Goodman's (1965, doi
    10.1080/00401706.1965.10490252), for several choices they still hold together.

    >>> [[round(float(end), 4) for end in ends] for ends in zip(*together([56, 72, 73], 201, 3))]
    [[0.2786, 0.2098, 0.3596], [0.3582, 0.2822, 0.4421], [0.3632, 0.2868, 0.4471]]
    """
    return wilson(count, nobs, 1 - (1 - confidence) / max(family, 1))


def silent_bounds(count: ArrayLike, answered: ArrayLike, asked: ArrayLike) -> tuple[Floats, Floats]:
    """The least and the greatest share of all asked: none, or all, of the silent would have named it.

    Nothing is assumed of them (worst-case bounds: Manski 1995, Identification Problems in the Social Sciences, chapter 2).

    >>> [float(end) for end in silent_bounds(40, 100, 200)]
    [0.2, 0.7]
    """
    named, gave, all_ = _floats(count, answered, asked)
    return _divided(named, all_), _divided(named + all_ - gave, all_)


def poststratified(count: ArrayLike, answered: ArrayLike, asked: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """The share that all asked would name if the silent of each stratum were as those of it who answered (Holt and Smith 1979).

    doi 10.2307/2344652. `asked` weighs the strata, each with somebody who answered; the limits are Wilson's at the number of
    answers that would bear the same variance, each stratum's share drawn a little to the middle for it.

    >>> [round(float(x), 4) for x in poststratified([30, 10], [50, 50], [100, 300])]
    [0.3, 0.2185, 0.3964]
    """
    named, gave, all_ = _floats(count, answered, asked)
    weights = all_ / all_.sum(axis=-1, keepdims=True)
    share = (weights * named / gave).sum(axis=-1)
    drawn = (named + 0.5) / (gave + 1)
    variance = (weights**2 * drawn * (1 - drawn) / gave).sum(axis=-1)
    middle = (weights * drawn).sum(axis=-1)
    worth = middle * (1 - middle) / variance
    return wilson(share * worth, worth, confidence)


def weighted_gap(first_only: ArrayLike, second_only: ArrayLike, answered: ArrayLike, asked: ArrayLike) -> tuple[Floats, Floats]:
    """The share of one reason minus that of another of the same customers, weighted to all asked, and its two-sided p-value.

    Strata in the last axis; by the normal distribution of the sum, its variance from the strata's own (Holt and Smith 1979).

    >>> [round(float(x), 4) for x in weighted_gap([20, 30], [10, 10], [100, 100], [100, 100])]
    [0.15, 0.0002]
    """
    first, second, gave, all_ = _floats(first_only, second_only, answered, asked)
    weights = all_ / all_.sum(axis=-1, keepdims=True)
    gaps = (first - second) / gave
    spread = np.maximum((first + second) / gave - gaps**2, 1 / (gave * gave))  # never quite none
    gap = (weights * gaps).sum(axis=-1)
    error = np.sqrt((weights**2 * spread / gave).sum(axis=-1))
    p: Floats = 2 * special.ndtr(-np.abs(gap) / error)
    return gap, p


def fisher(count1: Sequence[int], nobs1: Sequence[int], count2: Sequence[int], nobs2: Sequence[int]) -> Floats:
    """Two-sided exact p-values of shares of two groups each (Fisher 1935; the tail of the tables no likelier than the one seen).

    NaN where a group is empty.

    >>> fisher([8], [9], [1], [6]).round(4).tolist()
    [0.011]
    """
    rows = zip(count1, nobs1, count2, nobs2, strict=True)
    tables = [np.array([[x1, n1 - x1], [x2, n2 - x2]], dtype=np.int64) for x1, n1, x2, n2 in rows]
    known = [bool(table.sum(axis=1).all()) for table in tables]
    found = [float(stats.fisher_exact(t).pvalue) if k else np.nan for t, k in zip(tables, known, strict=True)]
    p: Floats = np.minimum(np.array(found, dtype=float), 1.0)
    return p
