"""Measures of plans: who is on a plan at the ends of each period and what they pay, and who came, left, rose or fell between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.measures import add_over_periods
from kpikit.measuring.histories import MOST_NAMED, rank_of, refuse_one_moment_twice, refuse_what_plans_cannot, units_of
from kpikit.measuring.named import measures_of, refuse_what_is_followed, refuse_without_role, since, together
from kpikit.measuring.plan import Measured, Plan, fetched
from kpikit.measuring.plan_changes import changes_of
from kpikit.measuring.plans import last_period, late_end
from kpikit.tables import Table

CHOICES = ("per", "trial_endings")  # the other choices of counting are about single moves
ALL = ("", "")
#: movement -> what is added, and of whom: the column and the value that tell them
MOVEMENTS: dict[str, tuple[str, tuple[str, str]]] = {
    "new_customers": ("units", ("fate", "new")),
    "returned_customers": ("units", ("fate", "returned")),
    "left_customers": ("units", ("fate", "left")),
    "up_customers": ("units", ("step", "up")),
    "down_customers": ("units", ("step", "down")),
    "new_revenue": ("closing", ("fate", "new")),
    "returned_revenue": ("closing", ("fate", "returned")),
    "churned_revenue": ("opening", ("fate", "left")),
    "expansion_revenue": ("gain", ("pay", "more")),
    "contraction_revenue": ("loss", ("pay", "less")),
    "up_revenue": ("gain", ("step", "up")),
    "down_revenue": ("loss", ("step", "down")),
    "are_top": ("are_top", ALL),
    "were_top": ("were_top", ALL),
}
#: level when a period begins -> what it is of those on a plan when one ends, and when one begins
LEVELS = {"opening_customers": ("are", "were"), "opening_revenue": ("closing", "opening"), "opening_top": ("are_top", "were_top")}
#: measure -> what is added to make it, and what is taken off
MADE_OF: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "lost_revenue": (("contraction_revenue", "churned_revenue"), ()),
    "gained_revenue": (("new_revenue", "returned_revenue", "expansion_revenue"), ()),
    "closing_customers": (("opening_customers", "new_customers", "returned_customers"), ("left_customers",)),
    "stayed_customers": (("opening_customers",), ("left_customers",)),
    "top_customers": (("opening_top", "are_top"), ("were_top",)),
    "closing_revenue": (("opening_revenue", "gained_revenue"), ("lost_revenue",)),
    "kept_revenue": (("opening_revenue",), ("lost_revenue",)),
    "retained_revenue": (("opening_revenue", "expansion_revenue"), ("lost_revenue",)),
}
ABOUT_THE_PAST = ("new_customers", "new_revenue", "returned_customers", "returned_revenue", "gained_revenue")


def measure_plan_measures(plan: Plan, table: Table, segments: Sequence[str]) -> Measured:
    """The variant's measures of plans by period and segment: levels at a period's ends, and the movements between them.

    Opening is the state just before the period's first instant, closing the last one of the period. Who was on a plan at the
    opening is placed in the segment of that state, who was not in that of the closing one. What is paid on trial or after leaving
    is 0. The series ends with the period of the table's last row: what came after it is not known.
    Raises CaseError where `amount` is needed and not mapped, TableError where a row on a plan has none.
    """
    named = measures_of(plan, "plans")
    money = [measure for measure in named.values() if measure.endswith("_revenue")]
    _refuse_what_measures_cannot(plan, table, money)
    told = table if money else replace(table, frame=table.frame.with_columns(amount=nw.lit(0)))
    changes = _Changes.of(changes_of(plan, told, segments), tuple(segments), last_period(plan, table))
    counts = together(plan, _from_the_first(changes.measured(named), named))
    checks = [*since(table, "was on a plan", named.values(), ABOUT_THE_PAST), *changes.moved(), *late_end(plan, table)]
    return Measured(counts, tuple(checks))


def _refuse_what_measures_cannot(plan: Plan, table: Table, money: Sequence[str]) -> None:
    refuse_what_is_followed(plan, "plans", CHOICES)
    refuse_without_role(plan, table, "amount", money)
    refuse_what_plans_cannot(plan, table)
    if money:
        refuse_one_moment_twice(plan, table, "amount")
        _refuse_missing_amounts(plan, table)


def _refuse_missing_amounts(plan: Plan, table: Table) -> None:
    """Who is on a plan pays something, if only 0: nothing said is not known."""
    without = table.frame.filter(nw.col("amount").is_null() & (rank_of(plan) >= 0))
    units = units_of(plan)
    rows = fetched(without.select(*units, "plan", "date").sort(*units, "date").head(MOST_NAMED))
    told = [f"{units[-1]} '{row[units[-1]]}' on '{row['plan']}' from {words.day(row['date'])}" for _, row in rows.iterrows()]
    if told:
        raise TableError(
            f"{plan.kpi.id}: {table.name}: no amount for {words.listed(told)}; write what is paid each period from then on, or 0"
        )


def _from_the_first(counts: pd.DataFrame, named: Mapping[str, str]) -> pd.DataFrame:
    """Without the periods before anything is there: of a level nobody, of movements none."""
    roles = [*named] if add_over_periods("plans", [named["denominator"]]) else ["denominator"]
    there = counts.loc[(counts[roles] != 0).any(axis=1), "period"]
    first = counts["period"].max() if there.empty else there.min()
    known: pd.DataFrame = counts[counts["period"] >= first]
    return known.reset_index(drop=True)


@dataclass(frozen=True)
class _Changes:
    """The changes of alike units (see `changes_of`), and the periods and cells of segments that a series has."""

    rows: pd.DataFrame
    segments: tuple[str, ...]
    index: pd.Index

    @classmethod
    def of(cls, rows: pd.DataFrame, segments: tuple[str, ...], last: pd.Period) -> _Changes:
        """With what each gained and lost; the periods from the first with a change to the table's last."""
        difference = {"gain": rows["closing"] - rows["opening"], "loss": rows["opening"] - rows["closing"]}
        every = pd.period_range(rows["period"].min() if len(rows) else last, last, name="period")
        if not segments:
            return cls(rows.assign(**difference), segments, every)
        ends = [_named(rows, end, segments)[[*segments]] for end in ("from", "to")]
        cells = pd.concat(ends).drop_duplicates().sort_values([*segments])
        whole = pd.DataFrame({"period": every}).merge(cells, how="cross")
        return cls(rows.assign(**difference), segments, pd.MultiIndex.from_frame(whole))

    def measured(self, named: Mapping[str, str]) -> pd.DataFrame:
        """The measure of each role by period and segments."""
        return pd.DataFrame({role: self._measure(measure) for role, measure in named.items()}).reset_index()

    def _measure(self, name: str) -> pd.Series:
        if name in LEVELS:
            came, gone = LEVELS[name]
            return self._cumulated(self._sum(self.rows, "to", came) - self._sum(self.rows, "from", gone))
        if name in MOVEMENTS:
            what, (column, value) = MOVEMENTS[name]
            return self._sum(self.rows[self.rows[column] == value] if column else self.rows, "from", what)
        added, taken = (sum(map(self._measure, names), pd.Series(0, self.index)) for names in MADE_OF[name])
        return added - taken

    def _sum(self, rows: pd.DataFrame, end: str, what: str) -> pd.Series:
        """Sums by period and the segments of one end, 0 where there is nothing."""
        sums = _named(rows, end, self.segments).groupby(["period", *self.segments])[what].sum()
        return sums.reindex(self.index, fill_value=0)

    def _cumulated(self, changes: pd.Series) -> pd.Series:
        """The level when each period begins, from the changes in all periods before it."""
        if not self.segments:
            return changes.cumsum().shift(1, fill_value=0)
        levels = changes.unstack([*self.segments]).cumsum().shift(1, fill_value=0)
        return pd.Series(levels.stack([*self.segments])).reindex(self.index)

    def moved(self) -> Iterable[Check]:
        """Says how often somebody on a plan changed the segment within a period."""
        for name in self.segments:
            stayed = self.rows[(self.rows["fate"] == "stayed") & (self.rows[f"from_{name}"] != self.rows[f"to_{name}"])]
            if count := int(stayed["units"].sum()):
                said = f"'{name}' changed {words.counted(count, 'time')} within a period: the one at its beginning counts."
                yield Check("changed segment", False, said)


def _named(rows: pd.DataFrame, end: str, segments: Sequence[str]) -> pd.DataFrame:
    """The rows with the segments of one end under their own names."""
    return rows.rename(columns={f"{end}_{name}": name for name in segments})
