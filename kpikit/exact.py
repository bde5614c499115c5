"""Numbers as people wrote them: fractions and whole numbers, so that a comparison is exact."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Count = int | float | Decimal
Integers = NDArray[Any]  # int64, or Python integers where those could overflow
SAFE_INTEGER = 2**62  # below it, a sum or product is exact in int64


def exact(count: Any) -> Fraction:
    """The number as people wrote it: 0.1 is one tenth, not the nearest binary fraction. ValueError where it is no number.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    if not finite(count):
        raise ValueError(f"{count} is not a number")
    if isinstance(count, (float, np.floating)):
        return Fraction(repr(float(count)))
    return Fraction(int(count) if isinstance(count, np.integer) else count)


def finite(count: Any) -> bool:
    """Whether there is a number at all: not missing, not NaN, not infinite."""
    try:
        return count is not None and count is not pd.NA and math.isfinite(count)
    except OverflowError:  # an integer that no float holds: nothing can be computed from it
        return False


def whole_numbers(n: pd.Series, d: pd.Series) -> tuple[Integers, Integers]:
    """Both columns scaled by one factor into integers, so that comparing their ratio is exact; both 0 where one is missing."""
    if n.dtype.kind == "i" and d.dtype.kind == "i":
        return n.to_numpy(), d.to_numpy()
    there = [finite(x) and finite(y) for x, y in zip(n, d, strict=True)]
    columns = [[exact(x) if known else Fraction(0) for x, known in zip(column, there, strict=True)] for column in (n, d)]
    scale = math.lcm(*(x.denominator for column in columns for x in column))
    scaled = [np.array([int(x * scale) for x in column], dtype=object) for column in columns]
    return scaled[0], scaled[1]
