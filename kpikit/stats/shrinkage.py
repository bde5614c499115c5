"""Shrinkage: rates of groups, drawn towards what all groups share, the more the fewer are counted in the group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats

GRID = 20  # strengths of the shrinkage that are weighed
AROUND = (-2.4, -1.6, -0.8, 0.0, 0.8, 1.6, 2.4)  # means that are weighed under each, in standard errors of its log odds
STEPS = 30  # halvings until a limit is found


class Shrunk(NamedTuple):
    """Each group's rate after shrinkage with its limits, and how much of it is the whole's (0 to 1)."""

    value: Floats
    low: Floats
    high: Floats
    from_whole: Floats


def shrunk(count: ArrayLike, nobs: ArrayLike, confidence: float = CONFIDENCE) -> Shrunk:
    """Rates of the groups of one cut under a beta-binomial model, their spread learned from the groups (empirical Bayes).

    Spread and mean are not taken for known: they are averaged over, each weighed by the likelihood of the counts, so that the
    limits hold what naive empirical Bayes leaves out (Morris 1983, doi 10.1080/01621459.1983.10477920). The means lie around
    Kleinman's weighted one (1973, doi 10.1080/01621459.1973.10481332); the prior of the strength is uniform in the
    shrinkage of a group of median size (Daniels 1999, doi 10.2307/3316112). For an introduction: Casella (1985, doi
    10.1080/00031305.1985.10479400). ValueError where a group is empty or counts more than it holds.

    >>> told = shrunk([30, 30, 1], [100, 100, 1])
    >>> bool(told.value[2] < 0.5), bool(told.from_whole[2] > told.from_whole[0])
    (True, True)
    """
    strength, weight, above, below = _mixture(count, nobs)
    alike, back = np.unique(np.column_stack([above[:, 0], below[:, 0]]), axis=0, return_index=True, return_inverse=True)[1:]
    above, below = above[alike], below[alike]  # groups of the same counts are drawn alike
    size = above + below - strength
    share = (weight * strength / (strength + size)).sum(axis=1)
    tail = (1 - confidence) / 2
    low, high = (_quantile(level, weight, above, below) for level in (tail, 1 - tail))
    told = (weight * above / (above + below)).sum(axis=1), low, high, share
    return Shrunk(*(column[back.ravel()] for column in told))


def shrunk_values(count: ArrayLike, nobs: ArrayLike) -> Floats:
    """The values of `shrunk` alone, which is quicker."""
    _, weight, above, below = _mixture(count, nobs)
    return np.asarray((weight * above / (above + below)).sum(axis=1))


def _mixture(count: ArrayLike, nobs: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    """The strengths, how likely the counts make each, and by group and strength the two parameters of the rate's beta."""
    x, n = (np.atleast_1d(np.asarray(part, dtype=float)) for part in (count, nobs))
    if np.any(n <= 0) or np.any(x < 0) or np.any(x > n):
        raise ValueError("each group counts from 0 to as many as it holds, and holds at least 1")
    place = (np.arange(GRID) + 0.5) / GRID
    drawn = place**2 * (3 - 2 * place)  # finer towards none and all, with as much more weight in between
    strength, mean, spacing = _priors(x, n, np.median(n) * drawn / (1 - drawn))
    spacing = spacing * np.repeat(place * (1 - place), len(AROUND))
    a, b = mean * strength, (1 - mean) * strength
    return strength, _weights(x[:, None], n[:, None], a, b, spacing), x[:, None] + a, n[:, None] - x[:, None] + b


def _priors(x: Floats, n: Floats, strength: Floats) -> tuple[Floats, Floats, Floats]:
    """Strengths and means of the priors that are weighed, and how far apart the means of each strength lie, in log odds."""
    weight = n[:, None] / (1 + (n[:, None] - 1) / (strength + 1))
    edge = 0.5 / (n.sum() + 1)  # off 0 and 1, where a beta has no density
    mean = ((weight * (x / n)[:, None]).sum(axis=0) / weight.sum(axis=0)).clip(edge, 1 - edge)
    error = 1 / np.sqrt(mean * (1 - mean) * weight.sum(axis=0))
    means = special.expit(special.logit(mean)[:, None] + error[:, None] * np.array(AROUND))
    return np.repeat(strength, len(AROUND)), means.ravel(), np.repeat(error, len(AROUND))


def _weights(x: Floats, n: Floats, a: Floats, b: Floats, spacing: Floats) -> Floats:
    """How likely the counts make each prior, times the log odds that it stands for; they sum to 1."""
    told = (special.betaln(x + a, n - x + b) - special.betaln(a, b)).sum(axis=0)
    weight = np.exp(told - told.max()) * spacing
    return np.asarray(weight / weight.sum())


def _quantile(level: float, weight: Floats, above: Floats, below: Floats) -> Floats:
    """Where the mixture of betas of each group comes up to a level."""
    low, high = np.zeros(len(above)), np.ones(len(above))
    for _ in range(STEPS):
        middle = (low + high) / 2
        under = (weight * special.betainc(above, below, middle[:, None])).sum(axis=1) < level
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)
