"""Gamma-gamma: what customers spend on a purchase, on average (Fader, Hardie and Lee 2005, doi 10.1509/jmkr.2005.42.4.415).

A purchase is gamma distributed around its customer's own mean, and those means are spread over customers; how often somebody
buys must have nothing to do with how much. Formulas as in Fader and Hardie (2013), "The gamma-gamma model of monetary value".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import Floats
from kpikit.stats.likelihood import Fit, likeliest_of_rows

START = np.array([5.0, 4.0, 15.0])
USUAL = 35.0  # the scale that START fits


def fit_spending(x: ArrayLike, mean: ArrayLike, n: ArrayLike = 1.0) -> Fit:
    """The likeliest p, q and gamma from each customer's number of purchases `x` (1 or more) and their mean amount (above 0)."""
    count, amount, weight = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(x, mean, n))
    scale = USUAL / float(np.average(amount, weights=weight))
    fit = likeliest_of_rows(log_likelihood, np.array([count, amount * scale, weight]), START)
    unscaled = fit.log_likelihood + float(weight.sum() * np.log(scale))
    return Fit(fit.parameters / np.array([1, 1, scale]), fit.covariance, unscaled)


def log_likelihood(parameters: Floats, x: Floats, mean: Floats, n: Floats) -> float:
    """The log-likelihood of customers' mean amounts (equation 1a of the note)."""
    p, q, gamma = parameters
    place, often = x.astype(np.intp), np.arange(1, x.max(initial=1) + 1)
    each = (special.gammaln(p * often + q) - special.gammaln(p * often))[place - 1] - special.gammaln(q) + q * np.log(gamma)
    each += (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(gamma + x * mean)
    return float((n * each).sum())


def mean_amount(parameters: Floats) -> float:
    """The mean amount of a purchase over all customers; infinite where q is 1 or less."""
    p, q, gamma = parameters
    return float(p * gamma / (q - 1)) if q > 1 else float("inf")


def correlation(x: ArrayLike, mean: ArrayLike, n: ArrayLike = 1.0) -> float:
    """Pearson's correlation of how often and how much, of n customers each; NaN where one of them does not vary."""
    count, amount, weight = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(x, mean, n))
    if len(count) < 2:
        return float("nan")
    together = np.cov(count, amount, aweights=weight)
    scale = np.sqrt(together[0, 0] * together[1, 1])
    return float(together[0, 1] / scale) if scale > 0 else float("nan")
