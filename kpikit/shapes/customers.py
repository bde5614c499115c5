"""Customers: who upgraded and who did not, by segment, and a bounded table of single customers for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kpikit.shapes.measurement import Measurement

OUTCOME, OPEN = "__outcome", "__open"


@dataclass(frozen=True, eq=False)
class Customers(Measurement):
    """What is known of customers when a window opens, and what they did in it.

    `cells` holds one row a combination of all segments: the segments, customers, upgraded. `goes_to` holds to, upgraded (None
    where the table does not say); `uses` one row a feature of the dearer plan: feature, known, used. `people` holds one row a
    customer: customer, segments, features (texts or numbers as they stand in the table), OUTCOME (1, 0, missing where the window
    is not over) and OPEN (whether the customer can still be approached); at most so many that it can be held here, of
    `eligible`. `left_out` counts by reason who is not judged.
    """

    window: str | None
    starts: str | None
    segments: tuple[str, ...]
    features: tuple[str, ...]
    cells: pd.DataFrame
    goes_to: pd.DataFrame | None
    uses: pd.DataFrame
    people: pd.DataFrame
    eligible: int
    left_out: Mapping[str, int]
