"""Sheets: the pages of a workbook: title and notes, a table under its header, and how each is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from math import ceil
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from kpikit.report.formats.cells import Cell, Look, cell_of, clean, look_of
from kpikit.report.formats.live import Row
from kpikit.report.formula_free import is_formula
from kpikit.words import shortened

INK, MUTED, HUE, PALE = "#1f2933", "#5f6c7b", "#1f5f99", "#eef2f6"
BODY: dict[str, Any] = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "top"}
LEFT = {"align": "left", "indent": 1}  # not against the numbers before it
HEAD = {"bold": True, "bg_color": PALE, "bottom": 1, "bottom_color": MUTED, "text_wrap": True, "valign": "bottom"}
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"font_size": 18, "bold": True, "text_wrap": True},
    "lead": {"font_size": 14, "bold": True, "text_wrap": True},
    "number": {"font_size": 14, "bold": True, "text_wrap": True},
    "section": {"font_size": 13, "bold": True, "font_color": HUE, "bottom": 1, "bottom_color": HUE},
    "head": {**HEAD, **LEFT},
    "number head": {**HEAD, "align": "right"},
    "cell": {"text_wrap": True, **LEFT},
    "digits": {"align": "right"},
    "text": {"text_wrap": True},
    "note": {"font_color": MUTED, "text_wrap": True},
    "total": {"bold": True, "top": 1},
    "link": {"font_color": HUE, "underline": 1},
}
LINE = 15.5  # points of a line of text
ROOM = 1.15  # letters that fit where a column is one wide
NARROWEST, WIDEST, PAGE_WIDE, USUAL = 9, 46, 110, 8.43  # widths of columns in letters
EVERYWHERE = "A1:XFD1048576"


@dataclass
class Book:
    """A workbook with its looks; `confidential` and `title` stand on every printed page."""

    file: Workbook
    title: str
    confidential: str
    looks: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def look(self, name: str = "", **more: Any) -> Format:
        """A format, made once."""
        asked = {**BODY, **LOOKS.get(name, {}), **more}
        key = tuple(sorted(asked.items()))
        if key not in self.looks:
            self.looks[key] = self.file.add_format(asked)
        return self.looks[key]

    def sheet(self, name: str, widths: Sequence[float] = ()) -> Sheet:
        """A new sheet, set up to be printed one page wide."""
        page = self.file.add_worksheet(name)
        page.set_landscape()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_header(f"&L{_printed(self.confidential)}&R{_printed(self.title)}")
        page.set_footer(f"&L{_printed(self.confidential)}&C{_printed(name)}&RPage &P of &N")
        page.ignore_errors({"number_stored_as_text": EVERYWHERE})
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        return Sheet(self, page, widths)


def _printed(text: str) -> str:
    """A text as a header or footer holds it: short, and none of Excel's codes."""
    return shortened(text).replace("&", "&&")


class Table:
    """A frame on its way into a sheet: its cells, how each is shown, and how wide its columns are.

    `units` are those of the rows' values, `numbers` the columns that hold numbers. Columns that hold nothing are left out.
    """

    def __init__(self, frame: pd.DataFrame, units: Sequence[str], currency: str) -> None:
        rows = frame.itertuples(index=False, name=None)
        self.cells = [{str(name): cell_of(str(name), value) for name, value in zip(frame, row, strict=True)} for row in rows]
        self.names = [name for name in map(str, frame) if not self.cells or any(cells[name] is not None for cells in self.cells)]
        self.letters = {name: xl_col_to_name(place) for place, name in enumerate(self.names)}
        self.units, self.currency = units, currency
        self.looks = {name: self._looks(name) for name in self.names}
        self.numbers = {name for name in self.names if any(isinstance(cells[name], (int, float)) for cells in self.cells)}
        self.widths = [self._width(name) for name in self.names]

    def _looks(self, name: str) -> dict[str, Look]:
        by_unit: dict[str, list[Cell]] = {unit: [] for unit in self.units}
        for cells, unit in zip(self.cells, self.units, strict=True):
            by_unit[unit].append(cells[name])
        of = name if name not in ("low", "high") or "value" in self.names or "change" not in self.names else f"change_{name}"
        return {unit: look_of(of, unit, self.currency, values) for unit, values in by_unit.items()}

    def look(self, row: int, name: str) -> Look:
        """How a cell is shown."""
        return self.looks[name][self.units[row]]

    def is_text(self, name: str) -> bool:
        """Whether a column holds texts."""
        return any(isinstance(cells.get(name), str) for cells in self.cells)

    @property
    def is_live(self) -> bool:
        """Whether a formula stands in it."""
        return any(self.row(row, 1).formula(name) for row in range(len(self.cells)) for name in self.names)

    def row(self, row: int, at: int) -> Row:
        """A row of cells as it stands in a row of the sheet, which counts from 1."""
        above, first = self._bare(row - 1, at - 1) if row else None, self._bare(0, at - row)
        return replace(self._bare(row, at), above=above, first=first)

    def _bare(self, row: int, at: int) -> Row:
        places = {name: f"{letter}{at}" for name, letter in self.letters.items()}
        cells = {name: self.cells[row][name] for name in self.names}
        return Row(cells, places, {name: self.look(row, name).times for name in self.names})

    def _width(self, name: str) -> float:
        head = max(map(len, name.replace("_", " ").split()), default=0)
        texts = (self._written(cells[name], self.look(row, name)) for row, cells in enumerate(self.cells))
        return max(NARROWEST, min(WIDEST, max([head, *(len(line) for text in texts for line in text.split("\n"))]) + 3))

    def _written(self, value: Cell, look: Look) -> str:
        """About what is seen of a cell."""
        if not isinstance(value, (int, float)):
            return value or ""
        code = look.code.split(";")[0]
        return f"{look.shown(value):,.1f}" + "x" * (code.count('"') + 3 * code.count("$"))


