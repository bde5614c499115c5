"""Ratio: a ratio of the user's own, by period, that no catalog defines: no bands, no benchmark, its counts beside it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kpikit.moments import USUAL, Calendar
from kpikit.shapes.measurement import Measurement


@dataclass(frozen=True, eq=False)
class Ratio(Measurement):
    """`table` holds one row a period: period (pandas Period), numerator, denominator, value and status, as a series has them.

    `parts` are the columns that were divided. A growth has one column: its numerator is the period's amount, its denominator
    that of the period before, and its value how much larger the first is, as a fraction of the second.
    """

    name: str
    parts: tuple[str, ...]
    period: str
    table: pd.DataFrame
    calendar: Calendar = USUAL

    @property
    def grows(self) -> bool:
        """Whether it is the growth of one amount."""
        return len(self.parts) == 1

    @property
    def offset(self) -> float:
        """What is taken off numerator / denominator: 1 of a growth."""
        return 1.0 if self.grows else 0.0

    @property
    def usable(self) -> pd.DataFrame:
        """The rows of `table` that hold a value."""
        return self.table[self.table["status"] == "ok"]

    @property
    def unit(self) -> str:
        """How it is shown: a growth, and what never passes 1, in percent; all others as plain numbers."""
        return "percent" if self.grows or bool((self.usable["value"] <= 1).all()) else "number"
