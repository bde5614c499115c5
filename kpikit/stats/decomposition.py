"""Where a change of a total came from: rates, mix, segments that came and went; effects of factors; Simpson's reversal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats, Interval, _divided, _floats

T = TypeVar("T")
ROUNDING = 1e-12  # a sum below this part of its terms is zero


class Effects(NamedTuple, Generic[T]):
    """Three parts of a change of a total, in the units of the total."""

    rate: T
    mix: T
    entry_exit: T


class Jackknifed(NamedTuple):
    """Intervals of the effects by segment, of their sums over segments, and of the whole change."""

    segments: Effects[Interval]
    totals: Effects[Interval]
    change: Interval


class Factors(NamedTuple):
    """Effects of P factors, and the two rates standardised for all other factors whose difference each effect is."""

    effects: Floats
    before: Floats
    after: Floats


def kitagawa(before_n: ArrayLike, before_d: ArrayLike, after_n: ArrayLike, after_d: ArrayLike) -> Effects[Floats]:
    """Effects of each segment (last axis) that add up to after - before of sum(n) / sum(d) (Kitagawa 1955).

    doi 10.1080/01621459.1955.10501299. Among segments present (d > 0) on both sides: `rate` is mean share x change of
    rate, `mix` is change of share x (mean rate of the segment - mean rate of them all). `entry_exit` is what the other
    segments add: on their side, share x (rate - rate of those that stay). A segment has 0 where an effect does not
    concern it, NaN where a side has no denominator. If none stays, rates are taken from the mean of the two totals.

    >>> [x.round(3).tolist() for x in kitagawa([30, 5, 0], [100, 100, 0], [30, 20, 10], [100, 100, 50])]
    [[0.0, 0.075, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -0.01]]
    """
    n0, d0, n1, d1 = _floats(before_n, before_d, after_n, after_d)
    stays = (d0 > 0) & (d1 > 0)
    (total0, rate0, share0, own0), (total1, rate1, share1, own1) = (_side(n, d, stays) for n, d in ((n0, d0), (n1, d1)))
    none = ~stays.any(axis=-1, keepdims=True)
    own0, own1 = (np.where(none, (total0 + total1) / 2, own) for own in (own0, own1))
    rate = (share0 + share1) / 2 * (rate1 - rate0)
    mix = (share1 - share0) * ((rate0 + rate1) / 2 - (own0 + own1) / 2)
    moved = _beside(n1, d1, own1) - _beside(n0, d0, own0)
    known = ~np.isnan(total0 + total1)
    return Effects(*(np.where(known, x + 0.0, np.nan) for x in (rate, mix, np.where(stays, 0.0, moved))))


def _pooled(n: Floats, d: Floats) -> Floats:
    return _divided(n.sum(axis=-1, keepdims=True), d.sum(axis=-1, keepdims=True))


def _side(n: Floats, d: Floats, stays: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Total of all segments; rates, shares and total of those that stay."""
    kept_n, kept_d = np.where(stays, n, 0.0), np.where(stays, d, 0.0)
    rate = np.where(stays, _divided(n, d), 0.0)
    sums = np.broadcast_to(kept_d.sum(axis=-1, keepdims=True), d.shape)
    return _pooled(n, d), rate, np.where(stays, _divided(kept_d, sums), 0.0), _pooled(kept_n, kept_d)


def _beside(n: Floats, d: Floats, own: Floats) -> Floats:
    """Share x (rate - own), without the rate: a numerator on a segment without denominator counts too."""
    return _divided(n - own * d, np.broadcast_to(d.sum(axis=-1, keepdims=True), d.shape))


