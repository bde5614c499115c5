"""Ratings, scores that people gave: how many lie at or above a number, at or below one, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.measures import ROLES, threshold
from kpikit.measuring.plan import Measured, Plan, by_period, collected, fetched
from kpikit.tables import Table

KIND = "ratings"


def measure_ratings(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """The named measures of the scores by period and segment; a row without a score is no answer.

    Every row counts: who answers twice in a period counts twice. Raises TableError for a score outside the scale.
    """
    named = plan.variant.measures[KIND]
    answered = table.frame.filter(~nw.col("score").is_null())
    _refuse_outside(plan, table, *named["scale"])
    roles = [role for role in ROLES if role in named]
    counted = answered.with_columns(**{role: _measure(str(named[role])) for role in roles})
    sums = by_period(counted, "date", plan.period, plan.calendar, segments).agg(*(nw.col(role).sum() for role in roles))
    rows = collected(sums, plan.period, segments, plan.calendar)
    counts = rows.assign(numerator=rows["numerator"] - rows["less"]) if "less" in rows else rows
    return Measured(counts, _unanswered(table))


def _unanswered(table: Table) -> tuple[Check, ...]:
    count = int(fetched(table.frame.filter(nw.col("score").is_null()).select(rows=nw.len()))["rows"].iloc[0])
    said = f"{words.counted(count, 'row')} without a score: no {words.agreed(count, 'answer', 'answers')}, not counted."
    return (Check("no score", False, said),) if count else ()


def _measure(measure: str) -> nw.Expr:
    name, number = threshold(measure)
    score = nw.col("score")
    if name == "scores":
        return score
    if number is None:
        return nw.lit(1)
    met = score >= int(number) if name == "at_least" else score <= int(number)
    return nw.when(met).then(nw.lit(1)).otherwise(nw.lit(0))


def _refuse_outside(plan: Plan, table: Table, lowest: int, highest: int) -> None:
    ends = fetched(table.frame.select(low=nw.col("score").min(), high=nw.col("score").max())).iloc[0]
    for end in (ends["low"], ends["high"]):
        if end is not None and end == end and not lowest <= end <= highest:
            raise TableError(
                f"{plan.kpi.id}: {table.name} holds a score of {words.amount(end)}; variant '{plan.variant.id}' is for scores "
                f"from {lowest} to {highest}; keep them with [[keep]], or bring them to that scale"
            )
