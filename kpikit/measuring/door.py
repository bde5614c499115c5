"""measure: the one door. It settles window, period and variant, and hands the table to the module of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.cases import Case
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.kpi import Kpi, Variant
from kpikit.measures import ROLES, add_over_periods
from kpikit.measuring.composing import compose, leaves, named, names_of
from kpikit.measuring.counting import counting_checks, own_choices, refuse_unknown_choices
from kpikit.measuring.events import measure_events
from kpikit.measuring.named import measures_of, refuse_other_kinds
from kpikit.measuring.order_measures import measure_order_measures
from kpikit.measuring.orders import measure_orders
from kpikit.measuring.outcomes import measure_outcomes
from kpikit.measuring.parts import part_checks, refuse_cut
from kpikit.measuring.plan import Measured, Plan
from kpikit.measuring.plan_measures import measure_plan_measures
from kpikit.measuring.plans import measure_plans, plan_moves
from kpikit.measuring.ratings import measure_ratings
from kpikit.measuring.summed import measure_summed
from kpikit.moments import FREQUENCY, Calendar, as_moment, days_of
from kpikit.series import KpiSeries
from kpikit.tables import Table, read_table

MEASURES = {
    "counts": measure_summed, "volumes": measure_summed, "events": measure_events, "plans": measure_plans,
    "orders": measure_orders, "customers": measure_outcomes, "ratings": measure_ratings,
}  # fmt: skip
NAMED = {"plans": measure_plan_measures, "orders": measure_order_measures}  # where the definition names measures of them
SUMS = ("counts", "volumes")  # sums of what cannot, and of what can, be divided


def measure_case(case: Case, table: Table | None = None) -> KpiSeries:
    """The series that a case describes: its table read, checked and measured.

    A composed KPI on a table of sums takes the columns of its parts from the case's `also`. Of what was measured, the part
    stays that the case looks at. `table` is the case's own where it has been read before, by table_of.
    """
    return _whole(case, table).part(case.looked_at, case.looked_from, case.looked_to)


def _whole(case: Case, table: Table | None) -> KpiSeries:
    kpi = load_kpi(case.kpi, *case.definitions)
    chosen = kpi.variant(case.variant)
    if chosen.computes.composed and case.kind in SUMS:
        names = names_of(kpi, chosen)
        own = {key: columns for key, columns in case.also.items() if key in names}
        return compose(kpi, measure_also(replace(case, also=own)), variant=case.variant)
    return measure(kpi, table_of(case) if table is None else table, **case.counted)


def table_of(case: Case) -> Table:
    """The table that a case names, read and checked; CaseError where `only` would cut what is measured."""
    refuse_cut(case, case.only)
    table = read_table(
        case.table, kind=case.kind, columns=case.columns, segments=case.segments, keep=case.rules, features=case.features,
        folder=case.folder, **case.how,
    )  # fmt: skip
    return replace(table, checks=(*table.checks, *part_checks(case)))


def measure_also(case: Case) -> dict[str, KpiSeries]:
    """The other KPIs that the case's table holds, by their ids, or as "id.variant" where it is not the default one.

    Each has a numerator of its own, and the case's denominator unless it names two columns; of a balance a third is taken off.
    """
    return {key: measure_case(beside(case, key, columns)) for key, columns in case.also.items()}


def beside(case: Case, key: str, columns: str | Sequence[str]) -> Case:
    """The case of another KPI on the same table; CaseError where the table holds no sums."""
    kpi, _, variant = key.partition(".")
    if case.kind not in SUMS:
        raise CaseError(
            f"{case.id}: 'also' names columns of sums, so the table is of kind 'counts' or 'volumes', not '{case.kind}'"
        )
    own = dict(zip(ROLES, [columns] if isinstance(columns, str) else columns, strict=False))
    in_units = load_kpi(kpi, *case.definitions).variant(variant or None).computes.in_units
    kept = {role: named for role, named in case.columns.items() if role != "less"}  # what one takes off is none of the other's
    return replace(case, kpi=kpi, variant=variant or None, kind=SUMS[in_units], columns={**kept, **own}, also={}, asks={})


def measure(
    kpi: Kpi | str,
    table: Table,
    *,
    as_of: date | str,
    variant: str | None = None,
    window: str | None = None,
    period: str | None = None,
    changed_on: date | str | None = None,
    event_names: Mapping[str, Sequence[str]] | None = None,
    reversed_within: str | None = None,
    calendar: Calendar | None = None,
    plan_order: Sequence[str] = (),
    counting: Mapping[str, str | Sequence[str]] | None = None,
) -> KpiSeries:
    """The KPI measured on a table, by period and by the table's segments.

    `window` is what a rate is counted over (day, week, month, quarter, year, "30 days", ever), `period` how the series is
    cut when the window is no calendar period, `calendar` on which day weeks and in which month years begin.
    Events that a `reversal` follows within `reversed_within` are counted off. `plan_order` names plans from the lowest to the
    highest; `counting` declares the choices on which vendors differ (see `measuring.counting.CHOICES`), which the checks tell.
    With `changed_on`, followed customers whose window spans it are told apart.
    Raises CaseError where window, variant or roles do not fit the KPI, TableError where the counts are impossible.
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    if chosen.computes.composed:
        return _of_parts(
            definition, chosen, table, as_of=as_of, window=window, period=period, changed_on=changed_on, event_names=event_names,
            reversed_within=reversed_within, calendar=calendar, plan_order=plan_order, counting=counting,
        )  # fmt: skip
    window, period = _window(definition, chosen, window, period)
    moment, change = as_moment(as_of), None if changed_on is None else as_moment(changed_on)
    if table.kind not in MEASURES:
        raise CaseError(f"{definition.id}: rows of {table.kind} hold no counts of a KPI; it is measured on {', '.join(MEASURES)}")
    table = table.until(moment)
    build = Plan(
        definition, chosen, window, period, moment, change, event_names or {}, reversed_within,
        calendar or Calendar(), tuple(plan_order), {**own_choices(chosen, table.kind), **(counting or {})},
    )  # fmt: skip
    refuse_other_kinds(build, table.kind)
    refuse_unknown_choices(build, table.kind)
    counted = ({**MEASURES, **NAMED} if measures_of(build, table.kind) else MEASURES)[table.kind]
    parts = counted(build, table, table.segments)
    whole = None if parts.adds_up else cache(lambda: _series(build, table, counted(build, table, ()), (), None))
    return _series(build, table, parts, table.segments, whole)