def jackknifed(
    before_n: ArrayLike, before_d: ArrayLike, after_n: ArrayLike, after_d: ArrayLike, confidence: float = CONFIDENCE
) -> Jackknifed:
    """Intervals of Kitagawa's effects, leaving out one period at a time (Miller 1974, doi 10.1093/biomet/61.1.1).

    Arrays are periods x segments; the two sides may differ in periods, which are the sampled units. The variances of the
    sides add (Efron and Stein 1981, doi 10.1214/aos/1176345462); limits are Student's t with the degrees of freedom of
    Welch and Satterthwaite, NaN where a side has fewer than two periods. A segment seen in one period only leaves with it.

    >>> n, d = np.array([[10, 20], [12, 18], [11, 25]]), np.full((3, 2), 100)
    >>> [round(float(x), 4) for x in jackknifed(n, d, n + 5, d).change]
    [0.05, 0.0107, 0.0893]
    """
    n0, d0, n1, d1 = (np.asarray(x, dtype=float) for x in (before_n, before_d, after_n, after_d))
    whole0, whole1 = (n0.sum(axis=0), d0.sum(axis=0)), (n1.sum(axis=0), d1.sum(axis=0))
    value = _table(kitagawa(*whole0, *whole1))
    without_before = _table(kitagawa(_others(n0), _others(d0), *whole1))
    without_after = _table(kitagawa(*whole0, _others(n1), _others(d1)))
    half = _half_width([without_before, without_after], confidence)
    found = Interval(value, value - half, value + half)
    segments, totals = (Effects(*(_at(found, (row, part)) for row in range(3))) for part in (slice(-1), -1))
    return Jackknifed(segments, totals, _at(found, (3, -1)))


def _table(effects: Effects[Floats]) -> Floats:
    """The effects and their sum as rows, the segments and their total as columns."""
    rows = np.stack([*effects, effects.rate + effects.mix + effects.entry_exit], axis=-2)
    return np.concatenate([rows, rows.sum(axis=-1, keepdims=True)], axis=-1)


def _others(x: Floats) -> Floats:
    """Per period the sum of all other periods; adding, not subtracting, keeps an absent segment at exactly 0."""
    others: Floats = (1 - np.eye(len(x))) @ x
    return others


def _half_width(replicates: list[Floats], confidence: float) -> Floats:
    """Half the width of the interval from the leave-one-out replicates (first axis) of independent sides."""
    if min(map(len, replicates)) < 2:
        return np.full(replicates[0].shape[1:], np.nan)
    variances = [(len(x) - 1) * x.var(axis=0) for x in replicates]
    variance = variances[0] + variances[1]
    freedom = _divided(variance**2, sum(v**2 / (len(x) - 1) for v, x in zip(variances, replicates, strict=True)))
    width: Floats = special.stdtrit(np.where(variance == 0, 1, freedom), (1 + confidence) / 2) * np.sqrt(variance)
    return width


def _at(interval: Interval, where: Any) -> Interval:
    return Interval(*(x[where] for x in interval))


def dasgupta(rate: Callable[..., ArrayLike], before: Sequence[ArrayLike], after: Sequence[ArrayLike]) -> Factors:
    """Effects of P factors on any function of them, the mean over all orders of changing them (Das Gupta 1993, P23-186).

    `rate` takes P factors, each a float or an array, and returns a float or an array; it is called 2^P times. Effects
    have shape (P, ...) and add up to rate(*after) - rate(*before). ValueError where the sides differ in length.

    >>> dasgupta(lambda price, volume: price * volume, [0.6, 0.5], [0.3, 0.45]).effects.round(4).tolist()
    [-0.1425, -0.0225]
    """
    pairs = [tuple(np.asarray(x, dtype=float) for x in pair) for pair in zip(before, after, strict=True)]
    corners = np.array(list(product((0, 1), repeat=len(pairs))))
    rates = np.array([rate(*(pair[side] for pair, side in zip(pairs, corner, strict=True))) for corner in corners], dtype=float)
    others_changed = corners.sum(axis=1, keepdims=True) - corners
    weights = 1 / (len(pairs) * special.comb(len(pairs) - 1, others_changed))
    first, last = (np.tensordot(np.where(corners == side, weights, 0.0), rates, axes=(0, 0)) for side in (0, 1))
    return Factors(last - first, first, last)


def reverses(before_n: ArrayLike, before_d: ArrayLike, after_n: ArrayLike, after_d: ArrayLike) -> NDArray[np.bool_]:
    """Where the total moves against the summed rate effects of its segments (Simpson 1951).

    doi 10.1111/j.2517-6161.1951.tb00088.x. Segments are the last axis, which the answer lacks; False where either sum is
    zero or unknown.

    >>> bool(reverses([81, 192], [87, 263], [234, 55], [270, 80]))
    True
    """
    effects = kitagawa(before_n, before_d, after_n, after_d)
    return np.asarray(_direction(np.concatenate(effects, axis=-1)) * _direction(effects.rate) < 0)


def _direction(terms: Floats) -> Floats:
    """Sign of the sum, 0 where only rounding is left of it."""
    total = terms.sum(axis=-1)
    return np.where(abs(total) > ROUNDING * abs(terms).sum(axis=-1), np.sign(total), 0.0)
