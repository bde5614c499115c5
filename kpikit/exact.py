"""Numbers as people wrote them: fractions and whole numbers, so that a comparison is exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Count = int | float | Decimal
Integers = NDArray[Any]  # int64, or Python integers where those could overflow
SAFE_INTEGER = 2**62  # below it, a sum or product is exact in int64


def exact(count: Count) -> Fraction:
    """The number as people wrote it: 0.1 is one tenth, not the nearest binary fraction.

    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(count)) if isinstance(count, float) else Fraction(count)


def whole_numbers(n: pd.Series, d: pd.Series) -> tuple[Integers, Integers]:
    """Both columns scaled by one power of ten into integers, so that comparing their ratio is exact."""
    if n.dtype.kind == "i" and d.dtype.kind == "i":
        return n.to_numpy(), d.to_numpy()
    scale = 10 ** max((_decimals(x) for x in [*n, *d]), default=0)
    scaled = [np.array([int(exact(x) * scale) for x in column], dtype=object) for column in (n, d)]
    return scaled[0], scaled[1]


def _decimals(count: Count) -> int:
    exponent = Decimal(repr(count) if isinstance(count, float) else count).as_tuple().exponent
    return max(0, -int(exponent))
