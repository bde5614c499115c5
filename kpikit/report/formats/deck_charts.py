"""Charts of a deck: what a figure draws as a chart that PowerPoint draws itself and lets edit."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import datetime
from typing import Any

from lxml import etree
from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum import chart as kinds
from pptx.enum.dml import MSO_LINE_DASH_STYLE as DASH
from pptx.oxml.ns import qn
from pptx.util import Pt

from kpikit.figures.chart import INK, MUTED
from kpikit.figures.native import Native
from kpikit.report.formats import chart_look
from kpikit.report.formats.chart_look import (
    BARS,
    DASHED,
    DASHES,
    DOTS,
    FAINT,
    GRID,
    LINES,
    LYING,
    SHAPES,
    SOLID,
    ends_of,
    lies_over,
)
from kpikit.report.formats.deck_bars import number_bars, number_of
from kpikit.report.formats.deck_look import inches, rgb
from kpikit.report.formats.deck_numbers import cells_of, limited, limits_xml, workbook_of, written
from kpikit.report.formats.deck_text import Box, clean

KINDS = {
    "line": kinds.XL_CHART_TYPE.LINE_MARKERS,
    "column": kinds.XL_CHART_TYPE.COLUMN_CLUSTERED,
    "bar": kinds.XL_CHART_TYPE.BAR_CLUSTERED,
    "stacked columns": kinds.XL_CHART_TYPE.COLUMN_STACKED,
    "stacked bars": kinds.XL_CHART_TYPE.BAR_STACKED,
    "scatter": kinds.XL_CHART_TYPE.XY_SCATTER_LINES,
}
SHAPE = kinds.XL_MARKER_STYLE
HEIGHT = 190  # points that names below each other share
DECIMALS = re.compile(r"\.0+")
#: what stands before the values of a series in its XML
BEFORE_VALUES = (qn("c:cat"), qn("c:xVal"), qn("c:val"))


def add_chart(slide: Any, native: Native, box: Box, alt: str, made_on: datetime) -> None:
    """A chart on a slide, to be edited there, with its numbers in a workbook of its own."""
    native = written(native)
    frame = slide.shapes.add_chart(KINDS[native.form], *inches(box), _data(native))
    frame.name = "Chart"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(alt))
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(workbook_of(native, made_on))
    if native.form == "column":
        _lay_over(chart, native)
    _style(chart, native)


def _data(native: Native) -> Any:
    if native.form == "scatter":
        data = XyChartData(number_format=native.number_format)
        for drawn in native.drawn:
            series = data.add_series(drawn.name)
            for at, value in zip(drawn.at, drawn.values, strict=True):
                series.add_data_point(at, value)
        return data
    data = CategoryChartData(number_format=native.number_format)
    data.categories = native.categories
    for drawn in native.drawn:
        data.add_series(drawn.name, drawn.values)
    return data


def _lay_over(chart: Chart, native: Native) -> None:
    """Dashed lines and dots of a column chart as a line chart on the same axes."""
    area = chart._chartSpace.chart.plotArea
    bars = area.find(qn("c:barChart"))
    moved = [one for one, drawn in zip(bars.findall(qn("c:ser")), native.drawn, strict=True) if lies_over(drawn)]
    if not moved:
        return
    lines = etree.SubElement(area, qn("c:lineChart"))
    bars.addnext(lines)
    etree.SubElement(lines, qn("c:grouping"), val="standard")
    etree.SubElement(lines, qn("c:varyColors"), val="0")
    for one in moved:
        for of_bars in one.findall(qn("c:invertIfNegative")):
            one.remove(of_bars)
        lines.append(one)
    etree.SubElement(lines, qn("c:marker"), val="1")
    lines.extend(deepcopy(axis) for axis in bars.findall(qn("c:axId")))


def _style(chart: Chart, native: Native) -> None:
    chart.has_title = False
    chart.font.size = Pt(12)
    chart.font.color.rgb = rgb(INK)
    chart.has_legend = len(native.drawn) > 1
    if chart.has_legend:
        chart.legend.position = kinds.XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    _style_axes(chart, native)
    series = {number_of(one): one for plot in chart.plots for one in plot.series}
    counts = {"bar": 0, "dashed": 0, "dots": 0, "line": 0}
    for place, (drawn, cells) in enumerate(zip(native.drawn, cells_of(native), strict=True)):
        one, look = series[place], chart_look.kind_of(drawn, native)
        if drawn.hidden:
            _hide(chart, one, place)
            continue
        LOOKS[look](one, counts[look])
        counts[look] += 1
        if not drawn.marked:
            one.marker.style = SHAPE.NONE
        if drawn in limited(native):
            directed = native.form in LINES or lies_over(drawn)
            bars = limits_xml(drawn, cells, directed=directed, color=FAINT[look], width=22000)
            next(child for child in one._element if child.tag in BEFORE_VALUES).addprevious(bars)
    if native.form not in LINES:
        number_bars(chart, native)


def _as_bar(series: Any, place: int) -> None:
    edge, face, _ = BARS[place % len(BARS)]
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = rgb(face)
    series.format.line.color.rgb = rgb(edge)
    series.format.line.width = Pt(1.5)


def _as_line(series: Any, place: int) -> None:
    color = SOLID[place % len(SOLID)]
    _draw_line(series, color, 2.0)
    _mark(series, SHAPES[place % len(SHAPES)], color, 5)
    if place >= len(SOLID):
        series.format.line.dash_style = DASH[DASHES[place % len(DASHES)].upper()]


def _as_dashed(series: Any, place: int) -> None:
    color = DASHED[place % len(DASHED)]
    _draw_line(series, color, 1.75)
    series.format.line.dash_style = DASH[DASHES[place % len(DASHES)].upper()]
    series.marker.style = SHAPE.NONE


def _as_dots(series: Any, place: int) -> None:
    color = DOTS[place % len(DOTS)]
    series.format.line.fill.background()
    _mark(series, SHAPES[(place + 1) % len(SHAPES)], color, 9)


LOOKS = {"bar": _as_bar, "line": _as_line, "dashed": _as_dashed, "dots": _as_dots}


def _draw_line(series: Any, color: str, points: float) -> None:
    series.format.line.color.rgb = rgb(color)
    series.format.line.width = Pt(points)
    series.smooth = False


def _mark(series: Any, shape: str, color: str, size: int) -> None:
    series.marker.style, series.marker.size = SHAPE[shape.upper()], size
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = rgb(color)
    series.marker.format.line.color.rgb = rgb(color)


def _hide(chart: Chart, series: Any, place: int) -> None:
    """A part that only lifts the next one: not painted, not in the legend."""
    series.format.fill.background()
    series.format.line.fill.background()
    entry = etree.Element(qn("c:legendEntry"))
    etree.SubElement(entry, qn("c:idx"), val=str(place))
    etree.SubElement(entry, qn("c:delete"), val="1")
    chart.legend._element.find(qn("c:legendPos")).addnext(entry)


def _style_axes(chart: Chart, native: Native) -> None:
    across, up = chart.category_axis, chart.value_axis
    lying = native.form in LYING
    for axis, text in ((across, native.x_label), (up, native.y_label)):
        axis.format.line.color.rgb = rgb(MUTED)
        axis.has_title = bool(text)
        if text:
            axis.axis_title.text_frame.text = text
            font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
            font.size, font.bold, font.color.rgb = Pt(12), False, rgb(MUTED)
    across.has_major_gridlines = False
    up.has_major_gridlines = True
    up.major_gridlines.format.line.color.rgb = rgb(GRID)
    up.tick_labels.number_format, up.tick_labels.number_format_is_linked = native.number_format, False
    across.tick_label_position = kinds.XL_TICK_LABEL_POSITION.LOW
    if lying:
        across.reverse_order = True
        up._element.find(qn("c:crosses")).set("val", "max")  # at the last category, which stands lowest
    if native.form == "scatter":
        across.tick_labels.number_format_is_linked = False
        across.tick_labels.number_format = native.number_format if chart_look.are_shares(native) else "General"
    else:
        _thin_out(across, len(native.categories), lying=lying)
    _scale(up, native)


def _thin_out(axis: Any, count: int, *, lying: bool) -> None:
    """Names of categories at whole steps where there are too many to be read; those of bars that lie all stand."""
    if lying:
        axis.tick_labels.font.size = Pt(max(8, min(12, HEIGHT // max(count, 1))))
    step = 1 if lying else chart_look.named_each(count)
    for name in ("c:tickLblSkip", "c:tickMarkSkip"):
        skip = etree.Element(qn(name), val=str(step))
        axis._element.find(qn("c:noMultiLvlLbl")).addprevious(skip)


def _scale(axis: Any, native: Native) -> None:
    """An axis that holds the limits too, which PowerPoint does not look at, and that begins at 0 where bars do."""
    low, high = ends_of(native)
    bars = native.form not in LINES
    if bars and low >= 0:
        axis.minimum_scale = 0
    if limited(native) or not bars:
        ticks = chart_look.ticks_of(native, low, high)
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = ticks[0], ticks[-1], ticks[1] - ticks[0]
        if all(float(f"{tick * (100 if '%' in native.number_format else 1):.6g}").is_integer() for tick in ticks):
            axis.tick_labels.number_format = DECIMALS.sub("", native.number_format)
