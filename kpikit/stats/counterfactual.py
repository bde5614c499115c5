"""What would have gone on: the before-points' level, trend and season, continued; and how far the after-points lie from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import optimize

from kpikit.stats.designs import TREND_FROM, Mask, bends_of, going_on, one_each, season_told
from kpikit.stats.intervals import Floats, Interval
from kpikit.stats.regression import Fitted, averaged, fitted, likely_autocorrelation, p_values, weighted

HALVED_FROM = 4  # after-points: fewer have no two halves
LEAST_NOISE = 0.5  # of the sampling variance: few points can lie closer together than that by luck alone
ALIKE = 1e-9  # residuals under this part of the values are rounding
NOTHING = Interval(*(np.array(np.nan),) * 3)
LEAST = 3  # before-points: fewer say nothing about the noise


class Baseline(NamedTuple):
    """What is continued: whether a trend and a season, and the places where the trend bends."""

    trend: bool
    season: bool
    bends: tuple[int, ...]


class Continued(NamedTuple):
    """How far the after-points lie from what would have gone on; `freedom` is points minus parameters."""

    effect: Interval  # weighted mean over the after-points, shape ()
    p_value: float
    by_point: Interval  # each after-point
    halves: Interval  # second half of the after-points minus the first, shape (); NaN under four points
    slope: Interval  # of the trend at the last before-point, for each point, shape (); NaN without a trend
    line: Floats  # what would have gone on, at every point
    freedom: int
    autocorrelation: float


def baseline_of(values: Floats, before: Mask, cycle: int) -> Baseline:
    """What the before-points let be told apart: a trend from TREND_FROM points on, a season from CYCLES cycles on."""
    count = int(before.sum())
    season = season_told(before, cycle)
    trend = count >= TREND_FROM
    last = int(np.flatnonzero(before).max()) + 1
    bends = bends_of(np.where(before, values, 0.0)[:last], before[:last], cycle, season=season)[0] if trend else ()
    return Baseline(trend, season, bends)


def shortened(baseline: Baseline, before: Mask, cycle: int) -> Baseline:
    """The baseline for fewer points: the same, less what those cannot carry."""
    count, phases = int(before.sum()), set(np.flatnonzero(before) % cycle)
    parameters = 1 + baseline.trend + baseline.season * (cycle - 1) + len(baseline.bends) + bool(baseline.bends)
    enough = count >= TREND_FROM or not baseline.trend
    if enough and count - parameters >= LEAST - 1 and (len(phases) == cycle or not baseline.season):
        return baseline
    return Baseline(baseline.trend and count >= TREND_FROM, False, ())


def continued(
    values: Floats, before: Mask, after: Mask, cycle: int, weights: Floats, baseline: Baseline, noise: Floats | None = None
) -> Continued:
    """How far the after-points lie from the continued baseline: `weights` (points) say how much each after-point counts.

    `noise` is the known sampling variance of each point; what the points vary beyond it is added alike to all. Points that are
    neither before nor after keep their place and say nothing. Raises ValueError under LEAST before-points.
    """
    model = _model(values, before, after, cycle, baseline, noise)
    count, width = int(after.sum()), model.design.shape[1]
    each = np.eye(width)[width - count :]
    share = weights[after] / weights[after].sum()
    contrasts = [share @ each, _halves(share) @ each, _slope(width, baseline), *each]
    fit = fitted(model.given, model.design, np.array([*contrasts, *_lines(model)]), model.scale, model.least)
    told = len(contrasts)
    line = (fit.weights[:, :, None] * fit.values).sum(axis=0)[0, told:]
    fit = fit._replace(values=fit.values[:, :, :told], errors=fit.errors[:, :, :told])
    estimate = _known(averaged(fit), model.alike)
    whole, halves, slope = (Interval(*(end[0, place] for end in estimate)) for place in range(3))
    by_point = Interval(*(end[0, 3:] for end in estimate))
    halves, slope = halves if count >= HALVED_FROM else NOTHING, slope if baseline.trend else NOTHING
    near = float(likely_autocorrelation(fit)[0])
    p_value = float("nan") if model.alike else float(p_values(fit)[0, 0])
    return Continued(whole, p_value, by_point, halves, slope, line, fit.freedom, near)


def effect_alone(
    values: Floats, before: Mask, after: Mask, cycle: int, weights: Floats, baseline: Baseline, noise: Floats | None = None
) -> tuple[Interval, int]:
    """The effect of `continued` and its degrees of freedom, for those who ask many times."""
    model = _model(values, before, after, cycle, baseline, noise)
    share = weights[after] / weights[after].sum()
    contrast = np.append(np.zeros(model.design.shape[1] - len(share)), share)[None, :]
    fit = fitted(model.given, model.design, contrast, model.scale, model.least)
    return Interval(*(end[0, 0] for end in _known(averaged(fit), model.alike))), fit.freedom


class _Model(NamedTuple):
    """Values and design of a continued baseline: its columns, one for each point aside, one for each after-point."""

    given: Floats
    base: Floats
    design: Floats
    scale: Floats
    least: float
    alike: bool


def _model(values: Floats, before: Mask, after: Mask, cycle: int, baseline: Baseline, noise: Floats | None) -> _Model:
    if before.sum() < LEAST:
        raise ValueError(f"{before.sum()} points before cannot tell the noise; {LEAST} are the least")
    given, base = np.where(before | after, values, 0.0), base_of(len(values), cycle, baseline)
    design = np.column_stack([base, one_each(~before & ~after), one_each(after)])
    scale, least = scale_of(given, np.column_stack([base, one_each(~before)]), noise)
    alike = noise is None and _alike(given[before], base[before])
    return _Model(given, base, design, scale, least, alike)


def _lines(model: _Model) -> Floats:
    """Contrasts that give the baseline at every point."""
    return np.pad(model.base, ((0, 0), (0, model.design.shape[1] - model.base.shape[1])))


def _known(estimate: Interval, alike: bool) -> Interval:
    """The estimate, without limits where the before-points say nothing about their noise."""
    return Interval(estimate.value, *(np.full_like(end, np.nan) if alike else end for end in estimate[1:]))


def base_of(points: int, cycle: int, baseline: Baseline) -> Floats:
    """Columns of the baseline. Beyond its last bend the trend stands for itself: a step there covers that the bend's place is
    not known exactly (Muggeo 2003, doi 10.1002/sim.1545).
    """
    columns = going_on(points, cycle, baseline.bends, trend=baseline.trend, season=baseline.season)
    return np.column_stack([columns, *(np.arange(points) > bend for bend in baseline.bends[-1:])])


def _alike(values: Floats, base: Floats) -> bool:
    """Whether the before-points follow the baseline to the last digit, which says nothing about their noise."""
    left = values - base @ np.linalg.lstsq(base, values)[0]
    return bool(np.abs(left).max() <= ALIKE * max(float(np.abs(values).max()), 1e-300))


def _halves(share: Floats) -> Floats:
    second = np.arange(len(share)) >= len(share) // 2
    if len(share) < HALVED_FROM:
        return share
    return np.asarray(np.where(second, share / share[second].sum(), -share / share[~second].sum()))


def _slope(width: int, baseline: Baseline) -> Floats:
    """The trend's slope beyond its last bend; without a trend, the level, which is not told."""
    contrast = np.zeros(width)
    contrast[1 : 2 + len(baseline.bends)] = 1.0
    return contrast if baseline.trend else np.eye(width)[0]


