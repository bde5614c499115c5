"""Goal gaps: a bar from today's value to each goal, with what it takes in counted units and money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, MUTED, Chart, canvas, legend_below, sure_interval, ticks, title_over, wrapped
from kpikit.figures.native import Drawn, Native
from kpikit.words.target_captions import gaps_said, row_said

Spec = Mapping[str, Any]


def goal_gaps(answer: Answer) -> Chart:
    """Every goal of the answer to `targets` beside today's value, the leading one first."""
    verdict = answer.verdict
    rows = sorted(verdict["goals"], key=lambda row: not row["leads"])
    spec = plain({
        "title": "What does each goal take?", "unit": verdict["unit"], "x_label": words.axis_of(verdict),
        "today": verdict["today"]["value"], "low": verdict["today"]["low"], "high": verdict["today"]["high"],
        "at": verdict["today"]["at"],
        "rows": [
            {name: row[name] for name in ("name", "goal", "open", "possible", "leads")} | {"said": row_said(row, verdict)}
            for row in rows
        ],
    })  # fmt: skip
    return Chart("goal_gaps", spec | gaps_said(spec), answer.table)


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of goal gaps."""
    rows, today = spec["rows"][::-1], spec["today"]
    figure, axes = canvas(9, 1.8 + 0.52 * len(rows))
    if spec["low"] is not None:
        axes.axvspan(spec["low"], spec["high"], color=MUTED, alpha=0.18, lw=0, label=sure_interval())
    axes.axvline(today, color=INK, lw=1.4, label=f"today, {spec['at']}: {words.level(today, spec['unit'])}")
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, today, spec["unit"])
    ends = [
        today,
        *(row["goal"] for row in rows if row["possible"]),
        *(end for end in (spec["low"], spec["high"]) if end is not None),
    ]
    room = (max(ends) - min(ends)) or abs(today) or 1.0
    axes.set_xlim(min(ends) - 0.12 * room, max(ends) + 0.14 * room)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_yticks(range(len(rows)), [wrapped(row["name"], 30, lines=2) for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(ticks(spec["unit"]))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(spec["x_label"])
    title_over(figure, spec["title"])
    legend_below(axes, ncols=2)
    return figure


def native(spec: Spec) -> Native:
    """Today's value with its interval, and beside it each goal that a bar can reach."""
    rows = [row for row in spec["rows"] if row["possible"]]
    value, low, high = ([spec[name], *[None] * len(rows)] for name in ("today", "low", "high"))
    today = Drawn("today", value, low, high)
    goals = Drawn("goal", [None, *(row["goal"] for row in rows)])
    names = [f"today, {spec['at']}", *(row["name"] for row in rows)]
    return Native("bar", names, [today, goals], spec["unit"], y_label=spec["x_label"])


def _draw_row(axes: Axes, place: int, row: Spec, today: float, unit: str) -> None:
    color = HUE if row["leads"] else MUTED
    _say_row(axes, place, row)
    if not row["possible"]:
        return  # as far as no bar can go
    hatch = "" if row["open"] else "///"  # a goal that is met lies behind today
    axes.barh(
        place,
        row["goal"] - today,
        left=today,
        height=0.34,
        color="white" if hatch else color,
        edgecolor=color,
        hatch=hatch,
        zorder=3,
    )
    right = row["goal"] >= today
    axes.annotate(
        words.level(row["goal"], unit), (row["goal"], place), xytext=(5 if right else -5, 0), textcoords="offset points",
       va="center",        ha="left" if right else "right", fontsize=8.5, fontweight="bold" if row["leads"] else "normal",
    )  # fmt: skip


def _say_row(axes: Axes, place: int, row: Spec) -> None:
    """What the goal takes, at the right."""
    axes.annotate(
        wrapped(row["said"], 30), (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
        annotation_clip=False,        fontweight="bold" if row["leads"] else "normal",
    )  # fmt: skip
