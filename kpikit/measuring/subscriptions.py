"""Subscriptions, as a table of plans tells them: each life on a plan counted on the engine, the moves of a bounded number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.measuring.histories import LEFT, histories, refuse_what_plans_cannot, units_of
from kpikit.measuring.holdout import cut_of
from kpikit.measuring.plan import Frame, Plan, distinct, fetched
from kpikit.shapes.subscriptions import Subscriptions
from kpikit.tables import Table

MOST = 10_000  # customers whose every move comes back
STALE_DAYS = 31  # without a row before the day of the data
STOCK = 0.05  # share of customers on the very first day, from which on they are an older stock
KPI = "upgrade_rate"  # of whose moves histories are made


def measure_subscriptions(
    table: Table, as_of: datetime, holdout: str | None, plan_order: Sequence[str],
    event_names: Mapping[str, Sequence[str]], counting: Mapping[str, str | Sequence[str]],
) -> Subscriptions:  # fmt: skip
    """Each life from the first day on a plan until it is left, or until the table's last row: what came later is not known."""
    kpi = replace(load_kpi(KPI), id="lifetime")
    plan = Plan(
        kpi, kpi.variant(), "month", "month", as_of, None, event_names, plan_order=plan_order, counting=counting,
    )  # fmt: skip
    refuse_what_plans_cannot(plan, table)
    units = units_of(plan)
    states = histories(plan, table, ()).select(*units, "__rank", day=nw.col("date").dt.truncate("1d"), at=nw.col("date"))
    lived, lives = _lives(states, units)
    alike = fetched(lives.group_by("start", "end").agg(customers=nw.len()))
    if alike.empty:
        raise CaseError(f"lifetime: {table.name}: nobody was ever on a plan of {words.listed(plan_order)}")
    first, last = _days_of(alike["start"]).min(), _last(table, as_of)
    stays = _numbered(alike, first, last)
    one_in = -(-int(alike["customers"].sum()) // MOST)
    followed, moves = _followed(lived, lives, units, one_in)
    told = _numbered(followed, first, last)
    checks = (*table.checks, *_checks(stays, first, last, as_of), *_returned(lived, lives, units))
    cut = (cut_of(table.name, first, last, holdout) - first).days
    summed = stays.groupby(["start", "end", "left"], as_index=False).sum()
    return Subscriptions(
        as_of, table.contract, checks, summed,
        _moves(moves, first), told, plan_order, one_in, first, (last - first).days, cut,
    )  # fmt: skip


def _lives(states: Frame, units: list[str]) -> tuple[Frame, Frame]:
    """The states from the first plan on; and one row a unit: the first day on a plan, and the day on which it was left."""
    on_plan = states.filter(nw.col("__rank") >= 0).group_by(units).agg(start=nw.col("day").min(), __since=nw.col("at").min())
    since = states.join(on_plan, on=units, how="inner").filter(nw.col("at") >= nw.col("__since"))
    gone = nw.when(nw.col("__rank") == LEFT).then(nw.col("day"))
    ended = since.with_columns(__gone=gone).group_by(units).agg(nw.col("start").min(), end=nw.col("__gone").min())
    return since, ended


def _followed(lived: Frame, lives: Frame, units: list[str], one_in: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every `one_in`-th unit in the order of its name: its life, and its states until it was left."""
    ordered = lives.with_columns(__one=nw.lit(1)).with_columns(__number=nw.col("__one").cum_sum().over(order_by=units) - 1)
    chosen = ordered.filter(nw.col("__number") % one_in == 0)
    kept = chosen.select(*units, "end", number=nw.col("__number"))
    inside = nw.col("end").is_null() | (nw.col("day") <= nw.col("end"))
    moves = lived.select(*units, "day", "at", rank=nw.col("__rank")).join(kept, on=units, how="inner").filter(inside)
    told = fetched(chosen.select("start", "end", customers=nw.lit(1), number=nw.col("__number")))
    rows = fetched(moves.select("number", "day", "at", "rank"))
    places = {number: place for place, number in enumerate(sorted(told["number"]))}
    renumber = {"number": lambda frame: frame["number"].map(places)}
    return told.assign(**renumber).sort_values("number", ignore_index=True), rows.assign(**renumber)


def _moves(rows: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """number, day and rank of each state, in order; of several on a day all, in their order."""
    ordered = rows.sort_values(["number", "at"], ignore_index=True)
    days = (_days_of(ordered["day"]) - first).dt.days
    return pd.DataFrame({"number": ordered["number"], "day": days, "rank": ordered["rank"].astype("int64")})


def _numbered(lives: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Lives with their days as numbers from the first on; who is still there ends, not left, on the last."""
    start, end = (_days_of(lives[name]) for name in ("start", "end"))
    left = end.notna().astype("int64")
    days = {"start": (start - first).dt.days, "end": (end.fillna(last) - first).dt.days, "left": left}
    return pd.DataFrame(days | {"customers": lives["customers"].astype("int64")})


def _days_of(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).dt.tz_localize(None).dt.normalize()


def _last(table: Table, as_of: datetime) -> pd.Timestamp:
    """The last day that is known: that of the table's last row, where it is not after the day of the data."""
    latest = fetched(table.frame.select(nw.col("date").max()))["date"].iloc[0]
    return min(pd.Timestamp(latest).tz_localize(None), pd.Timestamp(as_of)).normalize()


def _checks(stays: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp, as_of: datetime) -> list[Check]:
    """An end of the table long before the day of the data, and an older stock on its first day."""
    checks, whole = stale_check(last, as_of), int(stays["customers"].sum())
    older = int(stays.loc[stays["start"] == 0, "customers"].sum())
    said = f"{words.counted(older, 'customer')} of {words.amount(whole)} are there from the first day, {words.day(first)}, on"
    if older > max(STOCK * whole, 1):
        said += ": they look like customers who came earlier, whose stay is counted too short."
        checks.append(Check("older customers", False, said))
    return checks


def stale_check(last: pd.Timestamp, as_of: datetime) -> list[Check]:
    """Says where the table ends long before the day of the data."""
    if (pd.Timestamp(as_of) - last).days <= STALE_DAYS:
        return []
    said = f"The table's last row is of {words.day(last)}: customers are followed until then, what came later is not known."
    return [Check("last row", False, said)]


def _returned(lived: Frame, lives: Frame, units: list[str]) -> list[Check]:
    """Says how many came back after they had left."""
    ended = lives.select(*units, "end").filter(~nw.col("end").is_null())
    again = lived.join(ended, on=units, how="inner").filter((nw.col("day") > nw.col("end")) & (nw.col("__rank") >= 0))
    count = int(fetched(distinct(again, *units).select(rows=nw.len()))["rows"].iloc[0])
    who = words.counted(count, units[-1])
    return [Check("came back", False, f"{who} came back after leaving: a stay ends with the first leaving.")] if count else []
