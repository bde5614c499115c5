"""Measures of events: customers, events, days, kinds and amounts by period, as a definition names them."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.measuring.named import refuse_without_role
from kpikit.measuring.plan import Frame, Measured, Plan, collected, distinct, each_in_one, fetched, period_of
from kpikit.tables import Table

#: measure -> the columns whose different values are counted; the others count rows or sum amounts
DIFFERENT = {
    "customers": ["customer"],
    "days": ["customer", "__day"],
    "kinds": ["customer", "event"],
    "customer_days": ["customer"],
}
KIND = "events"


def measure_event_measures(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """The named measures of numerator and denominator by period and segment.

    What counts in the numerator is that of customers who are in the denominator in the same period and segment. Days are
    calendar days; `customer_days` are customers times the days of the period.
    """
    named = {role: str(plan.variant.measures[KIND][role]) for role in ("numerator", "denominator")}
    refuse_without_role(plan, table, "amount", [measure for measure in named.values() if measure.endswith("_amount")])
    keys = ["period", *segments]
    dated = table.frame.with_columns(period=period_of("date", plan), __day=nw.col("date").dt.truncate("1d"))
    rows = {role: dated.filter(nw.col("event").is_in(list(plan.event_names[role]))) for role in ("numerator", "denominator")}
    at_risk = distinct(rows["denominator"], *keys, "customer")
    rows["inside"] = rows["numerator"].join(at_risk, on=[*keys, "customer"], how="inner")
    told = {role: _counted(plan, rows, measure, keys) for role, measure in named.items()}
    counts = told["denominator"].merge(told["numerator"], on=keys, how="left", suffixes=("_d", "_n"))
    ordered = counts.assign(numerator=_filled(counts["counted_n"]), denominator=counts["counted_d"])
    ordered = ordered[[*keys, "numerator", "denominator"]].sort_values(keys, ignore_index=True)
    about = any(measure.startswith("numerator") for measure in named.values())
    return Measured(ordered, _outside(plan, rows) if about else (), not segments or each_in_one(rows["denominator"], segments))


def _counted(plan: Plan, rows: dict[str, Frame], measure: str, keys: list[str]) -> pd.DataFrame:
    """One measure by period and segments, in the column `counted`."""
    role, _, name = measure.partition("_")
    frame = rows["inside" if role == "numerator" else role]
    if name in DIFFERENT:
        frame = distinct(frame, *keys, *DIFFERENT[name])
    value = nw.col("amount").sum() if name == "amount" else nw.len()
    counted = collected(frame.group_by(keys).agg(counted=value), plan.period, keys[1:], plan.calendar)
    if name != "customer_days":
        return counted
    days = [(period.end_time.normalize() - period.start_time.normalize()).days + 1 for period in counted["period"]]
    return counted.assign(counted=counted["counted"] * days)


def _filled(column: pd.Series) -> pd.Series:
    """Counts of 0 where nothing was found; whole numbers stay whole."""
    if column.dtype.kind == "f":
        return column.fillna(0).astype("int64")
    return column.where(column.notna(), 0)


def _outside(plan: Plan, rows: dict[str, Frame]) -> tuple[Check, ...]:
    """Says how many events of the numerator belong to customers who are not in the denominator of their period."""
    found = {name: int(fetched(rows[name].select(rows=nw.len()))["rows"].iloc[0]) for name in ("numerator", "inside")}
    outside = found["numerator"] - found["inside"]
    others = f"customers who were not among the {plan.variant.computes.denominator} of that {plan.period}"
    said = f"{words.counted(outside, 'event')} of {others}: not counted."
    return (Check("outside the denominator", False, said),) if outside else ()
