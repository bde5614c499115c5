"""What each of several factors adds to a joint change, exact: the mean over all orders of changing them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from math import comb


def attributed(worth: Callable[[frozenset[int]], Fraction], count: int) -> list[Fraction]:
    """What each of `count` factors adds; the parts add up to worth(all) - worth(none), to the last digit.

    `worth` takes the numbers of the factors that have changed, and is called 2^count times. The mean over all orders is
    Shapley's value (1953, doi 10.1515/9781400881970-018) and Das Gupta's decomposition (1993, P23-186);
    `decomposition.dasgupta` has the same of arrays of floats.

    >>> price, volume = (Fraction(10), Fraction(12)), (Fraction(5), Fraction(6))
    >>> [str(part) for part in attributed(lambda new: price[0 in new] * volume[1 in new], 2)]
    ['11', '11']
    """
    sets = [frozenset(chosen) for size in range(count + 1) for chosen in combinations(range(count), size)]
    known = {chosen: worth(chosen) for chosen in sets}
    weights = {size: Fraction(1, count * comb(count - 1, size)) for size in range(count)}
    return [
        sum((weights[len(o)] * (known[o | {one}] - known[o]) for o in sets if one not in o), Fraction(0)) for one in range(count)
    ]
