"""What can be chosen: the KPIs that a case's table can answer, their readings, windows, segments, periods and dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.cases import Case
from kpikit.catalog import load_kpi
from kpikit.catalog.heads import read_heads
from kpikit.errors import CaseError, KpikitError
from kpikit.explorer.look import Look
from kpikit.kpi import Kpi, Variant
from kpikit.moments import FREQUENCY, as_moment
from kpikit.series import KpiSeries

SUMS = ("counts", "volumes")  # whose columns hold the counts of the case's own KPIs, and of no others
WINDOWS = ("30 days", "60 days", "90 days", "180 days", "365 days", "ever")
MOST_VALUES = 200  # of one column: more are no segments to choose from
ALL = ""  # no end: a list of a widget takes None for nothing chosen
Choice = tuple[str, str]


def kpis_of(case: Case) -> list[Choice]:
    """Names and keys of the KPIs that a before/after can be asked of: the case's own, those of `also`, and on rows that are no
    sums all of the catalogue that are measured from such rows. CaseError where there is none.
    """
    keys = [*filter(None, [case.kpi]), *case.also]
    if case.kind not in SUMS:
        heads = sorted(read_heads(*case.definitions), key=lambda head: head.name)
        keys += [head.id for head in heads if case.kind in head.tables]
    known = {key: kpi_of(case, key) for key in dict.fromkeys(keys)}
    found = [(_named(kpi, key), key) for key, kpi in known.items() if variants_of(case, key, kpi)]
    if not found:
        raise CaseError(f"{case.id}: its table holds no KPI that can be compared before and after a date; name one with 'kpi'")
    return found


def kpi_of(case: Case, key: str) -> Kpi:
    """The definition behind a key."""
    return load_kpi(key.partition(".")[0], *case.definitions)


def variants_of(case: Case, key: str, kpi: Kpi) -> list[Choice]:
    """Names and ids of the readings that are measured from the case's kind of table, the one that is named first."""
    asked = case.variant if key == case.kpi else key.partition(".")[2]
    fitting = [variant for variant in kpi.variants if case.kind in variant.tables or variant.id == asked]
    named = sorted((v for v in fitting if not v.computes.composed), key=lambda variant: variant.id != asked)
    return [(variant.name, variant.id) for variant in named]


def windows_of(case: Case, variant: Variant, cadence: str) -> list[str]:
    """The windows that a reading can be counted over, the usual one first; of sums none that is finer than the case's own."""
    if variant.window:
        return [variant.window]
    own = [case.window] if case.window else []
    if variant.computes.counts == "cohort":
        return [*dict.fromkeys([*(window for window in own if window not in FREQUENCY), *WINDOWS])]
    order = list(FREQUENCY)
    if case.kind in SUMS and own:  # of a flow or stock the same customers are in several of its periods
        order = order[order.index(own[0]) :] if variant.computes.counts in ("cohort", "quantity") else own
    return [*dict.fromkeys([*(window for window in [*own, cadence] if window in order), *order])]


def segments_of(series: KpiSeries) -> list[tuple[str, Any]]:
    """What to choose a segment by: all, then each value of each column; a column of very many values is left out."""
    found: list[tuple[str, Any]] = [("all", ())]
    for column in series.segments:
        values = sorted(series.counts[column].dropna().astype(str).unique())
        found += [(words.part_said({column: value}), ((column, value),)) for value in values[:MOST_VALUES]]
    return found


def periods_of(series: KpiSeries) -> pd.PeriodIndex:
    """Every period from the first to the last that was measured."""
    shown = pd.PeriodIndex(series.rows["period"])
    return pd.period_range(shown.min(), shown.max()) if len(shown) else shown


def moved(series: KpiSeries, changed_on: date, by: int) -> date:
    """The first day of the next period after a day, or of the one before it."""
    turning = pd.Period(as_moment(changed_on), freq=series.calendar.frequency(series.period))
    inside = turning.start_time.date() < as_moment(changed_on).date()
    day: date = (turning + (by if by > 0 or not inside else by + 1)).start_time.date()
    return day


