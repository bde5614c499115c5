"""Measured: the sheets of what was counted and answered: counts as numbers, rates as formulas, totals pooled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.report.formats.cells import Cell
from kpikit.report.formats.live import OK
from kpikit.report.formats.sheets import Book, Placed, Sheet, Table
from kpikit.report.told import Told

COUNTS = ("numerator", "denominator")
PERIODS, SEGMENTS = "periods", "segments"
COMPOSED = "It is composed of other KPIs and has no counts of its own to divide: its values are numbers, no formulas."
LIVE = "Rates and differences are formulas wherever what they are made of stands beside them."


@dataclass(frozen=True)
class Laid:
    """A table of measured rows, its sheet, and where it stands there."""

    sheet: Sheet
    table: Table
    placed: Placed


def series_sheets(book: Book, told: Told, name: str, total: str) -> None:
    """The measured series by period and segment, and, where it has segments, all of them together on a sheet of its own."""
    series, whole = told.series, told.series.get("total")
    cut = _laid(book, told, name, series["table"], "Series")
    _end(told, cut, [PERIODS, *([SEGMENTS] if whole else [])])
    if whole:
        laid = _laid(book, told, total, whole, "Series_all_segments")
        if SEGMENTS in series.get("adds_over", ()):
            _add_segments(laid, cut)
        _end(told, laid, [PERIODS])


def answer_sheet(book: Book, told: Told, name: str) -> None:
    """The answer's own table."""
    table = _scored(told) if told.answer["question"] == "scorecard" else _table(told, told.answer["table"])
    sheet = book.sheet(name, table.widths)
    sheet.head("The answer", told.headline, COMPOSED if _composed(told) else LIVE if table.is_live else "")
    sheet.freeze(sheet.row + 1, 1)
    sheet.table(table, "Answer")


def _scored(told: Told) -> Table:
    """The measures of a scorecard: of each its name, its numbers, and what else is told of it in words."""
    rows, (name, *others) = told.verdict["rows"], told.table.columns
    numbers = pd.DataFrame([_numbers(row) for row in rows], dtype=object)
    frame = pd.concat([told.table[[name]], numbers, told.table[others]], axis=1)
    return Table(frame, [row["unit"] for row in rows], told.case.get("currency", ""))


