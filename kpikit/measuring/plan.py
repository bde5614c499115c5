"""Plan: what is measured, as every kind of table needs it, and how counts come back from where the data is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import narwhals as nw
import pandas as pd

from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.exact import SAFE_INTEGER
from kpikit.kpi import Kpi, Variant
from kpikit.moments import MONTHS, USUAL, WEEKDAYS, Calendar, days_of

TRUNCATE = {"day": "1d", "month": "1mo", "year": "1y"}
Frame = nw.LazyFrame[Any]


@dataclass(frozen=True)
class Plan:
    """What is measured, as every kind of table needs it."""

    kpi: Kpi
    variant: Variant
    window: str
    period: str
    as_of: datetime
    changed_on: datetime | None
    event_names: Mapping[str, Sequence[str]]
    reversed_within: str | None = None
    calendar: Calendar = USUAL
    plan_order: Sequence[str] = ()
    counting: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    @property
    def settle_days(self) -> int:
        """How long an event may still be reversed; 0 without reversals. CaseError where that is not said in days."""
        if not self.event_names.get("reversal"):
            return 0
        if (days := days_of(self.reversed_within or "")) is None:
            given = f"as reversed_within = \"90 days\"; not '{self.reversed_within}'"
            raise CaseError(f"{self.kpi.id}: a reversal needs a time, {given}")
        return days


@dataclass(frozen=True)
class Measured:
    """What came of a table: its counts, what has to be said, and whether the segments' counts add up to the whole's."""

    counts: pd.DataFrame
    checks: tuple[Check, ...] = ()
    adds_up: bool = True


def period_of(column: str, plan: Plan) -> nw.Expr:
    """The first day of the plan's period that each date of a column lies in, the same on every engine."""
    return begin_of(column, plan.period, plan.calendar)


def begin_of(column: str, period: str, calendar: Calendar) -> nw.Expr:
    """The first day of the period that each date of a column lies in.

    No engine's own week or fiscal year is asked for: a constant number of days is taken off, by weekday or by month.
    """
    dates, months = nw.col(column), {"quarter": 3, "year": 12}.get(period)
    if period == "week":
        first = WEEKDAYS.index(calendar.first_weekday)
        back = {weekday: (weekday - 1 - first) % 7 for weekday in range(8)}  # Sunday is 7, on Spark 0
        return _earlier(dates.dt.truncate("1d"), dates.dt.weekday(), back)
    if months is None or (period == "year" and calendar.year_starts == MONTHS[0]):
        return dates.dt.truncate(TRUNCATE[period])  # quarters Ibis cannot truncate to on PostgreSQL
    since = {month: (month - 1 - MONTHS.index(calendar.year_starts)) % months for month in range(1, 13)}
    back = {month: 30 * count - 15 for month, count in since.items() if count}  # into the middle of the month it begins in
    return _earlier(dates.dt.truncate("1mo"), dates.dt.month(), back).dt.truncate("1mo")


def _earlier(dates: nw.Expr, key: nw.Expr, back: Mapping[int, int]) -> nw.Expr:
    """The dates, as many days earlier as `back` says for their key."""
    told = dates
    for value, days in back.items():
        if days:  # no engine needs to take nothing off, and Ibis cannot
            told = nw.when(key == value).then(dates - timedelta(days=days)).otherwise(told)
    return told


def by_period(frame: Frame, column: str, period: str, calendar: Calendar, segments: Sequence[str]) -> Any:
    """The frame grouped by the periods that a column's dates lie in, and by segments."""
    return frame.with_columns(period=begin_of(column, period, calendar)).group_by("period", *segments)


def distinct(frame: Frame, *columns: str) -> Frame:
    """The different rows of some columns: a grouping, which engines do many times faster than narwhals' `unique`."""
    return frame.group_by(*columns).agg(nw.len().alias("__rows")).select(*columns)


def each_in_one(frame: Frame, segments: Sequence[str]) -> bool:
    """Whether every customer bears one segment on all rows, so that parts add up to the whole."""
    pairs = distinct(frame, "customer", *segments)
    told = fetched(pairs.group_by("customer").agg(parts=nw.len()).select(most=nw.col("parts").max()))["most"].iloc[0]
    return bool(told == 1)


def fetched(frame: Frame) -> pd.DataFrame:
    """The rows of a frame, brought here."""
    rows: pd.DataFrame = frame.collect("pyarrow").to_native().to_pandas()
    return rows


def collected(frame: Frame, step: str, segments: Sequence[str], calendar: Calendar) -> pd.DataFrame:
    """The counts as pandas: periods as Period, whole numbers as int64 where they fit, else exact Python integers or decimals."""
    rows = fetched(frame)
    rows["period"] = pd.to_datetime(rows["period"]).dt.tz_localize(None).dt.to_period(calendar.frequency(step))
    for name in rows.columns.difference(["period", *segments]):
        rows[name] = exactly(rows[name])
    return rows.sort_values(["period", *segments], ignore_index=True)


def exactly(column: pd.Series) -> pd.Series:
    """A column of counts as int64 where all are whole and fit, else as exact Python integers and decimals."""
    if column.dtype != object:
        return column.astype("int64")
    values = [int(x) if x == int(x) else x.normalize() for x in column]
    fits = all(isinstance(value, int) for value in values) and max(map(abs, values), default=0) < SAFE_INTEGER
    return pd.Series(values, index=column.index, dtype="int64" if fits else object)
