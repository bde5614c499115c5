"""BG/NBD: how often customers who may leave unseen will buy again (Fader, Hardie and Lee 2005, doi 10.1287/mksc.1040.0098).

While alive a customer buys as a Poisson process whose rate is gamma distributed (r, alpha); after each purchase he leaves with a
chance that is beta distributed (a, b). Of a customer count `x` repeat purchases, `t_x` the time of the last and `T` the time
since the first purchase, all in one unit of time; `n` is how many customers are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import Floats
from kpikit.stats.likelihood import Fit, likeliest_of_rows

START = np.array([0.5, 5.0, 1.0, 3.0])


def fit_buying(x: ArrayLike, t_x: ArrayLike, T: ArrayLike, n: ArrayLike = 1.0) -> Fit:
    """The likeliest r, alpha, a and b.

    alpha has the unit of time of `t_x` and `T`, which is scaled away while the parameters are sought.
    """
    count, last, whole, weight = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(x, t_x, T, n))
    scale = 10 / max(float(whole.max()), 1e-9) * 4  # the longest is 40, as with weeks in a year or so
    columns = np.array([count, last * scale, whole * scale, weight])
    fit = likeliest_of_rows(log_likelihood, columns, START)
    unscaled = fit.log_likelihood + float((weight * count).sum() * np.log(scale))
    return Fit(fit.parameters / np.array([1, scale, 1, 1]), fit.covariance, unscaled)


def log_likelihood(parameters: Floats, x: Floats, t_x: Floats, T: Floats, n: Floats) -> float:
    """The log-likelihood of the customers: equation 6 of the paper, put together on the log scale.

    What depends on the number of purchases alone is computed once for each number.
    """
    r, alpha, a, b = parameters
    place = x.astype(np.intp)
    count = np.arange(place.max(initial=0) + 1.0)
    shared = special.gammaln(r + count) - special.gammaln(r) + r * np.log(alpha)
    shared += special.gammaln(a + b) + special.gammaln(b + count) - special.gammaln(b) - special.gammaln(a + b + count)
    left = np.log(a) - np.log(b + np.maximum(count, 1) - 1)
    alive = -(r + x) * np.log(alpha + T)
    gone = left[place] - (r + x) * np.log(alpha + t_x)
    both = np.where(x > 0, np.logaddexp(alive, gone), alive)
    return float((n * (shared[place] + both)).sum())


def expected_purchases(parameters: Floats, t: ArrayLike) -> Floats:
    """How many repeat purchases a new customer makes on average within `t` of the first (equation 9)."""
    r, alpha, a, b = parameters
    if a == 1.0:
        a = 1.0 + 1e-9
    time = np.asarray(t, dtype=float)
    reached = special.hyp2f1(r, b, a + b - 1, time / (alpha + time)) * (alpha / (alpha + time)) ** r
    return np.asarray((a + b - 1) / (a - 1) * (1 - reached))


def further_purchases(parameters: Floats, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """How many more purchases a known customer makes on average within `t` from now on (equation 10).

    The hypergeometric function is taken after Euler's transformation where that converges faster, so that long histories stay
    finite.
    """
    r, alpha, a, b = parameters
    if a == 1.0:
        a = 1.0 + 1e-9
    time, count, last, whole = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (t, x, t_x, T)))
    z = time / (alpha + whole + time)
    # 2F1(r + x, b + x; a + b + x - 1; z) (1 - z)^(r + x) = 2F1(r + x, a - 1; a + b + x - 1; -z / (1 - z)), by Pfaff
    reached = special.hyp2f1(r + count, a - 1, a + b + count - 1, -z / (1 - z))
    return np.asarray((a + b + count - 1) / (a - 1) * (1 - reached) * alive(parameters, count, last, whole))


def alive(parameters: Floats, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
    """The chance that a known customer has not left; who never bought again is alive under this model."""
    r, alpha, a, b = parameters
    count, last, whole = (np.asarray(part, dtype=float) for part in (x, t_x, T))
    odds = np.exp(np.log(a) - np.log(b + np.maximum(count, 1) - 1) + (r + count) * np.log((alpha + whole) / (alpha + last)))
    return np.asarray(np.where(count > 0, 1 / (1 + odds), 1.0))


def chance_of(parameters: Floats, count: int, t: ArrayLike) -> Floats:
    """The chances that a new customer makes 0, 1, ... `count` repeat purchases within `t`, one column each (equation 8)."""
    r, alpha, a, b = parameters
    time = np.asarray(t, dtype=float)[..., None]
    x = np.arange(count + 1)
    pace = np.exp(special.gammaln(r + x) - special.gammaln(r) - special.gammaln(x + 1))
    each = pace * (alpha / (alpha + time)) ** r * (time / (alpha + time)) ** x
    more = 1 - np.cumsum(each, axis=-1) + each  # the chance of x or more, had nobody left
    stay = np.exp(special.betaln(a, b + x) - special.betaln(a, b))
    leave = np.where(x > 0, np.exp(special.betaln(a + 1, b + np.maximum(x, 1) - 1) - special.betaln(a, b)), 0.0)
    return np.asarray(stay * each + leave * more)
