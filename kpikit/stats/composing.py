"""Intervals of composed values: what the limits of the parts say of their sum, difference, product or quotient (MOVER).

Parts are taken as independent; who knows better gives their joint counts instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from kpikit.stats.intervals import Floats, Interval, difference, relative_change


def composed(combine: str, parts: Sequence[Interval]) -> Interval:
    """The estimate and its limits, element by element; NaN limits where a part has none.

    Sums and differences by Zou and Donner (2008, doi 10.1002/sim.3095), quotients by Donner and Zou (2012, doi
    10.1177/0962280210383082), products by the former on logarithms, for values above 0.

    >>> halves = Interval(*(np.array([x]) for x in (0.5, 0.4, 0.6)))
    >>> [round(float(end[0]), 3) for end in composed("sum", [halves, halves])]
    [1.0, 0.859, 1.141]
    """
    return reduce(COMBINED[combine], parts)


def _added(one: Interval, other: Interval) -> Interval:
    return difference(one, Interval(-other.value, -other.high, -other.low))


def _multiplied(one: Interval, other: Interval) -> Interval:
    value = one.value * other.value
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = _added(Interval(*map(np.log, one)), Interval(*map(np.log, other)))
    known = (one.value > 0) & (other.value > 0) & ~np.isnan(one.low + other.low)
    return Interval(value, *(np.where(known, np.exp(end), np.nan) for end in (logs.low, logs.high)))


def _divided(one: Interval, other: Interval) -> Interval:
    ratio = relative_change(one, other)
    return Interval(*(_from_one(end) for end in ratio))


def _from_one(relative: Floats) -> Floats:
    return relative + 1


COMBINED: dict[str, Callable[[Interval, Interval], Interval]] = {
    "sum": _added, "difference": difference, "product": _multiplied, "quotient": _divided,
}  # fmt: skip
