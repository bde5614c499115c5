"""Changes of plans: each unit's state when a period begins beside the one when it ends, alike units counted together."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from kpikit.measuring.histories import NOTHING, first_true, lowest_rank, states_of, units_of
from kpikit.measuring.plan import Frame, Plan, collected, period_of
from kpikit.tables import Table

SUMS = ("units", "were", "are", "were_top", "are_top", "opening", "closing")


def changes_of(plan: Plan, table: Table, segments: Sequence[str]) -> pd.DataFrame:
    """One row for units alike: `period`, `from_` and `to_<segment>`, fate, step and pay, and the sums over them.

    Opening is the state just before the period's first instant, closing the last of the period; a unit without a row in a period
    does not change in it. `fate` is stayed, left, returned (on a plan in an earlier period, on none at the opening) or new; of
    those who stayed `step` is up, down or even and `pay` more, less or even. Of the `units`, `were` and `are` on a plan at the
    opening and at the closing, `were_top` and `are_top` on the highest; `opening` and `closing` are what they pay.
    """
    keys = ["period", *(f"{end}_{name}" for name in segments for end in ("from", "to")), "fate", "step", "pay"]
    ends = _ends(plan, table, segments).with_columns(**_told(plan, segments)).filter(nw.col("fate") != "none")
    alike = ends.with_columns(step=_among_stayed("step"), pay=_among_stayed("pay")).group_by(keys)
    return collected(alike.agg(*(nw.col(name).sum() for name in SUMS)), plan.period, keys[1:], plan.calendar)


def _ends(plan: Plan, table: Table, segments: Sequence[str]) -> Frame:
    """One row a unit and period in which it has a state: the last one, and as `__was_...` the last one of a period before."""
    units, columns = units_of(plan), [*segments, "amount"]
    there = nw.when(nw.col("__rank") >= lowest_rank(plan)).then(nw.col("date"))
    paid = nw.when(nw.col("__rank") >= 0).then(nw.col("__at_amount")).otherwise(nw.lit(0))
    states = states_of(plan, table, columns).with_columns(period=period_of("date", plan), __at_amount=paid, __there=there)
    after = nw.col("period").shift(-1).over(*units, order_by="date")
    states = states.with_columns(__after=after, __first=nw.col("__there").min().over(*units))
    last = states.filter(nw.col("__after").is_null() | (nw.col("__after") > nw.col("period")))
    beside = {"__was_rank": "__rank"} | {f"__was_{name}": f"__at_{name}" for name in columns}
    ends = last.with_columns(**{name: nw.col(of).shift(1).over(*units, order_by="date") for name, of in beside.items()})
    return ends.with_columns(__was_rank=nw.col("__was_rank").fill_null(NOTHING))


def _told(plan: Plan, segments: Sequence[str]) -> dict[str, nw.Expr]:
    """The columns of each unit's change; where it was on no plan at one end, its segments there are those of the other end."""
    rank, was, top = nw.col("__rank"), nw.col("__was_rank"), len(plan.plan_order) - 1
    were, are = was >= lowest_rank(plan), rank >= lowest_rank(plan)
    paid, zero = {end: nw.col(f"__{end}_amount") for end in ("was", "at")}, nw.lit(0)
    earlier = nw.col("__first") < nw.col("period")
    fates = [(were & are, "stayed"), (were, "left"), (are & earlier, "returned"), (are, "new")]
    told = {
        "fate": _first_text(fates, "none"),
        "step": _first_text([(rank > was, "up"), (rank < was, "down")], "even"),
        "pay": _first_text([(paid["at"] > paid["was"], "more"), (paid["at"] < paid["was"], "less")], "even"),
        "opening": nw.when(were).then(paid["was"]).otherwise(zero),
        "closing": nw.when(are).then(paid["at"]).otherwise(zero),
        "units": nw.lit(1),
    }  # fmt: skip
    flags = {"were": were, "are": are, "were_top": was == top, "are_top": rank == top}
    told |= {name: nw.when(flag).then(nw.lit(1)).otherwise(zero) for name, flag in flags.items()}
    for name in segments:
        ends = nw.col(f"__was_{name}"), nw.col(f"__at_{name}")
        told[f"from_{name}"] = nw.when(were).then(ends[0]).otherwise(ends[1])
        told[f"to_{name}"] = nw.when(are).then(ends[1]).otherwise(ends[0])
    return told


def _first_text(cases: Sequence[tuple[nw.Expr, str]], otherwise: str) -> nw.Expr:
    return first_true([(condition, nw.lit(text)) for condition, text in cases], nw.lit(otherwise))


def _among_stayed(column: str) -> nw.Expr:
    return nw.when(nw.col("fate") == "stayed").then(nw.col(column)).otherwise(nw.lit("even"))
