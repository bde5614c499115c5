"""ComposedSeries: a KPI made of other KPIs' series; each part is pooled by itself, and combined last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.bands import band_of
from kpikit.errors import CaseError
from kpikit.exact import exact
from kpikit.kpi import Kpi, Variant
from kpikit.series.kpi_series import COLUMNS, KpiSeries
from kpikit.stats.composing import composed
from kpikit.stats.intervals import Interval

OK = "ok"
#: which of several reasons is told where parts lack a value for different ones
REASONS = ("no data", "zero denominator", "partial", "censored", "transition")


@dataclass(frozen=True, eq=False)
class ComposedSeries(KpiSeries):
    """A KPI over periods and segments, combined from `parts` (in the order of the formula's `of`).

    It behaves as a KpiSeries: in `table` numerator and denominator are the exact fraction that the parts' counts make, which
    is no count of anybody; a period has a value where every part has one.
    """

    parts: Mapping[str, KpiSeries] = field(default_factory=dict)

    @classmethod
    def of(cls, kpi: Kpi, variant: Variant, parts: Mapping[str, KpiSeries]) -> ComposedSeries:
        """The series composed of its parts, in the order of the formula; CaseError where they do not fit each other."""
        first = next(iter(parts.values()))
        for key, other in parts.items():
            for name in ("period", "as_of", "segments", "calendar"):
                one, two = getattr(first, name), getattr(other, name)
                if one != two:
                    raise CaseError(f"{kpi.id}: its parts differ in {name}: '{next(iter(parts))}' has {one}, '{key}' {two}")
        shown = (part.rows[["period", *part.segments]].drop_duplicates() for part in parts.values())
        common = reduce(lambda a, b: a.merge(b), shown)  # of the period that is shown: parts are measured at grains of their own
        windows = {part.window for part in parts.values()}
        return cls(
            kpi, variant, windows.pop() if len(windows) == 1 else first.period, first.period, first.as_of,
            common.assign(numerator=0, denominator=0), first.segments, ("segments",), first.changed_on, None,
            tuple(_checks(kpi, parts)), first.source, calendar=first.calendar, parts=parts,
        )  # fmt: skip

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per period and segment: numerator denominator value low high band status; missing is NaN, with a reason."""
        keys = ["period", *self.segments]
        tables = {key: part.table[[*keys, *COLUMNS[1:]]].set_index(keys) for key, part in self.parts.items()}
        every = reduce(lambda a, b: a.union(b), (rows.index for rows in tables.values()))
        rows = {key: part.reindex(every) for key, part in tables.items()}
        status = pd.DataFrame({key: part["status"].fillna(REASONS[0]) for key, part in rows.items()})
        told = self._combined({key: part.where(part["status"] == OK) for key, part in rows.items()})
        told["status"] = [next((why for why in REASONS if why in set(row)), OK) for row in status.itertuples(index=False)]
        told.loc[(told["status"] == OK) & told["value"].isna(), "status"] = "zero denominator"
        return told.reset_index()[[COLUMNS[0], *self.segments, *COLUMNS[1:]]]

    def pool(self, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
        """The periods of `rows` pooled by columns: the parts' counts are pooled by themselves and combined last."""
        where = list(dict.fromkeys(["period", *self.segments, *by]))
        groups = rows[where].drop_duplicates()
        pooled = {}
        for key, part in self.parts.items():
            inside = part.rows.merge(groups, on=["period", *self.segments])
            pooled[key] = part.pool(inside, by).set_index(list(by))
        return self._combined(pooled).reset_index()

    def total(self) -> KpiSeries:
        """The series without its segments."""
        if not self.segments:
            return self
        return self.of(self.kpi, self.variant, {key: part.total() for key, part in self.parts.items()})

    def rolled_up(self, period: str) -> KpiSeries:
        """The series by coarser periods, where its parts can be rolled up."""
        return self.of(self.kpi, self.variant, {key: part.rolled_up(period) for key, part in self.parts.items()})

    @property
    def checks(self) -> tuple[Check, ...]:
        """What the parts have to say, each with its name, and what was taken for granted in combining them."""
        told = {(c.name, c.passed, c.sentence): key for key, part in self.parts.items() for c in part.checks if not c.passed}
        named = [Check(name, passed, f"{key}: {sentence}") for (name, passed, sentence), key in told.items()]
        return (*self.table_checks, *named)

    @property
    def measured(self) -> words.Said:
        """What is measured, in words: definition, formula, bands and benchmarks, and each part's definition."""
        variant = self.variant
        own = [
            f"{self.kpi.name}, {variant.name}: {variant.definition}",
            f"Formula: {variant.formula} ({variant.source}), as of {words.day(self.as_of)}.",
            *self._marks_said,
        ]
        parts = [f"{key}: {str(part.measured).splitlines()[0]}" for key, part in self.parts.items()]
        return words.Said("\n".join([*own, *parts]))

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns of `table` that are displayed; its fraction counts nobody."""
        return tuple(name for name in COLUMNS if name not in ("numerator", "denominator"))

    def _combined(self, parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """numerator, denominator, value, low, high and band of rows of parts with one index."""
        computes = self.variant.computes
        values = [
            [_fraction(n, d) for n, d in zip(rows["numerator"], rows["denominator"], strict=True)] for rows in parts.values()
        ]
        exactly = [None if None in row else computes.combined(row) for row in zip(*values, strict=True)]
        limits = [Interval(*(rows[name].to_numpy(dtype=float) for name in ("value", "low", "high"))) for rows in parts.values()]
        told = composed(computes.combine, limits)
        known = np.array([value is not None for value in exactly], dtype=bool)
        rows = pd.DataFrame(index=next(iter(parts.values())).index)
        pairs = [(None, None) if value is None else value.as_integer_ratio() for value in exactly]
        for place, name in enumerate(("numerator", "denominator")):
            rows[name] = pd.Series([pair[place] for pair in pairs], index=rows.index, dtype=object)
        rows["value"] = [np.nan if value is None else float(value) for value in exactly]
        rows["low"], rows["high"] = (np.where(known, end, np.nan) for end in (told.low, told.high))
        rows["band"] = [None if v is None else band_of(v.numerator, v.denominator, self.variant.bands) for v in exactly]
        return rows


def _fraction(numerator: Any, denominator: Any) -> Fraction | None:
    """The exact value of two counts; None where one is missing or the denominator is 0 or less."""
    if pd.isna(numerator) or pd.isna(denominator) or denominator <= 0:
        return None
    return exact(numerator) / exact(denominator)


def _checks(kpi: Kpi, parts: Mapping[str, KpiSeries]) -> list[Check]:
    windows = {part.window for part in parts.values()}
    said = (
        "Its limits are those of its parts, taken as independent; where the same customers make several of them, they may be too "
        "narrow or too wide."
    )
    told = [Check("composed", None, said)]
    if len(windows) > 1:
        each = words.listed(f"{key} over a window of {part.window}" for key, part in parts.items())
        told.append(
            Check("windows", False, f"The parts are counted over different windows: {each}; see that {kpi.name} means that.")
        )
    return told
