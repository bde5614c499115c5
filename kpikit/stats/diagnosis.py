"""What a baseline hides: points that vary more than chance, odd points, and dates at which a change would look likelier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from kpikit.stats.designs import SCANNED, Mask, gains, one_each
from kpikit.stats.intervals import Floats
from kpikit.stats.regression import AUTOCORRELATIONS, Fitted

ODD = 4.5  # modified z-score; Iglewicz and Hoaglin (1993) say 3.5 of a sample, residuals of a fit with a season need more
DRAWS = 499
SEED = 1993
EDGE = 0.15  # share of the points at either end where no change is looked for (Andrews 1993)
LEAST_BESIDE = 3


class Dispersion(NamedTuple):
    """How many times more the points vary than sampling alone makes them, and the p-value of that (chi squared)."""

    ratio: float
    p_value: float


class Scan(NamedTuple):
    """A change looked for at every date: the places, how strongly each shows a step, and the p-value of the strongest."""

    places: NDArray[np.int64]
    strength: Floats
    p_value: float


def overdispersion(left: Floats, noise: Floats, freedom: int) -> Dispersion:
    """How the squared residuals of points stand to their known sampling variances (McCullagh and Nelder 1989, 4.5)."""
    known = noise > 0
    total = float((left[known] ** 2 / noise[known]).sum())
    return Dispersion(total / freedom, float(stats.chi2.sf(total, freedom)))


def odd_points(left: Floats) -> Mask:
    """Which residuals stand out by the modified z-score, 0.6745 (x - median) / MAD (Iglewicz and Hoaglin 1993)."""
    away = np.abs(left - np.median(left))
    usual = np.median(away)
    return np.asarray(0.6745 * away > ODD * usual) if usual > 0 else np.zeros(len(left), dtype=bool)


def scan(values: Floats, used: Mask, after: int, design: Floats, fit: Fitted) -> Scan:
    """The strength (F) of a step at every date away from the edges, and how often the strongest of them is reached by chance.

    Andrews 1993 (doi 10.2307/2951764): the p-value of the maximum, here simulated for these points (seeded), with the
    autocorrelations weighted as `fit` weights them. `design` holds what goes on; points that are not `used` say nothing; the
    edges are no wider than the `after` points, so that the real date is among those looked at.
    """
    counted, total = np.cumsum(used), int(used.sum())
    edge = max(LEAST_BESIDE, min(int(np.ceil(EDGE * total)), after))
    places = np.flatnonzero(used & (counted - 1 >= edge) & (total - counted + 1 >= edge))
    steps = (np.arange(len(values))[:, None] >= places).astype(float)
    base = np.column_stack([design, one_each(~used)])
    freedom = len(values) - base.shape[1] - 1
    if freedom < 1 or not len(places):
        return Scan(places, np.full(len(places), np.nan), np.nan)
    weights = np.array([fit.weights[np.abs(AUTOCORRELATIONS - rho).argmin()].mean() for rho in SCANNED])
    weights = weights / weights.sum() if weights.sum() > 0 else np.eye(len(SCANNED))[0]
    noise = np.random.default_rng(SEED).standard_normal((DRAWS, len(values)))
    strength, p_value = np.zeros(len(places)), 0.0
    for rho, weight in zip(SCANNED, weights, strict=True):
        seen, chance = (
            _strength(rows, base, steps, rho, freedom) for rows in (np.where(used, values, 0.0)[None, :], _coloured(noise, rho))
        )
        strength += weight * seen[0]
        p_value += weight * (1 + (chance.max(axis=1) >= seen[0].max()).sum()) / (DRAWS + 1)
    return Scan(places, strength, p_value)


def _strength(rows: Floats, design: Floats, steps: Floats, rho: float, freedom: int) -> Floats:
    left, told = gains(rows, design, steps, rho)
    return np.asarray(told / np.maximum((left[:, None] - told) / freedom, 1e-300))


def _coloured(noise: Floats, rho: float) -> Floats:
    """Independent draws as AR(1) errors."""
    rows = noise.copy()
    rows[:, 0] /= np.sqrt(1 - rho**2)
    for place in range(1, rows.shape[1]):
        rows[:, place] += rho * rows[:, place - 1]
    return rows


def tail_of(value: float, half: float) -> float:
    """The two-sided p-value that belongs to a value and the half width of its 95 % interval, normal."""
    return float(2 * special.ndtr(-abs(value) / (half / special.ndtri(0.975)))) if half > 0 else float("nan")
