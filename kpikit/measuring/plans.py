"""Plans, who moved where: units on a plan when a period begins, and the moves (rate) or the units with one (share) of theirs."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.counting import choice, chosen_names
from kpikit.measuring.histories import (
    LEFT,
    NOTHING,
    ROLES,
    first_true,
    histories,
    lowest_rank,
    refuse_what_plans_cannot,
    units_of,
)  # fmt: skip
from kpikit.measuring.plan import Frame, Measured, Plan, collected, distinct, fetched, period_of
from kpikit.moments import last_instant
from kpikit.tables import Table

UPWARD = ("up", "trial_end", "came_back")


def measure_plans(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """Units eligible when a period begins, and the counted moves (rate) or the units with one, or without (share), among them.

    Eligible is who was on a plan just before the period's first instant, so that a move at that instant lies inside the
    period; the segment is the one of that state. The series ends with the period of the table's last row: what came after it
    is not known.
    """
    _refuse_kind(plan)
    refuse_what_plans_cannot(plan, table)
    moved = histories(plan, table, segments)
    stock = _stock(plan, moved, segments, last_period(plan, table))
    keys = ["period", *segments]
    did = _counted_moves(plan, moved, segments)
    if plan.variant.computes.kind == "share":
        did = distinct(did, *units_of(plan), "period", *_was(segments))
    did = did.select("period", **{name: nw.col(f"__was_{name}") for name in segments})
    numerator = collected(did.group_by(keys).agg(nw.len().alias("numerator")), plan.period, segments, plan.calendar)
    counts = stock.merge(numerator, on=keys, how="left").fillna({"numerator": 0}).astype({"numerator": "int64"})
    if plan.variant.without:
        counts["numerator"] = counts["denominator"] - counts["numerator"]
    ordered = counts[[*keys, "numerator", "denominator"]].sort_values(keys, ignore_index=True)
    return Measured(ordered, tuple(_checks(plan, table)))


def plan_moves(plan: Plan, table: Table) -> pd.DataFrame:
    """How many units moved from which plan to which in each period, and how: period, from, to, move, units.

    All moves are there, trial endings and leavings included; `from` is missing where nothing came before.
    """
    refuse_what_plans_cannot(plan, table)
    moved = histories(plan, table, ()).filter(nw.col("__move") != "none")
    told = {"from": nw.col("__from").fill_null(""), "to": nw.col("__plan"), "move": nw.col("__move")}
    each = distinct(moved.select(*units_of(plan), "period", **told), *units_of(plan), "period", *told)
    rows = collected(each.group_by("period", *told).agg(units=nw.len()), plan.period, list(told), plan.calendar)
    ranks = {name: rank for rank, name in enumerate(plan.plan_order)} | {"": NOTHING}
    ranks |= {name: ROLES[role] for role, names in plan.event_names.items() for name in names}
    ordered = rows.sort_values(
        ["period", "from", "to"], key=lambda column: column if column.name == "period" else column.map(ranks), kind="stable"
    )
    return ordered.assign(**{"from": ordered["from"].where(ordered["from"] != "", None)}).reset_index(drop=True)


def _checks(plan: Plan, table: Table) -> list[Check]:
    """Names the moves that are not counted: trial endings, returns, those of units that were not eligible; and a late end."""
    moved = histories(plan, table, ())
    inside = _eligible_at_start(plan, moved, ()).select(*units_of(plan), "period", __inside=nw.lit(1))
    stray = nw.when(_is_counted(plan) & nw.col("__inside").is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
    flagged = moved.join(inside, on=[*units_of(plan), "period"], how="left").with_columns(__stray=stray)
    told = fetched(flagged.group_by("__move").agg(nw.len().alias("moves"), nw.col("__stray").sum())).set_index("__move")
    checks = _left_out(plan, {str(move): int(count) for move, count in told["moves"].items()})
    if count := int(told["__stray"].sum()):
        others = f"those who were not among the {plan.variant.computes.denominator} when that {plan.period} began"
        checks.append(Check("outside the denominator", False, f"{words.counted(count, 'move')} of {others}: not counted."))
    return [*checks, *late_end(plan, table)]


def _left_out(plan: Plan, moves: dict[str, int]) -> list[Check]:
    """The trial endings and the returns that are no moves up, where moves up are counted."""
    checks = []
    for key, move, name, said in (
        ("trial_endings", "trial_end", "trial endings", ("trial", "ended with a plan")),
        ("reactivation", "came_back", "came back", ("return", "after leaving")),
    ):
        if "up" in plan.variant.moves and choice(plan, "plans", key) == "left out" and (count := moves.get(move, 0)):
            what, then = said
            checks.append(Check(name, False, f"{words.counted(count, what)} {then}: not counted as moves up."))
    return checks


def late_end(plan: Plan, table: Table) -> list[Check]:
    """Says so where nothing is known of the periods up to `as_of`: they are not shown as 0."""
    last, over = last_period(plan, table), pd.Timestamp(last_instant(plan.as_of)) + pd.Timedelta(microseconds=1)
    if last >= pd.Period(over, plan.calendar.frequency(plan.period)) - 1:
        return []
    said = f"The table's last row lies in {words.when(last)}: the series ends there, what came later is not known."
    return [Check("last row", False, said)]


def _refuse_kind(plan: Plan) -> None:
    who, own = plan.kpi.id, plan.variant.computes
    if own.kind not in ("share", "rate"):
        fitting = "orders" if own.kind == "follow_on" else "volumes"
        raise CaseError(f"{who}: a {own.kind} cannot be measured from plans; use a table of kind '{fitting}'")
    if own.counts == "cohort":
        raise CaseError(
            f"{who}: variant '{plan.variant.id}' follows a cohort; plans tell who is at risk afresh each {plan.period}; "
            "use a table of kind 'counts' or 'orders'"
        )
    if own.kind == "rate" and choice(plan, "plans", "within_period") == "net":
        raise CaseError(f'{who}: a rate counts moves, each by itself; counting = {{ within_period = "net" }} is for a share')


def last_period(plan: Plan, table: Table) -> pd.Period:
    """The period of the table's last row."""
    if table.last is not None and table.last < plan.as_of:
        return pd.Period(table.last, plan.calendar.frequency(plan.period))
    latest = fetched(table.frame.select(nw.col("date").max()))["date"].iloc[0]  # rows after as_of were left out
    return pd.Period(plan.as_of if latest is pd.NaT else latest, plan.calendar.frequency(plan.period))


