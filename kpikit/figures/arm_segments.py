"""The forest plot of a campaign's segments: each level's difference, and whether the levels differ at all."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.arm_effects import draw_rows, native_rows, x_label
from kpikit.figures.chart import HUE, MUTED, Chart, canvas, legend_below, said_only, sure_interval, title_over, wrapped
from kpikit.figures.native import Native, by_look
from kpikit.words import arms as said

MOST = 24  # levels drawn; the table holds them all
SHOWN = ["arm", "segment", "level", "customers", "difference", "difference_low", "difference_high"]


def arm_segments(answer: Answer) -> Chart:
    """Each level of each segment from the answer to `campaign`: the arm's difference to the control there."""
    verdict, parts = answer.verdict, answer.more["segments"]
    names = {"difference": "value", "difference_low": "low", "difference_high": "high"}
    rows = parts[SHOWN].rename(columns=names).head(MOST).to_dict("records")
    tests = [{key: test[key] for key in ("arm", "segment", "p_value", "differs")} for test in verdict["segments"]["tests"]]
    spec = plain({
        "title": "Does it work better for some?", "unit": verdict["unit"], "x_label": x_label(verdict), "tests": tests,
        "rows": [{str(key): value for key, value in row.items()} for row in rows],
    })  # fmt: skip
    return Chart("arm_segments", spec | said.arm_segments_said(spec), parts[SHOWN])


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the segments' plain values."""
    if not spec["rows"]:
        return said_only(spec["title"], spec["says"])
    differs = {(test["arm"], test["segment"]): test["differs"] for test in spec["tests"]}
    rows = [{**row, "leads": differs[row["arm"], row["segment"]]} for row in spec["rows"]][::-1]
    figure, axes = canvas(9, 1.8 + 0.44 * len(rows))
    draw_rows(axes, rows, spec, [f"{wrapped(row['level'], 34, lines=1)}\n{wrapped(row['arm'], 34, lines=1)}" for row in rows])
    _part_tests(axes, spec["rows"])
    title_over(figure, spec["title"])
    axes.plot([], [], "D", color=HUE, ls="", ms=6.5, label="levels differ clearly")
    axes.plot([], [], "o", mfc="white", mec=MUTED, mew=1.6, ls="", ms=6.5, label="levels do not differ clearly")
    axes.plot([], [], color=MUTED, lw=1.6, label=f"{sure_interval()}, for all levels of a segment together")
    legend_below(axes, ncols=3)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """A bar a level with its interval, told apart by whether the levels of its segment differ clearly."""
    differs = {(test["arm"], test["segment"]): test["differs"] for test in spec["tests"]}
    said = {True: "levels differ clearly", False: "levels do not differ clearly"}
    drawn = by_look(spec["rows"], lambda row: said[bool(differs[row["arm"], row["segment"]])])
    return native_rows(spec, [f"{row['level']}, {row['arm']}" for row in spec["rows"]], drawn)


def _part_tests(axes: Any, rows: list[Mapping[str, Any]]) -> None:
    """A thin line between one arm and segment and the next."""
    size = len(rows)
    for place, (row, following) in enumerate(pairwise(rows)):
        if (row["arm"], row["segment"]) != (following["arm"], following["segment"]):
            axes.axhline(size - place - 1.5, color=MUTED, lw=0.8, ls=":")
