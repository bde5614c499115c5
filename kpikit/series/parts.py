"""Parts: one segment of a series, or a stretch of its periods, with the counts that the whole was measured with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.moments import as_moment, last_instant

if TYPE_CHECKING:
    from kpikit.series.kpi_series import KpiSeries


def part_of(series: KpiSeries, only: Mapping[str, str], first: date | None, last: date | None) -> KpiSeries:
    """The part of a series, with a check that says which; see KpiSeries.part."""
    kept, rest = series.counts, tuple(name for name in series.segments if name not in only)
    _refuse_overlap(series, only, rest)
    for column, value in only.items():
        kept = kept[kept[column].astype(str) == value]
        if kept.empty:
            known = sorted(series.counts[column].dropna().astype(str).unique())
            raise CaseError(f"{series.kpi.id}: no row has {words.part_said({column: value})}; {words.near(value, known)}")
    inside = _inside(series, kept, first, last)
    if not inside.any():
        raise CaseError(f"{series.kpi.id}: no whole {series.period} lies {words.stretch_said(first, last)}")
    said = words.listed(filter(None, [words.part_said(only), words.stretch_said(first, last)]))
    check = Check("part of the series", None, f"Only a part is looked at, counted as in the whole: {said}.")
    measured = series.whole
    whole = None if measured is None or not rest else lambda: measured().part({}, first, last)
    return replace(
        series, counts=kept[inside].drop(columns=[*only]).reset_index(drop=True), segments=rest, whole=whole,
        table_checks=(*series.table_checks, check), cut_short=series.cut_short or last is not None,
    )  # fmt: skip


def _refuse_overlap(series: KpiSeries, only: Mapping[str, str], rest: tuple[str, ...]) -> None:
    """CaseError for a column that the series is not cut by, and where what stays cut cannot be put together again."""
    for column in only:
        if column not in series.segments:
            raise CaseError(f"{series.kpi.id}: the series has no segments by '{column}'; {words.near(column, series.segments)}")
    if only and rest and "segments" not in series.adds_over:
        raise CaseError(
            f"{series.kpi.id}: a customer can be in two segments, so those of {words.listed(only)} cannot be put together; "
            f"measure it with segments = {[*only]}"
        )


def _inside(series: KpiSeries, rows: pd.DataFrame, first: date | None, last: date | None) -> pd.Series:
    """Which rows lie in periods that are wholly between two days."""
    periods = pd.PeriodIndex(rows["period"]).asfreq(series.calendar.frequency(series.period))
    inside = pd.Series(True, index=rows.index)
    if first is not None:
        inside &= periods.start_time >= pd.Timestamp(as_moment(first))
    if last is not None:
        inside &= periods.end_time.floor("us") <= pd.Timestamp(last_instant(as_moment(last)))
    return inside
