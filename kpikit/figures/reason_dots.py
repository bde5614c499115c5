"""The dot plot of reasons: each share of those who answered with its interval, weighted, and what the silent could make it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import (
    ACCENT,
    HUE,
    INK,
    MUTED,
    Chart,
    canvas,
    legend_below,
    said_only,
    sure_interval,
    ticks,
    title_over,
    wrapped,
)
from kpikit.figures.native import Native, of_rows
from kpikit.words.feedback import dots_said

MOST = 20  # reasons drawn; the table holds them all


def reason_dots(answer: Answer) -> Chart:
    """The reasons of the answer to `feedback`, the most named first."""
    verdict = answer.verdict
    rows, more = verdict["reasons"][:MOST], len(verdict["reasons"][MOST:])
    spec = plain({
        "title": "Which reasons do they give?", "rows": rows, "weighted": bool(verdict["weighted_by"]),
        "x_label": "Share that names the reason" + ("" if verdict["single_choice"] else "; several could be named")
        + (f"; {more} more in the table" if more else ""),
    })  # fmt: skip
    return Chart("reason_dots", spec | dots_said(spec), pd.DataFrame(verdict["reasons"]).drop(columns=["lead", "hidden"]))


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the plain values."""
    rows = [row for row in spec["rows"] if not row["hidden"]]
    if not rows:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 1.9 + 0.5 * len(rows))
    for place, row in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        _draw_row(axes, place, row, spec["weighted"])
    axes.set_yticks(range(len(rows) - 1, -1, -1), [wrapped(row["reason"], 40, lines=2) for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(0, 1)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=9, labelcolor=INK)
    axes.xaxis.set_major_formatter(ticks("percent"))
    axes.set_xlabel(wrapped(spec["x_label"], 84))
    title_over(figure, spec["title"])
    _draw_key(axes, spec["weighted"])
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """A bar a reason with its limits, and a second one weighted to all who were asked."""
    rows = [row for row in spec["rows"] if not row["hidden"]]
    drawn = [of_rows("of those who answered", rows, ("share", "share_low", "share_high"))]
    if spec["weighted"]:
        drawn.append(of_rows("weighted to all asked", rows, ("weighted", "weighted_low", "weighted_high")))
    names, sure = [row["reason"] for row in rows], f"{sure_interval()}, for all together"
    return Native("bar", names, drawn, "percent", y_label=spec["x_label"], sure=sure)


def _draw_row(axes: Axes, place: int, row: Mapping[str, Any], weighted: bool) -> None:
    axes.hlines(place, row["least"], row["most"], color="#c5ccd3", lw=1.2, zorder=1)
    axes.hlines(place, row["share_low"], row["share_high"], color=HUE, lw=2.6, zorder=2)
    axes.plot(row["share"], place, "o", mfc=HUE, mec=HUE, ms=6.5, zorder=4)
    text = words.level(row["share"], "percent")
    if weighted:
        axes.hlines(place - 0.2, row["weighted_low"], row["weighted_high"], color=ACCENT, lw=1.6, zorder=2)
        axes.plot(row["weighted"], place - 0.2, "D", mfc="white", mec=ACCENT, mew=1.5, ms=5.5, zorder=4)
        text += f"; weighted {words.level(row['weighted'], 'percent')}"
    axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, annotation_clip=False)


def _draw_key(axes: Axes, weighted: bool) -> None:
    axes.plot([], [], "o-", color=HUE, lw=2.6, ms=6.5, label="of those who answered, with limits that hold together")
    if weighted:
        axes.plot([], [], "D-", color=ACCENT, mfc="white", mew=1.5, lw=1.6, ms=5.5, label="weighted to all asked")
    axes.plot([], [], color="#c5ccd3", lw=1.2, label="all asked, whatever the silent would say")
    legend_below(axes, ncols=3)
    axes.xaxis.label.set_color(MUTED)
