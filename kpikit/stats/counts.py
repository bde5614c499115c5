"""Regression of counts over an exposure, log link: the ratio that a step makes."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval


def log_step(
    counts: Floats, exposure: Floats, design: Floats, column: int, dispersion: float | None = None, confidence: float = CONFIDENCE
) -> Interval:
    """The ratio of rates that one column of `design` (points x parameters) makes, 0-d arrays.

    The dispersion is Pearson's, never under 1 (quasi-Poisson, McCullagh and Nelder 1989, chapter 6), unless it is given;
    limits are normal on the log scale.
    Raises ValueError where nothing is left over to know the dispersion by.

    >>> told = log_step(np.array([30.0, 30, 60, 60]), np.full(4, 10.0), np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]]), 1)
    >>> round(float(told.value), 6)
    2.0
    """
    from statsmodels.genmod.families import Poisson  # here, since it takes a second to import
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    freedom = len(counts) - design.shape[1]
    if freedom < 1:
        raise ValueError(f"{len(counts)} points cannot carry {design.shape[1]} parameters")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # counts that a column tells exactly: the limits are then wide
        fit = GLM(counts, design, family=Poisson(), offset=np.log(exposure)).fit(scale=1.0)
    spread = max(float(fit.pearson_chi2) / freedom, 1.0) if dispersion is None else dispersion
    half = special.ndtri((1 + confidence) / 2) * np.sqrt(spread) * fit.bse[column]
    with np.errstate(over="ignore"):
        return Interval(*(np.exp(np.asarray(fit.params[column] + end)) for end in (0.0, -half, half)))
