"""Did the change move the KPI? What came, against what would have gone on: estimators, checks, grade, worth, decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.cases import DATE_CHOICES, START_REASONS, Entry
from kpikit.errors import CaseError
from kpikit.moments import as_moment
from kpikit.questions.effects.checking import STARTED, baseline_checks, choice_checks, design_checks, extreme_of, mix_checks
from kpikit.questions.effects.course import Control, Course, course_of, split_off
from kpikit.questions.effects.diagnosis import Diagnosis, diagnosed
from kpikit.questions.effects.estimate import FIRST, LOW, ODD, Estimate, table_of
from kpikit.questions.effects.estimators import LOW_SPAN, Found, estimated
from kpikit.questions.effects.grading import decided, graded, periods_needed, smallest_seen, worth_seeing
from kpikit.questions.effects.origins import Origins, origins_of
from kpikit.questions.effects.sides import Sides, by_segment, labelled, one_sided, pooled_sides, sides_of, told_apart_for
from kpikit.questions.effects.watching import course_table, farthest_of, halves_of, signal_of
from kpikit.questions.effects.worth import Money, worth_of
from kpikit.questions.verdicts import (
    change_of,
    direction,
    head,
    known,
    log_checks,
    marks,
    method_check,
    named,
    refuse_composed,
    review,
    side,
)
from kpikit.series import KpiSeries
from kpikit.stats.designs import Mask

POOLED = ("numerator", "denominator", "value", "low", "high", "band")
#: the checks that an estimate's assumption rests on
RESTS_ON = {
    "plain": ("before-trend", "season", "mix", "overdispersion", "started because it was low"),
    "year": ("before-trend",),
    "segmented": ("before-trend", "started because it was low"),
    "control": ("control group",),
    "gap": ("control group", "change earlier than its date"),
    "season": ("change earlier than its date",),
    "trend": ("change earlier than its date", "season"),
    "level": ("before-trend", "season"),
    "season as it is": ("change earlier than its date", "mix"),
    "trend as it is": ("change earlier than its date", "season", "mix"),
    "level as it is": ("before-trend", "season", "mix"),
}


def before_after(
    series: KpiSeries,
    changed_on: date | str,
    *,
    transition_periods: int = 0,
    warm_up_periods: int = 0,
    control: Control | None = None,
    benchmark: str | None = None,
    target: Decimal | float | None = None,
    start_reason: str = "unknown",
    date_chosen: str = "unknown",
    money: Mapping[str, Any] | None = None,
    actions: Sequence[str] = (),
    owner: str = "",
    review_every: str | None = None,
    log: Sequence[Entry] = (),
) -> Answer:
    """Whether a change moved the KPI: by how much, how surely, where that came from, what it is worth, what to do next.

    A period that `changed_on` falls inside of, and `transition_periods` after it, belong to neither side; a change on a
    period's first day leaves that period whole, after it. Followed customers whose window spans the change are left out.
    `warm_up_periods` are the first periods of a table of orders, where old customers look new: estimated with and without.
    `control` names the segments that had no change, as {"region": ["Europe"]}; all else is then about the others.
    `money` says what one more counted unit brings (see Money), as {"per_unit": 120.0, "cost": 50000.0, "currency": "USD"}.
    The `log` of a case says when it was last reviewed, `review_every` how often it is, where not by the KPI's own cadence.
    Raises CaseError where one side holds no period, the control names no segment, or a choice is none of those that exist.
    """
    refuse_composed(series, "before/after")
    _refuse_choices(series, start_reason, date_chosen, transition_periods, warm_up_periods)
    change = as_moment(changed_on)
    series = told_apart_for(series, change)
    series, beside = split_off(series, control) if control else (series, {})
    total = series.total()
    sides = sides_of(total, change, transition_periods)
    pooled = _pooled(total, sides, change)
    verdict = _change_said(series, total, sides, pooled, change)
    verdict |= marks(series.kpi, series.variant, verdict["after"], benchmark, target)
    verdict |= {"actions": len(actions), "review": review(series, owner, review_every, log)}
    course = course_of(series if "segments" in series.adds_over else total, sides)
    controls = {name: course_of(other, sides_of(other.total(), change, transition_periods)) for name, other in beside.items()}
    found = estimated(course, verdict["change"], _leave_out(course, start_reason, warm_up_periods, series.period), controls)
    told, placebos = diagnosed(found, extreme_of(series.kpi.better, start_reason))
    origins = origins_of(course)
    verdict |= _effect_said(found, told, origins) | {"warm_up": words.counted(warm_up_periods, series.period)}
    bands = {f"band_{name}": words.side_band(verdict[name]) for name in ("before", "after")}
    table = pd.concat([labelled(pooled, "all").assign(**bands), *by_segment(series, sides)], ignore_index=True)
    checks = (
        *design_checks(verdict, found, told, sides, total), *baseline_checks(verdict, found, told),
        *choice_checks(verdict, found, told, start_reason, date_chosen),
        *mix_checks(verdict, found, origins, str(series.source.get("kind", ""))),
        *_own_checks(verdict, series, len(table) - 1),
        *log_checks(log, series.as_of), *series.checks,
    )  # fmt: skip
    found = replace(found, estimates=tuple(_assessed(found, checks, told)))
    verdict |= {"signal": signal_of(total, course), "estimates": [asdict(e) | {"assumes": e.assumes} for e in found.estimates]}
    verdict |= {"grade": graded(found, checks), "worth": _worth(verdict, course, series, money)}
    verdict |= {"decision": _decision(verdict, found, series)}
    course_said, estimates = course_table(total, sides, found), table_of(found.estimates)
    more = {"course": course_said, "estimates": estimates, "origins": origins.table, "placebos": placebos}
    return Answer("before_after", verdict, table, checks, more)


def _pooled(total: KpiSeries, sides: Sides, change: datetime) -> pd.DataFrame:
    """Both sides of the whole, pooled, in one row; CaseError where one of them holds nothing."""
    pooled = pooled_sides(total, sides, [])
    if pooled.empty or not (pooled.at[0, "denominator_before"] and pooled.at[0, "denominator_after"]):
        raise CaseError(one_sided(total, sides, change))
    return pooled


def _change_said(series: KpiSeries, total: KpiSeries, sides: Sides, pooled: pd.DataFrame, change: datetime) -> dict[str, Any]:
    """What both sides are, and the plain change from one to the other."""
    when = {"changed_on": words.day(change), "as_of": words.day(series.as_of), "period": series.period}
    said = head(series.kpi, series.variant, series.window) | _sides_said(total, pooled, sides) | change_of(pooled.iloc[0])
    return said | when | {"overall": _overall(total)}


def _refuse_choices(series: KpiSeries, start_reason: str, date_chosen: str, *periods: Any) -> None:
    """A misspelt choice would count as another one."""
    for name, chosen, allowed in (("start_reason", start_reason, START_REASONS), ("date_chosen", date_chosen, DATE_CHOICES)):
        if chosen not in allowed:
            raise CaseError(f"{series.kpi.id}: {name} is '{chosen}'; it is one of {', '.join(allowed)}")
    for number in periods:
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise CaseError(f"{series.kpi.id}: periods to leave out are a whole number, 0 or more; not {number!r}")


def _leave_out(course: Course, start_reason: str, warm_up_periods: int, period: str) -> dict[str, tuple[str, Mask]]:
    """Points before that may mislead, with how they are named: the last ones unless the change was planned, the first ones."""
    places, every = np.flatnonzero(course.before), np.arange(len(course.sides))
    told: dict[str, tuple[str, Mask]] = {}
    if start_reason != "planned" and len(places) > LOW_SPAN:
        told[LOW] = f"the last {words.counted(LOW_SPAN, period)} before", np.isin(every, places[-LOW_SPAN:])
    if warm_up_periods:
        told[FIRST] = f"the first {words.counted(warm_up_periods, period)}", every < warm_up_periods
    return told


def _effect_said(found: Found, told: Diagnosis, origins: Origins) -> dict[str, Any]:
    """The headline's effect and what stands behind it, as plain values."""
    lead, every = found.leading, found.without("")
    without = {name: None if (row := found.without(name)) is None else row.ends for name in (ODD, LOW, FIRST)}
    usual = direction(found.usual.ends)
    return {
        "effect": lead.ends, "leading": lead.name, "family": lead.family, "assumes": lead.assumes,
        "direction": direction(lead.ends), "diagnosis": asdict(told), "origins": origins.parts, "simpson": origins.simpson,
        "halves": halves_of(found),
        "farthest": farthest_of(found), "without_odd": without[ODD], "without_low": without[LOW],
        "with_odd": None if every is None or without[ODD] is None else every.ends,
        "odd_matters": found.odd_matters,
        "start": None if (start := without[FIRST]) is None else {**start, "same": direction(start) == usual},
    }  # fmt: skip


