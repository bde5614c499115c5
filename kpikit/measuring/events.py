"""Events, who did what when: customers at risk in a period, and the events or the customers with one among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measures import COUNTED
from kpikit.measuring.event_cohorts import measure_event_cohorts
from kpikit.measuring.event_measures import measure_event_measures
from kpikit.measuring.plan import Frame, Measured, Plan, collected, distinct, each_in_one, fetched, period_of
from kpikit.tables import Table

FLAGS = {"__did": "numerator", "__at": "denominator"}


def measure_events(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """Customers at risk in a period, and the events (rate) or the customers with one (share) among them.

    A follow_on follows each customer from the first event of the denominator; where the definition names measures of events,
    these are counted.
    """
    kind, named = plan.variant.computes.kind, plan.variant.measures.get("events")
    if kind not in COUNTED["events"] and not named:
        tables = words.listed(plan.variant.tables, "or")
        raise CaseError(f"{plan.kpi.id}: a {kind} cannot be measured from events; use a table of kind {tables}")
    if not {"numerator", "denominator"} <= set(plan.event_names) <= {"numerator", "denominator", "reversal"}:
        raise CaseError(
            f'{plan.kpi.id}: say which events count: event_names = {{ numerator = ["upgrade"], denominator = ["active"] }}'
        )
    seen = sorted(fetched(distinct(table.frame, "event"))["event"])
    _refuse_names_that_are_not_there(plan, table, seen)
    if named:
        return _with_names(measure_event_measures(plan, table, segments), plan, seen)
    if kind == "follow_on":
        return _with_names(measure_event_cohorts(plan, table, segments), plan, seen)
    each_at_risk = set(plan.event_names["numerator"]) <= set(plan.event_names["denominator"])
    apart = not segments or (not each_at_risk and each_in_one(_counting(plan, table), segments))
    measured = _in_one_pass if (apart or each_at_risk) and not plan.event_names.get("reversal") else _one_by_one
    counts, outside = measured(plan, table, segments)
    return Measured(counts, tuple(_checks(plan, seen, outside)), apart)


def _with_names(measured: Measured, plan: Plan, seen: Sequence[str]) -> Measured:
    """The same, with what has to be said of the events' names."""
    return replace(measured, checks=(*_checks(plan, seen, 0), *measured.checks))


def _counting(plan: Plan, table: Table) -> Frame:
    """The rows that numerator or denominator count, flagged."""
    named = {role: nw.col("event").is_in(list(plan.event_names[role])) for role in ("numerator", "denominator")}
    flags = {name: nw.when(named[role]).then(nw.lit(1)) for name, role in FLAGS.items()}
    return table.frame.filter(named["numerator"] | named["denominator"]).with_columns(**flags)


