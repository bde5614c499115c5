"""Lifetimes: what a table of orders or plans tells of how long customers stay and how often they buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.holdout import cut_of
from kpikit.measuring.plan import Frame, fetched
from kpikit.measuring.subscriptions import STALE_DAYS, measure_subscriptions, stale_check
from kpikit.moments import as_moment
from kpikit.shapes.purchases import Purchases
from kpikit.shapes.subscriptions import Subscriptions
from kpikit.tables import Table

MOST_UNPAID = 0.01


def measure_lifetimes(
    table: Table,
    *,
    as_of: date | str,
    holdout: str | None = None,
    plan_order: Sequence[str] = (),
    event_names: Mapping[str, Sequence[str]] | None = None,
    counting: Mapping[str, str | Sequence[str]] | None = None,
) -> Purchases | Subscriptions:
    """How often customers bought (a table of orders), or how long they stayed and where they moved (a table of plans).

    `holdout` ("90 days") is the last stretch, kept from the models to test them by; a third of the whole time unless given.
    Plans are named from the lowest to the highest in `plan_order`; `event_names` say which mean a trial and a leaving.
    Raises CaseError for another kind of table, and where the stretch leaves too little.
    """
    table = table.until(as_moment(as_of))
    if table.kind == "plans":
        return measure_subscriptions(table, as_moment(as_of), holdout, tuple(plan_order), event_names or {}, counting or {})
    if table.kind != "orders":
        raise CaseError(f"{table.name}: lifetimes are told by a table of kind 'orders' or 'plans', not '{table.kind}'")
    days, moment = _days(table), as_moment(as_of)
    since, until, given_back = _span(days, moment)
    cut = cut_of(table.name, since, until, holdout)
    firsts = days.filter(nw.col("bought") == 1).group_by("customer").agg(first=nw.col("day").min())
    dated = days.join(firsts, on="customer", how="inner")
    bought = dated.filter(nw.col("bought") == 1) if given_back else dated
    whole, before = _whole(bought, until), _before(bought, cut)
    spending, first = _spending(dated, table)
    checks = (*table.checks, *stale_check(until, moment), *_given_back(given_back), *_unpaid(spending))
    return Purchases(moment, table.contract, checks, whole, before, _paid(spending), first, cut, until, since)


def _days(table: Table) -> Frame:
    """One row a customer and day with what was spent on it; nothing is `bought` on a day on which money was only given back."""
    dated = table.frame.with_columns(day=nw.col("date").dt.truncate("1d"))
    if "amount" not in table.roles:
        return dated.group_by("customer", "day").agg(__orders=nw.len()).with_columns(bought=nw.lit(1))
    spent = dated.group_by("customer", "day").agg(spent=nw.col("amount").sum(), __most=nw.col("amount").max())
    return spent.with_columns(bought=nw.when(nw.col("__most") < 0).then(nw.lit(0)).otherwise(nw.lit(1)))


def _span(days: Frame, as_of: Any) -> tuple[pd.Timestamp, pd.Timestamp, int]:
    """The first and the last day that are known, and how many are days of nothing but refunds."""
    told = {"since": nw.col("day").min(), "latest": nw.col("day").max(), "rows": nw.len(), "bought": nw.col("bought").sum()}
    row = fetched(days.select(**told)).iloc[0]
    since, latest = (pd.Timestamp(row[name]).tz_localize(None).normalize() for name in ("since", "latest"))
    until = pd.Timestamp(as_of).normalize()
    return since, latest if (until - latest).days > STALE_DAYS else until, int(row["rows"]) - int(row["bought"])


def _whole(dated: Frame, until: pd.Timestamp) -> pd.DataFrame:
    """Customers by x, t_x and T as of the day of the data."""
    each = dated.group_by("customer").agg(nw.col("first").min(), last=nw.col("day").max(), days=nw.len())
    alike = fetched(each.group_by("first", "last", "days").agg(customers=nw.len()))
    return _timed(alike, until)


def _before(dated: Frame, cut: pd.Timestamp) -> pd.DataFrame:
    """Customers who had bought by the cut, by x, t_x and T as of it, with their days of purchase after it."""
    inside = nw.col("day") <= cut.to_pydatetime()
    flagged = dated.filter(nw.col("first") <= cut.to_pydatetime()).with_columns(
        __last=nw.when(inside).then(nw.col("day")), __later=nw.when(inside).then(nw.lit(0)).otherwise(nw.lit(1))
    )
    each = flagged.group_by("customer").agg(
        nw.col("first").min(), last=nw.col("__last").max(), all=nw.len(), later=nw.col("__later").sum()
    )
    each = each.with_columns(days=nw.col("all") - nw.col("later"), __squared=nw.col("later") * nw.col("later"))
    sums = {"customers": nw.len(), "later": nw.col("later").sum(), "later_squares": nw.col("__squared").sum()}
    return _timed(fetched(each.group_by("first", "last", "days").agg(**sums)), cut)


def _timed(alike: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    first, last = (pd.to_datetime(alike[name]).dt.tz_localize(None) for name in ("first", "last"))
    times = {"x": alike["days"].astype("int64") - 1, "t_x": (last - first).dt.days, "T": (until - first).dt.days}
    counts = {name: alike[name].astype("int64") for name in alike.columns.difference(["first", "last", "days"])}
    summed = pd.DataFrame(times | counts).groupby(["x", "t_x", "T"], as_index=False).sum()
    return summed.sort_values(["x", "t_x", "T"], ignore_index=True)


def _spending(dated: Frame, table: Table) -> tuple[pd.DataFrame, tuple[int, float, float]]:
    """Repeat customers by x and what they spent on those days; and the number, sum and sum of squares of first days' amounts."""
    if "amount" not in table.roles:
        return pd.DataFrame({"x": [], "spent": [], "customers": []}), (0, 0.0, 0.0)
    later = dated.filter(nw.col("day") > nw.col("first"))
    again = later.group_by("customer").agg(nw.col("spent").sum(), x=nw.col("bought").sum())
    counted = again.filter(nw.col("x") > 0).group_by("x", "spent").agg(customers=nw.len())
    alike = fetched(counted).astype({"x": "int64", "spent": float, "customers": "int64"})
    first = _less_refunds(dated.filter(nw.col("day") == nw.col("first")), again).select("__spent")
    sums = {"n": nw.len(), "sum": nw.col("__spent").sum(), "squares": nw.col("__square").sum()}
    told = fetched(first.with_columns(__square=nw.col("__spent") * nw.col("__spent")).select(**sums)).iloc[0]
    return alike.sort_values(["x", "spent"], ignore_index=True), (int(told["n"]), float(told["sum"]), float(told["squares"]))


