"""What goes with what: expected pair counts under independence given how much was bought, and lifts with their intervals.

Association of products is judged against what baskets of their sizes would hold by popularity alone: a big basket holds much of
everything, and without that in the expectation all pairs look like friends (Gionis, Mannila, Mielikaeinen and Tsaparas 2007,
doi 10.1145/1297332.1297338, keep the same margins by swaps).
mlxtend mines rules from a matrix of all baskets by all products in memory, and gives them neither intervals nor customers: the
tests count with it, this package does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from kpikit.stats.intervals import CONFIDENCE, Floats

EXACT_SIZES, GROWTH = 12, 1.15  # sizes up to the first are bands of their own, then each band is that much wider
RAKES, EXACT_RAKED = 60, 3
EXACT_BELOW, EXACT_UP_TO = 0.05, 2000  # p-values and counts of which the exact tail is asked for


class Lift(NamedTuple):
    """Observed over expected with its interval, and the p-value of no association; arrays of one shape, NaN where unknown."""

    value: Floats
    low: Floats
    high: Floats
    p_value: Floats


class Moments(NamedTuple):
    """Sums over customers of products of x (joint baskets of a pair), g (per product) and h (per customer); see `lift_together`.

    Of pairs x by x: xx, xa, xb, xh, ab, arrays [A, B]; of products g, gg, gh, arrays [A]; of all h and hh, numbers.
    """

    xx: Floats
    xa: Floats
    xb: Floats
    xh: Floats
    ab: Floats
    g: Floats
    gg: Floats
    gh: Floats
    h: float
    hh: float


def size_bands(sizes: ArrayLike) -> NDArray[np.int64]:
    """The band of each basket size: one a size up to 12, then bands that end 15 % higher each.

    >>> size_bands([1, 2, 12, 13, 14, 15]).tolist()
    [0, 1, 11, 12, 12, 13]
    """
    given = np.asarray(sizes)
    ends = [*range(1, EXACT_SIZES + 1)]
    while ends[-1] < given.max(initial=1):
        ends.append(int(np.ceil(ends[-1] * GROWTH)))
    return np.searchsorted(ends, given).astype(np.int64)


def expected_together(held: ArrayLike, baskets: ArrayLike, sizes: ArrayLike) -> Floats:
    """Expected baskets with both products, [A, B], where each basket of a size is filled by popularity among such baskets.

    `held` are baskets with a product by size, [A, K]; `baskets` and `sizes` say how many there are of each size K. Sizes are
    pooled in bands. A basket with A has size - 1 other places: that makes the rows' sums exact, at size 2 the whole; above 3
    the start is the joint inclusion of rejective sampling (Hajek 1964, doi 10.1214/aoms/1177700375).

    >>> expected_together([[2], [2], [2], [2]], [4], [2]).round(3)[0].tolist()  # four products, two in each of four baskets
    [0.0, 0.667, 0.667, 0.667]
    """
    counts, many, size = (np.asarray(given, dtype=float) for given in (held, baskets, sizes))
    bands, whole = size_bands(sizes), np.zeros((len(counts), len(counts)))
    for band in np.unique(bands):
        of = bands == band
        mean = float((many[of] * size[of]).sum() / many[of].sum())
        whole += many[of].sum() * _filled(counts[:, of].sum(axis=1) / many[of].sum(), mean)
    return whole


def _filled(share: Floats, size: float) -> Floats:
    """The chance that a basket of a size holds both of two products, from the chance that it holds each."""
    if size <= 1:
        return np.zeros((len(share), len(share)))
    rest = max(size - share.sum(), 0.0)  # products that are not looked at, many and small
    all_shares = np.append(share, rest)
    start = np.ones((len(all_shares), len(all_shares)))
    if size > EXACT_RAKED:
        absent = np.append(1 - share, 1.0)
        start = np.clip(1 - np.outer(absent, absent) / max((share * (1 - share)).sum() + rest, 1e-9), 0, None)
    start[np.arange(len(share)), np.arange(len(share))] = 0.0  # a product is in a basket once
    chance = _raked(start * np.outer(all_shares, all_shares), (size - 1) * all_shares)
    return np.minimum(chance[:-1, :-1], np.minimum.outer(share, share))


def _raked(start: Floats, sums: Floats) -> Floats:
    """A symmetric matrix scaled, row and column alike, until its rows have their sums."""
    scale = np.ones(len(sums))
    for _ in range(RAKES):
        now = scale * (start @ scale)
        scale *= np.sqrt(np.divide(sums, now, out=np.zeros_like(now), where=now > 0))
    return start * np.outer(scale, scale)


def lift_together(observed: Floats, expected: Floats, moments: Moments, confidence: float = CONFIDENCE) -> Lift:
    """Observed over expected joint baskets, [A, B], with an interval that knows that one customer's baskets are alike.

    Of customer c, x counts joint baskets, g_A is the sum of size - 1 over the baskets with A, h that of size (size - 1) over all.
    To first order the expectation moves by L = G_B g_A / h. + G_A g_B / h. - G_A G_B h / h.^2 (G, h. summed over customers); the
    variance is the sum over customers of (x - E L / sum L)^2, of the lift's logarithm that of (x / O - L / sum L)^2 (Liang and
    Zeger 1986, doi 10.1093/biomet/73.1.13). The test asks of the difference, whose variance grows with what was observed: it
    errs to the safe side.
    """
    xl, ll, level = _with_expectation(moments)
    with np.errstate(divide="ignore", invalid="ignore"):
        per = expected / level
        noise = moments.xx - 2 * per * xl + per**2 * ll
        z = (observed - expected) / np.sqrt(np.maximum(noise, expected))
        spread = np.sqrt(moments.xx / observed**2 - 2 * xl / (observed * level) + ll / level**2)
    return _lift(observed, expected, spread, 2 * special.ndtr(-np.abs(z)), confidence)


def _with_expectation(m: Moments) -> tuple[Floats, Floats, Floats]:
    """The sums over customers of x L, of L^2 and of L, [A, B]."""
    a, b = m.g[:, None] / m.h, m.g[None, :] / m.h  # L = b g_A + a g_B - a b h
    xl = b * m.xa + a * m.xb - a * b * m.xh
    squares = b**2 * m.gg[:, None] + a**2 * m.gg[None, :] + (a * b) ** 2 * m.hh
    ll = squares + 2 * a * b * m.ab - 2 * a * b**2 * m.gh[:, None] - 2 * a**2 * b * m.gh[None, :]
    return xl, ll, a * b * m.h


class Followed(NamedTuple):
    """Customers who began with A and bought B later, against those alike in how much they buy who began without A.

    Arrays [A, B]: how many did, how many of those with A would if all alike did alike, how many those are, the ratio of
    the two shares and the p-value.
    """

    observed: Floats
    expected: Floats
    at_risk: Floats
    lift: Lift


def followed(
    first: ArrayLike, later: ArrayLike, both: ArrayLike, did: ArrayLike, customers: ArrayLike, confidence: float = CONFIDENCE
) -> Followed:
    """Whether those whose first order held A buy B later more often than the others do, by strata of how much they buy.

    By stratum S: `first` [A, S] customers whose first order held A, `later` [B, S] those with B new later, `both` [S, A, B] whose
    first order held both, `did` [S, A, B] with A first and B new later, `customers` [S]. At risk for B is whom the first order
    did not bring it. The ratio is Mantel and Haenszel's, its interval that of Greenland and Robins (1985, doi 10.2307/2530643).
    The p-value is twice the smaller tail of the sum of independent hypergeometrics that the count is under no association (Gart
    1970, doi 10.1093/biomet/57.3.471): exact where it is small, else that of the binomial with the same mean and variance.
    """
    began, got, held, bought, many = (np.asarray(given, dtype=float) for given in (first, later, both, did, customers))
    sums = [np.zeros((len(began), len(began))) for _ in range(7)]
    for place, n in enumerate(many):
        free = n - began[None, :, place] + np.zeros_like(held[place])
        for whole, term in zip(
            sums, _stratum(began[:, None, place] - held[place], bought[place], got[None, :, place], free), strict=True
        ):
            whole += term
    observed, expected, risk, noise, with_a, without, spread = (whole * (1 - np.eye(len(whole))) for whole in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.sqrt(spread / (with_a * without))
    p_value = _tails(observed, expected, noise)
    for a, b in zip(*np.nonzero((p_value < EXACT_BELOW) & (observed + noise < EXACT_UP_TO)), strict=True):
        p_value[a, b] = _exact(int(observed[a, b]), began[a] - held[:, a, b], got[b], many - began[b])
    return Followed(observed, expected, risk, _lift(with_a, without, width, p_value, confidence))


def _stratum(risk: Floats, did: Floats, got: Floats, free: Floats) -> tuple[Floats, ...]:
    """What one stratum adds: to the observed, expected and at risk, to the noise, to both sides of the ratio and its variance."""
    q, others = _of(got, free), free - risk
    noise = risk * q * (1 - q) * _of(others, free - 1)
    spread = _of(risk * others * got - did * (got - did) * free, free**2)
    return did, risk * q, risk, noise, did * _of(others, free), (got - did) * _of(risk, free), spread


def _of(part: Floats, whole: Floats) -> Floats:
    """A part of a whole, 0 where there is no whole."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)


