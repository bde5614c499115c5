"""Maximum likelihood for parameters that are above 0: the fit is found, and its doubt told, on the log scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from kpikit.stats.intervals import Floats

STEP = 1e-4  # of the logarithms, for differences
MANY = 10_000  # rows; of twice as many and more a part is fitted first, to begin near the end


@dataclass(frozen=True, eq=False)
class Fit:
    """The likeliest parameters, the covariance of their logarithms (NaN where the data do not bound them), the log-likelihood."""

    parameters: Floats
    covariance: Floats
    log_likelihood: float

    @property
    def bounded(self) -> bool:
        """Whether the data bound every parameter."""
        return bool(np.isfinite(self.covariance).all())

    def spread(self, of: Callable[[Floats], NDArray[np.float64]]) -> Floats:
        """The standard errors of a function of the parameters, by the delta method."""
        centre = np.log(self.parameters)
        steps = STEP * np.eye(len(centre))
        slopes = np.array([(of(np.exp(centre + step)) - of(np.exp(centre - step))) / (2 * STEP) for step in steps])
        return np.asarray(np.sqrt(np.maximum(np.einsum("i...,ij,j...->...", slopes, self.covariance, slopes), 0.0)))


def likeliest(log_likelihood: Callable[[Floats], float], start: Floats) -> Fit:
    """The parameters, all above 0, under which the log-likelihood is greatest, found from `start` on."""

    def loss(logs: Floats) -> float:
        with np.errstate(all="ignore"):
            told = log_likelihood(np.exp(logs))
        return -told if np.isfinite(told) else 1e300

    found = minimize(loss, np.log(start), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7, "maxiter": 4000})
    found = minimize(loss, found.x, method="BFGS", options={"gtol": 1e-5})
    return Fit(np.exp(found.x), _covariance(loss, found.x), -float(found.fun))


def likeliest_of_rows(log_likelihood: Callable[..., float], columns: Floats, start: Floats) -> Fit:
    """The same where the log-likelihood takes the parameters and columns; many rows are begun with every so many-th of them."""
    step = columns.shape[1] // MANY
    if step > 1:
        start = likeliest(lambda parameters: log_likelihood(parameters, *columns[:, ::step]), start).parameters
    return likeliest(lambda parameters: log_likelihood(parameters, *columns), start)


def _covariance(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """The inverse of the second differences of the loss; NaN where it is no covariance."""
    count, step = len(at), 1e-3 * np.eye(len(at))
    bend = np.empty((count, count))
    for i in range(count):
        for j in range(count):
            ends = [loss(at + a * step[i] + b * step[j]) * a * b for a in (1, -1) for b in (1, -1)]
            bend[i, j] = sum(ends) / (4 * 1e-6)
    try:
        covariance = np.asarray(np.linalg.inv((bend + bend.T) / 2), dtype=float)
    except np.linalg.LinAlgError:
        return np.full((count, count), np.nan)
    return covariance if (np.linalg.eigvalsh(covariance) > 0).all() else np.full((count, count), np.nan)
