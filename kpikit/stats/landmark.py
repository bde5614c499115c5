"""Landmarks: each who changed is compared, from that day on, with those alike who were still there that day and had not.

Nobody's time before the change is counted for it, so none of it is immortal (Anderson, Cain and Gelber 1983,
doi 10.1200/JCO.1983.1.11.710; Suissa 2008, doi 10.1093/aje/kwm324).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kpikit.stats.intervals import Floats

Days = NDArray[np.int64]
MOST = 60_000  # rows at risk that are followed, a customer once for each cell


@dataclass(frozen=True, eq=False)
class Pairs:
    """Customers followed from a day on, one row each: `cell` (whom with whom), `who`, `since`, how long, and if left."""

    cell: Days
    who: Days
    since: Days
    days: Days
    left: Floats


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Those who changed, those at risk that day, the number of cells, and how many who changed found nobody alike."""

    changed: Pairs
    at_risk: Pairs
    cells: int
    unmatched: int


def landmarks(
    start: Days, end: Days, left: Floats, changed: Days, stratum_at: Callable[[Days, Days], Days], tenures: Days
) -> Landmarks:
    """Everyone with a day of change (`changed`, -1 for none) that was survived, beside those alike at risk that day.

    Alike are who is in the same stratum (`stratum_at(who, day)`, for who changed that of the day before) and whose time since
    `start` lies in the same stretch of `tenures`. At risk is who came before the day ends, leaves after it, and had not changed;
    of more than MOST rows of them, as many of each cell are kept.
    """
    who = np.flatnonzero((changed >= 0) & (end > changed))
    days = changed[who]
    keys = np.column_stack([days, stratum_at(who, days - 1), np.searchsorted(tenures, days - start[who], "right")])
    cells, cell = np.unique(keys, axis=0, return_inverse=True)
    found = [_at_risk(one, start, end, changed, tenures) for one in cells]
    alike = _thinned(*_alike(cells, found, stratum_at), len(cells))
    sizes = np.bincount(alike[0], minlength=len(cells))
    kept = sizes[cell.ravel()] > 0
    used = cell.ravel()[kept], who[kept], days[kept]
    since = cells[alike[0], 0] if len(cells) else np.array([], dtype=np.int64)
    pairs = [Pairs(c, w, s, end[w] - s, left[w]) for c, w, s in (used, (*alike, since))]
    return Landmarks(pairs[0], pairs[1], len(cells), int((~kept).sum()))


def _at_risk(cell: Days, start: Days, end: Days, changed: Days, tenures: Days) -> Days:
    """Who is at risk on the day of a cell, and joined about as long ago."""
    day, _, stretch = cell
    who = np.flatnonzero((start <= day) & (end > day) & ((changed < 0) | (changed > day)))
    return np.asarray(who[np.searchsorted(tenures, day - start[who], "right") == stretch])


def _alike(cells: Days, found: list[Days], stratum_at: Callable[[Days, Days], Days]) -> tuple[Days, Days]:
    """The cells and the customers of those at risk that are in the same stratum."""
    sizes = [len(part) for part in found]
    cell, who = np.repeat(np.arange(len(cells)), sizes), np.concatenate([*found, np.array([], dtype=np.int64)]).astype(np.int64)
    day = cells[cell, 0] if len(cells) else cell
    same = stratum_at(who, day) == (cells[cell, 1] if len(cells) else cell)
    return cell[same], who[same]


def _thinned(cell: Days, who: Days, cells: int) -> tuple[Days, Days]:
    """Of very many rows at most as many of each cell, evenly spaced in their order: more of them hardly tell more."""
    if len(cell) <= MOST:
        return cell, who
    most, sizes = max(MOST // cells, 1), np.bincount(cell, minlength=cells)
    place = np.arange(len(cell)) - (sizes.cumsum() - sizes)[cell]
    kept = ((place + 1) * most // sizes[cell] > place * most // sizes[cell]) | (sizes[cell] <= most)
    return cell[kept], who[kept]


def weights(marks: Landmarks, drawn: Floats) -> tuple[Floats, Floats]:
    """How much each row counts, by draws of customers (customers x draws): those at risk as many as changed in their cell.

    Where a draw holds nobody at risk in a cell, nobody who changed in it counts either.
    """
    changed, at_risk = drawn[marks.changed.who], drawn[marks.at_risk.who]
    sums = [_summed(pairs.cell, marks.cells) @ own for pairs, own in ((marks.changed, changed), (marks.at_risk, at_risk))]
    factor = np.divide(sums[0], sums[1], out=np.zeros_like(sums[0]), where=sums[1] > 0)
    return changed * (sums[1] > 0)[marks.changed.cell], at_risk * factor[marks.at_risk.cell]


def survival_by_day(days: Days, left: Floats, weight: Floats, most: int) -> Floats:
    """The product limit after 0, 1, ... `most` days, one column a draw of weights (rows x draws)."""
    cut = np.minimum(days, most + 1)
    seen = _summed(cut, most + 2) @ weight
    gone = _summed(cut, most + 2) @ (weight * (left * (days <= most))[:, None])
    at_risk = seen[::-1].cumsum(axis=0)[::-1]
    hazard = np.divide(gone, at_risk, out=np.zeros_like(gone), where=at_risk > 0)
    return np.asarray(np.cumprod(1 - hazard, axis=0)[: most + 1])


def drawn_customers(customers: int, draws: int, seed: int) -> Floats:
    """Everyone once, and beside it `draws` samples with replacement: how often each is in it (customers x 1 + draws)."""
    rng = np.random.Generator(np.random.PCG64(seed))
    samples = [np.bincount(rng.integers(0, customers, customers), minlength=customers) for _ in range(draws)]
    return np.column_stack([np.ones(customers), *samples]).astype(float)


def _summed(place: Days, places: int) -> sparse.csr_array:
    """A matrix that sums rows by their place."""
    return sparse.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(places, len(place)))
