"""Excel charts: a chart that a workbook draws from cells of its own and lets edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_rowcol_to_cell

from kpikit.figures.chart import INK, MUTED
from kpikit.figures.native import Drawn, Native, Numbers
from kpikit.report.formats import chart_look
from kpikit.report.formats.cells import Look, clean
from kpikit.report.formats.chart_look import (
    BARS,
    DASHED,
    DASHES,
    DOTS,
    FAINT,
    GRID,
    LYING,
    SHAPES,
    SOLID,
    ends_of,
    is_limited,
    lies_over,
)
from kpikit.report.formats.sheets import Sheet, lines

WIDE, HIGH = 960, 440  # pixels
FORMS = {
    "line": {"type": "line"}, "scatter": {"type": "scatter", "subtype": "straight_with_markers"},
    "column": {"type": "column"}, "stacked columns": {"type": "column", "subtype": "stacked"},
    "bar": {"type": "bar"}, "stacked bars": {"type": "bar", "subtype": "stacked"},
}  # fmt: skip
DRAWN_WIDE, NAMES_WIDE = 15, 30  # letters
FONT: dict[str, Any] = {"name": "Calibri", "size": 10, "color": INK}


@dataclass(frozen=True)
class Column:
    """A column of what is drawn: its header, its first row and its letters' place."""

    row: int
    column: int
    count: int
    sheet: str

    @property
    def name(self) -> list[Any]:
        """Where its header stands."""
        return [self.sheet, self.row - 1, self.column]

    @property
    def cells(self) -> list[Any]:
        """Where its cells stand."""
        return [self.sheet, self.row, self.column, self.row + self.count - 1, self.column]

    def cell(self, row: int) -> str:
        """The name of one of its cells."""
        return str(xl_rowcol_to_cell(self.row + row, self.column))

    @property
    def formula(self) -> str:
        """The same as a formula."""
        first, last = (xl_rowcol_to_cell(row, self.column, True, True) for row in (self.row, self.row + self.count - 1))
        return f"='{self.sheet}'!{first}:{last}"


def native_chart(sheet: Sheet, native: Native, row: int, column: int) -> Chart:
    """Writes what a chart draws into a sheet, from a cell on, and returns the chart of it."""
    return _Drawing(sheet, native, row, column).chart()


