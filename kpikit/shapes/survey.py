"""Survey: who was asked, who answered and which reasons they gave, counted; nothing of a single customer comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from kpikit.shapes.measurement import Measurement

BEFORE, AFTER, ALL, UNDATED = "before", "after", "all", "undated"


@dataclass(frozen=True, eq=False)
class Survey(Measurement):
    """A survey's counts, as small frames of whole numbers of different customers; `side` is before or after the change, else all.

    `asked`: one row per side x segments: `asked` and, of these, `answered` (gave at least one reason).
    `named`: one row per side x segments x `reason`: `customers` who named it.
    `together`: one row per side x segments x `reason` x `other` reason: `customers` who named both.
    `twice` were asked on both sides; where that is everybody, `paired` has one row a reason: of the `answered` on both sides who
    named it on `both`, `before_only` and `after_only`; else it is None. `several` gave more than one reason on a side.
    """

    segments: tuple[str, ...]
    changed_on: datetime | None
    single_choice: bool
    asked: pd.DataFrame
    named: pd.DataFrame
    together: pd.DataFrame
    twice: int
    several: int
    paired: pd.DataFrame | None

    @property
    def side(self) -> str:
        """The side that says how it is now."""
        return ALL if self.changed_on is None else AFTER