def _tails(count: Floats, mean: Floats, variance: Floats) -> Floats:
    """Two-sided p-value of a count under the binomial with this mean and variance, of trials that need not be whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.clip(1 - variance / mean, 1e-9, 1 - 1e-9)
        trials = np.maximum(mean / p, count)
        above = special.betainc(np.maximum(count, 1e-9), np.maximum(trials - count + 1, 1e-9), p)
        beyond = special.betainc(count + 1, np.maximum(trials - count, 1e-9), p)
    upper, lower = np.where(count > 0, above, 1.0), np.where(trials > count, 1 - beyond, 1.0)
    return np.where(mean > 0, np.clip(2 * np.minimum(upper, lower), 0, 1), np.nan)


def _exact(count: int, risk: Floats, got: Floats, free: Floats) -> float:
    """The same of the sum over strata of hypergeometrics: of `free` customers, `risk` with A, `got` who buy B."""
    chance, least = np.ones(1), 0
    for n, k, m in zip(free, risk, got, strict=True):
        low, high = int(max(0, k + m - n)), int(min(k, m))
        if high > 0:
            yes = np.arange(low, high + 1)
            chance = np.convolve(chance, np.exp(_ways(k, yes) + _ways(n - k, m - yes) - _ways(n, m)))
            least += low
    at = count - least
    return float(min(1.0, 2 * min(chance[at:].sum(), chance[: at + 1].sum())))


def _ways(n: ArrayLike, k: ArrayLike) -> Floats:
    """The logarithm of how many ways there are to choose k of n."""
    whole, part = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    ways: Floats = special.gammaln(whole + 1) - special.gammaln(part + 1) - special.gammaln(whole - part + 1)
    return ways


def _lift(observed: Floats, expected: Floats, spread: Floats, p_value: Floats, confidence: float) -> Lift:
    known = (observed > 0) & (expected > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = np.where(expected > 0, observed / expected, np.nan)
        factor = np.exp(special.ndtri((1 + confidence) / 2) * spread)
        low, high = (np.where(known, limit, np.nan) for limit in (value / factor, value * factor))
    return Lift(value, low, high, np.where(expected > 0, p_value, np.nan))
