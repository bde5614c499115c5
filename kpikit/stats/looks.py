"""How wide an interval must be when the data are looked at more than once: planned looks, or any number of them."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.optimize import brentq

from kpikit.stats.intervals import Floats

GRID = 401  # points by which the distribution between two looks is followed
TYPICAL = 0.05  # the effect, in standard deviations, for which the always-valid interval is narrowest


def crossing_probability(bounds: ArrayLike) -> float:
    """Chance that a z-score without an effect leaves +-bounds at any of several equally spaced looks.

    By recursive integration (Armitage, McPherson and Rowe 1969, doi 10.2307/2343787).

    >>> round(crossing_probability([2.413] * 5), 3)
    0.05
    """
    limits = np.asarray(bounds, dtype=float)
    sums = limits * np.sqrt(np.arange(1, len(limits) + 1))  # bounds of the sum of standard normal increments
    points = np.linspace(-sums[0], sums[0], GRID)
    density = np.exp(-(points**2) / 2) / np.sqrt(2 * np.pi)
    for bound in sums[1:]:
        following = np.linspace(-bound, bound, GRID)
        kernel = np.exp(-((following[:, None] - points[None, :]) ** 2) / 2) / np.sqrt(2 * np.pi)
        density, points = kernel @ (density * _weights(points)), following
    return float(1 - density @ _weights(points))


def _weights(points: Floats) -> Floats:
    """Simpson's weights."""
    step = points[1] - points[0]
    inner = np.where(np.arange(GRID) % 2, 4.0, 2.0)
    inner[[0, -1]] = 1.0
    weights: Floats = inner * step / 3
    return weights


@cache
def obrien_fleming(looks: int, alpha: float = 0.05) -> tuple[float, ...]:
    """The z-scores that must be passed at each of `looks` equally spaced looks (O'Brien and Fleming 1979).

    doi 10.2307/2530245; two-sided, with `alpha` over all looks together.

    >>> [round(z, 3) for z in obrien_fleming(5)]
    [4.562, 3.226, 2.634, 2.281, 2.04]
    """
    shape = np.sqrt(looks / np.arange(1, looks + 1))
    least = float(-special.ndtri(alpha / 2))
    if looks == 1:
        return (least,)
    last = brentq(lambda z: crossing_probability(z * shape) - alpha, least, least + 1.5, xtol=1e-6)
    return tuple(float(z) for z in last * shape)


def always_valid_factor(information: ArrayLike, alpha: float = 0.05) -> Floats:
    """By how many standard errors an interval reaches to each side that may be looked at as often as one likes.

    The normal mixture (Robbins 1970, doi 10.1214/aoms/1177696786; mSPRT: Johari et al. 2022, doi 10.1287/opre.2021.2135), whose
    interval with estimated noise is an asymptotic confidence sequence (Waudby-Smith et al. 2024, doi 10.1214/24-AOS2408).
    `information` is the mixture's variance over that of the estimate; the mixture must be fixed beforehand.

    >>> round(float(always_valid_factor(10.0)), 3)
    3.038
    """
    r = np.asarray(information, dtype=float)
    factor: Floats = np.sqrt(2 * (1 + r) / r * (np.log1p(r) / 2 - np.log(alpha)))
    return factor


def always_valid_p(chi_square: float, freedom: int, information: float) -> float:
    """The p-value that belongs to it, of a chi-square: under any number of looks, under 0.05 at most 5 times in 100.

    >>> round(always_valid_p(3.038**2, 1, 10.0), 3)
    0.05
    """
    log_odds = chi_square * information / (1 + information) / 2 - freedom * np.log1p(information) / 2
    return float(np.exp(-max(log_odds, 0.0)))
