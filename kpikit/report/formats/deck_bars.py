"""Bars of a deck's charts: how they look, how close they stand, and the number in or behind each."""

from __future__ import annotations

from typing import Any

from lxml import etree
from pptx.chart.chart import Chart
from pptx.enum.chart import XL_LABEL_POSITION as PLACE
from pptx.oxml.ns import qn
from pptx.util import Pt

from kpikit.figures.chart import INK
from kpikit.figures.native import Drawn, Native
from kpikit.report.formats.chart_look import BARS, ends_of, lies_over
from kpikit.report.formats.deck_look import rgb
from kpikit.report.formats.deck_text import clean

FEW, MANY = 3, 26  # categories whose bars are kept slim; bars from which on no number stands in them
SHORT, THIN = 0.14, 0.05  # of the axis: a bar too short for its number at its foot, and in its middle
CLOSE, SLIM = 60, 160  # percent of a bar between two
SIZE = 11


def number_bars(chart: Chart, native: Native) -> None:
    """Sets how close the bars stand, and writes the number of each where there is room."""
    plot: Any = chart.plots[0]
    stacked = native.form.startswith("stacked")
    one_line = stacked or native.apart
    plot.gap_width, plot.overlap = CLOSE if len(native.categories) > FEW else SLIM, 100 if one_line else -10
    every = {number_of(series): series for series in plot.series}
    if len(native.categories) * (1 if one_line else len(every)) > MANY:
        return
    low, high = ends_of(native)
    span, seen = max(high, 0.0) - min(low, 0.0), [at for at in every if not native.drawn[at].hidden]
    marked = any(map(lies_over, native.drawn))  # what lies over the bars needs the room above them
    for look, at in enumerate(seen):
        drawn = native.drawn[at]
        place = PLACE.CENTER if stacked else PLACE.INSIDE_BASE if drawn.low or marked else PLACE.OUTSIDE_END
        least = {PLACE.CENTER: THIN, PLACE.INSIDE_BASE: SHORT, PLACE.OUTSIDE_END: 0.0}[place] * span
        color = INK if place is PLACE.OUTSIDE_END else BARS[look % len(BARS)][2]
        _number(every[at], drawn, native.number_format, place, color)
        if not drawn.labels:
            _leave_out(
                every[at], [row for row, value in enumerate(drawn.values) if value is not None and _room(drawn, row) < least]
            )


def number_of(series: Any) -> int:
    """Which of the drawn sets a series is."""
    return int(series._element.find(qn("c:idx")).get("val"))


def _number(series: Any, drawn: Drawn, number_format: str, place: Any, color: str) -> None:
    labels = series.data_labels
    labels.show_value, labels.position, labels.font.size = True, place, Pt(SIZE)
    labels.number_format, labels.number_format_is_linked = number_format, False
    labels.font.color.rgb = rgb(color)
    for at, text in enumerate(drawn.labels):
        if drawn.values[at] is not None:
            _say(series.points[at].data_label, text, place)


def _say(label: Any, text: str, place: Any) -> None:
    """A text in the place of a number that alone would not say it, as of a change."""
    label.position = place
    run = label.text_frame.paragraphs[0].add_run()
    run.text = clean(text)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(SIZE + 1), True, rgb(INK)


def _room(drawn: Drawn, row: int) -> float:
    """How much of a bar is free for its number: up to its nearer limit; none where the limits hold 0."""
    low, high = (ends[row] if ends else None for ends in (drawn.low, drawn.high))
    if low is None or high is None:
        return abs(drawn.values[row] or 0.0)
    return 0.0 if low < 0 < high else min(abs(low), abs(high))


def _leave_out(series: Any, rows: list[int]) -> None:
    for row in reversed(rows):
        none = etree.Element(qn("c:dLbl"))
        etree.SubElement(none, qn("c:idx"), val=str(row))
        etree.SubElement(none, qn("c:delete"), val="1")
        series.data_labels._element.insert(0, none)