def _in_one_pass(plan: Plan, table: Table, segments: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """The counts, and the events of customers not at risk: grouped once by period, segment and customer.

    For tables in which an event lies in the segment that its customer was at risk in: each customer bears one segment, or each
    event is itself one of the denominator's.
    """
    keys, did = ["period", *segments], nw.col("__did")
    at = nw.when(nw.col("__at") > 0).then(nw.lit(1)).otherwise(nw.lit(0))
    dated = _counting(plan, table).with_columns(period=period_of("date", plan))
    each = dated.group_by(*keys, "customer").agg(nw.col("__at").count(), did.count())
    once = nw.when(did > 0).then(nw.lit(1)).otherwise(nw.lit(0)) if plan.variant.computes.kind == "share" else did
    told = {
        "numerator": nw.when(at == 1).then(once).otherwise(nw.lit(0)), "denominator": at,
        "outside": nw.when(at == 0).then(did).otherwise(nw.lit(0)),
    }  # fmt: skip
    sums = each.with_columns(**told).group_by(keys).agg(*(nw.col(name).sum() for name in told))
    rows = collected(sums, plan.period, segments, plan.calendar)
    counts = rows[rows["denominator"] > 0].drop(columns="outside").reset_index(drop=True)
    return counts, int(rows["outside"].sum())


def _one_by_one(plan: Plan, table: Table, segments: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """The counts, and the events of customers not at risk, where a customer may bear several segments or events are reversed."""
    keys, kind = ["period", *segments], plan.variant.computes.kind
    named = _by_role(plan, table)
    at_risk = distinct(named["denominator"], *keys, "customer")
    kept, gone = _without_reversed(plan, named)
    did = _placed(kept, at_risk, segments)
    numerator = (distinct(did, *keys, "customer") if kind == "share" else did).group_by(keys).agg(nw.len().alias("numerator"))
    denominator = at_risk.group_by(keys).agg(nw.len().alias("denominator"))
    joined = denominator.join(numerator, on=keys, how="left").with_columns(nw.col("numerator").fill_null(0))
    told = ["numerator", "denominator"]
    if gone is not None:
        taken = _placed(gone, at_risk, segments).group_by(keys).agg(nw.len().alias("reversed"))
        joined = joined.join(taken, on=keys, how="left").with_columns(nw.col("reversed").fill_null(0))
        told.append("reversed")
    outside = _rows(named["numerator"]) - _rows(_placed(named["numerator"], at_risk, segments))
    return collected(joined.select(*keys, *told), plan.period, segments, plan.calendar), outside


def _by_role(plan: Plan, table: Table) -> dict[str, Frame]:
    """The rows of each role's events, with the period they lie in."""
    dated = table.frame.with_columns(period=period_of("date", plan))
    return {role: dated.filter(nw.col("event").is_in(list(names))) for role, names in plan.event_names.items()}


def _placed(did: Frame, at_risk: Frame, segments: Sequence[str]) -> Frame:
    """The events of customers at risk, each in the segment that the customer was at risk in.

    A score on the event's own row may have been measured after it. Only a customer who was at risk in several segments of a
    period is placed by that row: in the one that it names, where it is one of them.
    """
    keys = ["period", "customer"]
    if segments:
        where = {f"__at_{name}": nw.col(name).min() for name in segments}
        settled = at_risk.group_by(keys).agg(__several=nw.len(), **where)
        alone = nw.col("__several") == 1
        did = did.join(settled, on=keys, how="inner").with_columns(
            **{name: nw.when(alone).then(nw.col(f"__at_{name}")).otherwise(nw.col(name)) for name in segments}
        )
    return did.join(at_risk, on=[*segments, *keys], how="inner").select("period", *segments, "customer")


def _without_reversed(plan: Plan, named: Mapping[str, Frame]) -> tuple[Frame, Frame | None]:
    """The events that no reversal of the same customer took back in time, and those that one did (None where none is named).

    Each reversal takes back the latest event before it.
    """
    did, span = named["numerator"], plan.settle_days
    if not plan.event_names.get("reversal"):
        return did, None
    back = named["reversal"].select("customer", back=nw.col("date"))
    after = (nw.col("back") >= nw.col("date")) & (nw.col("back") <= nw.col("date") + timedelta(days=span))
    met = did.join(back, on="customer", how="inner").filter(after)
    gone = distinct(met.group_by("customer", "back").agg(nw.col("date").max()), "customer", "date")
    return did.join(gone, on=["customer", "date"], how="anti"), did.join(gone, on=["customer", "date"], how="inner")


def _refuse_names_that_are_not_there(plan: Plan, table: Table, seen: Sequence[str]) -> None:
    """A role none of whose events is in the table would count nothing, and look like 0 %."""
    for role, names in plan.event_names.items():
        if not set(names) & set(seen):
            offers = words.near(names[0], seen) if names else "name one"
            raise CaseError(
                f"{plan.kpi.id}: {table.name} holds no event {words.listed(map(repr, names), 'or')} for the {role}; {offers}"
            )


def _checks(plan: Plan, seen: Sequence[str], outside: int) -> list[Check]:
    """Names the events that no role counts, and the numerator's events of customers who were not at risk."""
    known = {name for names in plan.event_names.values() for name in names}
    checks = [
        Check("event names", False, f"There is no event '{name}' in the table; {words.near(name, seen)}")
        for name in sorted(known - set(seen))
    ]
    if ignored := sorted(set(seen) - known):
        checks.append(Check("event names", False, f"Not counted: {words.listed(ignored)}."))
    if outside:
        others = f"customers who were not among the {plan.variant.computes.denominator} of that {plan.period}"
        checks.append(Check("outside the denominator", False, f"{words.counted(outside, 'event')} of {others}: not counted."))
    return checks


def _rows(frame: Frame) -> int:
    return int(fetched(frame.select(rows=nw.len()))["rows"].iloc[0])
