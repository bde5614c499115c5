"""Sides: which periods lie before and after a change, and both sides pooled, as a whole and by segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from kpikit import words
from kpikit.moments import longest_days
from kpikit.questions.verdicts import changes
from kpikit.series import KpiSeries

Sides = pd.Series  # of text: before, after, transition or straddling, by period


def sides_of(series: KpiSeries, change: datetime, transition_periods: int) -> Sides:
    """The side of each usable period."""
    periods = pd.PeriodIndex(series.usable["period"].unique())
    turning = pd.Period(change, freq=series.calendar.frequency(series.period))
    wholly_after = turning.start_time == pd.Timestamp(change)
    first_after = turning + transition_periods + (0 if wholly_after else 1)
    sides = pd.Series("transition", index=periods, dtype=object)
    sides[periods < turning] = "before"
    sides[periods >= first_after] = "after"
    if series.variant.computes.counts == "cohort" and "straddling" not in series.counts:
        reach = longest_days(series.window)
        ends = periods.end_time + timedelta(days=reach) if reach else None
        spans = pd.Series(True if ends is None else ends > pd.Timestamp(change), index=sides.index)
        sides[(sides == "before") & spans] = "straddling"
    return sides


def told_apart_for(series: KpiSeries, change: datetime) -> KpiSeries:
    """The series without its straddling customers where they were told apart for another change than this one."""
    if "straddling" not in series.counts or series.changed_on == change:
        return series
    return replace(series, counts=series.counts.drop(columns=["straddling", "straddling_numerator"]), changed_on=None)


def one_sided(series: KpiSeries, sides: Sides, change: datetime) -> str:
    """Why there is nothing to compare, in words."""
    name, day, there = series.kpi.id, words.day(change), set(sides)
    if ("before" not in there and "straddling" not in there) or "after" not in there:
        missing = "before" if "before" not in there else "after"
        ends = [words.the(words.when(end)) for end in (sides.index.min(), sides.index.max())] if len(sides) else []
        span = f"the usable periods are {' to '.join(ends)}" if ends else "no period is usable"
        return f"{name}: no period lies wholly {missing} {day}; {span}"
    return f"{name}: every window that began before {day} reaches beyond it ('{series.window}'); give a shorter window in days"


def sided_rows(series: KpiSeries, sides: Sides) -> pd.DataFrame:
    """The counts of the periods before and after, each with its `side`; customers whose window spans the change are taken off."""
    rows = series.rows.assign(side=lambda frame: frame["period"].map(sides))
    rows = rows[rows["side"].isin(["before", "after"])]
    if "straddling" in rows:
        first = rows["side"] == "before"
        for name, left in (("denominator", "straddling"), ("numerator", "straddling_numerator")):
            rows[name] -= rows[left].where(first, 0)
    return rows


def pooled_sides(series: KpiSeries, sides: Sides, by: Sequence[str]) -> pd.DataFrame:
    """Before and after side by side, one row a group; a group without one of the sides is left out."""
    rows = sided_rows(series, sides)
    if rows.empty:
        return rows
    pooled = series.pool(rows, ["side", *by])
    halves = {str(name): half.drop(columns="side").reset_index(drop=True) for name, half in pooled.groupby("side")}
    if len(halves) < 2:
        return rows.iloc[:0]
    before, after, keys = halves["before"], halves["after"], list(by)
    if keys and not before[keys].equals(after[keys]):
        shared = before[keys].merge(after[keys])
        before, after = shared.merge(before), shared.merge(after)
    early, late = (half.drop(columns=keys).add_suffix(f"_{name}") for half, name in ((before, "before"), (after, "after")))
    return pd.concat([before[keys], early, late, changes(before, after)], axis=1)


def labelled(pooled: pd.DataFrame, label: str | pd.Series) -> pd.DataFrame:
    """The plain table that people read: counts, values and change of each group."""
    names = {f"{name}_{end}": f"{end}_{name}" for end in ("before", "after") for name in ("numerator", "denominator", "less")}
    names |= {f"value_{end}": end for end in ("before", "after")} | {f"band_{end}": f"band_{end}" for end in ("before", "after")}
    table = pooled.rename(columns=names).assign(segment=label)
    tail = ["change", "change_low", "change_high", "relative", "relative_low", "relative_high", "band_before", "band_after"]
    counts = ["numerator", "denominator", *(["less"] if "before_less" in table else [])]
    sizes = [column for end in ("before", "after") for column in (*(f"{end}_{name}" for name in counts), end)]
    return table[["segment", *sizes, *tail]]


def by_segment(series: KpiSeries, sides: Sides) -> list[pd.DataFrame]:
    """One table for each segment column; for all of them at once where segments do not add up."""
    cuts = [[name] for name in series.segments] if "segments" in series.adds_over else [list(series.segments)]
    tables = []
    for cut in filter(None, cuts):
        pooled = pooled_sides(series, sides, cut)
        if len(pooled):
            tables.append(labelled(pooled, named_groups(pooled[cut])))
    return tables


def named_groups(groups: pd.DataFrame) -> pd.Series:
    """Each row of segment columns as one text."""
    parts = [f"{name}: " + groups[name].astype(str) for name in groups]
    text = parts[0]
    for part in parts[1:]:
        text = text + ", " + part
    return text