@dataclass(frozen=True)
class Placed:
    """Where the cells of a table stand: their first and last row, which count from 1, and the letter of each column."""

    sheet: str
    first: int
    last: int
    letters: Mapping[str, str]

    def cells(self, name: str) -> str:
        """All cells of a column, as a formula of the same sheet names them."""
        return f"{self.letters[name]}${self.first}:{self.letters[name]}${self.last}"


@dataclass
class Sheet:
    """A sheet that is filled from the top; `row` is the next one that is free."""

    book: Book
    page: Worksheet
    widths: Sequence[float]
    row: int = 0
    heights: dict[int, float] = field(default_factory=dict)

    def put(self, column: int, value: Cell, look: str = "", *, row: int | None = None, **more: Any) -> None:
        """Writes one cell, of the free row if of no other: a text is a text, whatever it begins with."""
        at = self.row if row is None else row
        if value is None:
            self.page.write_blank(at, column, None, self.book.look(look, **more))
        elif isinstance(value, str):
            quoted = {"quote_prefix": True} if is_formula(value) else {}
            self.page.write_string(at, column, clean(value), self.book.look(look, **more, **quoted))
        else:
            self.page.write_number(at, column, value, self.book.look(look, **more))

    def head(self, title: str, *notes: str) -> None:
        """Writes the sheet's title, and under it what is to be known of it; an empty row follows."""
        self.across(title, "title")
        for note in filter(None, notes):
            self.across(note, "note")
        self.row += 1

    def across(self, text: str, look: str) -> None:
        """Writes a text over so many columns as make a page's width, in a row that is high enough."""
        last = self.last_column(PAGE_WIDE)
        self.page.merge_range(self.row, 0, self.row, last, "", self.book.look(look))
        self.put(0, text, look)
        size = LOOKS[look].get("font_size", BODY["font_size"]) / BODY["font_size"]
        room = sum(map(self._width, range(last + 1)))
        self.page.set_row(self.row, size * LINE * lines(text, room * ROOM / size))
        self.row += 1

    def last_column(self, wide: float) -> int:
        """The last of so many columns as are so wide together, two or more."""
        return next(last for last in count(1) if sum(map(self._width, range(last + 1))) >= wide)

    def texts(self, texts: Sequence[str], looks: Sequence[str]) -> None:
        """Writes a row of texts, as high as the longest of them needs."""
        for column, (text, look) in enumerate(zip(texts, looks, strict=True)):
            self.put(column, text, look)
        self.high(self.row, max(self._lines(column, text) for column, text in enumerate(texts)))
        self.row += 1

    def high(self, row: int, lines: float) -> None:
        """Makes a row so many lines high, if it is not higher."""
        self.heights[row] = max(lines, self.heights.get(row, 1))
        self.page.set_row(row, LINE * self.heights[row])

    def _lines(self, column: int, text: str) -> int:
        return lines(text, (self._width(column) - 1.5) * ROOM)

    def _width(self, column: int) -> float:
        return self.widths[column] if column < len(self.widths) else USUAL

    def table(self, table: Table, name: str) -> Placed:
        """Writes a table under its header, which stays in view and on every page: rates and differences as formulas."""
        top, wide, last = self.row, len(table.names) - 1, self.row + len(table.cells)
        heads = ["number head" if name in table.numbers else "head" for name in table.names]
        self.texts([name.replace("_", " ") for name in table.names], heads)
        self.page.repeat_rows(top)
        self.page.autofilter(top, 0, last, wide)
        where = f"{quote_sheetname(self.page.get_name())}!$A${top + 1}:${xl_col_to_name(wide)}${last + 1}"
        self.book.file.define_name(name, f"={where}")
        for row in range(len(table.cells)):
            self._cells(table, row)
            self.row += 1
        return Placed(self.page.get_name(), top + 2, last + 1, table.letters)

    def _cells(self, table: Table, row: int) -> None:
        own, high = table.row(row, self.row + 1), 1
        for column, name in enumerate(table.names):
            value, look = own.cells[name], table.look(row, name)
            shown = value if value is None or isinstance(value, str) else look.shown(value)
            if formula := own.formula(name):
                self.live(column, formula, shown, num_format=look.code)
            elif isinstance(shown, str):
                self.put(column, shown, "digits" if name in table.numbers else "cell")
                high = max(high, self._lines(column, shown))
            else:
                self.put(column, shown, num_format=look.code)
        if high > 1:
            self.high(self.row, high)

    def live(self, column: int, formula: str, shown: Cell, look: str = "", **more: Any) -> None:
        """Writes a formula with what it gives, for those who read without computing."""
        self.page.write_formula(self.row, column, formula, self.book.look(look, **more), "" if shown is None else shown)

    def freeze(self, row: int, column: int = 0) -> None:
        """Keeps the rows above, and the columns before, in view."""
        self.page.freeze_panes(row, column)


def lines(text: str, letters: float) -> int:
    """How many lines a text takes where so many letters fit."""
    return sum(max(1, ceil(len(line) / letters)) for line in text.split("\n"))


def unique_names(wanted: Sequence[str]) -> Iterator[str]:
    """Names that a workbook allows for sheets: short, each once whatever the case, without its own signs."""
    taken: set[str] = set()
    for name in wanted:
        base = "".join(" " if mark in "[]:*?/\\'" else mark for mark in clean(name)).strip()[:28] or "Sheet"
        found = next(one for one in (base, *(f"{base} {number}" for number in range(2, 100))) if one.casefold() not in taken)
        taken.add(found.casefold())
        yield found
