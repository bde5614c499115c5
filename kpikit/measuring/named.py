"""Named measures: what a definition names as numerator, denominator and less, put together from what was counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, DefinitionError
from kpikit.measures import measured_roles
from kpikit.measuring.plan import Plan, exactly
from kpikit.moments import FREQUENCY
from kpikit.tables import Table


def measures_of(plan: Plan, kind: str) -> dict[str, str]:
    """The measure of each role that the variant names for a kind of table; none where it is counted natively."""
    return measured_roles(plan.variant.measures.get(kind, {}))


def refuse_other_kinds(plan: Plan, kind: str) -> None:
    """CaseError where the variant names raw kinds of table and this is none of them; sums are refused where they are read."""
    if plan.variant.measures and kind not in ("counts", "volumes", *plan.variant.measures):
        raise CaseError(
            f"{plan.kpi.id}: variant '{plan.variant.id}' is not measured from {kind}; it is measured from "
            f"{words.listed(plan.variant.tables, 'or')}"
        )


def refuse_without_role(plan: Plan, table: Table, role: str, measures: Sequence[str]) -> None:
    """CaseError where measures need a role that the table does not have."""
    if measures and role not in table.roles:
        raise CaseError(
            f"{plan.kpi.id}: {table.name} needs the role '{role}' for {words.listed(measures)}; "
            f'map it, as columns = {{ {role} = "..." }}'
        )


def refuse_what_is_followed(plan: Plan, kind: str, choices: Collection[str] = ()) -> None:
    """CaseError for a window that is no calendar period, and for choices of counting that measures of a period do not know."""
    for key in plan.counting:
        if key not in choices:
            known = f"; they know {words.listed(choices)}" if choices else ""
            raise CaseError(f"{plan.kpi.id}: its measures of {kind} leave no choice '{key}' of counting{known}; take it out")
    if plan.window != plan.period:
        allowed = words.listed(FREQUENCY, "or")
        raise CaseError(
            f"{plan.kpi.id}: its measures of {kind} are those of a {allowed}; window = '{plan.window}' is none of them"
        )


def together(plan: Plan, counted: pd.DataFrame) -> pd.DataFrame:
    """The counts with what is `less` taken off the numerator; whole numbers are integers.

    Raises DefinitionError where a share's numerator passes its denominator: its measures are no part and whole.
    """
    told = counted.assign(numerator=counted["numerator"] - counted["less"]) if "less" in counted else counted
    counts = told.assign(**{name: exactly(told[name]) for name in ("numerator", "denominator", "less") if name in told})
    if plan.variant.computes.part_of_whole and (more := counts[counts["numerator"] > counts["denominator"]]).size:
        row = more.iloc[0]
        raise DefinitionError(
            f"{plan.kpi.id}: [[variant]] {plan.variant.id}: {row['numerator']} of {row['denominator']} in {row['period']}: its "
            "measures are no part and whole, so it is no share; make it a ratio"
        )
    return counts


def since(table: Table, did: str, measures: Iterable[str], about_the_past: Sequence[str]) -> list[Check]:
    """Says that nothing is known of the time before the table, where a measure asks for it."""
    if table.first is None or not set(measures) & set(about_the_past):
        return []
    said = f"The table begins on {words.day(table.first)}: who {did} before it, and not in it until later, counts as new."
    return [Check("older customers", None, said)]
