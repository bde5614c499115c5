"""Kpi x table -> KpiSeries: the sums, minima and joins run where the data is, a few hundred rows of counts come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.bands import SAFE_INTEGER
from kpikit.cases import Case
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError, TableError
from kpikit.kpi import Kpi, Variant
from kpikit.series import FREQUENCY, LEFT_OUT, KpiSeries, as_moment, days_of
from kpikit.tables import Table, read_table

TRUNCATE = {"month": "1mo", "quarter": "1q", "year": "1y"}
FINER = {"day": 0, "month": 1, "quarter": 2, "year": 3}
Frame = nw.LazyFrame[Any]


def measure_case(case: Case) -> KpiSeries:
    """The series that a case describes: its table read, checked and measured."""
    kpi = load_kpi(case.kpi)
    table = read_table(
        case.table, kind=case.kind, columns=case.columns, segments=case.segments, keep=case.keep,
        date_format=case.date_format, encoding=case.encoding, folder=case.folder,
    )  # fmt: skip
    return measure(
        kpi, table, variant=case.variant, window=case.window, period=case.period, as_of=case.as_of,
        changed_on=case.changed_on, event_names=case.event_names,
    )  # fmt: skip


def measure(
    kpi: Kpi | str,
    table: Table,
    *,
    as_of: date,
    variant: str | None = None,
    window: str | None = None,
    period: str | None = None,
    changed_on: date | None = None,
    event_names: Mapping[str, Sequence[str]] | None = None,
) -> KpiSeries:
    """The KPI measured on a table, by period and by the table's segments.

    `window` is what a rate is counted over (month, quarter, year, "30 days", ever), `period` how the series is cut when
    the window is no calendar period. With `changed_on`, followed customers whose window spans it are told apart.
    Raises CaseError where window, variant or roles do not fit the KPI, TableError where the counts are impossible.
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    window, period = _window(definition, chosen, window, period)
    moment, change = as_moment(as_of), None if changed_on is None else as_moment(changed_on)
    _refuse_future(table, moment)
    plan = {"counts": _summed, "volumes": _summed, "events": _events, "orders": _orders}[table.kind]
    build = _Plan(definition, chosen, window, period, moment, change, event_names or {})
    counts = plan(build, table, table.segments)
    whole = None
    if table.segments and table.kind == "events":
        whole = _series(build, table, plan(build, table, ()), (), None)
    return _series(build, table, counts, table.segments, whole)


@dataclass(frozen=True)
class _Plan:
    """What is measured, as every kind of table needs it."""

    kpi: Kpi
    variant: Variant
    window: str
    period: str
    as_of: datetime
    changed_on: datetime | None
    event_names: Mapping[str, Sequence[str]]


def _window(kpi: Kpi, variant: Variant, window: str | None, period: str | None) -> tuple[str, str]:
    """The window and the period, checked against each other and against what is counted."""
    if variant.window and window not in (None, variant.window):
        raise CaseError(f"{kpi.id}: variant '{variant.id}' is counted over {variant.window}, not {window}")
    window = window or variant.window or ""
    followed = variant.computes.counts == "cohort"
    if not (window in FREQUENCY or followed and (window == "ever" or days_of(window))):
        allowed = [*FREQUENCY, *(["'30 days' (any number)", "ever"] if followed else [])]
        raise CaseError(f"{kpi.id}: a rate needs the window it is counted over: one of {', '.join(allowed)}; not '{window}'")
    period = period or (window if window in FREQUENCY else "month")
    if period not in FREQUENCY or (not followed and period != window):
        raise CaseError(f"{kpi.id}: the period is {' or '.join(FREQUENCY)}, and equal to the window ('{window}') unless customers are followed; not '{period}'")
    return window, period


def _refuse_future(table: Table, as_of: datetime) -> None:
    """A row dated after as_of is a mistake in one of the two; on the day itself it is not."""
    end = as_of if (as_of.hour or as_of.minute or as_of.second) else as_of + timedelta(days=1)
    if table.last is not None and (table.last > as_of if "period" in table.roles else table.last > end):
        raise TableError(
            f"{table.name}: the last row is of {words.day(table.last)}, after as_of {words.day(as_of)}; mend the row or give a later as_of"
        )


def _series(plan: _Plan, table: Table, counts: pd.DataFrame, segments: tuple[str, ...], whole: KpiSeries | None) -> KpiSeries:
    own = plan.variant.computes.counts
    periods = ("periods",) if own in ("cohort", "quantity") else ()
    parts = () if whole is not None else ("segments",)
    checks = (*table.checks, *_event_checks(plan, table))
    return KpiSeries(
        plan.kpi, plan.variant, plan.window, plan.period, plan.as_of, counts, segments, periods + parts,
        plan.changed_on, whole, checks, table.contract,
    )  # fmt: skip


# -- counts and volumes: already summed ------------------------------------------------------------------------------


