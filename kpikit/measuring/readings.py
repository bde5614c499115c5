"""One table under each variant of a KPI, and under each choice of counting on which vendors differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from kpikit import words
from kpikit.cases import Case
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError, TableError
from kpikit.kpi import Kpi, Variant
from kpikit.measures import ROLES
from kpikit.measuring.counting import CHOICES
from kpikit.measuring.door import measure, table_of
from kpikit.moments import as_moment
from kpikit.series import KpiSeries
from kpikit.shapes.readings import Readings
from kpikit.tables import Table

SUMS = ("counts", "volumes")
UP = ("up",)


def measure_variants(case: Case) -> Readings:
    """The case's table under each variant of its KPI, and under each choice of counting in turn for the case's own variant.

    A variant that the table cannot give is kept with its reason. Of a table of sums each further variant needs columns of its
    own ([asks] counted_as); [asks] only names the variants to compare. Raises CaseError or TableError where the case's own
    variant cannot be counted.
    """
    kpi, asks = load_kpi(case.kpi, *case.definitions), case.measured
    own = kpi.variant(case.variant)
    if own.computes.composed:
        raise CaseError(
            f"{kpi.id}: variants are told of counts, and '{own.id}' is the {own.computes.combine} of "
            f"{words.listed(own.computes.of)}; ask it of these, one by one"
        )
    table = table_of(case)
    wanted = _wanted(kpi, own, asks.get("only", ()))
    readings = {own.id: measure(kpi, table, **_counted(case, own))}
    refused: dict[str, str] = {}
    for name, read in (*_variants(case, kpi, own, wanted, table), *_choices(case, kpi, own, table)):
        try:
            readings[name] = read()
        except (CaseError, TableError) as error:
            refused[name] = str(error)
    same = readings[own.id].source
    return Readings(as_moment(case.as_of), same, table.checks, kpi, own.id, readings, refused)


def _wanted(kpi: Kpi, own: Variant, only: Sequence[str]) -> list[Variant]:
    """The variants to be tried beside the case's own."""
    named = [kpi.variant(name) for name in only] if only else list(kpi.variants)
    return [variant for variant in named if variant.id != own.id]


def _counted(case: Case, variant: Variant) -> dict[str, Any]:
    """How a variant is measured: over the window it is defined for, else the case's."""
    period = case.period or ("month" if variant.window and variant.window != case.window else None)
    return case.counted | {"variant": variant.id, "window": variant.window or case.window, "period": period}


def _variants(
    case: Case, kpi: Kpi, own: Variant, wanted: Sequence[Variant], table: Table
) -> Iterator[tuple[str, Callable[[], KpiSeries]]]:
    columns = case.measured.get("counted_as", {})
    for name in columns:
        kpi.variant(name)
    for variant in wanted:
        yield variant.id, partial(_read, case, kpi, own, variant, table, columns)


def _read(case: Case, kpi: Kpi, own: Variant, variant: Variant, table: Table, columns: Mapping[str, Any]) -> KpiSeries:
    if case.kind in SUMS:
        table = table_of(_with_columns(case, kpi, own, variant, columns))
    elif case.kind == "events" and (variant.eligible != "all" or variant.moves != UP):
        said = f"variant '{variant.id}' needs to know who is on which plan, which events do not say"
        raise CaseError(f"{kpi.id}: {said}; use a table of kind 'plans'")
    return measure(kpi, table, **_counted(case, variant))


def _with_columns(case: Case, kpi: Kpi, own: Variant, variant: Variant, columns: Mapping[str, Any]) -> Case:
    """The case with the columns that hold a variant's sums, of a balance three; CaseError where it names none."""
    named, computes = columns.get(variant.id), variant.computes
    if computes.composed:
        raise CaseError(f"{kpi.id}: variant '{variant.id}' is composed of {words.listed(computes.of)}, not of two columns")
    wanted = [computes.numerator, computes.denominator, *([computes.less] if computes.less else [])]
    if not isinstance(named, (list, tuple)) or len(named) != len(wanted):
        quoted = ", ".join(f'"{name}"' for name in wanted)
        example = f"[asks] counted_as = {{ {variant.id} = [{quoted}] }}"
        many = {2: "two", 3: "three"}[len(wanted)]
        raise CaseError(
            f"{kpi.id}: the table's sums are those of '{own.id}'; name the {many} columns of '{variant.id}', as {example}"
        )
    kept = {role: column for role, column in case.columns.items() if role != "less"}
    return replace(case, kind=SUMS[computes.in_units], columns={**kept, **dict(zip(ROLES, named, strict=False))})


def _choices(case: Case, kpi: Kpi, own: Variant, table: Table) -> Iterator[tuple[str, Callable[[], KpiSeries]]]:
    """Each choice of counting that the case does not make, one at a time."""
    if case.measured.get("only"):
        return
    for key, values in CHOICES.get(case.kind, {}).items():
        chosen = case.counting.get(key, next(iter(values)))
        for value in values:
            if value != chosen:
                choices = _counted(case, own) | {"counting": {**case.counting, key: value}}
                yield f"{own.id}, {key} = {value}", partial(measure, kpi, table, **choices)
