"""Orders, who came back for more: first purchases by period, and those who bought new, dearer or other products later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import narwhals as nw

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.cohorts import cohort_counts
from kpikit.measuring.counting import choice
from kpikit.measuring.plan import Frame, Measured, Plan, distinct, fetched
from kpikit.moments import FREQUENCY, days_of
from kpikit.tables import Table

PRICE, LINE = {"price": "unit_price"}, {"line": "product_line"}


def measure_orders(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """First purchases by period, how many bought more later within the window, and who cannot be judged yet.

    The first order is the earliest, ties by order id; a window is exact elapsed time, its end included. What more is, the case
    chooses (`counting.more`): a new product, a dearer one, upsell or cross-sell.
    """
    _refuse_what_orders_cannot(plan, table)
    customers = first_orders(table.frame, segments).join(_bought_more(plan, table.frame), on="customer", how="left")
    return Measured(cohort_counts(plan, customers, segments), mixed_orders(table, segments))


def mixed_orders(table: Table, segments: Sequence[str]) -> tuple[Check, ...]:
    """The orders whose lines differ in date or segment: the earliest date counts, and of segments the first by name."""
    columns = ["date", *(name for name in segments if name != "order")]
    ends = {f"__min{place}": nw.col(name).min() for place, name in enumerate(columns)}
    ends |= {f"__max{place}": nw.col(name).max() for place, name in enumerate(columns)}
    orders = table.frame.group_by("customer", "order").agg(**ends)
    flags = {
        f"c{place}": nw.when(nw.col(f"__min{place}") != nw.col(f"__max{place}")).then(nw.lit(1)).otherwise(nw.lit(0)).sum()
        for place, _ in enumerate(columns)
    }
    told = fetched(orders.select(**flags)).iloc[0]
    which = {"date": "the earliest counts"}
    return tuple(
        Check(
            "mixed orders", False,
            f"{words.counted(int(told[f'c{place}']), 'order')} with lines of several values of '{name}': "
            f"{which.get(name, 'the first by name counts')}.",
        )
        for place, name in enumerate(columns)
        if told[f"c{place}"]
    )  # fmt: skip


def _refuse_what_orders_cannot(plan: Plan, table: Table) -> None:
    who, kind = plan.kpi.id, plan.variant.computes.kind
    if kind != "follow_on":
        raise CaseError(f"{who}: variant '{plan.variant.id}' is a {kind}; from orders only a follow_on is measured")
    if "product" not in table.roles:
        raise CaseError(f"{who}: {table.name} needs the role 'product': buying more means a product the first order did not hold")
    if plan.window in FREQUENCY:
        raise CaseError(f"{who}: orders are followed for days or 'ever', not a calendar {plan.window}; try window = \"30 days\"")
    _refuse_what_more_cannot(plan, table)


def _refuse_what_more_cannot(plan: Plan, table: Table) -> None:
    more = choice(plan, "orders", "more")
    for role, what in {"new": {}, "dearer": PRICE, "upsell": PRICE | LINE, "cross-sell": LINE}[more].items():
        if role not in table.roles:
            amount = "; an amount is a price times a quantity" if role == "price" and "amount" in table.roles else ""
            mend = f'map it, as columns = {{ {role} = "{what}" }}'
            raise CaseError(f"{plan.kpi.id}: {table.name} needs the role '{role}' to tell '{more}'{amount}; {mend}")
    if more != "new" and plan.variant.first_order_counts:
        raise CaseError(
            f"{plan.kpi.id}: variant '{plan.variant.id}' counts several products in the first order, which are not '{more}'; "
            "take a variant of later orders alone"
        )


def first_orders(lines: Frame, segments: Sequence[str]) -> Frame:
    """One row a customer: the first order's id, its moment and its segments.

    Of two orders at one moment the lower id comes first: 9 before 10 where ids are numbers, and these after all other ids.
    """
    orders = lines.group_by("customer", "order").agg(nw.col("date").min(), *(nw.col(name).min() for name in segments))
    digits = nw.when(nw.col("order").str.contains("^[0-9]+$")).then(nw.col("order").str.len_chars()).otherwise(nw.lit(0))
    ranked = orders.with_columns(__digits=digits, __one=nw.lit(1))
    place = nw.col("__one").cum_sum().over("customer", order_by=["date", "__digits", "order"])
    first = ranked.with_columns(__place=place).filter(nw.col("__place") == 1)
    return first.select("customer", "order", *segments, first=nw.col("date"))


def _bought_more(plan: Plan, lines: Frame) -> Frame:
    """The customers (with yes = 1) with more in a later order within the window than their first order held."""
    first = first_orders(lines, ())
    items = lines.select("customer", "order", "product", *(role for role in ("line", "price") if role in lines.columns))
    moments = lines.group_by("customer", "order").agg(nw.col("date").min())
    joined = items.join(moments, on=["customer", "order"], how="inner").join(first, on="customer", how="inner", suffix="_first")
    held = joined.filter(nw.col("order") == nw.col("order_first"))
    later = joined.filter(nw.col("order") != nw.col("order_first"))
    if (days := days_of(plan.window)) is not None:
        later = later.filter(nw.col("date") <= nw.col("first") + timedelta(days=days))
    more = MORE[choice(plan, "orders", "more")](later, held).select("customer")
    if plan.variant.first_order_counts:
        products = distinct(held, "customer", "product").group_by("customer").agg(nw.len().alias("products"))
        more = nw.concat([more, products.filter(nw.col("products") > 1).select("customer")])
    return distinct(more, "customer").with_columns(yes=nw.lit(1))


def _new(later: Frame, held: Frame) -> Frame:
    """Products that the first order did not hold."""
    return later.join(distinct(held, "customer", "product"), on=["customer", "product"], how="anti")


def _dearer(later: Frame, held: Frame) -> Frame:
    """New products dearer than the dearest of the first order; the same product at a raised price is not dearer, it rose."""
    return _above(_new(later, held), held, ["customer"])


def _upsell(later: Frame, held: Frame) -> Frame:
    """New products dearer than the dearest of the same line in the first order."""
    return _above(_new(later, held), held, ["customer", "line"])


def _above(later: Frame, held: Frame, keys: list[str]) -> Frame:
    dearest = held.group_by(keys).agg(__dearest=nw.col("price").max())
    return later.join(dearest, on=keys, how="inner").filter(nw.col("price") > nw.col("__dearest"))


def _cross_sell(later: Frame, held: Frame) -> Frame:
    """Products of a line that the first order did not hold."""
    return later.join(distinct(held, "customer", "line"), on=["customer", "line"], how="anti")


MORE = {"new": _new, "dearer": _dearer, "upsell": _upsell, "cross-sell": _cross_sell}
