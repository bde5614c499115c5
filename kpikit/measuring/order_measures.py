"""Measures of orders: orders, buyers, what they bought and paid in each period, and who was new, came back or bought several."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from kpikit.measuring.named import measures_of, refuse_what_is_followed, refuse_without_role, since, together
from kpikit.measuring.orders import first_orders, mixed_orders
from kpikit.measuring.plan import Frame, Measured, Plan, collected, distinct, fetched, period_of
from kpikit.tables import Table

ORDER, CUSTOMER = ("customer", "order"), ("customer",)


@dataclass(frozen=True)
class _Counted:
    """What a measure counts: the `different` ones of these columns (none: every line), or the `amount` of the lines.

    With `several` those alone that hold two or more values of a column, with `whose` those of new or returning customers.
    """

    different: tuple[str, ...] = ()
    several: str = ""
    whose: str = "all"
    amount: str = ""

    @property
    def roles(self) -> set[str]:
        """The roles that it needs and a table may lack."""
        return {*self.different, self.several, self.amount} & {"product", "line", "amount"}


COUNTED = {
    "orders": _Counted(ORDER),
    "customers": _Counted(CUSTOMER),
    "new_customers": _Counted(CUSTOMER, whose="new"),
    "returning_customers": _Counted(CUSTOMER, whose="returning"),
    "repeat_customers": _Counted(CUSTOMER, several="order"),
    "order_lines": _Counted(),
    "revenue": _Counted(amount="amount"),
    "returning_revenue": _Counted(amount="amount", whose="returning"),
    "customer_products": _Counted((*CUSTOMER, "product")),
    "orders_of_several_products": _Counted(ORDER, several="product"),
    "orders_of_several_lines": _Counted(ORDER, several="line"),
    "customers_of_several_lines": _Counted(CUSTOMER, several="line"),
}
ABOUT_THE_PAST = [name for name, counted in COUNTED.items() if counted.whose != "all"]


def measure_order_measures(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """The variant's measures of orders by period and segment.

    An order lies where its earliest line does, an id belongs to its customer. A customer's first order is the earliest, ties by
    order id: new is who has it in the period, returning who has it in an earlier one. Segments are those of the lines: an order
    with lines in two of them is in each, and the segments then do not add up.
    Raises CaseError where a measure needs the role product, line or amount and it is not mapped.
    """
    named = measures_of(plan, "orders")
    refuse_what_is_followed(plan, "orders")
    for role in ("product", "line", "amount"):
        refuse_without_role(plan, table, role, [name for name in named.values() if role in COUNTED[name].roles])
    lines, keys = _dated(plan, table, segments, {COUNTED[name].whose for name in named.values()}), ["period", *segments]
    told = {role: _counted(plan, lines, COUNTED[name], keys) for role, name in named.items()}
    counts = pd.DataFrame(told, dtype=object)
    counts = counts.where(counts.notna(), 0).sort_index().reset_index()
    checks = [*since(table, "ordered", named.values(), ABOUT_THE_PAST), *mixed_orders(table, ())]
    apart = all(_in_one(lines, different, segments) for different in {COUNTED[name].different for name in named.values()})
    return Measured(together(plan, counts), tuple(checks), apart)


def _dated(plan: Plan, table: Table, segments: Sequence[str], whose: Collection[str]) -> Frame:
    """The lines with the period of their order; where new or returning customers are asked for, with the first order and its."""
    columns = dict.fromkeys([*ORDER, *(role for role in ("product", "line", "amount") if role in table.roles), *segments])
    lines = table.frame.with_columns(__at=nw.col("date").min().over(*ORDER)).select(*columns, "__at")
    lines = lines.with_columns(period=period_of("__at", plan))
    if whose == {"all"}:
        return lines
    first = first_orders(table.frame, ()).select("customer", __first=nw.col("order"), __since=period_of("first", plan))
    return lines.join(first, on="customer", how="inner")


def _counted(plan: Plan, lines: Frame, what: _Counted, keys: list[str]) -> pd.Series:
    """One measure by period and segments."""
    whose = {"new": nw.col("order") == nw.col("__first"), "returning": nw.col("__since") < nw.col("period")}
    rows = lines.filter(whose[what.whose]) if what.whose in whose else lines
    if what.different:
        rows = distinct(rows, *dict.fromkeys([*keys, *what.different, *([what.several] if what.several else [])]))
    if what.several:
        rows = rows.group_by(*dict.fromkeys([*keys, *what.different])).agg(__values=nw.len()).filter(nw.col("__values") > 1)
    value = nw.col(what.amount).sum() if what.amount else nw.len()
    return collected(rows.group_by(keys).agg(counted=value), plan.period, keys[1:], plan.calendar).set_index(keys)["counted"]


def _in_one(lines: Frame, different: Sequence[str], segments: Sequence[str]) -> bool:
    """Whether each of what is counted in a period lies in one segment alone, so that parts add up to the whole."""
    units = ["period", *different]
    if not segments or not different:
        return True
    pairs = distinct(lines, *dict.fromkeys([*units, *segments])).group_by(units).agg(parts=nw.len())
    return not fetched(pairs.select(most=nw.col("parts").max()))["most"].iloc[0] > 1
