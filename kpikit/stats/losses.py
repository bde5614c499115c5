"""Rates along a chain of steps, where it loses most, and how two groups differ; of independent units, or of units in clusters.

`counts` are the units that reached each step, so each is at most the one before. Where one customer (a cluster) can be several
units, `Products` hold all that their variances need.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special, stats

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval, difference, ratio_of_sums, wilson
from kpikit.stats.paired import mcnemar

LEAST = 5  # units in a group, below which nothing is compared


class Products(NamedTuple):
    """Sums over clusters of products of their counts at two steps (steps x steps).

    `own` is the group with itself, `cross` the group's first with everybody's second, `whole` everybody with everybody, and
    `clusters` how many have a unit in the group.
    """

    own: Floats
    cross: Floats
    whole: Floats
    clusters: int


class Compared(NamedTuple):
    """A difference with its limits, and the p-value that it is none; NaN where nothing can be said."""

    value: float
    low: float
    high: float
    p_value: float


NOTHING = Compared(*(float("nan"),) * 4)


def rate_of(counts: Floats, last: int, first: int, products: Products | None = None) -> Interval:
    """The share of the units at step `first` that reached step `last`: Wilson's interval, or that of a ratio of clusters' sums.

    Limits of clusters are cut at 0 and 1; where none or all went on, they are Wilson's of as many units as there are clusters.

    >>> [round(float(x), 4) for x in rate_of(np.array([100.0, 40]), 1, 0)]
    [0.4, 0.3094, 0.498]
    """
    x, n = counts[last], counts[first]
    if products is None:
        return wilson(x, n)
    clusters = min(products.clusters, n)
    if x in (0, n):
        return wilson(x * clusters / n if n else 0, clusters)
    weights = _step(len(counts), last) - x / n * _step(len(counts), first)
    value, low, high = ratio_of_sums(x, n, weights @ products.own @ weights, clusters)
    return Interval(value, np.maximum(low, 0), np.minimum(high, 1))


def losses_apart(counts: Floats, one: int, other: int, products: Products | None = None) -> Compared:
    """How many more units are lost just before step `one` than before step `other`, and whether that is clear.

    Both losses are of the same entrants: a paired comparison (mid-p McNemar), in clusters by the spread of their differences.
    For the largest loss against the next, the two-sided p-value holds although both were picked by their size (Hung and
    Fithian 2019, Annals of Statistics 47:758, arXiv 1610.03944).
    """
    lost = counts[:-1] - counts[1:]
    gap = lost[one - 1] - lost[other - 1]
    weights = sum(sign * (_step(len(counts), place - 1) - _step(len(counts), place)) for sign, place in ((1, one), (-1, other)))
    squares = weights @ products.own @ weights if products else lost[one - 1] + lost[other - 1]
    size = float(counts[0])
    error = np.sqrt(max(squares - gap**2 / (products.clusters if products else size), 0.0)) if size else 0.0
    p_value = mcnemar(lost[one - 1], lost[other - 1]) if products is None else _two_sided(float(gap), float(np.sqrt(squares)))
    half = _z() * error
    return Compared(float(gap), float(gap - half), float(gap + half), float(p_value))


def rates_apart(counts: Floats, one: int, other: int, products: Products | None = None) -> Compared:
    """The rate from the step before `one` to it, minus the same of `other`, along one chain.

    Each rate is of those who were left, so that of independent units the two are uncorrelated: Newcombe's interval, and the
    N - 1 chi-square. The note on picking the extremes is that of `losses_apart`.
    """
    if products is None:
        return groups_apart(counts[[one - 1, one]], counts[[other - 1, other]], 1)
    weights = _rate_weights(counts, one) - _rate_weights(counts, other)
    value = counts[one] / counts[one - 1] - counts[other] / counts[other - 1]
    return _normal(float(value), float(weights @ products.own @ weights))


def groups_apart(group: Floats, rest: Floats, step: int, products: Products | None = None, start: int | None = None) -> Compared:
    """A group's rate to `step` (from the one before, or from `start`), minus that of the rest.

    Newcombe's interval and the N - 1 chi-square (Campbell 2007, doi 10.1002/sim.2832), Fisher's exact test where fewer than 1 is
    expected in a cell; in clusters the linearised difference, with what customers in both bring together. NaN where either
    has under 5 units at the step before.

    >>> told = groups_apart(np.array([100.0, 30]), np.array([100.0, 50]), 1)
    >>> round(told.value, 2), round(told.p_value, 4)
    (-0.2, 0.004)
    """
    first = step - 1 if start is None else start
    if min(group[first], rest[first]) < LEAST:
        return NOTHING
    if products is not None:
        return _clustered(group, rest, step, first, products)
    pairs = [(float(side[step]), float(side[first])) for side in (group, rest)]
    told = difference(*(wilson(*pair) for pair in pairs))
    return Compared(float(told.value), float(told.low), float(told.high), _table_p(*pairs))


def _clustered(group: Floats, rest: Floats, step: int, first: int, products: Products) -> Compared:
    mine, theirs = (_rate_weights(side, step, first) for side in (group, rest))
    own, cross, whole, _ = products
    both, others = cross - own, whole - cross - cross.T + own
    variance = mine @ own @ mine - 2 * mine @ both @ theirs + theirs @ others @ theirs
    return _normal(float(group[step] / group[first] - rest[step] / rest[first]), float(variance))


def _normal(value: float, variance: float) -> Compared:
    error = np.sqrt(max(float(variance), 0.0))
    if error == 0:
        return NOTHING._replace(value=float(value))
    return Compared(float(value), float(value - _z() * error), float(value + _z() * error), _two_sided(value, error))


def _table_p(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The p-value that two shares, each (yes, of), are one."""
    (x1, n1), (x2, n2) = one, other
    yes, size = x1 + x2, n1 + n2
    no = size - yes
    if min(yes, no) == 0:
        return 1.0
    if min(n1, n2) * min(yes, no) / size < 1:
        return float(stats.fisher_exact(np.array([[x1, n1 - x1], [x2, n2 - x2]])).pvalue)
    square = (x1 * (n2 - x2) - x2 * (n1 - x1)) ** 2 * (size - 1) / (n1 * n2 * yes * no)
    return float(special.chdtrc(1, square))


def _rate_weights(counts: Floats, step: int, first: int | None = None) -> Floats:
    """What one more unit at each step moves the rate to `step`, linearised."""
    start = step - 1 if first is None else first
    moved: Floats = (_step(len(counts), step) - counts[step] / counts[start] * _step(len(counts), start)) / counts[start]
    return moved


def _step(steps: int, place: int) -> Floats:
    """The unit vector of one step."""
    vector: Floats = np.eye(steps)[place]
    return vector


def _two_sided(value: float, error: float) -> float:
    return float(2 * special.ndtr(-abs(value) / error)) if error > 0 else 1.0


def _z() -> float:
    return float(special.ndtri((1 + CONFIDENCE) / 2))
