"""KpiSeries and its arithmetic: pooling, roll-ups, rolling windows, intervals and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import MIME, Check, plain, readable_html
from kpikit.bands import bands_of, limits
from kpikit.errors import CaseError
from kpikit.exact import SAFE_INTEGER
from kpikit.kpi import Kpi, Variant
from kpikit.moments import FREQUENCY, USUAL, Calendar, last_instant
from kpikit.series.checks import series_checks
from kpikit.series.parts import part_of
from kpikit.stats.intervals import Interval, balance, poisson, ratio_of_sums, wilson

COLUMNS = ("period", "numerator", "denominator", "value", "low", "high", "band", "status")
LEFT_OUT = ("censored", "censored_numerator", "straddling", "straddling_numerator", "reversed", "less")
SHOWN = 8  # rows that a series displays of itself


@dataclass(frozen=True, eq=False)
class KpiSeries:
    """A KPI measured over periods and segments; a rate is never summed or averaged, counts are pooled and divided last.

    `counts` holds the measured counts: period (pandas Period, at the finest grain measured), the segment columns,
    numerator, denominator and, for followed cohorts, the customers left out (`censored`: their window was not over at
    `as_of`; `straddling`: it spans `changed_on`); `reversed` are those that the numerator no longer counts, `less`
    is what a balance has taken off it.
    Counts are settled `settle_days` after a period's end: until then they may be reversed, and the period is `censored`.
    `adds_over` says along which directions these counts may be added; where segments do not add up, `whole` measures the
    series without them. `cut_short` says that later periods are there and not looked at.
    """

    kpi: Kpi
    variant: Variant
    window: str
    period: str
    as_of: datetime
    counts: pd.DataFrame
    segments: tuple[str, ...] = ()
    adds_over: tuple[str, ...] = ("segments",)
    changed_on: datetime | None = None
    whole: Callable[[], KpiSeries] | None = None
    table_checks: tuple[Check, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)
    settle_days: int = 0
    calendar: Calendar = USUAL
    cut_short: bool = False

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per period and segment: numerator denominator value low high band status; missing is NaN, with a reason."""
        pooled = self.pool(self.rows, ["period", *self.segments])
        return self._with_status(self._with_gaps(pooled))[[COLUMNS[0], *self.segments, *COLUMNS[1:], *self._left_out]]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The counts as `pool` takes them: `step` is the grain that was measured, `period` the one that is shown."""
        steps = pd.PeriodIndex(self.counts["period"])
        return self.counts.assign(step=steps, period=steps.asfreq(self.calendar.frequency(self.period)))

    def pool(self, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
        """Rows of `counts` pooled by columns, one row a group, with value, interval and band.

        The interval fits what is counted: Wilson for independent units, exact Poisson for events, the spread between
        periods for amounts and for pooled stocks (whose customers are the same every period).
        """
        sums = _summed(rows, by, ["numerator", "denominator", *self._left_out])
        estimate = _interval(sums, rows, by, self.variant.computes.noise)
        bands = bands_of(sums["numerator"], sums["denominator"], self.variant.bands)
        return sums.assign(value=estimate.value, low=estimate.low, high=estimate.high, band=bands)

    def total(self) -> KpiSeries:
        """The series without its segments: added where they add up, else as it was measured beside them."""
        return self._total if self.segments else self

    @cached_property
    def _total(self) -> KpiSeries:
        if self.whole is not None:
            return self.whole()
        if "segments" not in self.adds_over:
            raise CaseError(
                f"{self.kpi.id}: a customer can be in two segments, so they do not add up; measure it without segments"
            )
        counts = _summed(self.counts, ["period"], ["numerator", "denominator", *self._left_out])
        return replace(self, counts=counts, segments=())

    def part(self, only: Mapping[str, str], first: date | None = None, last: date | None = None) -> KpiSeries:
        """The part that is looked at, counted as in the whole: one value of each column in `only`, and the periods that lie
        wholly between two days. CaseError where that leaves nothing, or where the segments that stay do not add up.
        """
        return part_of(self, only, first, last) if only or first or last else self

    def rolled_up(self, period: str) -> KpiSeries:
        """The series by coarser periods; CaseError where periods do not add up, because customers would be counted twice, or
        do not divide the coarser ones, as weeks do not.
        """
        who, own, order = self.kpi.id, self.variant.computes, list(FREQUENCY)
        if period not in FREQUENCY:
            raise CaseError(f"{who}: no period '{period}'; there is {', '.join(FREQUENCY)}")
        if order.index(period) < order.index(self.period):
            raise CaseError(f"{who}: {self.period}s cannot be cut into {period}s; measure it again by {period}")
        if self.period == "week" != period:
            raise CaseError(f"{who}: weeks do not add up to a {period}: some lie in two of them; measure it again by {period}")
        if "periods" not in self.adds_over and period != self.period:
            raise CaseError(
                f"{who}: {self.period}s of a {own.counts} do not add up to a {period}: the same {own.denominator} are in each; "
                f"measure it again with window = '{period}'"
            )
        measured = self.whole
        whole = None if measured is None else lambda: measured().rolled_up(period)
        return replace(self, period=period, window=self.window if own.counts == "cohort" else period, whole=whole)

    def rolling(self, periods: int) -> pd.DataFrame:
        """The last `periods` periods pooled, for each period that has as many with data: same columns as `table`."""
        if periods < 1:
            raise CaseError(f"{self.kpi.id}: a rolling window holds 1 {self.period} or more, not {periods}")
        total = self.total()
        known = total.rows[total.rows["period"].isin(total.usable["period"])]
        steps = sorted(known["period"].unique())
        spans = [(last, steps[i - periods + 1 : i + 1]) for i, last in enumerate(steps) if i + 1 >= periods]
        whole = [(last, span) for last, span in spans if (last - span[0]).n == periods - 1]
        rows = [known[known["period"].isin(span)].assign(end=last) for last, span in whole]
        if not rows:
            return total.table.iloc[:0][list(COLUMNS)]
        pooled = total.pool(pd.concat(rows), ["end"]).rename(columns={"end": "period"})
        return pooled.assign(status="ok")[list(COLUMNS)]

    @property
    def usable(self) -> pd.DataFrame:
        """The rows of `table` that hold a value."""
        return self.table[self.table["status"] == "ok"]

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """What the table's contract and the series itself have to say."""
        return (*self.table_checks, *series_checks(self))

    @property
    def measured(self) -> words.Said:
        """What is measured, in words: definition, formula, window, what is counted, bands and benchmarks."""
        variant, window = self.variant, words.per_window(self.window, self.variant.computes.counts)
        lines = [
            f"{self.kpi.name}, {variant.name}: {variant.definition}",
            f"Formula: {variant.formula} ({variant.source}), {window}, as of {words.day(self.as_of)}.",
            *self._marks_said,
            *self._calendar_said,
        ]
        return words.Said("\n".join(lines))

    @property
    def _marks_said(self) -> list[str]:
        """The bands with whose they are, or that there are none; the benchmarks."""
        variant, unit = self.variant, self.kpi.unit
        bands = [
            f"{band.name} ({limit}{', our reading' if band.reading else ''})"
            for band, limit in zip(variant.bands, limits(variant.bands, unit, words.written), strict=True)
        ]
        source = words.capital(variant.bands_source) or "They name no window"
        said = f"Bands: {words.listed(bands)}. {source}." if bands else "No bands are published for this variant."
        return [said, *(f"Benchmark: {mark.said(unit)}." for mark in variant.benchmarks)]

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns of `table` that a series displays of itself."""
        return COLUMNS

    @property
    def _calendar_said(self) -> list[str]:
        """Where weeks or years begin; nothing of years that begin in January."""
        first, starts = self.calendar.first_weekday.capitalize(), self.calendar.year_starts.capitalize()
        if self.period == "week":
            return [f"Weeks begin on {first}."]
        if self.period not in ("quarter", "year") or self.calendar.year_starts == USUAL.year_starts:
            return []
        return [f"Years begin in {starts} and bear the number of the year in which they end."]

    @property
    def _left_out(self) -> list[str]:
        return [name for name in LEFT_OUT if name in self.counts]

    def _with_gaps(self, pooled: pd.DataFrame) -> pd.DataFrame:
        """A row for every period between the first and the last, also where the table has none."""
        if pooled.empty:
            return pooled
        periods = pd.period_range(pooled["period"].min(), pooled["period"].max())
        every = pd.DataFrame({"period": periods})
        if self.segments:
            every = every.merge(pooled[[*self.segments]].drop_duplicates(), how="cross")
        if len(every) == len(pooled):
            return pooled
        whole = every.merge(
            pooled.astype({"numerator": object, "denominator": object}), how="left", on=["period", *self.segments]
        )
        return whole.sort_values(["period", *self.segments], ignore_index=True)

    def _with_status(self, rows: pd.DataFrame) -> pd.DataFrame:
        missing = rows["denominator"].isna()
        zero = ~missing & (rows["denominator"] <= 0)  # refunds may pass what was paid
        waiting = rows["censored"] > 0 if "censored" in rows else pd.Series(False, index=rows.index)
        ends, known = rows["period"].dt.end_time.dt.floor("us"), pd.Timestamp(last_instant(self.as_of))
        unsettled = ends + pd.Timedelta(days=self.settle_days) > known
        status = np.select(
            [missing, zero & waiting, ends > known, unsettled, zero],
            ["no data", "censored", "partial", "censored", "zero denominator"],
            "ok",
        )
        unknown = status != "ok"
        blank = {name: rows[name].mask(unknown) for name in ("value", "low", "high")}
        return rows.assign(**blank, band=rows["band"].where(~unknown, None), status=status)

    def __repr__(self) -> str:
        span = (
            f"{words.when(self.table['period'].min())} to {words.when(self.table['period'].max())}"
            if len(self.table)
            else "empty"
        )
        cut = f" by {', '.join(self.segments)}" if self.segments else ""
        window = words.per_window(self.window, self.variant.computes.counts)
        return f"<KpiSeries {self.kpi.id}.{self.variant.id} {window}, {span}{cut}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        head = {"type": "series", "kpi": self.kpi.id, "variant": self.variant.id, "unit": self.kpi.unit}
        cut = {"window": self.window, "period": self.period, "as_of": self.as_of, "segments": self.segments}
        cut["adds_over"] = self.adds_over
        checks = [{"name": c.name, "passed": c.passed, "sentence": c.sentence} for c in self.checks]
        whole = {"total": self.total().table} if self.segments else {}
        told = {"said": str(self.measured), "source": self.source, "checks": checks}
        payload = plain({**head, **cut, **told, "table": self.table, **whole})
        shown = self.total().table[list(self.shown)].tail(SHOWN)
        net = {"numerator": "net"} if self.variant.computes.less else {}  # of what a balance takes off
        lately = readable_html(shown.rename(columns=net), self.kpi.unit)
        return {"text/plain": str(self.measured), "text/html": f"{self.measured._repr_html_()}{lately}", MIME: payload}


def _summed(rows: pd.DataFrame, by: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Exact sums by group: integers that could overflow are added as Python integers."""
    exact = {
        c: object
        for c in columns
        if len(rows) and rows[c].dtype.kind == "i" and int(rows[c].abs().max()) * len(rows) >= SAFE_INTEGER
    }
    return rows.astype(exact).groupby(list(by), sort=True, dropna=False, observed=True)[list(columns)].sum().reset_index()


