"""Steps: what is counted of a funnel; nothing of a single customer comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from kpikit.shapes.measurement import Measurement

SIDES = ("before", "straddling", "after")
WHOLE = ""  # the part of no segment column: everybody


@dataclass(frozen=True, eq=False)
class Steps(Measurement):
    """A funnel's counts, as small frames of whole numbers.

    `counts`: one row per month of entry x segments x fate ("judged", or "censored": the window is not over at as_of) x side of
    the change, with the units that reached each step in the columns 0, 1, ... of `reached`.
    `days`: one row per whole day since entry, with the units that took the last step on it (`completed`) and those that were
    last seen on it without having done so (`left`); of all entrants, the censored among them.
    `products`: where a unit is not a customer, sums over customers of products of their counts at two steps, of judged units:
    `by` a segment column, "side" or WHOLE, its `part`, the steps `first` and `second`, `own` (within the part), `cross` (the
    part's first with everybody's second) and `customers`, who have a unit in the part. Empty where every customer is one unit.
    `without_first` units took a later step alone; of the entrants, `skipped` took one without all before it, `out_of_order` one
    before what it should follow; `several` names the segments of which a unit bears several values.
    """

    steps: tuple[str, ...]
    window: str
    segments: tuple[str, ...]
    unit: str
    changed_on: datetime | None
    counts: pd.DataFrame
    days: pd.DataFrame
    products: pd.DataFrame
    without_first: int
    skipped: int
    out_of_order: int
    several: dict[str, int]
    names: dict[str, list[str]]

    @property
    def reached(self) -> list[str]:
        """The columns of `counts`, one a step."""
        return [f"step_{place}" for place in range(len(self.steps))]

    @property
    def clustered(self) -> bool:
        """Whether customers can come in several times, each time a unit of its own."""
        return self.unit != "customer"
