"""Trend lines: every measure of a scorecard as a small line with its last point marked, side by side, each on its own scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, EDGE_HIGH, EDGE_WIDE, HUE, INK, MUTED, Chart, ticks, title_over, wrapped
from kpikit.figures.periods import draw_ticks, marked_on
from kpikit.figures.remarks import Events, remarks_of
from kpikit.words import scorecard as said

Spec = Mapping[str, Any]
Row = Mapping[str, Any]
ACROSS = 3
WIDE = 2.75  # inches of each where more than those stand side by side
MOST = 36  # periods drawn; the table holds them all


def trend_lines(answer: Answer, events: Events = None) -> Chart:
    """Every measure of the answer to `scorecard` by period, the last point marked, as a diamond where it clearly changed.

    `events` are dated remarks, as of a run chart; here they are marked without their letters.
    """
    courses = answer.more["courses"]
    rows = [_row(row, courses[courses["measure"] == row["name"]].tail(MOST), events) for row in answer.verdict["rows"]]
    spec = plain({"title": "How did each measure go?", "rows": rows, "events": remarks_of(events)})
    return Chart("trend_lines", spec | said.trends_said(spec), courses)


def _row(line: Mapping[str, Any], course: pd.DataFrame, events: Events) -> dict[str, Any]:
    periods = [words.when(period) for period in course["period"]]
    told = {name: line[name] for name in ("name", "unit", "clear", "own")}
    places = [mark["at"] for mark in marked_on(course["period"], events) if mark["at"] is not None]
    return told | {"periods": periods, "value": course["value"].astype(float).tolist(), "marked": places}


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of trend lines."""
    rows, across = spec["rows"], min(spec.get("across", ACROSS), len(spec["rows"]))
    down = -(-len(rows) // across)
    figure = Figure(
        figsize=(9 if across <= ACROSS else WIDE * across, 1.0 + 1.75 * down),
        layout=ConstrainedLayoutEngine(w_pad=EDGE_WIDE, h_pad=EDGE_HIGH, hspace=0.08, wspace=0.04),
    )
    every = figure.subplots(down, across, squeeze=False).ravel()
    for axes, row in zip(every, rows, strict=False):
        _draw_row(axes, row)
    for axes in every[len(rows) :]:
        axes.axis("off")
    title_over(figure, spec["title"])
    return figure


def _draw_row(axes: Axes, row: Row) -> None:
    values = np.array(row["value"], dtype=float)
    known = np.flatnonzero(np.isfinite(values))
    axes.plot(range(len(values)), values, color=HUE, lw=1.3)
    name = wrapped(row["name"] + (" *" if row["own"] else ""), 34, lines=2)
    if len(known):
        last = int(known[-1])
        axes.plot(
            last, values[last], "D" if row["clear"] else "o", color=ACCENT if row["clear"] else HUE, ms=6.5 if row["clear"] else 5
        )
        changed = ", clearly changed" if row["clear"] else ""
        axes.set_title(
            f"{name}\n{words.level(values[last], row['unit'])} in the last period{changed}",
            fontsize=8.5,
            fontweight="normal",
            pad=7,
        )
        axes.set_xticks([int(known[0]), last], [_short(row["periods"][int(known[0])]), _short(row["periods"][last])])
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        room = 0.15 * (high - low) or 0.1 * (abs(high) or 1.0)
        axes.set_ylim(low - room, high + room)
    draw_ticks(axes, row["marked"])
    axes.set_xlim(-1, len(values))
    axes.yaxis.set_major_formatter(ticks(row["unit"]))
    axes.locator_params(axis="y", nbins=3)
    axes.tick_params(labelsize=7.5)
    axes.tick_params(axis="x", labelcolor=MUTED)
    axes.title.set_color(INK)


def _short(period: str) -> str:
    return period.removeprefix(words.WEEK_OF)
