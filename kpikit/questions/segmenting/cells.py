"""Cells: every group of one segment or two, its rate raw and shrunk, which stand out from all others, and which may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit.shapes.customers import Customers
from kpikit.stats.disclosure import LEAST, Line, hidden
from kpikit.stats.intervals import wilson
from kpikit.stats.scanning import Scan, scan
from kpikit.stats.shrinkage import shrunk

CLEAR_AT = 0.05
MOST_FOUND = 5
SMALL = 5  # expected upgrades under which a group is small
COUNTS = ["customers", "upgraded"]


@dataclass(frozen=True, eq=False)
class Cells:
    """`table` has one row a cell, the whole first; `members` says of which rows of the cross each is, `lines` what adds up."""

    table: pd.DataFrame
    members: NDArray[np.bool_]
    lines: list[Line]
    cross: pd.DataFrame


def cells_of(customers: Customers) -> Cells:
    """All one- and two-way cells, with Wilson intervals and, within each cut, rates shrunk towards what its groups share."""
    cross, names = customers.cells, customers.segments
    cuts = [(), *((name,) for name in names), *combinations(names, 2)]
    parts = [_cut(cross, cut) for cut in cuts]
    table = pd.concat([part for part, _ in parts], ignore_index=True)
    members = np.vstack([inside for _, inside in parts])
    return Cells(table, members, _lines(table, members), cross)


def _cut(cross: pd.DataFrame, cut: tuple[str, ...]) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The cells of one cut that hold somebody."""
    keys = pd.MultiIndex.from_frame(cross[list(cut)]) if cut else pd.MultiIndex.from_arrays([np.zeros(len(cross))])
    levels = keys.unique().sort_values()
    members = np.array([keys == level for level in levels])
    rows = pd.DataFrame(members @ cross[COUNTS].to_numpy(), columns=COUNTS)
    rows.insert(0, "segment", [_named(cut, level) for level in levels])
    rows.insert(1, "cut", [cut] * len(rows))
    for name, limits in _rates(rows).items():
        rows[name] = limits
    return rows, members


def _named(cut: tuple[str, ...], level: tuple[Any, ...]) -> str:
    """As people read it: industry: Agencies and seats: 6 to 20."""
    return " and ".join(f"{_spaced(name)}: {value}" for name, value in zip(cut, level, strict=True)) if cut else "all"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _rates(rows: pd.DataFrame) -> dict[str, Any]:
    plain = wilson(rows["upgraded"], rows["customers"])
    told: dict[str, Any] = dict(zip(("rate", "rate_low", "rate_high"), plain, strict=True))
    drawn = shrunk(rows["upgraded"], rows["customers"]) if len(rows) > 1 else (*plain, np.zeros(len(rows)))
    return told | dict(zip(("shrunk", "shrunk_low", "shrunk_high", "from_whole"), drawn, strict=True))


def _lines(table: pd.DataFrame, members: NDArray[np.bool_]) -> list[Line]:
    """Which cells add up to which: the groups of a segment to the whole, those of a pair to the groups of either segment."""
    by_cut: dict[tuple[str, ...], list[int]] = {}
    for row, cut in enumerate(table["cut"]):
        by_cut.setdefault(cut, []).append(row)
    lines: list[Line] = []
    for cut, rows in by_cut.items():
        for parent in [cut[:place] + cut[place + 1 :] for place in range(len(cut))]:
            for total in by_cut[parent]:
                lines.append((total, [row for row in rows if not (members[row] & ~members[total]).any()]))
    return lines


def compared(cells: Cells) -> int:
    """How many cells are compared with all others."""
    return int(_open(cells).any(axis=1).sum())


def scanned(cells: Cells, seed: int) -> Scan:
    """Every cell of LEAST customers or more against all others."""
    return scan(_open(cells), cells.cross["customers"], cells.cross["upgraded"], seed=seed)


def _open(cells: Cells) -> NDArray[np.bool_]:
    """The members of the cells that are compared; the others are empty."""
    customers = cells.table["customers"].to_numpy()
    fit = (customers >= LEAST) & (customers < customers[0])  # a group that is everybody has no others
    told: NDArray[np.bool_] = cells.members & fit[:, None]
    return told


def found(cells: Cells, seed: int) -> list[tuple[int, Scan]]:
    """Which cells stand out, the clearest first, each with the scan in which it did: the customers of those before are set aside.

    So a cell that only overlaps with a clear one is not named (Zhang, Assuncao and Kulldorff 2010, doi 10.1155/2010/642379).
    """
    told: list[tuple[int, Scan]] = []
    left, members = np.ones(len(cells.cross), dtype=bool), _open(cells)
    while len(told) < MOST_FOUND and left.sum() > 1:
        rows = cells.cross[left]
        looked = scan(members[:, left], rows["customers"], rows["upgraded"], seed=seed + len(told))
        best = int(np.lexsort((-looked.side, -looked.ratio.round(9)))[0])
        if looked.p_value[best] >= CLEAR_AT or looked.ratio[best] == 0:
            break
        told.append((best, looked))
        left &= ~cells.members[best]
    return told


def statuses(cells: Cells, clear: list[int]) -> pd.Series:
    """What may be shown: `ok`, `small` (shown and marked), `under 5` (hidden), `with it` (hidden, lest another be told).

    Cells that stand out are the last to be hidden for another's sake.
    """
    table = cells.table
    people = np.column_stack([table["customers"], table["upgraded"], table["customers"] - table["upgraded"]])
    under, others = hidden(people, cells.lines, clear)
    rate = table["rate"].iloc[0]
    few = table["customers"] * min(rate, 1 - rate) < SMALL
    status = np.select([under, others, few], [f"under {LEAST}", "with it", "small"], "ok")
    return pd.Series(status, index=table.index)
