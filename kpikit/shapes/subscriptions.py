"""Subscriptions: who came on a plan when, moved and left; days are whole numbers from the first day of the table on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kpikit.shapes.measurement import Measurement


@dataclass(frozen=True, eq=False)
class Subscriptions(Measurement):
    """Lives on a plan, each from its first day on a plan until it is left for the first time.

    `stays`: start, end (both days; of who has not left the last day of the data), left (0 or 1), customers who are alike.
    `states`: number (of the customer, 0, 1, ...), day, rank (place of the plan in `plan_order`), one row a change of plan, of
    every `one_in`-th customer: all where that is 1.
    """

    stays: pd.DataFrame
    states: pd.DataFrame
    lives: pd.DataFrame
    plan_order: Sequence[str]
    one_in: int
    first_day: pd.Timestamp
    last_day: int
    cut: int

    @property
    def customers(self) -> int:
        """How many customers were ever on a plan."""
        return int(self.stays["customers"].sum())
