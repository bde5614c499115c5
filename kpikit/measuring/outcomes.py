"""Outcomes of customers: of those whose outcome is known, how many said yes, by the period of their index date."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.plan import Frame, Measured, Plan, by_period, collected, distinct, fetched, period_of
from kpikit.tables import Table


def measure_outcomes(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """Customers with a known outcome, and those with the outcome yes, by the period of `date`; who is not known is left out.

    Raises CaseError where the KPI is no share, or the table lacks the roles date and outcome.
    """
    if plan.variant.computes.kind != "share":
        raise CaseError(
            f"{plan.kpi.id}: a {plan.variant.computes.kind} is not measured from rows of customers; it is measured on "
            f"{words.listed(plan.variant.tables, 'or')}"
        )
    for role in ("date", "outcome"):
        if role not in table.roles:
            raise CaseError(
                f"{plan.kpi.id}: {table.name} needs the role '{role}' to be counted by period; "
                f'map it, as columns = {{ {role} = "..." }}'
            )
    dated = table.frame.filter(~nw.col("date").is_null())
    known = dated.filter(~nw.col("outcome").is_null())
    yes = nw.when(nw.col("outcome") == 1).then(nw.lit(1)).otherwise(nw.lit(0))
    told = by_period(known, "date", plan.period, plan.calendar, segments).agg(numerator=yes.sum(), denominator=nw.len())
    counts = collected(told, plan.period, segments, plan.calendar)
    return Measured(counts, (*_unknown(table, counts), *_several(plan, table, known)))


def _unknown(table: Table, counts: pd.DataFrame) -> tuple[Check, ...]:
    unknown = int(fetched(table.frame.select(rows=nw.len()))["rows"].iloc[0]) - int(counts["denominator"].sum())
    said = f"{words.counted(unknown, 'customer')} without a known outcome or date: not counted."
    return (Check("unknown outcomes", False, said),) if unknown else ()


def _several(plan: Plan, table: Table, known: Frame) -> tuple[Check, ...]:
    """Says how many have several known outcomes in one period: one offer each, or one too often."""
    if "customer" not in table.roles:
        return ()
    rows = known.with_columns(period=period_of("date", plan)).group_by("customer", "period").agg(__rows=nw.len())
    again = distinct(rows.filter(nw.col("__rows") > 1), "customer")
    count = int(fetched(again.select(rows=nw.len()))["rows"].iloc[0])
    have = words.agreed(count, "has", "have")
    said = f"{words.counted(count, 'customer')} {have} several outcomes in one {plan.period}: each row counts."
    return (Check("several outcomes", False, said),) if count else ()