def _summed(plan: _Plan, table: Table, segments: Sequence[str]) -> pd.DataFrame:
    """Numerator and denominator summed at the finest grain that may be added: months for amounts and cohorts."""
    grain, own = table.grain or "month", plan.variant.computes.counts
    adds = own in ("cohort", "quantity")
    if (table.kind == "volumes") != (own == "quantity"):
        raise CaseError(
            f"{plan.kpi.id}: variant '{plan.variant.id}' counts a {own}, so its table is of kind "
            f"'{'volumes' if own == 'quantity' else 'counts'}', not '{table.kind}'"
        )
    if FINER[grain] > FINER[plan.period]:
        raise CaseError(f"{plan.kpi.id}: {table.name} is written by {grain}, which cannot be cut by {plan.period}")
    if grain != plan.period and not adds:
        raise CaseError(
            f"{plan.kpi.id}: {table.name} is written by {grain}, and {grain}s of a {own} do not add up to a {plan.period}: "
            f"the same {plan.variant.computes.denominator} are in each; use window = '{grain}'"
        )
    step = max("month", grain, key=FINER.__getitem__)
    grouped = _by_period(table.frame, "period", step, segments).agg(nw.col("numerator").sum(), nw.col("denominator").sum())
    counts = _collected(grouped, step, segments)
    _refuse_impossible(plan, table, counts, segments)
    return counts


def _refuse_impossible(plan: _Plan, table: Table, counts: pd.DataFrame, segments: Sequence[str]) -> None:
    for row in counts.itertuples(index=False, name=None):
        named = dict(zip(counts.columns, row, strict=True))
        if refusal := plan.variant.computes.refusal(named["numerator"], named["denominator"]):
            where = ", ".join(str(named[name]) for name in ("period", *segments))
            raise TableError(f"{plan.kpi.id}: {table.name}, {where}: {refusal}")


# -- events: who did what when ---------------------------------------------------------------------------------------


def _events(plan: _Plan, table: Table, segments: Sequence[str]) -> pd.DataFrame:
    """Customers at risk in a period, and the events (rate) or the customers with one (share) among them."""
    kind = plan.variant.computes.kind
    if kind not in ("share", "rate"):
        raise CaseError(f"{plan.kpi.id}: a {kind} cannot be measured from events; use a table of kind {'orders' if kind == 'follow_on' else 'volumes'}")
    if set(plan.event_names) != {"numerator", "denominator"}:
        raise CaseError(
            f"{plan.kpi.id}: say which events count: event_names = {{ numerator = [\"upgrade\"], denominator = [\"active\"] }}"
        )
    dated = table.frame.with_columns(period=nw.col("date").dt.truncate(TRUNCATE[plan.period]))
    keys = ["period", *segments]
    named = {role: dated.filter(nw.col("event").is_in(list(plan.event_names[role]))) for role in ("numerator", "denominator")}
    at_risk = named["denominator"].select(*keys, "customer").unique()
    did = named["numerator"].join(at_risk, on=[*keys, "customer"], how="inner").select(*keys, "customer")
    numerator = (did.unique() if kind == "share" else did).group_by(keys).agg(nw.len().alias("numerator"))
    denominator = at_risk.group_by(keys).agg(nw.len().alias("denominator"))
    joined = denominator.join(numerator, on=keys, how="left").with_columns(nw.col("numerator").fill_null(0))
    return _collected(joined.select(*keys, "numerator", "denominator"), plan.period, segments)


def _event_checks(plan: _Plan, table: Table) -> list[Check]:
    """Names the events that no role counts, and the numerator's events of customers who were not at risk."""
    if table.kind != "events":
        return []
    known = {name for names in plan.event_names.values() for name in names}
    seen = {row[0] for row in table.relation.aggregate("event, count(*)", "event").fetchall()}
    checks = [
        Check("event names", False, f"There is no event '{name}' in the table; {words.near(name, sorted(seen))}") for name in sorted(known - seen)
    ]
    if ignored := sorted(seen - known):
        checks.append(Check("event names", False, f"Not counted: {words.listed(ignored)}."))
    period = nw.col("date").dt.truncate(TRUNCATE[plan.period])
    dated = table.frame.with_columns(period=period)
    named = {role: dated.filter(nw.col("event").is_in(list(names))) for role, names in plan.event_names.items()}
    stray = named["numerator"].join(named["denominator"], on=["period", *table.segments, "customer"], how="anti")
    if count := len(_fetched(stray.select("customer"))):
        events = words.counted(count, "event")
        checks.append(Check("outside the denominator", False, f"{events} of customers who were not among the {plan.variant.computes.denominator} of that {plan.period} are not counted."))
    return checks


# -- orders: who came back for more ----------------------------------------------------------------------------------


