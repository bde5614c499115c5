"""The time-to-convert curve: the share that is through by day since entry, with its limits and how many were at risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, MUTED, Chart, canvas, legend_below, said_only, sure_interval, ticks, title, wrapped
from kpikit.figures.native import Drawn, Native
from kpikit.words.funnel_figures import curve_said

Spec = Mapping[str, Any]
MARKS = 6  # places under the axis at which it is said how many were at risk


def conversion_curve(answer: Answer) -> Chart:
    """The share through by day, from the answer to `funnel` (one minus Kaplan and Meier's curve)."""
    verdict, course = answer.verdict, answer.more["course"]
    end, entered = verdict["time"]["end"], verdict["time"]["entered"]
    risk = [{"day": int(day), "count": _at_risk(answer, int(day))} for day in _places(end)]
    spec = plain({
        "title": f"How long does it take from '{verdict['steps'][0]}' to '{verdict['steps'][-1]}'?",
        "step": verdict["steps"][-1], "entered": entered, "end": end, "half": verdict["time"]["half"]["value"],
        "y_label": f"Share of all who entered that reached '{verdict['steps'][-1]}'", "x_label": "Days since entry",
        **{name: course[name].tolist() for name in ("day", "share", "share_low", "share_high")}, "at_risk": risk,
    })  # fmt: skip
    return Chart("conversion_curve", spec | curve_said(spec), course)


def draw(spec: Spec) -> Figure:
    """The figure of a curve's plain values."""
    if not spec["day"]:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 4.4)
    days, share, low, high = (np.array(spec[name], dtype=float) for name in ("day", "share", "share_low", "share_high"))
    ends = np.concatenate([[0], days, [spec["end"]]])
    steps = {name: np.concatenate([[0], part, part[-1:]]) for name, part in (("share", share), ("low", low), ("high", high))}
    axes.fill_between(ends, steps["low"], steps["high"], step="post", color=HUE, alpha=0.18, lw=0, label=sure_interval())
    axes.step(ends, steps["share"], where="post", color=HUE, lw=2, label="share through")
    if spec["half"] is not None:
        axes.axvline(
            spec["half"], color=MUTED, lw=1, ls=(0, (4, 3)), label=f"half of those through: day {words.amount(spec['half'])}"
        )
    _draw_at_risk(axes, spec)
    axes.set_xlim(0, spec["end"] * 1.02 or 1)
    axes.set_ylim(0, None)
    axes.yaxis.set_major_formatter(ticks("percent"))
    axes.set_xlabel(spec["x_label"], labelpad=24)
    axes.set_ylabel(wrapped(spec["y_label"], 34))
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """The share through by day as a step up to the horizon, with its limits where it rises."""
    if not spec["day"]:
        at, share, low, high = [], [], [], []
    else:
        at = [0, *(day for day in spec["day"] for _ in "ab"), spec["end"]]
        share = [0, 0, *(value for value in spec["share"] for _ in "ab")]
        low, high = (
            [None, *(end for value in spec[name] for end in (None, value)), None] for name in ("share_low", "share_high")
        )
    drawn = Drawn("share through", share, low, high, at=at, marked=False)
    days = [f"day {day}" for day in at]
    return Native("scatter", days, [drawn], "percent", spec["x_label"], spec["y_label"])


def _draw_at_risk(axes: Axes, spec: Spec) -> None:
    """Under the axis, how many were still followed and not through."""
    axes.set_xticks([mark["day"] for mark in spec["at_risk"]])
    for mark in spec["at_risk"]:
        axes.annotate(
            words.amount(mark["count"]), (mark["day"], 0), xycoords=("data", "axes fraction"), xytext=(0, -30),
            textcoords="offset points", ha="center", fontsize=8, color=INK, annotation_clip=False,
        )  # fmt: skip
    axes.annotate(
        "at risk", (0, 0), xycoords="axes fraction", xytext=(-22, -30), textcoords="offset points", ha="right", fontsize=8,
        color=MUTED, annotation_clip=False,
    )  # fmt: skip


def _places(end: int) -> list[int]:
    return sorted({round(float(day)) for day in np.linspace(0, end, MARKS)})


def _at_risk(answer: Answer, day: int) -> int:
    """Who is at risk when a day begins."""
    days = answer.more["at_risk"]
    return int(days.loc[days["day"] == day, "at_risk"].iloc[0])
