"""How soon something happens: quantiles of a product-limit curve, and the time by which half of what happens has happened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval
from kpikit.stats.staying import Curve

ROUNDING = 1e-12


def median_time(curve: Curve) -> Interval:
    """The first time at which half or fewer are left, with its limits; NaN where the curve, or a limit, stays above half.

    The limits are the first times at which the curve's own limits come down to half (Brookmeyer and Crowley 1982,
    doi 10.2307/2530286); the curve is that of `kaplan_meier`.
    """
    ends = (_first(curve.time, end <= 0.5) for end in (curve.value, curve.low, curve.high))
    return Interval(*ends)


def half_time(curve: Curve, confidence: float = CONFIDENCE) -> Interval:
    """The time by which half of all that happens within the curve has happened, with its limits; NaN for an empty curve.

    The limits are the first times t at which the limits of F(t) - F(end) / 2 come up to 0, where F is one minus the curve, by the
    variance of that difference (Greenwood's covariance), as Brookmeyer and Crowley (1982) have it for the median.

    >>> from kpikit.stats.staying import kaplan_meier
    >>> [float(x) for x in half_time(kaplan_meier([1, 2, 3, 4, 9], [1, 1, 1, 1, 0], [20, 30, 30, 20, 300]))]
    [2.0, 2.0, 3.0]
    """
    if not len(curve.time):
        return Interval(*(np.asarray(np.nan),) * 3)
    spread, end = _greenwood(curve), curve.value[-1]
    gap = (1 - curve.value) - (1 - end) / 2
    variance = curve.value**2 * spread + end**2 * spread[-1] / 4 - curve.value * end * spread
    reach = special.ndtri((1 + confidence) / 2) * np.sqrt(np.maximum(variance, 0))
    ends = (_first(curve.time, gap + side * reach >= -ROUNDING) for side in (0, 1, -1))
    return Interval(*ends)


def _greenwood(curve: Curve) -> Floats:
    """The running sum of d / (n (n - d)), from how the curve falls; of the last that falls to 0, without end."""
    kept = curve.value / np.append(1.0, curve.value[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(kept > 0, (1 - kept) / (curve.at_risk * kept), 0.0)
    return np.asarray(np.cumsum(terms))


def _first(times: Floats, where: NDArray[np.bool_]) -> Floats:
    """The first time at which something holds; NaN where it never does."""
    return np.asarray(times[np.argmax(where)] if np.any(where) else np.nan, dtype=float)