def _was(segments: Sequence[str]) -> list[str]:
    return [f"__was_{name}" for name in segments]


def _eligible(plan: Plan, column: str) -> nw.Expr:
    """On a plan, or on trial where trial endings are counted; not on the highest or the lowest where the variant says so."""
    lowest = 1 if plan.variant.eligible == "above_bottom" else lowest_rank(plan)
    highest = len(plan.plan_order) - (2 if plan.variant.eligible == "below_top" else 1)
    return (nw.col(column) >= lowest) & (nw.col(column) <= highest)


def _eligible_at_start(plan: Plan, moved: Frame, segments: Sequence[str]) -> Frame:
    """The eligible units that move in a period, once for each: the rank and the segments with which they entered it."""
    first = moved.filter(period_of("__since", plan) < nw.col("period")).filter(_eligible(plan, "__prev"))
    return first.select(*units_of(plan), "period", *_was(segments), __start=nw.col("__prev"))


def _is_counted(plan: Plan) -> nw.Expr:
    """Whether a row is a move that the variant counts.

    A recorded kind of change (`counting.moves`) is taken at its word where the plan stays the same: a feature, a quantity, a
    newer version or a renewal is no other plan.
    """
    move = nw.col("__move")
    of = {name: move == name for name in ("up", "down", "same", "left")}
    if choice(plan, "plans", "trial_endings") == "counted":
        of["up"] = of["up"] | (move == "trial_end")
    if choice(plan, "plans", "reactivation") == "counted":
        higher = (nw.col("__before") >= 0) & (nw.col("__rank") > nw.col("__before"))
        of["up"] = of["up"] | ((move == "came_back") & higher)
    names = set(plan.variant.moves) | ({"same"} if chosen_names(plan, "moves") else set())
    return nw.any_horizontal(*(of[name] for name in sorted(names)), ignore_nulls=True) & (nw.col("__named") == 1)


def _counted_moves(plan: Plan, moved: Frame, segments: Sequence[str]) -> Frame:
    """The counted moves of units that were eligible when the period began, with the segments they had then."""
    keys = [*units_of(plan), "period"]
    did = moved.filter(_is_counted(plan)).select(*keys, "__move")
    did = did.join(_eligible_at_start(plan, moved, segments), on=keys, how="inner")
    if choice(plan, "plans", "within_period") == "gross":
        return did
    closing = moved.filter(nw.col("__until").is_null() | (period_of("__until", plan) > nw.col("period")))
    return did.join(closing.select(*keys, __end=nw.col("__rank")), on=keys, how="inner").filter(_stands())


def _stands() -> nw.Expr:
    """Whether a move still holds when the period ends."""
    move, start, end = nw.col("__move"), nw.col("__start"), nw.col("__end")
    cases = [(move.is_in(list(UPWARD)), end > start), (move == "down", end < start), (move == "left", end == LEFT)]
    return first_true(cases, end >= start)


def _stock(plan: Plan, moved: Frame, segments: Sequence[str], last: pd.Period) -> pd.DataFrame:
    """How many are eligible when each period begins: those whose state began in an earlier period, less those whose ended."""
    cut = {name: nw.col(f"__at_{name}") for name in segments}
    held = moved.filter(_eligible(plan, "__rank"))
    began = held.select("period", **cut, __change=nw.lit(1))
    ended = held.filter(~nw.col("__until").is_null()).select(period=period_of("__until", plan), **cut, __change=nw.lit(-1))
    sums = nw.concat([began, ended]).group_by("period", *segments).agg(nw.col("__change").sum())
    changes = collected(sums, plan.period, segments, plan.calendar).set_index(["period", *segments])["__change"]
    wide = changes.unstack(list(segments), fill_value=0) if segments else changes.to_frame()
    every = pd.period_range(wide.index.min() if len(wide) else last, last, name="period")
    sizes = wide.reindex(every, fill_value=0).cumsum().shift(1, fill_value=0)
    there = sizes.sum(axis=1).to_numpy().nonzero()[0]
    known = sizes.iloc[there[0] if len(there) else -1 :]
    sized = known.stack(list(segments)) if segments else known["__change"]
    return pd.DataFrame({"denominator": sized}).reset_index()
