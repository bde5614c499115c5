"""Chart sheets: what a chart says, the chart itself, the numbers behind it, and beside them what it draws."""

from __future__ import annotations

import io
from collections.abc import Mapping

from PIL import Image

from kpikit.figures.native import native_of
from kpikit.report.formats.cells import clean
from kpikit.report.formats.excel_charts import HIGH, WIDE, native_chart
from kpikit.report.formats.sheets import LINE, Book, Sheet, Table
from kpikit.report.told import Shown, Told

POINTS, LETTER = 0.75, 7  # points of a pixel, pixels of a letter
PICTURE_HIGH = 620  # pixels: a picture's letters do not grow smaller with it


def chart_sheet(book: Book, told: Told, shown: Shown, name: str, called: str) -> None:
    """Fills a sheet with a chart: a native one where a workbook can draw it, else its picture."""
    table = Table(shown.table, _units(told, shown), told.case.get("currency", ""))
    native = native_of(shown.kind, shown.spec)
    sheet = book.sheet(name, table.widths)
    sheet.head(str(shown.spec["title"]), shown.says)
    at, sheet.row = sheet.row, sheet.row + round((HIGH if native else PICTURE_HIGH) * POINTS / LINE) + 2
    top, last = sheet.row, max(len(table.names) - 1, sheet.last_column(WIDE / LETTER))
    if table.names:
        sheet.table(table, called)
    else:
        sheet.across("There are no numbers to show.", "note")
    sheet.page.print_area(0, 0, sheet.row - 1, last)
    if native is None:
        _picture(sheet, at, shown)
    else:
        chart = native_chart(sheet, native, top, last + 2)
        sheet.page.insert_chart(at, 0, chart, {"description": clean(shown.alt)})


def _units(told: Told, shown: Shown) -> list[str]:
    """The unit of each row's values: that of the chart, or of what the row's first cell names."""
    one = shown.spec.get("unit") or told.verdict["unit"]
    rows = [row for row in shown.spec.get("rows", ()) if isinstance(row, Mapping)]
    named = {row["name"]: row["unit"] for row in rows if {"name", "unit"} <= set(row)}
    return [named.get(first, one) for first in shown.table.iloc[:, 0]] if len(shown.table.columns) else []


def _picture(sheet: Sheet, at: int, shown: Shown) -> None:
    wide, high = Image.open(io.BytesIO(shown.png)).size
    scale = min(WIDE / wide, PICTURE_HIGH / high, 1.0)
    options = {"image_data": io.BytesIO(shown.png), "description": clean(shown.alt), "x_scale": scale, "y_scale": scale}
    sheet.page.insert_image(at, 0, "chart.png", options)
