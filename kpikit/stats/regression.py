"""Regression with autocorrelated errors on short series, its intervals averaged over how strong the autocorrelation may be.

On 18 to 48 points the autocorrelation cannot be estimated (a true .6 reads .18), and an interval that trusts the estimate
is too narrow. Here each value of it has its own generalised least squares fit, and counts by its restricted likelihood
(Harville 1974, doi 10.1093/biomet/61.2.383) under equal prior weights; the interval is the mixture's (as in Berger,
De Oliveira and Sansó 2001, doi 10.1198/016214501753382282). docs/method.md shows how often it holds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval

AUTOCORRELATIONS = np.round(np.arange(-0.5, 0.951, 0.05), 2)
EXACT = 1e-10  # of a probability
NOTHING = 1e-12  # weights under it add nothing
STEPS = 60  # towards a quantile, at the most; eight are usual


class Fitted(NamedTuple):
    """Fits by autocorrelation (first axis), for each row of values and each contrast, with the weight of each."""

    weights: Floats  # (autocorrelations, rows)
    values: Floats  # (autocorrelations, rows, contrasts)
    errors: Floats  # standard errors, as values
    spread: Floats  # (autocorrelations, rows): standard deviation of one point's error
    freedom: int  # points minus parameters


def fitted(
    values: Floats,
    design: Floats,
    contrasts: Floats,
    scale: Floats | None = None,
    least: float = 0.0,
    autocorrelations: Floats = AUTOCORRELATIONS,
) -> Fitted:
    """Contrasts of the coefficients of `values` (rows x points) on `design` (points x parameters), by autocorrelation.

    `contrasts` is (contrasts x parameters); `scale` the relative standard deviation of each point, `least`
    the variance of a point that no fit may go under. Errors are AR(1).
    Raises ValueError where no point is left over to know the noise by.
    """
    rows, (points, parameters) = np.atleast_2d(values), design.shape
    freedom = points - parameters
    if freedom < 1:
        raise ValueError(f"{points} points cannot carry {parameters} parameters")
    by = np.ones(points) if scale is None else scale
    likelihood, values, errors, spread = _gls(rows / by, design / by[:, None], contrasts, np.asarray(autocorrelations), least)
    weights = np.exp(likelihood - likelihood.max(axis=0))
    return Fitted(weights / weights.sum(axis=0), values, errors, spread, freedom)


def _gls(rows: Floats, design: Floats, contrasts: Floats, rhos: Floats, least: float) -> tuple[Floats, ...]:
    """By autocorrelation: restricted log-likelihood (rows), contrasts, their standard errors, spread of one error (rows).

    All autocorrelations at once: one after the other took five times as long, to the same last bit.
    """
    rho, each = rhos[:, None], rhos[:, None, None]
    y, x = whitened(rows, each), np.swapaxes(whitened(design.T, each), 1, 2)
    q, r = np.linalg.qr(x)
    projected, squares = y @ q, (y**2).sum(axis=2)
    left = np.maximum(squares - (projected**2).sum(axis=2), 1e-12 * squares + 1e-300)
    freedom = design.shape[0] - design.shape[1]
    sizes = np.log(np.abs(np.diagonal(r, axis1=1, axis2=2))).sum(axis=1)
    likelihood = 0.5 * np.log(1 - rho**2) - sizes[:, None] - 0.5 * freedom * np.log(left)
    solved = np.linalg.solve(np.swapaxes(r, 1, 2), np.broadcast_to(contrasts.T, (len(rhos), *contrasts.T.shape)))
    innovation = np.sqrt(np.maximum(left / freedom, least * (1 - rho**2)))
    errors = innovation[:, :, None] * np.sqrt((solved**2).sum(axis=1))[:, None, :]
    return likelihood, projected @ solved, errors, innovation / np.sqrt(1 - rho**2)


def weighted(
    values: Floats, weights: Floats, fit: Fitted, scale: Floats | None = None, autocorrelations: Floats = AUTOCORRELATIONS
) -> Fitted:
    """Sums of `values` (points) by fixed `weights` (sums x points), with the errors that `fit` knows of one row of them."""
    by = weights if scale is None else weights * scale
    apart = np.abs(np.subtract.outer(np.arange(len(values)), np.arange(len(values))))
    sizes = np.sqrt(np.array([np.einsum("ij,jk,ik->i", by, rho**apart, by) for rho in autocorrelations]))
    sums = np.broadcast_to(weights @ values, (len(autocorrelations), 1, len(weights)))
    return fit._replace(values=sums, errors=fit.spread[:, :, None] * sizes[:, None, :])


def whitened(rows: Floats, rho: float | Floats) -> Floats:
    """Rows of AR(1) errors as independent ones of the innovations' size (Prais and Winsten 1954); a stack of rows for a stack
    of autocorrelations.
    """
    first = np.sqrt(1 - rho**2) * rows[:, :1]
    return np.concatenate([first, rows[:, 1:] - rho * rows[:, :-1]], axis=-1)


def averaged(fit: Fitted, confidence: float = CONFIDENCE) -> Interval:
    """The mixture's mean and quantiles, arrays of (rows x contrasts)."""
    weights = fit.weights[:, :, None]
    centre = (weights * fit.values).sum(axis=0)
    tail = (1 - confidence) / 2
    return Interval(centre, _quantile(fit, tail), _quantile(fit, 1 - tail))


def p_values(fit: Fitted) -> Floats:
    """Two-sided: how surely each contrast lies off 0, (rows x contrasts)."""
    below = _below(fit, np.zeros(fit.values.shape[1:]))
    return np.asarray(2 * np.minimum(below, 1 - below))


def likely_autocorrelation(fit: Fitted, autocorrelations: Floats = AUTOCORRELATIONS) -> Floats:
    """The weighted mean autocorrelation of each row: shown, never trusted."""
    return np.asarray(autocorrelations @ fit.weights)


def _below(fit: Fitted, point: Floats) -> Floats:
    share = special.stdtr(fit.freedom, (point - fit.values) / fit.errors)
    return np.asarray((fit.weights[:, :, None] * share).sum(axis=0))


def _quantile(fit: Fitted, probability: float) -> Floats:
    """Newton's steps on the mixture's distribution, kept inside the quantiles of its components."""
    counts = fit.weights.max(axis=1) > NOTHING
    fit = fit._replace(weights=fit.weights[counts], values=fit.values[counts], errors=fit.errors[counts])
    each = fit.values + special.stdtrit(fit.freedom, probability) * fit.errors
    low, high = each.min(axis=0), each.max(axis=0)
    point = (fit.weights[:, :, None] * each).sum(axis=0)
    for _ in range(STEPS):
        over = _below(fit, point) - probability
        if np.abs(over).max() < EXACT:
            break
        low, high = np.where(over < 0, point, low), np.where(over < 0, high, point)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = point - over / _density(fit, point)
        point = np.where((step > low) & (step < high), step, (low + high) / 2)
    return np.asarray(point)


def _density(fit: Fitted, point: Floats) -> Floats:
    away = (point - fit.values) / fit.errors
    half = (fit.freedom + 1) / 2
    shape = np.exp(special.gammaln(half) - special.gammaln(fit.freedom / 2)) / np.sqrt(fit.freedom * np.pi)
    heights = shape * (1 + away**2 / fit.freedom) ** -half / fit.errors
    return np.asarray((fit.weights[:, :, None] * heights).sum(axis=0))
