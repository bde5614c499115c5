"""Disclosure: which counts must not be shown, and which others would give them away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kpikit.stats.intervals import Floats

LEAST = 5  # people: a smaller group is not shown
Mask = NDArray[np.bool_]
Line = tuple[int, Sequence[int]]  # a total, and the parts that add up to it


def hidden(counts: ArrayLike, lines: Sequence[Line], dear: Sequence[int] = (), least: int = LEAST) -> tuple[Mask, Mask]:
    """Which rows of `counts` (rows x kinds of people) are too small to show, and which others are hidden with them.

    A row is too small where any of its counts is under `least`. `lines` say which rows add up to which total: after hiding,
    no line leaves a single row open, none hides fewer than `least` people together, and no hidden row follows from the shown
    ones by any sum of lines (complementary suppression, Cox 1980, doi 10.1080/01621459.1980.10477481). Rows that are `dear`
    are the last to be hidden for another's sake.

    >>> small, others = hidden([[20, 180], [3, 40], [8, 60], [9, 80]], [(0, [1, 2, 3])])
    >>> small.tolist(), others.tolist()
    ([False, True, False, False], [False, False, True, False])
    """
    table = np.asarray(counts, dtype=float)
    small = np.asarray((table < least).any(axis=1))
    gone = small.copy()
    cost = table.sum(axis=1) + np.where(np.isin(np.arange(len(table)), list(dear)), table.sum(), 0.0)
    while (more := _next(table, lines, gone, cost, least)) is not None:
        gone[more] = True
    return small, gone & ~small


def _next(table: Floats, lines: Sequence[Line], gone: Mask, cost: Floats, least: int) -> int | None:
    """A further row to hide: the one of least cost of a line that gives something away; None where no line does."""
    giving = [line for line in lines if _gives_away(table, line, gone, least)]
    if not giving:
        giving = [line for line in lines if gone[[line[0], *line[1]]].any()] if _solved(lines, gone).any() else []
    for total, parts in giving:
        shown = [part for part in parts if not gone[part]] or ([] if gone[total] else [total])
        if shown:
            return min(shown, key=lambda row: (cost[row], row))
    return None


def _gives_away(table: Floats, line: Line, gone: Mask, least: int) -> bool:
    """Whether a line's shown rows tell what its hidden ones hold, alone or together."""
    total, parts = line
    out = [part for part in parts if gone[part]]
    if gone[total] or not out:
        return bool(gone[total] and not out)
    return len(out) == 1 or bool((table[out].sum(axis=0) < least).any())


def _solved(lines: Sequence[Line], gone: Mask) -> Mask:
    """Which hidden rows follow from the shown ones by adding and taking away whole lines."""
    places = np.flatnonzero(gone)
    matrix = np.zeros((len(lines), len(gone)))
    for row, (total, parts) in enumerate(lines):
        matrix[row, list(parts)], matrix[row, total] = 1.0, -1.0
    told = matrix[:, places]
    told = told[np.abs(told).sum(axis=1) > 0]
    if not told.size:
        return np.zeros(len(places), dtype=bool)
    _, size, spanned = np.linalg.svd(told, full_matrices=False)
    fixed = (spanned[size > size.max() * 1e-12] ** 2).sum(axis=0)  # 1 where the lines leave nothing open
    return np.asarray(fixed > 1 - 1e-8)
