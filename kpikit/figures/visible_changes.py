"""Visible changes: how small a change can be and still be seen, by how many periods after it are pooled."""

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
    Chart,
    canvas,
    change_ticks,
    change_unit,
    legend_below,
    named_up,
    said_only,
    title,
)
from kpikit.figures.native import Drawn, Native, level_line
from kpikit.words.target_captions import visible_said

Spec = Mapping[str, Any]
LEAST_SHOWN = {"day": 91, "week": 52, "month": 12, "quarter": 8, "year": 5}


def visible_changes(answer: Answer) -> Chart:
    """The smallest visible change of the answer to `targets` by how long one waits, and where the needed one shows."""
    verdict, told = answer.verdict, answer.verdict["visible"]
    shown = max(LEAST_SHOWN[verdict["period"]], min((told["after"] or 0) + 3, told["furthest"]))
    spec = plain({
        "title": "How small a change can be seen?", "unit": verdict["unit"], "period": verdict["period"],
        "y_label": f"Smallest visible change of {verdict['name']}{change_unit(verdict['unit'])}",
        "change": told["course"][:shown], "after": told["after"],
        "gap": abs(verdict["lead"]["gap"]) if verdict["lead"]["open"] and verdict["lead"]["possible"] else None,
        "spans": [span for span in told["spans"] if span["change"] is not None and span["periods"] <= shown],
        "before": told["before"],
    })  # fmt: skip
    course = {f"{verdict['period']}s": range(1, len(spec["change"]) + 1), "change": spec["change"]}
    return Chart("visible_changes", spec | visible_said(spec), pd.DataFrame(course))


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of visible changes."""
    course = pd.Series(spec["change"], index=range(1, len(spec["change"]) + 1), dtype=float).dropna()
    if course.empty:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 3.6)
    axes.fill_between(course.index, 0, course, color=HUE, alpha=0.12, lw=0, label="cannot be told from noise")
    power = f"{words.written('80%')} power, {words.written('5%')}"
    axes.plot(
        course.index,
        course,
        color=HUE,
        lw=1.8,
        label=f"smallest change seen ({power}), against {words.counted(spec['before'], spec['period'])} before",
    )
    for span in spec["spans"]:
        _mark(axes, span, spec["unit"])
    if spec["gap"] is not None:
        axes.axhline(
            spec["gap"], color=ACCENT, lw=1.4, ls="--", label=f"needed for the leading goal: {_size(spec['gap'], spec['unit'])}"
        )
    axes.set_ylim(0, 1.22 * max(float(course.max()), spec["gap"] or 0.0))
    axes.set_xlim(0.4, len(spec["change"]) + 0.8)
    axes.yaxis.set_major_formatter(change_ticks(spec["unit"]))
    axes.set_xlabel(f"{spec['period']}s after a lasting change, pooled")
    named_up(axes, spec["y_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=1)
    return figure


def native(spec: Spec) -> Native:
    """The smallest change that can be seen by how long one waits, and the needed one as a dashed line."""
    seen = Drawn("smallest change seen", spec["change"])
    drawn = [seen, *level_line("needed for the leading goal", spec["gap"], spec["change"])]
    names = [str(place) for place in range(1, len(spec["change"]) + 1)]
    across = f"{spec['period']}s after a lasting change, pooled"
    return Native("line", names, drawn, spec["unit"], across, spec["y_label"], signed=True)


def _mark(axes: Axes, span: Spec, unit: str) -> None:
    axes.plot(span["periods"], span["change"], "o", mfc="white", mec=INK, ms=6, zorder=4)
    axes.annotate(
        _size(span["change"], unit), (span["periods"], span["change"]), xytext=(5, 7), textcoords="offset points", fontsize=8.5,
    )  # fmt: skip


def _size(value: float, unit: str) -> str:
    return words.change(value, unit).removeprefix("+")
