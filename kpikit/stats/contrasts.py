"""Contrasts of means of groups, from sums and products of sums over units: one algebra for independent and clustered units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from kpikit.stats.intervals import Floats


class CellSums(NamedTuple):
    """Sums over units (customers, or accounts of several customers) by cell.

    `totals` is cells x columns, the first column how many customers; `products` is cells x columns x cells x columns: over the
    units, the sum of the products of a unit's sums; `units` is how many units there are.
    """

    totals: Floats
    products: Floats
    units: int


class Told(NamedTuple):
    """Values of several contrasts and their covariance."""

    value: Floats
    covariance: Floats

    @property
    def error(self) -> Floats:
        """Standard errors."""
        error: Floats = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        return error


def pooled(sums: CellSums, groups: ArrayLike) -> CellSums:
    """The sums of groups of cells; `groups` is groups x cells, 1 where a cell belongs to a group, else 0."""
    member = np.asarray(groups, dtype=float)
    products = np.einsum("ga,avbw,hb->gvhw", member, sums.products, member, optimize=True)
    return CellSums(member @ sums.totals, products, sums.units)


def contrasts(sums: CellSums, weights: ArrayLike, columns: ArrayLike) -> Told:
    """Weighted sums of the cells' means, linearised, robust to what the customers of one unit share (Binder 1983).

    `weights` is contrasts x cells, `columns` says which combination of the columns is averaged. The covariance is the sandwich
    with G / (G - 1) for G units (doi 10.2307/1402588); cells of weight 0 may be empty.

    >>> cells = CellSums(np.array([[2.0, 1], [2, 2]]), np.zeros((2, 2, 2, 2)), 4)
    >>> contrasts(cells, [[-1, 1]], [0, 1]).value.tolist()
    [0.5]
    """
    w, b = np.atleast_2d(np.asarray(weights, dtype=float)), np.asarray(columns, dtype=float)
    size = np.where(sums.totals[:, 0] > 0, sums.totals[:, 0], 1.0)
    means = (sums.totals @ b) / size
    slope = np.multiply.outer(w / size, b)
    slope[:, :, 0] -= w * means / size
    told = np.einsum("qav,avbw,rbw->qr", slope, sums.products, slope, optimize=True)
    return Told(w @ means, told * sums.units / max(sums.units - 1, 1))


def slope_within(sums: CellSums, outcome: ArrayLike, covariate: ArrayLike) -> float:
    """The covariate's coefficient that takes most noise out of the outcome, pooled within the cells; 0 where it does not vary.

    CUPED (Deng, Xu, Kohavi and Walker 2013, doi 10.1145/2433396.2433413), with clustered units by units.
    """
    spread = covariance = 0.0
    for cell in range(len(sums.totals)):
        alone = np.zeros((1, len(sums.totals)))
        alone[0, cell] = sums.totals[cell, 0]
        both = (contrasts(sums, alone, np.asarray(part)).covariance[0, 0] for part in _three(outcome, covariate))
        y, x, added = both
        spread, covariance = spread + x, covariance + (added - y - x) / 2
    return covariance / spread if spread > 0 else 0.0


def _three(outcome: ArrayLike, covariate: ArrayLike) -> tuple[Floats, Floats, Floats]:
    y, x = np.asarray(outcome, dtype=float), np.asarray(covariate, dtype=float)
    return y, x, y + x


def heterogeneity(told: Told) -> tuple[float, int, float]:
    """Whether several estimates of one effect differ: Wald's chi-square, its degrees of freedom, its p-value.

    With independent estimates it is Cochran's Q (1954, doi 10.2307/3001666). NaN with fewer than two, or without noise.

    >>> q, freedom, p = heterogeneity(Told(np.array([0.0, 3.0]), np.diag([0.5, 0.5])))
    >>> round(q, 6), freedom, round(p, 4)
    (9.0, 1, 0.0027)
    """
    count = len(told.value)
    if count < 2 or not (np.diag(told.covariance) > 0).all():
        return np.nan, max(count - 1, 0), np.nan
    against = np.eye(count)[1:] - np.eye(count)[0]
    apart, noise = against @ told.value, against @ told.covariance @ against.T
    q = float(apart @ np.linalg.pinv(noise, hermitian=True) @ apart)
    return q, count - 1, float(special.chdtrc(count - 1, q))
