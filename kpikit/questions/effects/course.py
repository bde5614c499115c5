"""Course: a series around its change as arrays, one point a period, gaps kept; as a whole and at the mix of before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit import words
from kpikit.errors import CaseError
from kpikit.questions.effects.sides import Sides, named_groups, sided_rows
from kpikit.series import KpiSeries
from kpikit.stats.intervals import Floats

CYCLE = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}  # periods after which a season begins again
PER_YEAR = CYCLE | {"day": 365}
SAME_WEEKDAY = 364  # days: about a year, in whole weeks
Control = Mapping[str, Sequence[str]]


@dataclass(frozen=True, eq=False)
class Course:
    """`numerators` and `denominators` are (periods x cells), 0 where there is no row; a cell is one combination of segments."""

    periods: pd.PeriodIndex
    sides: NDArray[np.object_]
    cells: tuple[str, ...]
    numerators: Floats
    denominators: Floats
    noise_kind: str
    cycle: int

    @property
    def before(self) -> NDArray[np.bool_]:
        """Which points lie before."""
        return np.asarray(self.sides == "before")

    @property
    def after(self) -> NDArray[np.bool_]:
        """Which points lie after."""
        return np.asarray(self.sides == "after")

    @property
    def year(self) -> int:
        """How many points back the same time of the last year lies; for days, the same weekday."""
        return SAME_WEEKDAY if self.cycle == CYCLE["day"] else self.cycle

    @property
    def turn(self) -> str:
        """What a season goes round in: days in a week, all others in a year."""
        return "week" if self.cycle == CYCLE["day"] else "year"

    @cached_property
    def sizes(self) -> Floats:
        """The denominator of each period."""
        return np.asarray(self.denominators.sum(axis=1))

    @cached_property
    def pooled(self) -> Floats:
        """The value of each period, counts added first; 0 where there is none."""
        return _ratio(self.numerators.sum(axis=1), self.sizes)

    @cached_property
    def shares(self) -> Floats:
        """Each cell's share of the denominator before, among cells that are there on both sides."""
        stays = (self.denominators[self.before].sum(axis=0) > 0) & (self.denominators[self.after].sum(axis=0) > 0)
        there = np.where(stays, self.denominators[self.before].sum(axis=0), 0.0)
        return np.asarray(there / there.sum()) if there.any() else there

    @property
    def mixed(self) -> bool:
        """Whether there are several cells, so that their mix can change."""
        return int((self.shares > 0).sum()) > 1

    @property
    def bare(self) -> NDArray[np.bool_]:
        """Points at which no cell stands that is there on both sides, so that nothing can be held."""
        stands = ((self.denominators > 0) & (self.shares > 0)).any(axis=1)
        return np.asarray((self.sizes > 0) & ~stands & bool(self.shares.any()))

    def held(self) -> tuple[Floats, Floats | None]:
        """The value of each period at the cells' shares of before, and its sampling variance (None where none is
        known); as it is where no cell is there on both sides.
        """
        if not self.shares.any():
            return self.whole()
        weights = np.where(self.denominators > 0, self.shares, 0.0)
        weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
        rates = _ratio(self.numerators, self.denominators)
        usual = self._usual(self.numerators, self.denominators)
        return np.asarray((weights * rates).sum(axis=1)), self._variance(usual, weights, self.denominators)

    def whole(self) -> tuple[Floats, Floats | None]:
        """The value of each period as it is, and its sampling variance."""
        usual = self._usual(self.numerators.sum(axis=1, keepdims=True), self.sizes[:, None])
        return self.pooled, self._variance(usual, np.ones((len(self.periods), 1)), self.sizes[:, None])

    def _usual(self, n: Floats, d: Floats) -> Floats:
        """The level of each side that sampling variances are taken at; with half a count more, since no count still has noise."""
        early, late = ((n[side].sum(axis=0) + 0.5) / (d[side].sum(axis=0) + 1) for side in (self.before, self.after))
        return np.asarray(np.where(self.after[:, None], late, early))

    def _variance(self, usual: Floats, weights: Floats, sizes: Floats) -> Floats | None:
        if self.noise_kind not in ("binomial", "poisson"):
            return None
        each = usual * (1 - usual if self.noise_kind == "binomial" else 1)
        return np.asarray((weights**2 * _ratio(np.broadcast_to(each, sizes.shape), sizes)).sum(axis=1))

    def on(self, periods: pd.PeriodIndex) -> Course:
        """The course at other periods; where it has none of its own it is empty."""
        place = self.periods.get_indexer(periods)
        there = place >= 0
        sides = np.where(there, self.sides[place], "aside")
        numerators, denominators = (np.where(there[:, None], x[place], 0.0) for x in (self.numerators, self.denominators))
        return replace(self, periods=periods, sides=sides, numerators=numerators, denominators=denominators)

    def without(self, left_out: NDArray[np.bool_]) -> Course:
        """The course with some of its points on neither side."""
        return replace(self, sides=np.where(left_out, "aside", self.sides))


