"""Events, who did what when: customers at risk in a period, and the events or the customers with one among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.plan import TRUNCATE, Frame, Plan, collected, fetched
from kpikit.tables import Table


def measure_events(plan: Plan, table: Table, segments: Sequence[str]) -> pd.DataFrame:
    """Customers at risk in a period, and the events (rate) or the customers with one (share) among them."""
    kind = plan.variant.computes.kind
    if kind not in ("share", "rate"):
        fitting = "orders" if kind == "follow_on" else "volumes"
        raise CaseError(f"{plan.kpi.id}: a {kind} cannot be measured from events; use a table of kind '{fitting}'")
    if not {"numerator", "denominator"} <= set(plan.event_names) <= {"numerator", "denominator", "reversal"}:
        raise CaseError(
            f'{plan.kpi.id}: say which events count: event_names = {{ numerator = ["upgrade"], denominator = ["active"] }}'
        )
    _refuse_names_that_are_not_there(plan, table)
    dated = table.frame.with_columns(period=nw.col("date").dt.truncate(TRUNCATE[plan.period]))
    keys = ["period", *segments]
    named = {role: dated.filter(nw.col("event").is_in(list(plan.event_names[role]))) for role in ("numerator", "denominator")}
    at_risk = named["denominator"].select(*keys, "customer").unique()
    kept, gone = _without_reversed(plan, named["numerator"], dated)
    did = kept.join(at_risk, on=[*keys, "customer"], how="inner").select(*keys, "customer")
    numerator = (did.unique() if kind == "share" else did).group_by(keys).agg(nw.len().alias("numerator"))
    denominator = at_risk.group_by(keys).agg(nw.len().alias("denominator"))
    joined = denominator.join(numerator, on=keys, how="left").with_columns(nw.col("numerator").fill_null(0))
    told = ["numerator", "denominator"]
    if gone is not None:
        taken = gone.join(at_risk, on=[*keys, "customer"], how="inner").group_by(keys).agg(nw.len().alias("reversed"))
        joined = joined.join(taken, on=keys, how="left").with_columns(nw.col("reversed").fill_null(0))
        told.append("reversed")
    return collected(joined.select(*keys, *told), plan.period, segments)


def _without_reversed(plan: Plan, did: Frame, dated: Frame) -> tuple[Frame, Frame | None]:
    """The events that no reversal of the same customer took back in time, and those that one did (None where none is named).

    Each reversal takes back the latest event before it.
    """
    names, span = plan.event_names.get("reversal"), plan.settle_days
    if not names:
        return did, None
    back = dated.filter(nw.col("event").is_in(list(names))).select("customer", back=nw.col("date"))
    after = (nw.col("back") >= nw.col("date")) & (nw.col("back") <= nw.col("date") + timedelta(days=span))
    met = did.join(back, on="customer", how="inner").filter(after)
    gone = met.group_by("customer", "back").agg(nw.col("date").max()).select("customer", "date").unique()
    return did.join(gone, on=["customer", "date"], how="anti"), did.join(gone, on=["customer", "date"], how="inner")


def _refuse_names_that_are_not_there(plan: Plan, table: Table) -> None:
    """A role none of whose events is in the table would count nothing, and look like 0 %."""
    seen = sorted(row[0] for row in table.relation.aggregate("event", "event").fetchall())
    for role, names in plan.event_names.items():
        if not set(names) & set(seen):
            offers = words.near(names[0], seen) if names else "name one"
            raise CaseError(
                f"{plan.kpi.id}: {table.name} holds no event {words.listed(map(repr, names), 'or')} for the {role}; {offers}"
            )


def event_checks(plan: Plan, table: Table, segments: Sequence[str]) -> list[Check]:
    """Names the events that no role counts, and the numerator's events of customers who were not at risk."""
    if table.kind != "events":
        return []
    known = {name for names in plan.event_names.values() for name in names}
    seen = {row[0] for row in table.relation.aggregate("event, count(*)", "event").fetchall()}
    checks = [
        Check("event names", False, f"There is no event '{name}' in the table; {words.near(name, sorted(seen))}")
        for name in sorted(known - seen)
    ]
    if ignored := sorted(seen - known):
        checks.append(Check("event names", False, f"Not counted: {words.listed(ignored)}."))
    period = nw.col("date").dt.truncate(TRUNCATE[plan.period])
    dated = table.frame.with_columns(period=period)
    named = {role: dated.filter(nw.col("event").is_in(list(names))) for role, names in plan.event_names.items()}
    stray = named["numerator"].join(named["denominator"], on=["period", *segments, "customer"], how="anti")
    if count := len(fetched(stray.select("customer"))):
        others = f"customers who were not among the {plan.variant.computes.denominator} of that {plan.period}"
        checks.append(Check("outside the denominator", False, f"{words.counted(count, 'event')} of {others}: not counted."))
    return checks