def first_look(case: Case) -> Look:
    """What a case looks at; one that names no day of a change, at the day on which the data were as they are."""
    (_, key), *_ = kpis_of(case)
    kpi = kpi_of(case, key)
    (_, variant), *_ = variants_of(case, key, kpi)
    window = windows_of(case, kpi.variant(variant), kpi.cadence)[0]
    changed_on = case.changed_on or day_of(case.as_of)
    return Look(key, variant, window, changed_on, tuple(case.looked_at.items()), case.looked_from, case.looked_to)


def next_look(case: Case, before: Look, asked: Mapping[str, Any]) -> Look:
    """What is looked at by what is chosen: another KPI begins with its usual reading, another reading with its usual window."""
    kpi, variant, changed_on = kpi_of(case, asked["kpi"]), asked["variant"], asked["changed_on"]
    if asked["kpi"] != before.kpi:
        variant = variants_of(case, asked["kpi"], kpi)[0][1]
    windows = windows_of(case, kpi.variant(variant), kpi.cadence)
    window = asked["window"] if asked["window"] in windows else windows[0]
    if changed_on == day_of(before.changed_on):
        changed_on = before.changed_on  # which may have a time
    return Look(asked["kpi"], variant, window, changed_on, asked["only"], asked["first"] or None, asked["last"] or None)


def fitted(look: Look, series: KpiSeries) -> Look:
    """The look with ends that are those of periods, and no end where it leaves none out; a segment that is there."""
    firsts, lasts = _ends(series)
    first = next((day for day in firsts if look.first and day >= day_of(look.first)), look.first)
    last = next((day for day in reversed(lasts) if look.last and day <= day_of(look.last)), look.last)
    only = look.only if {column for column, _ in look.only} <= {*series.segments} else ()
    return replace(look, only=only, first=None if first in firsts[:1] else first, last=None if last in lasts[-1:] else last)


def dated(look: Look, measured: Callable[[Look], KpiSeries]) -> Look:
    """The look with the change in the middle of the periods that were measured, for a case that names none."""
    try:
        firsts, _ = _ends(measured(look))
    except KpikitError:  # which the answer will tell
        return look
    return replace(look, changed_on=firsts[len(firsts) // 2]) if firsts else look


def offered(case: Case, look: Look, series: KpiSeries | None) -> Iterator[tuple[str, list[Any], Any]]:
    """Each list with what it offers beside what is chosen: name, options, value."""
    kpi = kpi_of(case, look.kpi)
    yield "kpi", kpis_of(case), look.kpi
    yield "variant", variants_of(case, look.kpi, kpi), look.variant
    yield "window", windows_of(case, kpi.variant(look.variant), kpi.cadence), look.window
    if series is not None:
        firsts, lasts = _ends(series)
        told = [words.when(period) for period in periods_of(series)]
        yield "only", _with(segments_of(series), look.only), look.only
        for name, end, days in (("first", look.first, [ALL, *firsts[1:]]), ("last", look.last, [*lasts[:-1], ALL])):
            yield name, _with([*zip(told, days, strict=True)], end or ALL), end or ALL


def day_of(when: date) -> date:
    """The day of a date, or of a date and time."""
    return as_moment(when).date()


def _with(options: Sequence[tuple[str, Any]], value: Any) -> list[tuple[str, Any]]:
    """The options, and what is chosen though it is none of them."""
    there = any(option == value for _, option in options)
    return [*options, *([] if there else [(str(value), value)])]


def _ends(series: KpiSeries) -> tuple[list[date], list[date]]:
    """The first and the last day of every period."""
    periods = periods_of(series)
    return [period.start_time.date() for period in periods], [period.end_time.date() for period in periods]


def _named(kpi: Kpi, key: str) -> str:
    variant = key.partition(".")[2]
    return f"{kpi.name}, {kpi.variant(variant).name}" if variant else kpi.name
