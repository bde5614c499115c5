"""How long customers stay: the product limit of what was seen (Kaplan and Meier 1958), and sBG for what comes after it.

sBG is the shifted-beta-geometric model (Fader and Hardie 2007, doi 10.1002/dir.20074): everyone leaves with a constant chance at
each renewal, and those chances are beta distributed (alpha, beta) over customers, so that those who are left stay ever longer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats
from kpikit.stats.likelihood import Fit, likeliest


class Curve(NamedTuple):
    """The share still there after each time, its limits, and how many were at risk just before it."""

    time: Floats
    value: Floats
    low: Floats
    high: Floats
    at_risk: Floats


def kaplan_meier(time: ArrayLike, left: ArrayLike, n: ArrayLike = 1.0, confidence: float = CONFIDENCE) -> Curve:
    """The product limit at each time at which somebody left, with limits from Greenwood's variance on the log-log scale.

    `left` is 1 for who left after `time`, 0 for who was still there when last seen; `n` is how many are alike
    (Kaplan and Meier 1958, doi 10.1080/01621459.1958.10501452).

    >>> curve = kaplan_meier([1, 2, 2, 3], [1, 1, 0, 0])
    >>> curve.time.tolist(), curve.value.tolist()
    ([1.0, 2.0], [0.75, 0.5])
    """
    seen, event, weight = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(time, left, n))
    times, place = np.unique(seen, return_inverse=True)
    gone = np.bincount(place, weight * event, len(times))
    at_risk = np.bincount(place, weight, len(times))[::-1].cumsum()[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.cumprod(1 - gone / at_risk)
        greenwood = np.cumsum(gone / (at_risk * (at_risk - gone)))
        half = special.ndtri((1 + confidence) / 2) * np.sqrt(greenwood) / np.log(value)
        low, high = value ** np.exp(-half), value ** np.exp(half)
    there = (value > 0) & (value < 1)
    kept = gone > 0
    low, high = (np.where(there, np.clip(limit, 0, 1), np.nan)[kept] for limit in (low, high))
    return Curve(times[kept], value[kept], low, high, at_risk[kept])


def share_at(curve: Curve, time: ArrayLike) -> Floats:
    """The share still there at these times: that after the last leaving before or at each."""
    place = np.searchsorted(curve.time, np.asarray(time, dtype=float), side="right")
    return np.asarray(np.append(1.0, curve.value)[place])


def fit_staying(lost: ArrayLike, kept: ArrayLike) -> Fit:
    """The likeliest alpha and beta of sBG.

    `lost[k]` customers left at their renewal k + 1, `kept[k]` had survived k + 1 renewals when last seen.

    >>> fit = fit_staying([369, 163, 86, 56, 37, 27, 21], [0, 0, 0, 0, 0, 0, 241])
    >>> fit.parameters.round(3).tolist()
    [0.704, 1.182]
    """
    gone, there = (np.asarray(part, dtype=float) for part in (lost, kept))

    def told(parameters: Floats) -> float:
        survival = np.append(0.0, _log_survival(parameters, len(gone)))
        hazard = np.log(parameters[0]) - np.log(parameters.sum() + np.arange(len(gone)))
        return float((gone * (survival[:-1] + hazard)).sum() + (there * survival[1:]).sum())

    return likeliest(told, np.array([1.0, 5.0]))


def survival(parameters: Floats, renewals: ArrayLike) -> Floats:
    """The share that survives so many renewals under sBG, which may lie between whole ones."""
    alpha, beta = parameters
    return np.asarray(np.exp(special.betaln(alpha, beta + np.asarray(renewals, dtype=float)) - special.betaln(alpha, beta)))


def _log_survival(parameters: Floats, renewals: int) -> Floats:
    alpha, beta = parameters
    steps = np.arange(renewals)
    return np.asarray(np.cumsum(np.log(beta + steps) - np.log(alpha + beta + steps)))
