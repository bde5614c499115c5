"""What can be seen at all: the smallest change that periods after show against periods before, by how the KPI's noise is known.

Two-sided at 5 %, found with a power of 80 %. Shares as in `power`; event rates and amounts by the same normal argument with
their own variances (Fleiss, Levin and Paik 2003, section 4.2, doi 10.1002/0471445428). Changes are fractions, always positive.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy.optimize import elementwise

from kpikit.stats.intervals import Floats, _floats
from kpikit.stats.power import ALPHA, POWER, smallest_change


def visible_share(level: ArrayLike, before: ArrayLike, after: ArrayLike, *, falls: bool = False) -> Floats:
    """The smallest rise (or fall) of a share of independent units, `before` and `after` of them; NaN where none is found.

    >>> round(float(visible_share(0.5, 100, 100)), 4)
    0.1932
    """
    start, early, late = _floats(level, before, after)
    return smallest_change(1 - start if falls else start, early, ratio=late / early)


def visible_rate(level: ArrayLike, before: ArrayLike, after: ArrayLike, *, falls: bool = False) -> Floats:
    """The smallest rise (or fall) of a rate of events over `before` and `after` units of exposure; NaN where none is found.

    >>> round(float(visible_rate(0.2, 1000, 1000)), 4)
    0.0601
    """
    start, early, late = _floats(level, before, after)
    sign = -1.0 if falls else 1.0
    most = start if falls else start + 1e3 * (start + 1 / late)  # under no rate, and far above any that is looked for
    root = elementwise.find_root(_beyond, (np.zeros(start.shape), most), args=(start, early, late, np.full(start.shape, sign)))
    return np.where(root.success, root.x, np.nan)


def visible_amount(deviation: ArrayLike, before: ArrayLike, after: ArrayLike, freedom: ArrayLike) -> Floats:
    """The smallest change of a value whose periods vary by `deviation` (of `freedom` degrees), from `before` and `after` periods.

    >>> round(float(visible_amount(0.02, 12, 3, 30)), 4)
    0.0374
    """
    size, early, late, known = _floats(deviation, before, after, freedom)
    need = special.stdtrit(known, 1 - ALPHA / 2) + special.stdtrit(known, POWER)
    return np.asarray(need * size * np.sqrt(1 / early + 1 / late))


def _beyond(change: Floats, level: Floats, before: Floats, after: Floats, sign: Floats) -> Floats:
    """By how much a change passes what chance needs: pooled variance under none, each side's own under the change."""
    later = level + sign * change
    pooled = (before * level + after * later) / (before + after)
    none, some = np.sqrt(pooled * (1 / before + 1 / after)), np.sqrt(level / before + later / after)
    return np.asarray(change - special.ndtri(1 - ALPHA / 2) * none - special.ndtri(POWER) * some)