def _orders(plan: _Plan, table: Table, segments: Sequence[str]) -> pd.DataFrame:
    """First purchases by period, how many bought another product later within the window, and who cannot be judged yet.

    The first order is the earliest, ties by order id; a window is exact elapsed time, its end included.
    """
    if plan.variant.computes.kind != "follow_on":
        raise CaseError(f"{plan.kpi.id}: variant '{plan.variant.id}' is a {plan.variant.computes.kind}; from orders only a follow_on is measured")
    if "product" not in table.roles:
        raise CaseError(f"{plan.kpi.id}: {table.name} needs the role 'product': buying more means a product that was not in the first order")
    if plan.window in FREQUENCY:
        raise CaseError(f"{plan.kpi.id}: orders are followed for a number of days or 'ever', not a calendar {plan.window}; try window = \"30 days\"")
    customers = _first_orders(table.frame, segments).join(_bought_more(plan, table.frame), on="customer", how="left")
    judged = customers.with_columns(
        period=nw.col("first").dt.truncate(TRUNCATE[plan.period]), yes=nw.col("yes").fill_null(0), **_window_ends(plan)
    )
    mature, open_, spans = nw.col("open") == 0, nw.col("open") == 1, (nw.col("open") == 0) & (nw.col("spans") == 1)
    yes, one = nw.col("yes"), nw.lit(1)
    sums = {
        "numerator": (yes, mature), "denominator": (one, mature), "censored": (one, open_), "censored_numerator": (yes, open_),
        "straddling": (one, spans), "straddling_numerator": (yes, spans),
    }  # fmt: skip
    told = judged.with_columns(**{name: nw.when(when).then(what).otherwise(0) for name, (what, when) in sums.items()})
    keys = ["period", *segments]
    counts = _collected(told.group_by(keys).agg(*(nw.col(name).sum() for name in sums)), plan.period, segments)
    return counts if plan.changed_on is not None else counts.drop(columns=list(LEFT_OUT[2:]))


def _window_ends(plan: _Plan) -> dict[str, nw.Expr]:
    """Flags (0 or 1) of a customer's window: `open` at as_of, `spans` the change; a window without end never closes."""
    days = days_of(plan.window)
    if days is None:
        before = nw.col("first") < plan.changed_on if plan.changed_on else nw.lit(False)
        return {"open": nw.lit(0), "spans": nw.when(before).then(nw.lit(1)).otherwise(nw.lit(0))}
    span = timedelta(days=days)
    flags = {"open": nw.col("first") > plan.as_of - span}
    flags["spans"] = (nw.col("first") < plan.changed_on) & (nw.col("first") > plan.changed_on - span) if plan.changed_on else nw.lit(False)
    return {name: nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)) for name, flag in flags.items()}


def _first_orders(lines: Frame, segments: Sequence[str]) -> Frame:
    """One row a customer: the first order's id, its moment and its segments."""
    orders = lines.group_by("customer", "order").agg(nw.col("date").min(), *(nw.col(name).min() for name in segments))
    earliest = orders.group_by("customer").agg(nw.col("date").min().alias("first"))
    on_time = orders.join(earliest, on="customer", how="inner").filter(nw.col("date") == nw.col("first"))
    chosen = on_time.group_by("customer", "first").agg(nw.col("order").min())
    return chosen.join(on_time.select("customer", "order", *segments), on=["customer", "order"], how="inner")


def _bought_more(plan: _Plan, lines: Frame) -> Frame:
    """The customers (with yes = 1) with a product in a later order, within the window, that their first order did not hold."""
    first = _first_orders(lines, ())
    dated = lines.group_by("customer", "order", "product").agg(nw.len())
    moments = lines.group_by("customer", "order").agg(nw.col("date").min())
    joined = dated.join(moments, on=["customer", "order"], how="inner").join(first, on="customer", how="inner", suffix="_first")
    at_first = joined.filter(nw.col("order") == nw.col("order_first"))
    later = joined.filter(nw.col("order") != nw.col("order_first"))
    if (days := days_of(plan.window)) is not None:
        later = later.filter(nw.col("date") <= nw.col("first") + timedelta(days=days))
    new = later.join(at_first.select("customer", "product"), on=["customer", "product"], how="anti").select("customer")
    if plan.variant.first_order_counts:
        several = at_first.group_by("customer").agg(nw.len().alias("products")).filter(nw.col("products") > 1)
        new = nw.concat([new, several.select("customer")])
    return new.unique().with_columns(yes=nw.lit(1))


# -- what comes back -------------------------------------------------------------------------------------------------


def _by_period(frame: Frame, column: str, period: str, segments: Sequence[str]) -> Any:
    return frame.with_columns(period=nw.col(column).dt.truncate(TRUNCATE[period])).group_by("period", *segments)


def _fetched(frame: Frame) -> pd.DataFrame:
    return frame.collect("pyarrow").to_native().to_pandas()


def _collected(frame: Frame, step: str, segments: Sequence[str]) -> pd.DataFrame:
    """Counts as pandas: periods as Period, whole numbers as int64 where they fit, else exact Python integers or decimals."""
    rows = _fetched(frame)
    rows["period"] = pd.to_datetime(rows["period"]).dt.to_period(FREQUENCY[step])
    for name in rows.columns.difference(["period", *segments]):
        rows[name] = _exact(rows[name])
    return rows.sort_values(["period", *segments], ignore_index=True)


def _exact(column: pd.Series) -> pd.Series:
    if column.dtype != object:
        return column.astype("int64")
    values = [int(x) if x == x.to_integral_value() else x.normalize() for x in column]
    fits = all(isinstance(value, int) for value in values) and max(map(abs, values), default=0) < SAFE_INTEGER
    return pd.Series(values, index=column.index, dtype="int64" if fits else object)
