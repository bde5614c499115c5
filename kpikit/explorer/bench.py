"""Bench: a case's table, read once, its series, each measured once, and what is answered from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kpikit.answer import Answer
from kpikit.cases import Case, Entry
from kpikit.explorer.choices import kpi_of
from kpikit.explorer.look import Look, case_of, measured_as
from kpikit.explorer.tried import Tried
from kpikit.figures.chart import Chart
from kpikit.figures.dumbbell import dumbbell
from kpikit.figures.effect_course import effect_course
from kpikit.figures.forest_plot import forest_plot
from kpikit.figures.run_chart import run_chart
from kpikit.figures.waterfall import waterfall
from kpikit.measuring.door import measure_case, table_of
from kpikit.questions.before_after import before_after
from kpikit.series import KpiSeries
from kpikit.tables import Table

Drawing = Callable[["Seen"], Chart]


@dataclass(frozen=True, eq=False)
class Seen:
    """What one look shows: the part of the series, the answer, and the remarks that are marked on its charts."""

    look: Look
    series: KpiSeries
    answer: Answer
    remarks: tuple[Entry, ...]


#: the figures to choose from, by what they show
FIGURES: dict[str, Drawing] = {
    "How it went": lambda seen: run_chart(seen.series, seen.answer, seen.remarks),
    "What each estimator says": lambda seen: forest_plot(seen.answer),
    "How the effect goes on": lambda seen: effect_course(seen.answer, seen.remarks),
    "Where it came from": lambda seen: waterfall(seen.answer),
    "By segment": lambda seen: dumbbell(seen.answer),
}


class Bench:
    """What was read, measured and answered of a case so far: nothing of it is done twice."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.tried = Tried(case.date_chosen)
        self._tables: dict[str, Table] = {}
        self._measured: dict[tuple[Any, ...], KpiSeries] = {}
        self._parts: dict[tuple[Any, ...], KpiSeries] = {}
        self._answers: dict[tuple[Look, str], Answer] = {}

    def measured(self, look: Look) -> KpiSeries:
        """The whole series that a look is a part of. Only followed customers are counted again for another day of the change:
        whose window spans it is left out.
        """
        key = self._key(look)
        if key not in self._measured:
            case = measured_as(self.case, look)
            self._measured[key] = measure_case(case, self._table(case))
        return self._measured[key]

    def measured_already(self, look: Look) -> KpiSeries | None:
        """The whole series that a look is a part of, where it has been measured."""
        return self._measured.get(self._key(look))

    def _key(self, look: Look) -> tuple[Any, ...]:
        followed = kpi_of(self.case, look.kpi).variant(look.variant).computes.counts == "cohort"
        return (look.kpi, look.variant, look.window, look.changed_on if followed else None)

    def part(self, look: Look) -> KpiSeries:
        """The part of the series that is looked at."""
        key = (*self._key(look), look.only, look.first, look.last)
        if key not in self._parts:
            self._parts[key] = self.measured(look).part(dict(look.only), look.first, look.last)
        return self._parts[key]

    def seen(self, look: Look) -> Seen:
        """The answer of a look, which counts as tried from now on. Raises CaseError and TableError as its case would fail."""
        series, chosen = self.part(look), self.tried.chosen_for(look.changed_on)
        if (look, chosen) not in self._answers:
            case = self.case_of(look)
            self._answers[look, chosen] = before_after(series, look.changed_on, **case.choices)
        self.tried.add(look)
        return Seen(look, series, self._answers[look, chosen], self.case.remarks)

    def case_of(self, look: Look) -> Case:
        """The case that asks what is looked at, with how it was found."""
        return case_of(self.case, look, self.tried.chosen_for(look.changed_on), self.tried.sentences)

    def _table(self, case: Case) -> Table:
        key = repr((case.kind, sorted(case.columns.items())))
        if key not in self._tables:
            self._tables[key] = table_of(case)
        return self._tables[key]
