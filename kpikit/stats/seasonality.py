"""Is there a season, how high are its parts, how strong is it: a regression that allows for autocorrelation, and STL to look at.

The test is the F test of the season's columns beside level and trend, at each autocorrelation, averaged as `regression` averages
its intervals. STL (Cleveland, Cleveland, McRae and Terpenning 1990) draws a season in any noise: it is for looking.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kpikit.stats.counterfactual import scale_of
from kpikit.stats.designs import Mask, one_each
from kpikit.stats.diagnosis import odd_points
from kpikit.stats.intervals import CONFIDENCE, Floats, Interval
from kpikit.stats.regression import AUTOCORRELATIONS, averaged, fitted, whitened

SMOOTH = 13  # cycles over which STL lets a season change (as in Hyndman's forecast)


class Season(NamedTuple):
    """A season's parts (phases), each against the mean of all, with simultaneous limits; `p_value` of there being any."""

    by_phase: Interval
    top: Interval  # each phase against the mean of the others, simultaneous
    named: Interval | None  # the phases that were named beforehand, pooled, against the others; shape ()
    p_value: float
    odd: NDArray[np.int64]  # places that were set aside, far off everything else


class Parts(NamedTuple):
    """What STL tells a series into, and how strong trend and season are beside the rest (Wang, Smith and Hyndman 2006)."""

    trend: Floats
    season: Floats
    rest: Floats
    season_strength: float
    trend_strength: float


def season_of(
    values: Floats,
    used: Mask,
    phases: NDArray[np.int64],
    cycle: int,
    base: Floats,
    named: Mask | None = None,
    noise: Floats | None = None,
) -> Season:
    """The season of `values` by phase (0 to cycle - 1) beside the columns of `base` (level first, then trend).

    `named` marks the phases of a peak that was named beforehand; `noise` is the known sampling variance of each point. Points
    far off are set aside. Raises ValueError where no point is left over to know the noise by.
    """
    season = _phases(phases, cycle)
    given = np.where(used, values, 0.0)
    odd = _set_aside(given, np.column_stack([base, season]), used)
    aside = ~used
    aside[odd] = True
    rest = np.column_stack([base, one_each(aside)])
    full = np.column_stack([base, season, one_each(aside)])
    scale, least = scale_of(given, full, noise)
    contrasts = _contrasts(cycle, base.shape[1], full.shape[1], named)
    fit = fitted(given, full, contrasts, scale, least)
    each = averaged(
        fit._replace(values=fit.values[:, :, : 2 * cycle], errors=fit.errors[:, :, : 2 * cycle]), 1 - (1 - CONFIDENCE) / cycle
    )
    p_value = _presence(given / scale, rest / scale[:, None], full / scale[:, None], fit.weights[:, 0])
    peak = Interval(*(end[0, -1] for end in averaged(fit)))
    return Season(
        Interval(*(end[0, :cycle] for end in each)), Interval(*(end[0, cycle:] for end in each)), None if named is None else peak,
        p_value, odd,
    )  # fmt: skip


def decomposed(values: Floats, cycle: int) -> Parts:
    """Trend, season and rest of values without gaps, by STL, robust to odd points."""
    from statsmodels.tsa.seasonal import STL  # here, since it takes a second to import

    told = STL(values, period=cycle, seasonal=SMOOTH, robust=True).fit()
    trend, season, rest = (np.asarray(part, dtype=float) for part in (told.trend, told.seasonal, told.resid))
    return Parts(trend, season, rest, strength(season, rest), strength(trend, rest))


def strength(part: Floats, rest: Floats) -> float:
    """How strong a part is: 1 - var(rest) / var(part + rest), from 0 to 1 (Wang, Smith and Hyndman 2006).

    doi 10.1007/s10618-005-0039-x

    >>> strength(np.array([1.0, -1.0, 1.0, -1.0]), np.array([0.5, 0.5, -0.5, -0.5]))
    0.8
    """
    both = float(np.var(part + rest))
    return max(0.0, 1 - float(np.var(rest)) / both) if both > 0 else 0.0


def _phases(phases: NDArray[np.int64], cycle: int) -> Floats:
    """A column for each phase but the last, which is minus the sum of the others: the mean of all is the level."""
    each = np.eye(cycle)[phases]
    return np.asarray(each[:, :-1] - each[:, -1:])


def _contrasts(cycle: int, before: int, width: int, named: Mask | None) -> Floats:
    """Each phase against the mean, each against the others, and the named phases against the others."""
    each = np.zeros((cycle, width))
    each[:-1, before : before + cycle - 1] = np.eye(cycle - 1)
    each[-1, before : before + cycle - 1] = -1.0
    peak = [] if named is None else [(each[named].mean(axis=0) - each[~named].mean(axis=0))[None, :]]
    return np.concatenate([each, each * cycle / (cycle - 1), *peak])


def _set_aside(values: Floats, design: Floats, used: Mask) -> NDArray[np.int64]:
    """The points far off all others, one at a time: a single one drags its phase along, and with it the same phase of other
    cycles. No more than a tenth of all points.
    """
    kept, found = used.copy(), []
    for _ in range(int(used.sum()) // 10):
        places = np.flatnonzero(kept)
        left = _left(values[kept], design[kept])
        if not odd_points(left).any():
            break
        found.append(int(places[np.abs(left).argmax()]))
        kept[found[-1]] = False
    return np.array(sorted(found), dtype=np.int64)


def _left(values: Floats, design: Floats) -> Floats:
    return np.asarray(values - design @ np.linalg.lstsq(design, values)[0])


def _presence(values: Floats, rest: Floats, full: Floats, weights: Floats) -> float:
    """The p-value of the F test of what `full` has beyond `rest`, over the autocorrelations by their weights."""
    extra, freedom, total = full.shape[1] - rest.shape[1], full.shape[0] - full.shape[1], 0.0
    for rho, weight in zip(AUTOCORRELATIONS, weights, strict=True):
        y = whitened(values[None, :], float(rho))[0]
        less, more = (_unexplained(y, whitened(design.T, float(rho)).T) for design in (rest, full))
        total += weight * float(special.fdtrc(extra, freedom, (less - more) / extra / max(more / freedom, 1e-300)))
    return total


def _unexplained(values: Floats, design: Floats) -> float:
    q, _ = np.linalg.qr(design)
    return float(values @ values - ((values @ q) ** 2).sum())
