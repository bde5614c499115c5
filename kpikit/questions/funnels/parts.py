"""The groups of a funnel: everybody judged, each segment, each side of a change, as counts by step with what they vary by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpikit.shapes.steps import WHOLE, Steps
from kpikit.stats.intervals import Floats, Interval
from kpikit.stats.losses import Products, rate_of


@dataclass(frozen=True)
class Part:
    """The judged units of one group: how many reached each step; `products` where customers are several units."""

    by: str
    name: str
    counts: Floats
    products: Products | None

    def rate(self, step: int) -> Interval:
        """The share of those at the step before who went on to it."""
        return rate_of(self.counts, step, step - 1, self.products)

    def share(self, step: int) -> Interval:
        """The share of all who entered that reached a step."""
        return rate_of(self.counts, step, 0, self.products)


def whole_of(steps: Steps) -> Part:
    """Everybody whose window is over."""
    return _part(steps, _judged(steps), WHOLE, WHOLE)


def segments_of(steps: Steps) -> Iterator[Part]:
    """Each value of each segment column that has several."""
    rows = _judged(steps)
    for segment in steps.segments:
        values = sorted(rows[segment].unique())
        if len(values) > 1:
            for value in values:
                yield _part(steps, rows[rows[segment] == value], segment, str(value))


def sides_of(steps: Steps) -> dict[str, Part]:
    """Before and after the change, without those whose window spans it."""
    rows = _judged(steps)
    return {side: _part(steps, rows[rows["side"] == side], "side", side) for side in ("before", "after")}


def counted(steps: Steps, column: str, value: str) -> int:
    """How many units entered with a fate or on a side; of a side, only those judged."""
    rows = steps.counts if column == "fate" else _judged(steps)
    return int(rows.loc[rows[column] == value, steps.reached[0]].sum())


def mix(steps: Steps, segment: str) -> pd.DataFrame:
    """Who entered before and after, by the values of a segment."""
    rows = _judged(steps)
    rows = rows[rows["side"] != "straddling"]
    return rows.pivot_table(index=segment, columns="side", values=steps.reached[0], aggfunc="sum", fill_value=0)


def _judged(steps: Steps) -> pd.DataFrame:
    return steps.counts[steps.counts["fate"] == "judged"]


def _part(steps: Steps, rows: pd.DataFrame, by: str, name: str) -> Part:
    counts = rows[steps.reached].sum().to_numpy(dtype=float)
    return Part(by, name, counts, _products(steps, by, name) if steps.clustered else None)


def _products(steps: Steps, by: str, name: str) -> Products:
    rows = steps.products[steps.products["by"] == by]
    mine = rows[rows["part"] == name]
    own, cross = (_square(mine, column, len(steps.steps)) for column in ("own", "cross"))
    whole = sum((_square(part, "cross", len(steps.steps)) for _, part in rows.groupby("part")), np.zeros_like(own))
    return Products(own, cross, whole, int(mine["customers"].max()) if len(mine) else 0)


def _square(rows: pd.DataFrame, column: str, size: int) -> Floats:
    table = np.zeros((size, size))
    table[rows["first"].to_numpy(dtype=int), rows["second"].to_numpy(dtype=int)] = rows[column].to_numpy(dtype=float)
    return table
