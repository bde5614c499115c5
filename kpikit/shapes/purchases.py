"""Purchases: how often, how lately and for how much customers bought, those who are alike counted together."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kpikit.shapes.measurement import Measurement


@dataclass(frozen=True, eq=False)
class Purchases(Measurement):
    """Customers by their days of purchase; one purchase a day, however many orders it holds. Times are in days.

    `whole`: x (days of purchase after the first), t_x (from the first to the last), T (from the first to the day of the data)
    and how many customers are so. `before`: the same as it was on `cut`, with `later`, the days of purchase of those customers
    after it, and the sum of their squares. `spending`: x, the sum of what was spent on those x days, customers; empty where the
    table holds no amounts. `first` is the number, sum and sum of squares of the amounts of the first day.
    """

    whole: pd.DataFrame
    before: pd.DataFrame
    spending: pd.DataFrame
    first: tuple[int, float, float]
    cut: pd.Timestamp
    until: pd.Timestamp
    since: pd.Timestamp

    @property
    def customers(self) -> int:
        """How many customers bought."""
        return int(self.whole["customers"].sum())