def _of_parts(kpi: Kpi, variant: Variant, table: Table, **how: Any) -> KpiSeries:
    """A composed KPI, each of its parts measured on the same rows; CaseError where one of them is not to be had from these."""
    parts = leaves(kpi, variant)
    lacking = [key for key in parts if table.kind not in named(key, kpi.folders)[1].measures]
    if lacking:
        raise CaseError(
            f"{kpi.id}: its parts {words.listed(lacking)} are not measured on rows of {table.kind}; measure each part on its own "
            "table and give them to kk.compose, or name their columns in a case: also = { part = [numerator, denominator] }"
        )
    told = {key: named(key, kpi.folders) for key in parts}
    series = {key: measure(part, table, variant=chosen.id, **how) for key, (part, chosen) in told.items()}
    return compose(kpi, series, variant=variant.id)


def measure_moves(
    kpi: Kpi | str,
    table: Table,
    *,
    as_of: date | str,
    window: str,
    plan_order: Sequence[str],
    event_names: Mapping[str, Sequence[str]] | None = None,
    calendar: Calendar | None = None,
    counting: Mapping[str, str | Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Which plan people move to: period, from, to, move, units, one row each, from a table of kind plans.

    `window` cuts the periods. All moves are there, whatever the KPI counts of them: up, down, same, left, came_back,
    trial_start, trial_end and new, whose `from` is missing. Raises CaseError and TableError as `measure` does.

    >>> rows = [("ann", "2026-01-05", "basic"), ("bob", "2026-01-07", "basic"), ("ann", "2026-02-03", "pro")]
    >>> table = read_table(pd.DataFrame(rows, columns=["customer", "date", "plan"]), kind="plans")
    >>> moves = measure_moves("upgrade_rate", table, as_of="2026-02-28", window="month", plan_order=["basic", "pro"])
    >>> print(moves.tail(1).to_string(index=False))
     period  from  to move  units
    2026-02 basic pro   up      1
    """
    if table.kind != "plans":
        raise CaseError(f"{table.name}: moves are told by a table of kind 'plans', not '{table.kind}'")
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    window, period = _window(definition, definition.variant(), window, None)
    plan = Plan(
        definition, definition.variant(), window, period, as_moment(as_of), None, event_names or {},
        calendar=calendar or Calendar(), plan_order=tuple(plan_order), counting=counting or {},
    )  # fmt: skip
    refuse_unknown_choices(plan, table.kind)
    return plan_moves(plan, table.until(plan.as_of))


def _window(kpi: Kpi, variant: Variant, window: str | None, period: str | None) -> tuple[str, str]:
    """The window and the period, checked against each other and against what is counted."""
    if variant.window and window not in (None, variant.window):
        raise CaseError(f"{kpi.id}: variant '{variant.id}' is counted over {variant.window}, not {window}")
    window = window or variant.window or ""
    followed = variant.computes.counts == "cohort"
    if not (window in FREQUENCY or (followed and (window == "ever" or days_of(window)))):
        allowed = [*FREQUENCY, *(["'30 days' (any number)", "ever"] if followed else [])]
        raise CaseError(f"{kpi.id}: a rate needs the window it is counted over: one of {', '.join(allowed)}; not '{window}'")
    period = period or (window if window in FREQUENCY else "month")
    if period not in FREQUENCY or (not followed and period != window):
        fitting = f"{' or '.join(FREQUENCY)}, and equal to the window ('{window}') unless customers are followed"
        raise CaseError(f"{kpi.id}: the period is {fitting}; not '{period}'")
    return window, period


def _series(
    plan: Plan, table: Table, measured: Measured, segments: tuple[str, ...], whole: Callable[[], KpiSeries] | None
) -> KpiSeries:
    own, measures = plan.variant.computes.counts, measures_of(plan, table.kind)
    adds = add_over_periods(table.kind, measures.values()) if measures else own in ("cohort", "quantity")
    periods = ("periods",) if adds else ()
    parts = ("segments",) if measured.adds_up else ()
    checks = (*table.checks, *counting_checks(plan, table.kind), *measured.checks)
    return KpiSeries(
        plan.kpi, plan.variant, plan.window, plan.period, plan.as_of, measured.counts, segments, periods + parts,
        plan.changed_on, whole, checks, table.contract, plan.settle_days, plan.calendar,
    )  # fmt: skip
