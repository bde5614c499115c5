"""Counts and volumes, already summed: numerator and denominator by period and segment."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.errors import CaseError, TableError
from kpikit.measuring.plan import Measured, Plan, begin_of, by_period, collected, fetched
from kpikit.moments import FREQUENCY, USUAL
from kpikit.tables import Table
from kpikit.tables.roles import SUMMED

FINER = {period: place for place, period in enumerate(FREQUENCY)}


def measure_summed(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """Numerator and denominator summed at the finest grain that may be added: months for amounts and cohorts, or what is finer
    where the series is cut finer.

    A table of weeks is written with the first day of each.
    """
    grain, own = table.grain or "month", plan.variant.computes.counts
    adds = own in ("cohort", "quantity")
    _refuse_other_kind(plan, table)
    if FINER[grain] > FINER[plan.period]:
        raise CaseError(f"{plan.kpi.id}: {table.name} is written by {grain}, which cannot be cut by {plan.period}")
    _refuse_named_by_january(plan, table, grain)
    if (grain, plan.period) == ("day", "week") and not adds:
        _refuse_days_in_weeks(plan, table)
    elif grain != plan.period and not adds:
        raise CaseError(
            f"{plan.kpi.id}: {table.name} is written by {grain}, and {grain}s of a {own} do not add up to a {plan.period}: "
            f"the same {plan.variant.computes.denominator} are in each; {_advice(grain, plan.period)}"
        )
    step = max(min("month", plan.period, key=FINER.__getitem__), grain, key=FINER.__getitem__)
    summed = [role for role in SUMMED if role in table.roles]
    grouped = by_period(table.frame, "period", step, plan.calendar, segments).agg(*(nw.col(role).sum() for role in summed))
    counts = collected(grouped, step, segments, plan.calendar)
    if "less" in summed:
        counts["numerator"] = counts["numerator"] - counts["less"]
    _refuse_impossible(plan, table, counts, segments)
    if "reversed" not in summed:
        return Measured(counts)
    for _, row in counts[(counts["reversed"] > counts["numerator"]) | (counts["reversed"] < 0)].iterrows():
        where = ", ".join(str(row[name]) for name in ("period", *segments))
        raise TableError(f"{plan.kpi.id}: {table.name}, {where}: {row['reversed']} reversed of {row['numerator']} is impossible")
    return Measured(counts.assign(numerator=counts["numerator"] - counts["reversed"]))


def _refuse_other_kind(plan: Plan, table: Table) -> None:
    """Counts of units and sums of amounts are told apart; a balance needs what it takes off, no other formula has it."""
    own, who = plan.variant.computes, f"{plan.kpi.id}: variant '{plan.variant.id}'"
    if (table.kind == "volumes") != own.in_units:
        wanted = "volumes" if own.in_units else "counts"
        raise CaseError(f"{who} counts a {own.counts}, so its table is of kind '{wanted}', not '{table.kind}'")
    if own.less and "less" not in table.roles:
        raise CaseError(f'{who} takes {own.less} off its numerator; map them, as columns = {{ less = "..." }}')
    if not own.less and "less" in table.roles:
        raise CaseError(f"{who} is a {own.kind}, which takes nothing off its numerator; map no column to 'less'")


def _advice(grain: str, period: str) -> str:
    return f"use window = '{grain}'" + (f" or give a table by {period}" if grain == "day" else "")


def _refuse_named_by_january(plan: Plan, table: Table, grain: str) -> None:
    """A quarter or a year in a table does not say in which month its year began."""
    starts = plan.calendar.year_starts
    if grain in ("quarter", "year") and starts != USUAL.year_starts:
        raise CaseError(
            f"{plan.kpi.id}: {table.name} is written by {grain}, and 'year_starts' is {starts}: "
            f"whose {grain} is meant cannot be told; give a table by month"
        )


def _refuse_days_in_weeks(plan: Plan, table: Table) -> None:
    """Where days do not add up, each date must be the first of its week."""
    inside = table.frame.filter(nw.col("period") != begin_of("period", "week", plan.calendar)).select(nw.col("period").min())
    found = fetched(inside)["period"].iloc[0]
    if pd.isna(found):
        return
    own, first = plan.variant.computes, plan.calendar.first_weekday.capitalize()
    raise TableError(
        f"{plan.kpi.id}: {table.name}: {words.day(pd.Timestamp(found))} is no {first}, on which a week begins, and days of a "
        f"{own.counts} do not add up to a week: the same {own.denominator} are in each; write one row a week with the date of "
        "its first day, or use window = 'day'"
    )


def _refuse_impossible(plan: Plan, table: Table, counts: pd.DataFrame, segments: Sequence[str]) -> None:
    for row in _doubtful(plan, counts).itertuples(index=False, name=None):
        named = dict(zip(counts.columns, row, strict=True))
        if refusal := plan.variant.computes.refusal(named["numerator"], named["denominator"]):
            where = ", ".join(str(named[name]) for name in ("period", *segments))
            raise TableError(f"{plan.kpi.id}: {table.name}, {where}: {refusal}")


def _doubtful(plan: Plan, counts: pd.DataFrame) -> pd.DataFrame:
    """The rows that may be impossible: of whole numbers those that compare so, of others all."""
    n, d = counts["numerator"], counts["denominator"]
    if n.dtype.kind != "i" or d.dtype.kind != "i":
        return counts
    return counts[(n < 0) | (d < 0) | ((d == 0) & (n > 0)) | ((n > d) & plan.variant.computes.part_of_whole)]
