"""check: what a table or case holds, read and counted as strictly as a report does, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.answer import Check
from kpikit.authoring import case_of_flags, guessed_flags
from kpikit.cases import Case, read_case
from kpikit.catalog import load_kpi
from kpikit.measuring import measure, measure_case, table_of
from kpikit.measuring.asked import SHAPED, measure_asked
from kpikit.measuring.door import MEASURES, SUMS
from kpikit.questions.before_after import before_after
from kpikit.series import KpiSeries
from kpikit.tables import Table

FOLLOWED = {"date", "outcome"}  # roles without which customers hold no KPI


def check_table(flags: Mapping[str, Any]) -> list[str]:
    """What a table holds, in lines; what the flags do not say is guessed. Raises TableError with every fault."""
    full = guessed_flags(flags)
    guessed = "" if flags.get("kind") else " (guessed; give --kind and --columns)"
    case = replace(case_of_flags(full, Path.cwd()), table=str(flags["table"]))  # told as it was written
    return list(_lines(case, case.table, guessed))


def check_case(case: str, instead: Mapping[str, Any]) -> list[str]:
    """What a case's table holds, in lines. Raises CaseError and TableError as its report would fail."""
    read = read_case(case, **instead)
    return list(_lines(read, read.table, ""))


def _lines(case: Case, name: str, guessed: str) -> Iterator[str]:
    if case.kpi and case.kind in SUMS and load_kpi(case.kpi, *case.definitions).variant(case.variant).computes.composed:
        yield from _of_parts(case, name)
        return
    table = table_of(case)
    yield f"{name}: every value was understood."
    yield f"  kind      {case.kind}{guessed}"
    for role, column in table.columns.items():
        yield f"  {role:9} {column if isinstance(column, str) else ' + '.join(column)}"
    if table.segments:
        yield f"  segments  {', '.join(table.segments)}"
    yield from _contract(table)
    if case.question in SHAPED:
        yield from _told(measure_asked(case, table).table_checks)
        yield f"  It was counted as '{case.question}' asks."
        return
    series, why = _counted(case, table)
    checks: Sequence[Check] = table.checks if series is None else series.checks
    if series is not None and case.changed_on is not None:
        checks = before_after(series, case.changed_on, **case.choices).checks
    yield from _told(checks)
    if why:
        yield f"  {why}"


def _of_parts(case: Case, name: str) -> Iterator[str]:
    """A composed KPI on sums: each part has columns of its own."""
    series = measure_case(case)
    yield f"{name}: every value was understood."
    yield f"  kind      {case.kind}"
    yield from (
        f"  {part}: {words.listed([columns] if isinstance(columns, str) else columns)}" for part, columns in case.also.items()
    )
    yield from _told(series.checks)


def _told(checks: Sequence[Check]) -> Iterator[str]:
    yield from (f"  [{check.mark}] {check.name}: {check.sentence}{check.private and f' {check.private}'}" for check in checks)


def _contract(table: Table) -> Iterator[str]:
    contract = table.contract
    grain = f", by {table.grain}" if table.grain else ""
    yield f"  rows      {words.amount(contract['rows_kept'])} of {words.amount(contract['rows_read'])}"
    yield from (f"            {words.amount(rule['removed'])} removed: kept where {rule['rule']}" for rule in contract["keep"])
    if contract["first"]:
        yield f"  dates     {contract['first']} to {contract['last']}{grain}"
    if table.sha256:
        yield f"  SHA-256   {table.sha256}"


def _counted(case: Case, table: Table) -> tuple[KpiSeries | None, str]:
    """The series, or why the table alone was looked at."""
    if not case.kpi or case.kind not in MEASURES or (case.kind == "customers" and not set(table.roles) >= FOLLOWED):
        return None, "No KPI was counted: these rows are counted by the question that they are asked, in its notebook."
    if case.kind == "events" and not case.event_names:
        return None, "Nothing was counted: say which events count, as --event-names numerator=upgrade denominator=active."
    if case.kind == "plans" and not case.plan_order:
        return None, "Nothing was counted: say which plan is above which, as --plan-order free basic pro."
    named = load_kpi(case.kpi, *case.definitions).variant(case.variant).measures.get("orders")
    if case.kind == "orders" and "product" not in table.roles and not named:
        return None, "Nothing was counted: no column is the product, so nobody can be seen to buy another."
    return measure(load_kpi(case.kpi, *case.definitions), table, **case.counted), ""
