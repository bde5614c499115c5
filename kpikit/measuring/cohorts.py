"""Cohorts, customers followed once from a first moment: who said yes within the window, and who cannot be judged yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import narwhals as nw
import pandas as pd

from kpikit.measuring.plan import Frame, Plan, collected, period_of
from kpikit.moments import days_of, last_instant


def cohort_counts(plan: Plan, customers: Frame, segments: Sequence[str]) -> pd.DataFrame:
    """Counts by the period of each customer's `first` moment, from one row a customer with `yes` (1, or null for no).

    numerator and denominator are of those whose window is over at `as_of`; `censored` are the others, `straddling` those of the
    first whose window spans `changed_on`, each with those of them who said yes already.
    """
    judged = customers.with_columns(period=period_of("first", plan), yes=nw.col("yes").fill_null(0), **_window_ends(plan))
    mature, open_, spans = nw.col("open") == 0, nw.col("open") == 1, (nw.col("open") == 0) & (nw.col("spans") == 1)
    yes, one = nw.col("yes"), nw.lit(1)
    sums = {
        "numerator": (yes, mature), "denominator": (one, mature), "censored": (one, open_), "censored_numerator": (yes, open_),
        "straddling": (one, spans), "straddling_numerator": (yes, spans),
    }  # fmt: skip
    told = judged.with_columns(**{name: nw.when(when).then(what).otherwise(0) for name, (what, when) in sums.items()})
    keys = ["period", *segments]
    counts = collected(told.group_by(keys).agg(*(nw.col(name).sum() for name in sums)), plan.period, segments, plan.calendar)
    return counts if plan.changed_on is not None else counts.drop(columns=["straddling", "straddling_numerator"])


def _window_ends(plan: Plan) -> dict[str, nw.Expr]:
    """Flags (0 or 1) of a customer's window: `open` at as_of, `spans` the change; a window without end never closes."""
    days = days_of(plan.window)
    if days is None:
        before = nw.col("first") < plan.changed_on if plan.changed_on else nw.lit(False)
        return {"open": nw.lit(0), "spans": nw.when(before).then(nw.lit(1)).otherwise(nw.lit(0))}
    span = timedelta(days=days)
    flags = {"open": nw.col("first") > last_instant(plan.as_of) - span}
    flags["spans"] = (
        (nw.col("first") < plan.changed_on) & (nw.col("first") > plan.changed_on - span) if plan.changed_on else nw.lit(False)
    )
    return {name: nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)) for name, flag in flags.items()}
