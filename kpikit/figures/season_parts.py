"""Season parts: a series as measured, its trend, its season and the rest, one panel each, on axes of one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import EDGE_HIGH, EDGE_WIDE, HUE, MUTED, Chart, change_ticks, said_only, ticks, title_over
from kpikit.figures.native import Native, of_rows, period_names
from kpikit.figures.periods import draw_periods
from kpikit.words.season_captions import parts_said, too_short

Spec = Mapping[str, Any]
ROUNDING = 1e-9  # of the value: what moves less does not move
PANELS = {"value": "as measured", "trend": "trend", "season": "season", "rest": "rest"}


def season_parts(answer: Answer) -> Chart:
    """Observed values, trend, season and rest (STL) of the answer to `seasons`."""
    verdict, course = answer.verdict, answer.more["course"]
    drawn = course if verdict["told"] else course.iloc[:0]
    spec = plain({
        "title": f"What {verdict['name']} is made of", "unit": verdict["unit"], "period": verdict["period"],
        "y_label": words.axis_of(verdict),
        "periods": drawn["period"].tolist(), "clear": verdict["season"] == "clear",
        "rows": drawn[list(PANELS)].to_dict("records") if verdict["told"] else [],
        "why": "" if verdict["told"] else too_short(verdict),
    })  # fmt: skip
    return Chart("season_parts", spec | parts_said(spec), course)


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of season parts."""
    if not spec["rows"]:
        return said_only(spec["title"], spec["why"])
    figure = Figure(figsize=(9, 6.4), layout=ConstrainedLayoutEngine(w_pad=EDGE_WIDE, h_pad=EDGE_HIGH))
    panels = figure.subplots(4, 1, sharex=True)
    columns = {name: [row[name] for row in spec["rows"]] for name in PANELS}
    room = _room(columns)
    for axes, (name, label) in zip(panels, PANELS.items(), strict=True):
        _draw_panel(axes, columns[name], name, spec, room)
        axes.set_ylabel(label)
    draw_periods(panels[-1], spec["periods"], spec["period"])
    for axes in panels[:-1]:
        axes.tick_params(axis="x", length=0)
    title_over(figure, spec["title"])
    return figure


def native(spec: Spec) -> Native:
    """The values, their trend, their season and the rest as lines on one axis."""
    drawn = [of_rows(label, spec["rows"], (name,), dashed=name == "trend") for name, label in PANELS.items()]
    return Native("line", period_names(spec["periods"]), drawn, spec["unit"], spec["period"], spec["y_label"])


def _room(columns: Mapping[str, list[float | None]]) -> float:
    """How much every panel spans: the furthest of them, of values that never move about their own size."""
    widest, size = max(_reach(values) for values in columns.values()), abs(columns["value"][0] or 0.0)
    return 1.12 * widest if widest > ROUNDING * size else size or 1.0


def _reach(values: list[float | None]) -> float:
    known = [value for value in values if value is not None]
    return max(known) - min(known)


def _draw_panel(axes: Axes, values: list[float | None], name: str, spec: Spec, room: float) -> None:
    """One part; every panel spans as much, so that heights can be compared."""
    places, known = range(len(values)), [value for value in values if value is not None]
    series = [float("nan") if value is None else value for value in values]
    if name == "rest":
        axes.vlines(places, 0, series, color=MUTED, lw=1.2)
    else:
        axes.plot(places, series, color=HUE, lw=1.3 if name != "trend" else 2.0)
    if name in ("season", "rest"):
        axes.axhline(0, color=MUTED, lw=0.7)
    middle = (max(known) + min(known)) / 2
    axes.set_ylim(middle - room / 2, middle + room / 2)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter((change_ticks if name in ("season", "rest") else ticks)(spec["unit"]))
    axes.tick_params(axis="y", labelsize=8)
