"""The last stretch of a table, held out so that a model that did not see it can be tested by it."""

from __future__ import annotations

import pandas as pd

from kpikit import words
from kpikit.errors import CaseError
from kpikit.moments import days_of

HELD = 3  # one part in so many of the whole time is held out, unless told otherwise
LEAST_DAYS = 30  # of a table that a model is fitted to


def cut_of(name: str, since: pd.Timestamp, until: pd.Timestamp, holdout: str | None) -> pd.Timestamp:
    """The last day that the models see; CaseError where the stretch after it, or the time before it, is too short."""
    span = (until - since).days
    held = span // HELD if holdout is None else days_of(holdout)
    if held is None:
        raise CaseError(f"{name}: holdout is '{holdout}'; it must be a number of days, as \"90 days\"")
    if span - held < LEAST_DAYS:
        raise CaseError(
            f"{name}: from {words.day(since)} to {words.day(until)} are {span} days; with {held} of them held out too few are "
            f"left to learn from: {LEAST_DAYS} at the least"
        )
    return until - pd.Timedelta(days=held)