class _Drawing:
    """A chart on its way into a sheet: the next free column of what it draws."""

    def __init__(self, sheet: Sheet, native: Native, row: int, column: int) -> None:
        self.sheet, self.native, self.row, self.free = sheet, native, row, column
        self.look = Look(native.number_format, native.times)
        self.names = self._texts("drawn in the chart", native.categories)
        self.counts = {"bar": 0, "dashed": 0, "dots": 0, "line": 0}

    def chart(self) -> Chart:
        """The chart, with lines and dots over its columns where it has both."""
        native, book = self.native, self.sheet.book.file
        chart = book.add_chart(FORMS[native.form])
        over = book.add_chart({"type": "line"})
        for drawn in native.drawn:
            (over if native.form == "column" and lies_over(drawn) else chart).add_series(self._series(drawn))
        if over.series:
            chart.combine(over)
        self._style(chart)
        return chart

    def _series(self, drawn: Drawn) -> dict[str, Any]:
        values = self._numbers(drawn.name, drawn.values)
        across = self._numbers("at", drawn.at, Look("General")) if drawn.at else self.names
        told: dict[str, Any] = {"name": values.name, "categories": across.cells, "values": values.cells}
        if drawn.hidden:
            return told | {"fill": {"none": True}, "border": {"none": True}}
        kind = chart_look.kind_of(drawn, self.native)
        told |= _looks(kind, self.counts[kind])
        self.counts[kind] += 1
        if not drawn.marked:
            told["marker"] = {"type": "none"}
        if is_limited(drawn):
            told["y_error_bars"] = self._limits(drawn, values, FAINT[kind])
        if kind == "bar" and any(drawn.labels):
            told["data_labels"] = _said(drawn)
        if kind == "bar" and self.native.form in ("bar", "column", *LYING):
            told |= {"gap": 60, "overlap": 100 if self.native.apart or self.native.form.startswith("stacked") else -10}
        return told

    def _limits(self, drawn: Drawn, values: Column, color: str) -> dict[str, Any]:
        """Low and high as numbers; how far they lie from the value as formulas, which the chart draws."""
        low, high = (self._numbers(f"{drawn.name}, {end}", ends) for end, ends in (("low", drawn.low), ("high", drawn.high)))
        minus = self._lengths("from low", values, low, drawn.values, drawn.low)
        plus = self._lengths("to high", high, values, drawn.high, drawn.values)
        line = {"color": color, "width": 1.5}
        return {"type": "custom", "minus_values": minus.formula, "plus_values": plus.formula, "end_style": 0, "line": line}

    def _lengths(self, name: str, upper: Column, lower: Column, high: Numbers, low: Numbers) -> Column:
        placed = self._head(name, len(high))
        for row, (top, bottom) in enumerate(zip(high, low, strict=True)):
            if top is not None and bottom is not None:
                asked = f"=MAX({upper.cell(row)}-{lower.cell(row)},0)"
                number = self.sheet.book.look(num_format=self.look.code.split(";")[-1])
                self.sheet.page.write_formula(placed.cell(row), asked, number, self.look.shown(max(top - bottom, 0.0)))
        return placed

    def _numbers(self, name: str, values: Numbers, look: Look | None = None) -> Column:
        shown, placed = look or self.look, self._head(name, len(values))
        written = self.sheet.book.look(num_format=shown.code)
        for row, value in enumerate(values):
            if value is not None:
                self.sheet.page.write_number(placed.cell(row), shown.shown(value), written)
        return placed

    def _texts(self, name: str, values: Sequence[str]) -> Column:
        placed = self._head(name, len(values))
        for row, value in enumerate(values):
            self.sheet.put(placed.column, value, row=placed.row + row)
        self.sheet.page.set_column(placed.column, placed.column, max(DRAWN_WIDE, min(NAMES_WIDE, max(map(len, values)) + 2)))
        return placed

    def _head(self, name: str, count: int) -> Column:
        self.sheet.put(self.free, name, "head", row=self.row)
        self.sheet.page.set_column(self.free, self.free, DRAWN_WIDE)
        self.sheet.high(self.row, lines(name, DRAWN_WIDE - 3))
        self.free += 1
        return Column(self.row + 1, self.free - 1, count, self.sheet.page.get_name())

    def _style(self, chart: Chart) -> None:
        native = self.native
        chart.set_size({"width": WIDE, "height": HIGH})
        chart.set_title({"none": True})
        chart.set_chartarea({"border": {"none": True}})
        hidden = [place for place, drawn in enumerate(native.drawn) if drawn.hidden]
        several = len(native.drawn) - len(hidden) > 1
        chart.set_legend({"position": "bottom", "font": FONT, "delete_series": hidden} if several else {"none": True})
        across: dict[str, Any] = {"name": _named(native.x_label), "label_position": "low"}
        if native.form == "scatter":
            across["num_format"] = native.number_format if chart_look.are_shares(native) else "General"
        else:
            step = chart_look.named_each(len(native.categories))
            across |= {"interval_unit": step, "interval_tick": step, "text_axis": True}
        across |= {"reverse": True} if native.form in LYING else {}
        lines_across = {"visible": True, "line": {"color": GRID}}
        up = {"name": _named(native.y_label), "num_format": native.number_format, "major_gridlines": lines_across}
        if native.form in LYING:
            up["label_position"] = "high"
        shared = {"num_font": FONT, "name_font": {**FONT, "bold": False, "color": MUTED}, "line": {"color": MUTED}}
        axes = [{"major_gridlines": {"visible": False}} | across | shared, up | shared | self._ends()]
        lying, standing = reversed(axes) if native.form in LYING else axes
        chart.set_x_axis(lying)
        chart.set_y_axis(standing)
        chart.show_blanks_as("gap")

    def _ends(self) -> dict[str, float]:
        """An axis that holds the limits too, which Excel does not look at, and 0 where bars begin."""
        native, (low, high) = self.native, ends_of(self.native)
        if native.form.startswith("stacked"):
            return {"min": 0.0} if low >= 0 else {}
        ticks = chart_look.ticks_of(native, self.look.shown(low), self.look.shown(high))
        return {"min": ticks[0], "max": ticks[-1], "major_unit": float(f"{ticks[1] - ticks[0]:.6g}")}


def _said(drawn: Drawn) -> dict[str, Any]:
    """What stands at each value, where its number alone would not say it."""
    texts = [{"value": clean(text).lstrip("=")} if text else {"delete": True} for text in drawn.labels]
    return {"value": True, "custom": texts, "font": {**FONT, "bold": True}}


def _looks(kind: str, place: int) -> dict[str, Any]:
    """How a set of values is drawn."""
    if kind == "bar":
        edge, face, _ = BARS[place % len(BARS)]
        return {"fill": {"color": face}, "border": {"color": edge, "width": 1.5}}
    if kind == "dots":
        return {"line": {"none": True}, "marker": _mark(SHAPES[(place + 1) % len(SHAPES)], DOTS[place % len(DOTS)], 9)}
    if kind == "dashed":
        line = {"color": DASHED[place % len(DASHED)], "width": 1.75, "dash_type": DASHES[place % len(DASHES)]}
        return {"line": line, "marker": {"type": "none"}}
    color, dash = SOLID[place % len(SOLID)], {"dash_type": DASHES[place % len(DASHES)]} if place >= len(SOLID) else {}
    return {"line": {"color": color, "width": 2, **dash}, "marker": _mark(SHAPES[place % len(SHAPES)], color, 5)}


def _mark(shape: str, color: str, size: int) -> dict[str, Any]:
    return {"type": shape, "size": size, "fill": {"color": color}, "border": {"color": color}}


def _named(text: str) -> str:
    """The name of an axis; one that begins with = would be a formula."""
    return clean(text).lstrip("=")
