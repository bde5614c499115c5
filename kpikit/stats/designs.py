"""Design matrices of a before/after: what would have gone on (level, trend with its bends, season) and what came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kpikit.stats.intervals import Floats
from kpikit.stats.regression import whitened

Mask = NDArray[np.bool_]
TREND_FROM = 8  # points: fewer cannot tell a trend from noise
STRETCH = 8  # points on either side of a bend
BEND_AT = 16.0  # likelihood ratio: simulated, 1 in 100 straight trends with AR(1) errors of .6 pass it, fewer with less
TWO_BENDS_AT = 24.0
CYCLES = 3  # of a season, before it can be told from noise
SCANNED = (0.0, 0.2, 0.4, 0.6, 0.8)  # autocorrelations that a search goes through


def going_on(points: int, cycle: int, bends: Sequence[int] = (), *, trend: bool, season: bool) -> Floats:
    """Columns of what goes on without a change: level, straight trend, a hinge at each bend, one column a season's phase."""
    place = np.arange(points, dtype=float)
    columns = [np.ones(points), *([place] if trend else []), *(np.maximum(place - bend, 0) for bend in bends)]
    phases = [(np.arange(points) % cycle == phase).astype(float) for phase in range(1, cycle)] if season else []
    return np.column_stack([*columns, *phases])


def season_told(usable: Mask, cycle: int) -> bool:
    """Whether a season can be told from noise: CYCLES cycles from the first usable point to the last, each phase seen twice."""
    places = np.flatnonzero(usable)
    if cycle == 1 or not len(places) or places[-1] - places[0] + 1 < CYCLES * cycle:
        return False
    return bool(np.bincount(places % cycle, minlength=cycle).min() >= CYCLES - 1)


def one_each(points: Mask) -> Floats:
    """A column for each marked point, which takes it out of the fit and keeps the distance between its neighbours."""
    return np.eye(len(points))[:, points]


def gains(values: Floats, design: Floats, candidates: Floats, rho: float) -> tuple[Floats, Floats]:
    """Residual sum of squares of `values` (rows x points) on `design`, and by how much each candidate column lowers it."""
    y, x, more = whitened(values, rho), whitened(design.T, rho).T, whitened(candidates.T, rho).T
    q, _ = np.linalg.qr(x)
    y, more = y - (y @ q) @ q.T, more - q @ (q.T @ more)
    size = (more**2).sum(axis=0)
    told = np.where(size > 1e-9, (y @ more) ** 2 / np.maximum(size, 1e-9), 0.0)
    return (y**2).sum(axis=1), told


def bends_of(values: Floats, usable: Mask, cycle: int, *, season: bool) -> list[tuple[int, ...]]:
    """For each row of values, the places, two at the most, at which the trend of the usable points bends (joinpoints, Kim et al.
    2000, doi 10.1002/(SICI)1097-0258(20000215)19:3<335::AID-SIM336>3.0.CO;2-Z); the likelihood ratio allows for AR(1) errors.

    Two bends are looked for together: a trend that falls and rises again need not show either alone.
    """
    rows, points = np.atleast_2d(values), len(usable)
    straight = np.column_stack([going_on(points, cycle, trend=True, season=season), one_each(~usable)])
    hinges = np.maximum(np.arange(points)[:, None] - np.arange(points), 0).astype(float)
    inside = _inside(usable)
    none = _likelihood(rows, straight, hinges[:, :0])
    if not len(inside):
        return [() for _ in rows]
    one = _best(_likelihood(rows, straight, hinges[:, inside]) - none, inside, ())
    two: list[tuple[float, tuple[int, ...]]] = [(0.0, ()) for _ in rows]
    for first in inside:
        later = inside[inside >= first + STRETCH]
        if len(later):
            told = _likelihood(rows, np.column_stack([straight, hinges[:, first]]), hinges[:, later], straight.shape[1])
            two = [max(pair) for pair in zip(two, _best(told - none, later, (int(first),)), strict=True)]
    return [
        pair[1] if pair[0] >= max(TWO_BENDS_AT, single[0] + BEND_AT) else single[1] if single[0] >= BEND_AT else ()
        for single, pair in zip(one, two, strict=True)
    ]


def _inside(usable: Mask) -> NDArray[np.int64]:
    """Places with STRETCH usable points on either side."""
    counted = np.cumsum(usable)
    return np.flatnonzero((counted >= STRETCH) & (counted[-1] - counted >= STRETCH))


def _best(ratios: Floats, places: NDArray[np.int64], found: tuple[int, ...]) -> list[tuple[float, tuple[int, ...]]]:
    """For each row the largest ratio and the bends that make it."""
    best = ratios.argmax(axis=1)
    return [(float(row[place]), (*found, int(places[place]))) for row, place in zip(ratios, best, strict=True)]


def _likelihood(rows: Floats, design: Floats, candidates: Floats, parameters: int | None = None) -> Floats:
    """Twice the log-likelihood with each candidate column (with none: of the design alone), at its best autocorrelation.

    Rows x candidates; the degrees of freedom are those of `parameters`, the same for all that are compared.
    """
    freedom = design.shape[0] - (design.shape[1] if parameters is None else parameters)
    found = []
    for rho in SCANNED:
        left, told = gains(rows, design, candidates, rho)
        lowest = left[:, None] - told if candidates.shape[1] else left[:, None]
        found.append(np.log(1 - rho**2) - freedom * np.log(np.maximum(lowest, 1e-300)))
    return np.asarray(np.max(found, axis=0))