def _interval(sums: pd.DataFrame, rows: pd.DataFrame, by: Sequence[str], noise: str) -> Interval:
    n, d = sums["numerator"].astype(float), sums["denominator"].astype(float)
    if noise == "binomial":
        return wilson(n, d)
    if noise == "poisson":
        return poisson(n, d)
    if noise == "balance":
        less = sums["less"].astype(float) if "less" in sums else 0.0 * n
        return balance(n + less, less, d)
    squares, units = _spread(sums, rows, by)
    least, most = (0.0, 1.0) if noise == "stock" else (-np.inf if (n < 0).any() else 0.0, np.inf)
    spread = _within_reach(ratio_of_sums(n, d, squares, units), squares, least, most)
    if noise == "spread":
        return spread
    return Interval(*(np.where(units > 1, many, one) for many, one in zip(spread, wilson(n, d), strict=True)))


def _within_reach(spread: Interval, squares: pd.Series, least: float, most: float) -> Interval:
    """Limits that the value can take; none where all periods were alike, which two alike say nothing about."""
    alike = squares.to_numpy() <= 0
    low, high = np.clip(spread.low, least, most), np.clip(spread.high, least, most)
    return Interval(spread.value, np.where(alike, np.nan, low), np.where(alike, np.nan, high))


def _spread(sums: pd.DataFrame, rows: pd.DataFrame, by: Sequence[str]) -> tuple[pd.Series, pd.Series]:
    """For each group the sum of (n_i - r d_i)^2 over its periods i, and how many periods there are."""
    steps = _summed(rows, [*by, "step"], ["numerator", "denominator"]).astype({"numerator": float, "denominator": float})
    ratio = sums["numerator"].astype(float) / sums["denominator"].astype(float).replace(0, np.nan)
    joined = steps.merge(sums[list(by)].assign(ratio=ratio), on=list(by))
    squares = (joined["numerator"] - joined["ratio"] * joined["denominator"]) ** 2
    grouped = joined.assign(squares=squares).groupby(list(by), sort=True, dropna=False, observed=True)["squares"]
    return grouped.sum().reset_index(drop=True), grouped.size().reset_index(drop=True)
