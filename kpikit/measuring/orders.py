"""Orders, who came back for more: first purchases by period, and those who bought another product later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import narwhals as nw
import pandas as pd

from kpikit.errors import CaseError
from kpikit.measuring.plan import TRUNCATE, Frame, Plan, collected
from kpikit.moments import FREQUENCY, days_of, last_instant
from kpikit.tables import Table


def measure_orders(plan: Plan, table: Table, segments: Sequence[str]) -> pd.DataFrame:
    """First purchases by period, how many bought another product later within the window, and who cannot be judged yet.

    The first order is the earliest, ties by order id; a window is exact elapsed time, its end included.
    """
    _refuse_what_orders_cannot(plan, table)
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
    counts = collected(told.group_by(keys).agg(*(nw.col(name).sum() for name in sums)), plan.period, segments)
    return counts if plan.changed_on is not None else counts.drop(columns=["straddling", "straddling_numerator"])


def _refuse_what_orders_cannot(plan: Plan, table: Table) -> None:
    who, kind = plan.kpi.id, plan.variant.computes.kind
    if kind != "follow_on":
        raise CaseError(f"{who}: variant '{plan.variant.id}' is a {kind}; from orders only a follow_on is measured")
    if "product" not in table.roles:
        raise CaseError(f"{who}: {table.name} needs the role 'product': buying more means a product the first order did not hold")
    if plan.window in FREQUENCY:
        raise CaseError(f"{who}: orders are followed for days or 'ever', not a calendar {plan.window}; try window = \"30 days\"")


def _window_ends(plan: Plan) -> dict[str, nw.Expr]:
    """Flags (0 or 1) of a customer's window: `open` at as_of, `spans` the change; a window without end never closes."""
    days = days_of(plan.window)
    if days is None:
        before = nw.col("first") < plan.changed_on if plan.changed_on else nw.lit(False)
        return {"open": nw.lit(0), "spans": nw.when(before).then(nw.lit(1)).otherwise(nw.lit(0))}
    span = timedelta(days=days)
    flags = {"open": nw.col("first") > last_instant(plan.as_of) - span}
    flags["spans"] = (
        (nw.col("first") < plan.changed_on) & (nw.col("first") > plan.changed_on - span) if plan.changed_on else nw.lit(False)
    )
    return {name: nw.when(flag).then(nw.lit(1)).otherwise(nw.lit(0)) for name, flag in flags.items()}


def _first_orders(lines: Frame, segments: Sequence[str]) -> Frame:
    """One row a customer: the first order's id, its moment and its segments."""
    orders = lines.group_by("customer", "order").agg(nw.col("date").min(), *(nw.col(name).min() for name in segments))
    earliest = orders.group_by("customer").agg(nw.col("date").min().alias("first"))
    on_time = orders.join(earliest, on="customer", how="inner").filter(nw.col("date") == nw.col("first"))
    chosen = on_time.group_by("customer", "first").agg(nw.col("order").min())
    return chosen.join(on_time.select("customer", "order", *segments), on=["customer", "order"], how="inner")


def _bought_more(plan: Plan, lines: Frame) -> Frame:
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
