"""Did the change move the KPI? Before and after pooled, with the interval that fits what is counted: the plain comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.moments import FREQUENCY, as_moment, longest_days
from kpikit.questions.verdicts import change_of, changes, head, known, marks, method_check, named, side
from kpikit.series import KpiSeries

ENOUGH = {"before": 12, "after": 6}  # periods: under a year before, season and noise look alike
UNCHECKED = {
    "noise between periods": "whether periods differ by more than chance, or are alike; the interval is then too narrow",
    "trend": "whether it was moving already",
    "season": "whether the time of year explains it",
    "control group": "what would have happened anyway",
    "mix": "whether the segments changed in size rather than in what they do",
}
Sides = pd.Series  # of text: before, after, transition or straddling, by period


def before_after(
    series: KpiSeries,
    changed_on: date | str,
    *,
    transition_periods: int = 0,
    warm_up_periods: int = 0,
    benchmark: str | None = None,
    target: Decimal | float | None = None,
    start_reason: str = "unknown",
    date_chosen: str = "unknown",
) -> Answer:
    """The KPI pooled before and after a change, overall and by segment.

    A period that `changed_on` falls inside of, and `transition_periods` after it, belong to neither side; a change on a
    period's first day leaves that period whole, after it. Followed customers whose window spans the change are left out.
    `warm_up_periods` are the first periods of a table of orders, where old customers look new: shown with and without.
    Raises CaseError where one side holds no period.
    """
    change = as_moment(changed_on)
    series = _told_apart_for(series, change)
    total = series.total()
    sides = _sides(total, change, transition_periods)
    pooled = _pooled(total, sides, [])
    if pooled.empty or not (pooled.at[0, "denominator_before"] and pooled.at[0, "denominator_after"]):
        raise CaseError(_one_sided(total, sides, change))
    verdict = head(series.kpi, series.variant, series.window) | _sides_said(total, pooled, sides) | change_of(pooled.iloc[0])
    verdict |= {"changed_on": words.day(change), "as_of": words.day(series.as_of), "period": series.period}
    verdict |= marks(series.kpi, series.variant, verdict["after"], benchmark, target)
    verdict |= {
        "worth": _worth(verdict, series.variant.computes.kind),
        "overall": _overall(total),
        "depends": _depends(total, sides, warm_up_periods, verdict),
    }
    table = pd.concat([_labelled(pooled, "all"), *_by_segment(series, sides)], ignore_index=True)
    checks = (*_own_checks(verdict, total, sides, len(table) - 1, start_reason, date_chosen), *series.checks)
    course = total.table.assign(side=total.table["period"].map(sides))
    course["status"] = course["status"].mask(course["side"].isin(["transition", "straddling"]), course["side"])
    return Answer("before_after", verdict, table, checks, {"course": course})


def _sides(series: KpiSeries, change: datetime, transition_periods: int) -> Sides:
    """The side of each usable period."""
    periods = pd.PeriodIndex(series.usable["period"].unique())
    turning = pd.Period(change, freq=FREQUENCY[series.period])
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


def _told_apart_for(series: KpiSeries, change: datetime) -> KpiSeries:
    """The series without its straddling customers where they were told apart for another change than this one."""
    if "straddling" not in series.counts or series.changed_on == change:
        return series
    return replace(series, counts=series.counts.drop(columns=["straddling", "straddling_numerator"]), changed_on=None)


def _one_sided(series: KpiSeries, sides: Sides, change: datetime) -> str:
    name, day, there = series.kpi.id, words.day(change), set(sides)
    if ("before" not in there and "straddling" not in there) or "after" not in there:
        missing = "before" if "before" not in there else "after"
        span = f"the usable periods are {sides.index.min()} to {sides.index.max()}" if len(sides) else "no period is usable"
        return f"{name}: no period lies wholly {missing} {day}; {span}"
    return f"{name}: every window that began before {day} reaches beyond it ('{series.window}'); give a shorter window in days"


def _pooled(series: KpiSeries, sides: Sides, by: Sequence[str]) -> pd.DataFrame:
    """Before and after side by side, one row a group; a group without one of the sides is left out."""
    rows = series.rows.assign(side=lambda frame: frame["period"].map(sides))
    rows = rows[rows["side"].isin(["before", "after"])]
    if "straddling" in rows:
        first = rows["side"] == "before"
        for name, left in (("denominator", "straddling"), ("numerator", "straddling_numerator")):
            rows[name] -= rows[left].where(first, 0)
    if rows.empty:
        return rows
    pooled = series.pool(rows.assign(group=0), ["side", "group", *by])
    halves = {str(name): half.drop(columns="side") for name, half in pooled.groupby("side")}
    if len(halves) < 2:
        return rows.iloc[:0]
    shared = halves["before"][["group", *by]].merge(halves["after"][["group", *by]])
    before, after = (shared.merge(halves[name]).drop(columns="group") for name in ("before", "after"))
    keys = list(by)
    early, late = (half.set_index(keys) if keys else half for half in (before, after))
    beside = early.add_suffix("_before").join(late.add_suffix("_after"))
    return (beside.reset_index() if keys else beside).join(changes(before, after))


def _sides_said(series: KpiSeries, pooled: pd.DataFrame, sides: Sides) -> dict[str, Any]:
    """Both sides pooled, and the period of each that stands farthest out: the last one before, the last one after."""
    said: dict[str, Any] = {}
    for name in ("before", "after"):
        row = {key: pooled.at[0, f"{key}_{name}"] for key in ("numerator", "denominator", "value", "low", "high", "band")}
        periods = sides.index[sides == name]
        last = series.usable[series.usable["period"] == periods.max()].iloc[0]
        ends = {
            "first": str(periods.min()),
            "last": str(periods.max()),
            "last_value": known(last["value"]),
            "last_band": named(last["band"]),
        }
        said[name] = side(pd.Series(row, dtype=object)) | {"periods": len(periods)} | ends
    return said


def _labelled(pooled: pd.DataFrame, label: str | pd.Series) -> pd.DataFrame:
    """The plain table that people read: counts, values and change of each group."""
    names = {f"{name}_{end}": f"{end}_{name}" for end in ("before", "after") for name in ("numerator", "denominator")}
    names |= {f"value_{end}": end for end in ("before", "after")} | {f"band_{end}": f"band_{end}" for end in ("before", "after")}
    table = pooled.rename(columns=names).assign(segment=label)
    tail = ["change", "change_low", "change_high", "relative", "relative_low", "relative_high", "band_before", "band_after"]
    sizes = ["before_numerator", "before_denominator", "before", "after_numerator", "after_denominator", "after"]
    return table[["segment", *sizes, *tail]]


def _by_segment(series: KpiSeries, sides: Sides) -> list[pd.DataFrame]:
    """One table for each segment column; for all of them at once where segments do not add up."""
    cuts = [[name] for name in series.segments] if "segments" in series.adds_over else [list(series.segments)]
    tables = []
    for cut in filter(None, cuts):
        pooled = _pooled(series, sides, cut)
        if len(pooled):
            labels = pooled[cut].apply(lambda row: ", ".join(f"{name}: {value}" for name, value in row.items()), axis=1)
            tables.append(_labelled(pooled, labels))
    return tables


def _worth(verdict: dict[str, Any], kind: str) -> dict[str, Any] | None:
    """The change in counted units: in all where those add up over periods, else in an average period after the change."""
    moved, after = verdict["change"], verdict["after"]
    if moved["value"] is None:
        return None
    adds_up = verdict["counts"] in ("cohort", "quantity") or kind == "rate"
    base = float(after["denominator"]) / (1 if adds_up else after["periods"])
    sizes = {name: None if moved[name] is None else moved[name] * base for name in ("value", "low", "high")}
    span = f"over the {words.counted(after['periods'], verdict['period'])}" if adds_up else f"in an average {verdict['period']}"
    return sizes | {"units": verdict["numerator_name"], "span": span}


def _overall(series: KpiSeries) -> dict[str, Any] | None:
    """For followed customers: all whose window was over, and apart from them the figure that counts open windows as a no."""
    if "censored" not in series.counts:
        return None
    row = series.pool(series.rows.assign(all="all"), ["all"]).astype(object).iloc[0]
    n, d = int(row["numerator"] + row["censored_numerator"]), int(row["denominator"] + row["censored"])
    return side(row) | {
        "censored": int(row["censored"]),
        "naive_numerator": n,
        "naive_denominator": d,
        "naive_value": n / d if d else None,
    }


def _depends(series: KpiSeries, sides: Sides, warm_up_periods: int, verdict: dict[str, Any]) -> list[dict[str, Any]]:
    """The same comparison under other choices, each with whether it reads the same."""
    if not warm_up_periods:
        return []
    later = sides.copy()
    later[sides.index < sides.index.min() + warm_up_periods] = "warm-up"
    pooled = _pooled(series, later, [])
    if pooled.empty:
        return []
    row = pooled.iloc[0]
    name = f"the first {words.counted(warm_up_periods, series.period)}"
    values = {"before": known(row["value_before"]), "after": known(row["value_after"])}
    other = {"without": name, **values, **change_of(row)}
    return [other | {"same": other["direction"] == verdict["direction"]}]


def _own_checks(
    verdict: dict[str, Any], series: KpiSeries, sides: Sides, groups: int, start_reason: str, date_chosen: str
) -> list[Check]:
    counts = {name: int((sides == name).sum()) for name in ("before", "after", "transition", "straddling")}
    period = verdict["period"]
    enough = all(counts[name] >= least for name, least in ENOUGH.items())
    wanted = f"{ENOUGH['before']} and {ENOUGH['after']} are wanted"
    have = f"{words.counted(counts['before'], period)} before and {counts['after']} after; {wanted}."
    checks = [Check("enough periods", enough, have), method_check(series.variant.computes.noise, verdict["change"])]
    if counts["transition"]:
        left = [str(when) for when in sides.index[sides == "transition"]]
        verb = "belongs" if len(left) == 1 else "belong"
        said = f"{words.listed(left)} {verb} to neither side: the change of {verdict['changed_on']} lies there."
        checks.append(Check("transition", False, said))
    if counts["straddling"]:
        checks.append(
            Check(
                "straddling windows",
                False,
                f"{words.counted(counts['straddling'], period)} before the change are left out: their windows reach beyond it.",
            )
        )
    if "straddling" in series.counts and (spanning := int(series.counts["straddling"].sum())):
        checks.append(
            Check(
                "straddling windows",
                False,
                f"{words.amount(spanning)} customers are left out: their {series.window} span {verdict['changed_on']}.",
            )
        )
    for other in verdict["depends"]:
        checks.append(Check("depends on the start", other["same"], words.depends_sentence(verdict, other)))
    if start_reason == "kpi was low":
        checks.append(
            Check(
                "started because it was low",
                False,
                "What is unusually low tends to rise by itself (regression to the mean); that part is not taken out here.",
            )
        )
    if date_chosen == "after looking":
        checks.append(
            Check(
                "date chosen after looking", False, "The best of many dates looks like a change more often than 5 times in 100."
            )
        )
    if groups > 1:
        said = f"Each of {groups} groups has a chance of 1 in 20 to look changed by luck alone; read them as hypotheses."
        checks.append(Check("many comparisons", None, said))
    return checks + [Check(name, None, f"Not checked: {what}.") for name, what in UNCHECKED.items()]
