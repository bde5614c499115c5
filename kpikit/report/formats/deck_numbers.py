"""The numbers of a deck's chart: as PowerPoint can show them, and the workbook behind them, where no name is a formula."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lxml import etree
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from kpikit.figures.native import Drawn, Native, Numbers
from kpikit.report.formats.chart_look import is_limited
from kpikit.report.formats.deck_text import one_line, shortened

LETTERS = 60  # of a category, a series or an axis' name
SHEET = "Sheet1"  # as python-pptx names it in the references of a chart
#: a name that begins with = stays a name, and an address is no link
SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
ENDS = ("low", "high")
EXACT = 10  # digits that multiplying by 100 leaves as they were


@dataclass(frozen=True)
class Cells:
    """Where a set of values stands: the column and the first row of its values, and the column of its limits."""

    column: int
    row: int
    limits: int


def written(native: Native) -> Native:
    """The same chart as PowerPoint can hold it: names cleaned and cut, percentage points times 100."""
    drawn = [_written(one, native) for one in native.drawn]
    names = [_name(name) for name in native.categories]
    return replace(native, categories=names, drawn=drawn, x_label=_name(native.x_label, 2), y_label=_name(native.y_label, 2))


def _name(text: str, times: int = 1) -> str:
    return shortened(one_line(text), times * LETTERS)


def _written(drawn: Drawn, native: Native) -> Drawn:
    known = [place for place, value in enumerate(drawn.values) if value is not None or native.form != "scatter"]
    value, low, high = (
        _times([row[at] for at in known], native.times) if row else () for row in (drawn.values, drawn.low, drawn.high)
    )
    return replace(
        drawn, name=_name(drawn.name), values=value, low=low, high=high, at=[drawn.at[at] for at in known] if drawn.at else ()
    )


def _times(values: Numbers, factor: int) -> list[float | None]:
    return [None if value is None else float(f"{value * factor:.{EXACT}g}") for value in values]


def workbook_of(native: Native, made_on: datetime) -> bytes:
    """The workbook behind a chart: values where the chart looks for them, limits beside them."""
    buffer = io.BytesIO()
    with Workbook(buffer, SAFE) as book:
        book.set_properties({"created": made_on})
        sheet, looks = book.add_worksheet(SHEET), book.add_format({"num_format": native.number_format})
        if native.form != "scatter":
            sheet.write_column(1, 0, native.categories)
        for drawn, cells in zip(native.drawn, cells_of(native), strict=True):
            sheet.write(cells.row - 1, cells.column, drawn.name)
            sheet.write_column(cells.row, cells.column, drawn.values, looks)
            if drawn.at:
                sheet.write_column(cells.row, 0, drawn.at)
            if drawn.low:
                _write_limits(sheet, drawn, cells, looks)
    return buffer.getvalue()


def cells_of(native: Native) -> Iterator[Cells]:
    """Where the values of each set stand, as python-pptx lays them out."""
    row, limits = 1, len(native.drawn) + 1
    for place, drawn in enumerate(native.drawn):
        if native.form == "scatter":
            yield Cells(1, row, 2)
            row += len(drawn.values) + 2
        else:
            yield Cells(place + 1, row, limits)
            limits += 4 if drawn.low else 0


def _write_limits(sheet: Any, drawn: Drawn, cells: Cells, looks: Any) -> None:
    """Low and high as numbers, and how far they lie from the value as formulas, so that whoever mends one sees it drawn."""
    for place, (end, limits) in enumerate(zip(ENDS, (drawn.low, drawn.high), strict=True)):
        sheet.write(cells.row - 1, cells.limits + place, f"{drawn.name}, {end}")
        sheet.write_column(cells.row, cells.limits + place, limits, looks)
        column = cells.limits + 2 + place
        sheet.write(cells.row - 1, column, f"from value to {end}")
        for row, length in enumerate(_lengths(drawn, place), start=cells.row):
            value, limit = xl_rowcol_to_cell(row, cells.column), xl_rowcol_to_cell(row, cells.limits + place)
            if length is not None:
                sheet.write_formula(row, column, f"={limit}-{value}" if place else f"={value}-{limit}", looks, length)


def _lengths(drawn: Drawn, place: int) -> Numbers:
    """How far a limit lies from its value, never backwards."""
    limits, sign = (drawn.high, 1) if place else (drawn.low, -1)
    return [
        None if value is None or limit is None else float(f"{max(sign * (limit - value), 0.0):.{EXACT}g}")
        for value, limit in zip(drawn.values, limits, strict=True)
    ]


def limits_xml(drawn: Drawn, cells: Cells, *, directed: bool, color: str, width: int) -> etree._Element:
    """The limits of a set of values as error bars, which python-pptx cannot write."""
    parts = "".join(_part(name, _lengths(drawn, place), cells, place) for name, place in (("plus", 1), ("minus", 0)))
    way = '<c:errDir val="y"/>' if directed else ""
    line = f'<a:ln w="{width}"><a:solidFill><a:srgbClr val="{color.lstrip("#")}"/></a:solidFill></a:ln>'
    return parse_xml(
        f'<c:errBars {nsdecls("c", "a")}>{way}<c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="1"/>'
        f"{parts}<c:spPr>{line}</c:spPr></c:errBars>"
    )


def _part(name: str, lengths: Numbers, cells: Cells, place: int) -> str:
    column = xl_col_to_name(cells.limits + 2 + place, col_abs=True)
    where = f"{SHEET}!{column}${cells.row + 1}:{column}${cells.row + len(lengths)}"
    points = "".join(f'<c:pt idx="{at}"><c:v>{length!r}</c:v></c:pt>' for at, length in enumerate(lengths) if length is not None)
    cache = f'<c:numCache><c:formatCode>General</c:formatCode><c:ptCount val="{len(lengths)}"/>{points}</c:numCache>'
    return f"<c:{name}><c:numRef><c:f>{where}</c:f>{cache}</c:numRef></c:{name}>"


def limited(native: Native) -> Sequence[Drawn]:
    """The sets of values that have limits."""
    return [drawn for drawn in native.drawn if is_limited(drawn)]
