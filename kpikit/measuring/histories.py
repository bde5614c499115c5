"""Histories, who was on which plan from when until when: each row beside the one before it, and the move between them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import narwhals as nw

from kpikit import words
from kpikit.errors import CaseError, TableError
from kpikit.measuring.counting import choice, chosen_names
from kpikit.measuring.plan import Frame, Plan, distinct, fetched, period_of
from kpikit.tables import Table

#: ranks beneath the plans, which are 0, 1, 2 ... from the lowest to the highest
TRIAL, LEFT, NOTHING = -1, -2, -3
ROLES = {"trial": TRIAL, "left": LEFT}
MOST_NAMED = 3  # units that a refusal names


def units_of(plan: Plan) -> list[str]:
    """The columns that tell one unit from another; a subscription belongs to its customer."""
    return ["customer", "subscription"] if choice(plan, "plans", "per") == "subscription" else ["customer"]


def histories(plan: Plan, table: Table, segments: Sequence[str]) -> Frame:
    """One row a state: the unit, `period` and `date` it begins in and at, and its move from the state before.

    `__rank __plan` are the state, `__prev __from` the one before it, `__before` the one before that (NOTHING where there is
    none); `__since` and `__until` are when the neighbours begin, `__at_<segment>` and `__was_<segment>` its segments and those
    before it. Rows that repeat a leaving say nothing and are dropped.
    """
    units = units_of(plan)
    states = states_of(plan, table, segments)
    before = nw.col("__rank").shift(1).over(*units, order_by="date").fill_null(NOTHING)
    states = states.with_columns(__prev=before)
    states = states.filter((nw.col("__rank") != LEFT) | (nw.col("__prev") != LEFT))
    shifted = {"__prev": ("__rank", 1), "__before": ("__rank", 2), "__from": ("__plan", 1), "__since": ("date", 1)}
    shifted |= {"__until": ("date", -1)} | {f"__was_{name}": (f"__at_{name}", 1) for name in segments}
    beside = {name: nw.col(column).shift(by).over(*units, order_by="date") for name, (column, by) in shifted.items()}
    beside |= {name: beside[name].fill_null(NOTHING) for name in ("__prev", "__before")}
    return states.with_columns(**beside).with_columns(period=period_of("date", plan), __move=_move())


def lowest_rank(plan: Plan) -> int:
    """The rank from which on a unit counts as on a plan: those on trial too where trial endings are counted."""
    return TRIAL if choice(plan, "plans", "trial_endings") == "counted" else 0


def states_of(plan: Plan, table: Table, columns: Sequence[str]) -> Frame:
    """One row a unit and moment, with `__plan __rank __named` and `__at_<column>`; rows that are equal in plan are one."""
    units, names = units_of(plan), chosen_names(plan, "moves")
    named = nw.when(nw.col("move").is_in(list(names))).then(nw.lit(1)).otherwise(nw.lit(0)) if names else nw.lit(1)
    cut = {f"__at_{name}": nw.col(name) for name in columns}
    rows = table.frame.select(*units, "date", __plan=nw.col("plan"), __rank=rank_of(plan), __named=named, **cut)
    least = nw.col("__plan", "__rank", *cut).min()
    return rows.group_by(*units, "date").agg(least, nw.col("__named").max())


def first_true(cases: Sequence[tuple[nw.Expr, nw.Expr]], otherwise: nw.Expr) -> nw.Expr:
    """The value of the first condition that is met."""
    told = otherwise
    for condition, value in reversed(cases):
        told = nw.when(condition).then(value).otherwise(told)
    return told


def rank_of(plan: Plan) -> nw.Expr:
    """Plans as 0, 1, 2 ..., trial and left beneath them."""
    ranks = dict(enumerate([name] for name in plan.plan_order))
    ranks |= {ROLES[role]: list(names) for role, names in plan.event_names.items()}
    return first_true([(nw.col("plan").is_in(names), nw.lit(rank)) for rank, names in ranks.items()], nw.lit(NOTHING))


def _move() -> nw.Expr:
    """up, down, same (the same plan again), left, came_back, trial_start, trial_end, new (nothing before) or none."""
    rank, prev = nw.col("__rank"), nw.col("__prev")
    cases = [
        (rank == LEFT, "left"), (prev == NOTHING, "new"), ((rank == TRIAL) & (prev == TRIAL), "none"),
        (rank == TRIAL, "trial_start"), (prev == LEFT, "came_back"), (prev == TRIAL, "trial_end"), (rank > prev, "up"),
        (rank < prev, "down"),
    ]  # fmt: skip
    return first_true([(condition, nw.lit(move)) for condition, move in cases], nw.lit("same"))


def refuse_what_plans_cannot(plan: Plan, table: Table) -> None:
    """CaseError where the case does not say what the rows mean, TableError where the rows contradict each other."""
    who, order = plan.kpi.id, list(plan.plan_order)
    if plan.reversed_within is not None:
        raise CaseError(f'{who}: reversed_within is for events; for plans say counting = {{ within_period = "net" }}')
    for role in plan.event_names:
        if role not in ROLES:
            raise CaseError(f"{who}: event_names of plans has no '{role}'; {words.near(role, ROLES)}")
    seen = _values(table, "plan")
    if not order:
        given = 'plan_order = ["free", "basic", "pro"]'
        raise CaseError(f"{who}: name the plans from the lowest to the highest, as {given}; {table.name} holds {', '.join(seen)}")
    _refuse_unknown_plans(plan, table, seen)
    _refuse_unknown_names(plan, table)
    _refuse_several_at_once(plan, table)
    for column in ("plan", *table.segments):
        refuse_one_moment_twice(plan, table, column)


def _values(table: Table, column: str) -> list[str]:
    there = distinct(table.frame.filter(~nw.col(column).is_null()), column)
    return sorted(fetched(there)[column])


def _refuse_unknown_plans(plan: Plan, table: Table, seen: Sequence[str]) -> None:
    known = [*plan.plan_order, *(name for names in plan.event_names.values() for name in names)]
    for name in known:
        if known.count(name) > 1:
            raise CaseError(f"{plan.kpi.id}: '{name}' stands twice among plan_order and event_names; each plan has one place")
    unknown = [name for name in seen if name not in known]
    if unknown:
        hints = {name: words.near(name, known) for name in unknown}
        told = "; ".join(f"'{name}', {hint}" for name, hint in hints.items())
        mend = 'put it into plan_order, or into event_names = { trial = ["trial"], left = ["cancelled"] }'
        raise CaseError(f"{plan.kpi.id}: {table.name} holds plans that have no place in the order: {told}; {mend}")


def _refuse_unknown_names(plan: Plan, table: Table) -> None:
    names, who = chosen_names(plan, "moves"), plan.kpi.id
    if names and "move" not in table.roles:
        mend = 'columns = { move = "change_type" }'
        raise CaseError(f"{who}: {table.name} needs the role 'move' to tell kinds of change apart; map it, as {mend}")
    seen = _values(table, "move") if names else []
    for name in names:
        if name not in seen:
            raise CaseError(f"{who}: {table.name} records no move '{name}'; {words.near(name, seen)}")


def _refuse_several_at_once(plan: Plan, table: Table) -> None:
    """Per customer, subscriptions must follow one another: which plan is somebody on who holds two?"""
    if "subscription" not in table.roles:
        if "subscription" in units_of(plan):
            raise CaseError(f"{plan.kpi.id}: {table.name} needs the role 'subscription' to count per subscription")
        return
    if "subscription" in units_of(plan):
        return
    ranked = table.frame.select("customer", "date", "subscription", __rank=rank_of(plan))
    rows = distinct(ranked, "customer", "date", "subscription", "__rank")
    before = {name: nw.col(column).shift(1).over("customer", order_by=["date", "subscription"]) for name, column in
              (("__other", "subscription"), ("__held", "__rank"))}  # fmt: skip
    several = rows.with_columns(**before).filter(
        ~nw.col("__other").is_null(), nw.col("__other") != nw.col("subscription"), nw.col("__held") != LEFT
    )
    for _, row in fetched(several.sort("customer", "date").head(1)).iterrows():
        both = f"the subscriptions '{row['__other']}' and '{row['subscription']}' at once on {words.day(row['date'])}"
        mend = 'count each by itself, with counting = { per = "subscription" }'
        raise TableError(f"{plan.kpi.id}: {table.name}: customer '{row['customer']}' holds {both}; {mend}")


def refuse_one_moment_twice(plan: Plan, table: Table, column: str) -> None:
    """A unit is on one plan at a time, in one segment, and pays one amount."""
    units = units_of(plan)
    plans = table.frame.group_by(*units, "date").agg(__low=nw.col(column).min(), __high=nw.col(column).max())
    twice = fetched(plans.filter(nw.col("__low") != nw.col("__high")).sort(*units, "date").head(MOST_NAMED))
    place = {"plan": "is on", "amount": "pays"}.get(column, f"is in {column}")
    both = [f"'{_plain(row['__low'])}' and '{_plain(row['__high'])}' at {words.day(row['date'])}" for _, row in twice.iterrows()]
    told = [f"{units[-1]} '{who}' {place} {which}" for who, which in zip(twice[units[-1]], both, strict=True)]
    if told:
        raise TableError(
            f"{plan.kpi.id}: {table.name}: {'; '.join(told)}: which came first cannot be known; give the time of day or one row"
        )


def _plain(value: Any) -> str:
    """A value as it was written: an amount without the decimals that reading gave it."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