def scale_of(values: Floats, design: Floats, noise: Floats | None) -> tuple[Floats, float]:
    """Relative standard deviation of each point, from its known sampling variance and what the fit leaves over beyond that; and
    the least variance that a point can have: half of what sampling alone makes.
    """
    if noise is None:
        return np.ones(len(values)), 0.0
    q, _ = np.linalg.qr(design)
    left, share = values - q @ (q.T @ values), 1 - (q**2).sum(axis=1)
    known = np.where(np.isfinite(noise), noise, 0.0)
    beyond = max((left @ left - share @ known) / max(len(values) - design.shape[1], 1), 0.0)
    variance = known + beyond
    typical = variance[variance > 0].mean() if (variance > 0).any() else 1.0
    least = LEAST_NOISE * float(known[known > 0].mean()) if (known > 0).any() else 0.0
    return np.sqrt(np.where(variance > 0, variance / typical, 1.0)), least


def segmented(values: Floats, before: Mask, after: Mask, cycle: int, baseline: Baseline, noise: Floats | None = None) -> Interval:
    """Segmented regression: the step of the level at the first after-point, and of the slope for each point, shape (2,).

    Wagner et al. 2002, doi 10.1046/j.1365-2710.2002.00430.x; both sides share season and noise.
    """
    given, first = np.where(before | after, values, 0.0), int(after.argmax())
    since = np.where(after, np.arange(len(values)) - first, 0.0)
    straight = baseline._replace(bends=())
    design = np.column_stack([base_of(len(values), cycle, straight), one_each(~before & ~after), after, since])
    if after.sum() < 3:
        raise ValueError(f"{after.sum()} points after cannot tell a slope; 3 are the least")
    fit = fitted(given, design, np.eye(design.shape[1])[-2:], *scale_of(given, design, noise))
    alike = noise is None and _alike(given[before], design[before])
    return Interval(*(end[0] for end in _known(averaged(fit), alike)))


def differences(
    values: Floats, before: Mask, after: Mask, contrast: Floats, design: Floats, noise: Floats | None = None
) -> tuple[Interval, float]:
    """A weighted sum of points with the noise that `design` (of what goes on) leaves in the before-points, and its p-value.

    `noise` is None where no sampling variance is known: points that follow the design to the last digit then give no limits.
    """
    given = np.where(before | after, values, 0.0)
    columns = np.column_stack([design, one_each(~before)])
    fit: Fitted = fitted(given, columns, np.zeros((1, columns.shape[1])))
    told = weighted(given, np.where(before | after, contrast, 0.0)[None, :], fit)
    alike = noise is None and _alike(given[before], design[before])
    return Interval(*(end[0, 0] for end in _known(averaged(told), alike))), float("nan") if alike else float(p_values(told)[0, 0])


def synthetic_weights(treated: Floats, controls: Floats) -> Floats:
    """Weights of controls (columns), at least 0 and 1 in all, whose mix runs most like the treated before the change.

    Levels are taken out first (Abadie et al. 2010, doi 10.1198/jasa.2009.ap08746; Ferman and Pinto 2021, doi 10.3982/QE1596).
    """
    y, x = treated - treated.mean(), controls - controls.mean(axis=0)
    heavy = 1e3 * max(float(np.abs(x).max()), 1e-12)
    found, _ = optimize.nnls(np.vstack([x, np.full(x.shape[1], heavy)]), np.append(y, heavy))
    return np.asarray(found / found.sum())
