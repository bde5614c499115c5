"""Contacts: the customers of a campaign by arm and segment, as sums and products of sums; no customer is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from kpikit.shapes.measurement import Measurement
from kpikit.stats.contrasts import CellSums

RANDOMISED, TARGETED = "randomised", "targeted"
#: why an assigned customer is not counted, by the status that says so
LEFT_OUT = {
    "before": "had upgraded before the index date",
    "open": "have a window that is not over",
    "no date": "have no index date, and none can be matched",
    "not known": "have an outcome that is not known",
}
COUNTED = "counted"


@dataclass(frozen=True, eq=False)
class Contacts(Measurement):
    """What an assigned campaign came to.

    `arms` are the names of the arms, the control first; `columns` are what is summed, of "customers", "outcome", "amount",
    "before" and "earlier": `measure` is the one that the campaign is judged by. `cells` has one row a cell (arm, the segments
    and, where targets were chosen, the quarter or so of `before`, "level"), in the order of `sums`; `assigned` counts everybody
    by arm and status. `before` and `earlier` are centred by `centres`. `matched_dates` is how many controls got a date,
    `accounts` the accounts of the counted, by arm of all assigned in `account_arms`, `split` how many of these have users in
    several arms. `last_end` is when the last window that is still open ends.
    """

    window: str | None
    measure: str
    design: str
    arms: tuple[str, ...]
    columns: tuple[str, ...]
    segments: tuple[str, ...]
    cells: pd.DataFrame
    sums: CellSums
    assigned: pd.DataFrame
    centres: Mapping[str, float]
    matched_dates: int
    accounts: int | None
    account_arms: Mapping[str, int]
    split: int
    amounts_missing: int
    last_end: datetime | None
