"""Adjusted p-values: what is left of each finding when many were looked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from kpikit.stats.intervals import Floats


def holm(p: ArrayLike) -> Floats:
    """P-values adjusted so that the chance of any false finding is bounded (Holm 1979, jstor.org/stable/4615733).

    All entries of `p` are one family, its shape is kept; NaN stays NaN and does not count. ValueError outside [0, 1].

    >>> holm([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    return _adjusted(p, _holm)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """P-values adjusted for the false discovery rate (Benjamini and Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x).

    For tests that are independent or positively dependent; family, NaN and errors as in `holm`.

    >>> benjamini_hochberg([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    return _adjusted(p, lambda known: stats.false_discovery_control(known, method="bh"))


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """P-values adjusted for the false discovery rate under any dependence (Benjamini and Yekutieli 2001).

    doi 10.1214/aos/1013699998; family, NaN and errors as in `holm`.

    >>> benjamini_yekutieli([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.055, 0.073, nan, 0.073]
    """
    return _adjusted(p, lambda known: stats.false_discovery_control(known, method="by"))


def _adjusted(p: ArrayLike, method: Callable[[Floats], Floats]) -> Floats:
    given = np.asarray(p, dtype=float)
    adjusted, known = np.full(given.shape, np.nan), ~np.isnan(given)
    if np.any((given < 0) | (given > 1)):
        raise ValueError(f"p-values lie from 0 to 1; there is {given[(given < 0) | (given > 1)].tolist()}")
    if known.any():
        adjusted[known] = method(given[known])
    return adjusted


def _holm(p: Floats) -> Floats:
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1)
    return adjusted