def _ratio(n: Floats, d: Floats) -> Floats:
    return np.divide(n, d, out=np.zeros(np.shape(d)), where=np.asarray(d) > 0)


def course_of(series: KpiSeries, sides: Sides) -> Course:
    """The series by period and cell, from its first usable period to its last; straddling customers are taken off."""
    rows = sided_rows(series, sides)
    cut = list(series.segments) if "segments" in series.adds_over else []
    periods = pd.period_range(rows["period"].min(), rows["period"].max())
    cells = named_groups(rows[cut]) if cut else pd.Series("all", index=rows.index)
    place, (cell, names) = periods.get_indexer(pd.PeriodIndex(rows["period"])), pd.factorize(cells, sort=True)
    assert (cell >= 0).all()
    numerators, denominators = np.zeros((2, len(periods), len(names)))
    for table, name in ((numerators, "numerator"), (denominators, "denominator")):
        np.add.at(table, (place, cell), rows[name].to_numpy(dtype=float))
    told = sides.reindex(periods).where(pd.Series(periods.isin(rows["period"]), index=periods), None)
    there = denominators.sum(axis=1) > 0
    return Course(
        periods, np.where(there & told.isin(["before", "after"]).to_numpy(), told.to_numpy(dtype=object), "aside"),
        tuple(map(str, names)), numerators, denominators, series.variant.computes.noise, CYCLE[series.period],
    )  # fmt: skip


def split_off(series: KpiSeries, control: Control) -> tuple[KpiSeries, dict[str, KpiSeries]]:
    """The series without the control group, and each of the control's segments as a series of its own.

    Raises CaseError where the control names no segment column, or a value that is not there.
    """
    if len(control) != 1 or not all(control.values()):
        raise CaseError(f'{series.kpi.id}: a control group is one column with its values, as control = {{ region = ["Europe"] }}')
    ((column, values),) = control.items()
    if column not in series.segments or "segments" not in series.adds_over:
        raise CaseError(f"{series.kpi.id}: the control's column '{column}' must be one of the segments, and those must add up; "
                        f"{words.near(column, series.segments)}")  # fmt: skip
    there = series.counts[column].astype(str)
    for value in map(str, values):
        if value not in set(there):
            raise CaseError(
                f"{series.kpi.id}: no segment {column} = '{value}' for the control; {words.near(value, sorted(set(there)))}"
            )
    if there.isin([str(value) for value in values]).all():
        raise CaseError(f"{series.kpi.id}: the control takes every {column}, so nobody is left who had the change")
    treated = replace(series, counts=series.counts[~there.isin([str(value) for value in values])].reset_index(drop=True))
    return treated, {
        value: replace(series, counts=series.counts[there == value].reset_index(drop=True)) for value in map(str, values)
    }