def _numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Where a measure stands, and how it moved since the last review."""
    since = row.get("since") or {}
    change = since.get("change") or {}
    told = {name: row.get(name) for name in ("value", "low", "high", *COUNTS)}
    told |= {"before": since.get("from"), "after": since.get("to"), "change": change.get("value")}
    return told | {f"change_{end}": change.get(end) for end in ("low", "high")}


def _composed(told: Told) -> bool:
    return told.verdict.get("counts") == "parts"


def _table(told: Told, values: Mapping[str, Any]) -> Table:
    """A table without the exact fraction of a composed KPI, which counts nobody; whole numbers stay whole beside gaps."""
    frame = pd.DataFrame(values["rows"], columns=values["columns"], dtype=object)
    shown = frame[[name for name in frame if not (_composed(told) and str(name).endswith(COUNTS))]]
    return Table(shown, [told.verdict["unit"]] * len(shown), told.case.get("currency", ""))


def _laid(book: Book, told: Told, name: str, values: Mapping[str, Any], called: str) -> Laid:
    """A sheet of measured rows."""
    table, series = _table(told, values), told.series
    sheet = book.sheet(name, table.widths)
    cut = [segment.replace("_", " ") for segment in series["segments"] if segment in table.names]
    sheet.head(f"{told.verdict['name']} by {words.listed([series['period'], *cut])}", *_columns_said(told))
    sheet.freeze(sheet.row + 1, 1)
    return Laid(sheet, table, sheet.table(table, called))


def _columns_said(told: Told) -> list[str]:
    """What the columns are."""
    verdict = told.verdict
    window = words.per_window(told.series["window"], verdict["counts"])
    net = f", net of {verdict['less_name']}" if verdict.get("less_name") else ""
    parts = f"Numerator: {verdict['numerator_name']}{net}. Denominator: {verdict['denominator_name']}. Value: one over the other."
    limits = f"Low and high: the {words.interval_of(verdict['confidence'])}. A row whose status is not '{OK}' has no value."
    return [f"{COMPOSED if _composed(told) else parts} Counted {window}.", limits]


def _end(told: Told, laid: Laid, over: Sequence[str]) -> None:
    """Under the rows: their total where counts add up along all of `over`, else why there is none."""
    missing = [along for along in over if along not in told.series.get("adds_over", ())]
    if _composed(told):
        why = "its parts are pooled each by itself, and put together last."
    elif missing:
        along = words.listed(f"{told.series['period']}s" if name == PERIODS else name for name in missing)
        why = f"counts of several {along} do not add up, as the same ones may be in each of them. And a rate is never averaged."
    elif any(laid.table.is_text(name) for name in COUNTS):
        why = "some counts have more digits than a number of a workbook, and stand as texts."
    else:
        why = ""
        _total(laid)
    if why:
        laid.sheet.row += 1
        laid.sheet.across(f"No total: {why}", "note")


def _total(laid: Laid) -> None:
    """The counts of the rows that hold a value, added; the value is one sum over the other, never an average of rates."""
    sheet, table, placed = laid.sheet, laid.table, laid.placed
    sums = {name: _sum(cells[name] for cells in table.cells if cells["status"] == OK) for name in COUNTS}
    at = {name: f"{placed.letters[name]}{sheet.row + 1}" for name in COUNTS}
    formulas: dict[str, tuple[str, Cell]] = {
        name: (f'=SUMIFS({placed.cells(name)},{placed.cells("status")},"{OK}")', _number(sums[name])) for name in COUNTS
    }
    over, under = (sums[name] for name in COUNTS)
    look = table.look(0, "value")
    times = f"*{look.times}" if look.times > 1 else ""
    rate = f'=IF({at["denominator"]}>0,{at["numerator"]}/{at["denominator"]}{times},"")'
    formulas["value"] = (rate, look.shown(float(over / under)) if under > 0 else None)
    for column, name in enumerate(table.names):
        if name in formulas:
            sheet.live(column, *formulas[name], "total", num_format=table.look(0, name).code)
        else:
            sheet.put(column, None if column else "total", "total")
    sheet.row += 1
    sheet.across(f"The total is of the rows whose status is '{OK}': their counts added, and divided last.", "note")


def _add_segments(whole: Laid, cut: Laid) -> None:
    """Counts over all segments as sums of those of the segments, in rows where these give what was told."""
    parts: dict[tuple[Cell, str], list[Cell]] = defaultdict(list)
    for cells in cut.table.cells:
        for name in COUNTS:
            parts[cells["period"], name].append(cells[name])
    for row, cells in enumerate(whole.table.cells):
        for name in filter(whole.placed.letters.__contains__, COUNTS):
            if _adds_up(parts[cells["period"], name], cells[name]):
                at = whole.placed.first + row
                same = f"{_elsewhere(cut.placed, 'period')}={whole.placed.letters['period']}{at}"
                look = whole.sheet.book.look(num_format=whole.table.look(row, name).code)
                formula = f"=SUMPRODUCT(--({same}),{_elsewhere(cut.placed, name)})"
                whole.sheet.page.write_formula(f"{whole.placed.letters[name]}{at}", formula, look, cells[name])


def _adds_up(parts: Sequence[Cell], told: Cell) -> bool:
    """Whether a workbook can add parts up to what was told: texts of many digits it cannot."""
    return told is not None and not any(isinstance(cell, str) for cell in (told, *parts)) and _sum(parts) == _sum([told])


def _sum(cells: Iterable[Cell]) -> Fraction:
    """The exact sum of cells; what is missing adds nothing."""
    return sum((Fraction(str(cell)) for cell in cells if cell is not None), Fraction(0))


def _number(value: Fraction) -> float:
    return int(value) if value.denominator == 1 else float(value)


def _elsewhere(placed: Placed, name: str) -> str:
    """All cells of a column, as a formula of another sheet names them."""
    first, _, last = placed.cells(name).partition(":")
    return f"'{placed.sheet}'!${first}:${last}"
