"""Events, who did what when: customers at risk in a period, and the events or the customers with one among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.plan import Frame, Plan, collected, fetched, period_of
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
    keys = ["period", *segments]
    named = _by_role(plan, table)
    at_risk = named["denominator"].select(*keys, "customer").unique()
    kept, gone = _without_reversed(plan, named)
    did = _placed(kept, at_risk, segments)
    numerator = (did.unique() if kind == "share" else did).group_by(keys).agg(nw.len().alias("numerator"))
    denominator = at_risk.group_by(keys).agg(nw.len().alias("denominator"))
    joined = denominator.join(numerator, on=keys, how="left").with_columns(nw.col("numerator").fill_null(0))
    told = ["numerator", "denominator"]
    if gone is not None:
        taken = _placed(gone, at_risk, segments).group_by(keys).agg(nw.len().alias("reversed"))
        joined = joined.join(taken, on=keys, how="left").with_columns(nw.col("reversed").fill_null(0))
        told.append("reversed")
    return collected(joined.select(*keys, *told), plan.period, segments, plan.calendar)


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
    gone = met.group_by("customer", "back").agg(nw.col("date").max()).select("customer", "date").unique()
    return did.join(gone, on=["customer", "date"], how="anti"), did.join(gone, on=["customer", "date"], how="inner")


def _events_there(table: Table) -> list[str]:
    return sorted(fetched(table.frame.select("event").unique())["event"])


def _refuse_names_that_are_not_there(plan: Plan, table: Table) -> None:
    """A role none of whose events is in the table would count nothing, and look like 0 %."""
    seen = _events_there(table)
    for role, names in plan.event_names.items():
        if not set(names) & set(seen):
            offers = words.near(names[0], seen) if names else "name one"
            raise CaseError(
                f"{plan.kpi.id}: {table.name} holds no event {words.listed(map(repr, names), 'or')} for the {role}; {offers}"
            )


def event_checks(plan: Plan, table: Table, segments: Sequence[str]) -> list[Check]:
    """Names the events that no role counts, and the numerator's events of customers who were not at risk."""
    known = {name for names in plan.event_names.values() for name in names}
    seen = _events_there(table)
    checks = [
        Check("event names", False, f"There is no event '{name}' in the table; {words.near(name, seen)}")
        for name in sorted(known - set(seen))
    ]
    if ignored := sorted(set(seen) - known):
        checks.append(Check("event names", False, f"Not counted: {words.listed(ignored)}."))
    named = _by_role(plan, table)
    at_risk = named["denominator"].select("period", *segments, "customer").unique()
    if count := _rows(named["numerator"]) - _rows(_placed(named["numerator"], at_risk, segments)):
        others = f"customers who were not among the {plan.variant.computes.denominator} of that {plan.period}"
        checks.append(Check("outside the denominator", False, f"{words.counted(count, 'event')} of {others}: not counted."))
    return checks


def _rows(frame: Frame) -> int:
    return int(fetched(frame.select(rows=nw.len()))["rows"].iloc[0])
