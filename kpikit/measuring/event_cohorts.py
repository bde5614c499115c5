"""Cohorts of events: customers from their first event of the denominator, and whether one of the numerator followed in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import narwhals as nw

from kpikit.errors import CaseError
from kpikit.measuring.cohorts import cohort_counts
from kpikit.measuring.plan import Frame, Measured, Plan, distinct
from kpikit.moments import FREQUENCY, days_of
from kpikit.tables import Table


def measure_event_cohorts(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """Customers by the period of their first event of the denominator, and those with one of the numerator within the window.

    The window is exact elapsed time, its end included. An event of another name counts from the same moment on, as a trial may
    turn into a plan on its first day; the same event again only at a later one. The segment is that of the first event.
    """
    if plan.window in FREQUENCY:
        raise CaseError(
            f"{plan.kpi.id}: a cohort is followed for days or 'ever', not a calendar {plan.window}; try window = \"30 days\""
        )
    if plan.event_names.get("reversal"):
        raise CaseError(f"{plan.kpi.id}: a cohort is followed to its end; take 'reversal' out of event_names")
    named = {role: nw.col("event").is_in(list(plan.event_names[role])) for role in ("numerator", "denominator")}
    first = _firsts(table.frame.filter(named["denominator"]), segments)
    later = table.frame.filter(named["numerator"]).select("customer", "event", at=nw.col("date"))
    met = later.join(first.select("customer", "first"), on="customer", how="inner").filter(_follows(plan))
    yes = distinct(met, "customer").with_columns(yes=nw.lit(1))
    return Measured(cohort_counts(plan, first.join(yes, on="customer", how="left"), segments))


def _firsts(rows: Frame, segments: Sequence[str]) -> Frame:
    """One row a customer: the moment of the first event, and its segments (of several at that moment the first by name)."""
    first = rows.group_by("customer").agg(first=nw.col("date").min())
    at = rows.join(first, on="customer", how="inner").filter(nw.col("date") == nw.col("first"))
    return at.group_by("customer", "first").agg(*(nw.col(name).min() for name in segments))


def _follows(plan: Plan) -> nw.Expr:
    """Whether an event follows the first one, and within the window."""
    again = nw.col("event").is_in(list(plan.event_names["denominator"]))
    follows = (nw.col("at") > nw.col("first")) | (~again & (nw.col("at") == nw.col("first")))
    days = days_of(plan.window)
    return follows if days is None else follows & (nw.col("at") <= nw.col("first") + timedelta(days=days))