def _less_refunds(first: Frame, again: Frame) -> Frame:
    """The first days, with what those who never bought again were given back later taken off."""
    alone = again.filter(nw.col("x") == 0).select("customer", __back=nw.col("spent").cast(nw.Float64))
    both = first.with_columns(__spent=nw.col("spent").cast(nw.Float64)).join(alone, on="customer", how="left")
    return both.with_columns(__spent=nw.col("__spent") + nw.col("__back").fill_null(0.0))


def _given_back(days: int) -> list[Check]:
    """Refunds are no purchases."""
    if not days:
        return []
    said = f"{words.counted(days, 'day')} on which a customer only got money back: no purchase, and taken off what was spent."
    return [Check("refunds", True, said)]


def _paid(spending: pd.DataFrame) -> pd.DataFrame:
    return spending[spending["spent"] > 0].reset_index(drop=True)


def _unpaid(spending: pd.DataFrame) -> list[Check]:
    """Repeat customers who paid nothing, or less: of their spending the model knows nothing."""
    count = int(spending.loc[spending["spent"] <= 0, "customers"].sum())
    if not count:
        return []
    few = count <= MOST_UNPAID * spending["customers"].sum()
    who = words.counted(count, "repeat customer")
    return [Check("unpaid", few, f"{who} paid nothing or less in all later purchases: left out of what is spent.")]