def _sides_said(series: KpiSeries, pooled: pd.DataFrame, sides: Sides) -> dict[str, Any]:
    """Both sides pooled, and the period of each that stands farthest out: the last one before, the last one after."""
    said: dict[str, Any] = {}
    for name in ("before", "after"):
        row = {key: pooled.at[0, f"{key}_{name}"] for key in (*POOLED, *(["less"] if f"less_{name}" in pooled else []))}
        periods = sides.index[sides == name]
        last = series.usable[series.usable["period"] == periods.max()].iloc[0]
        ends = {
            "first": words.when(periods.min()),
            "last": words.when(periods.max()),
            "last_value": known(last["value"]),
            "last_band": named(last["band"]),
        }
        said[name] = side(pd.Series(row, dtype=object)) | {"periods": len(periods)} | ends
        said[name]["close_to"] = _edge_inside(series, said[name])
    return said


def _edge_inside(series: KpiSeries, told: Mapping[str, Any]) -> float | None:
    """The band edge that an interval crosses, so that the level is too close to call; None where it crosses none."""
    if told["low"] is None or told["high"] is None:
        return None
    edges = [float(band.edge) for band in series.variant.bands if band.edge is not None]
    return next((edge for edge in edges if told["low"] < edge < told["high"]), None)


def _worth(
    verdict: Mapping[str, Any], course: Course, series: KpiSeries, money: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    own, known_money = series.variant.computes, None if money is None else Money.of(money)
    adds_up = own.counts in ("cohort", "quantity") or own.kind == "rate"
    return worth_of(verdict["effect"], course, verdict, adds_up, known_money)


def _decision(verdict: Mapping[str, Any], found: Found, series: KpiSeries) -> dict[str, Any]:
    edges = [float(band.edge) for band in series.variant.bands if band.edge is not None]
    wanted = worth_seeing(verdict, edges)
    return decided(verdict, smallest_seen(found), wanted, periods_needed(found, wanted))


def _assessed(found: Found, checks: Sequence[Check], told: Diagnosis) -> Iterator[Estimate]:
    """Each estimate with whether what it assumes was seen to hold, by the checks that look at it."""
    passed = {check.name: check.passed for check in checks} | ({"season": False} if told.seasonal else {})
    high, low = (STARTED.format(extreme) for extreme in ("high", "low"))
    for estimate in found.estimates:
        if found.parallel and estimate.family not in ("gap", "control"):
            yield replace(estimate, holds=None, why="the checks are about the gap to the control")
            continue
        looked = [high if name == low and high in passed else name for name in RESTS_ON.get(estimate.family, ())]
        failed = [name for name in looked if passed.get(name) is False]
        open_ones = [name for name in looked if passed.get(name) is None and name in passed]
        holds = False if failed else None if open_ones or not looked else True
        yield replace(estimate, holds=holds, why=words.listed(failed or open_ones))


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


def _own_checks(verdict: Mapping[str, Any], series: KpiSeries, groups: int) -> list[Check]:
    checks = [method_check(series.variant.computes.noise, verdict["change"])]
    if start := verdict["start"]:
        checks.append(Check("depends on the start", start["same"], words.depends_sentence(verdict)))
    if verdict["actions"] > 1:
        said = f"{verdict['actions']} things were done: what is seen is the effect of all of them together."
        checks.append(Check("several changes", None, said))
    if groups > 1:
        said = f"Each of {groups} groups has a chance of 1 in 20 to look changed by luck alone; read them as hypotheses."
        checks.append(Check("many comparisons", None, said))
    return checks
