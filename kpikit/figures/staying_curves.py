"""Staying curves: who upgraded and customers alike, from the day of the upgrade on, with how many are still followed below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, MUTED, Chart, canvas, legend_below, named_up, said_only, sure_interval, ticks, title
from kpikit.figures.native import Drawn, Native
from kpikit.words import lifetime_figures as said

Spec = Mapping[str, Any]
LOOKS = ((HUE, "-"), (MUTED, (0, (5, 2))))
MARKS = 5  # days at which the numbers still followed are told
TITLE = "Do upgraders stay longer than customers alike?"


def staying_curves(answer: Answer) -> Chart:
    """The share still there after the upgrade, and of customers alike after that same day, from the answer to `lifetime`."""
    found = answer.more.get("curves", pd.DataFrame())
    lack = "Orders name no plan: nobody's upgrade is known." if answer.verdict["kind"] == "orders" else "Too few upgraded."
    names = ["day", "share", "share_low", "share_high", "at_risk"]
    groups = [] if found.empty else [part[names].to_dict("list") for _, part in found.groupby("group", sort=False)]
    spec = plain({
        "title": TITLE, "groups": groups, "none": f"{lack} The two are not compared.",
        "days": answer.verdict["staying"]["days"] if groups else None,
        "x_label": "Days since the upgrade, of customers alike since the same day; below, how many are still followed",
        "y_label": "Share still on a plan",
    })  # fmt: skip
    shown = found if found.empty else found[found["day"].isin(_marked(found["day"].to_numpy()))].reset_index(drop=True)
    return Chart("staying_curves", spec | said.curves_said(spec), shown)


def draw(spec: Spec) -> Figure:
    """The figure of staying curves' plain values."""
    if not spec["groups"]:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 5.0)
    for name, group, (color, line) in zip(said.NAMES, spec["groups"], LOOKS, strict=True):
        axes.fill_between(
            group["day"], group["share_low"], group["share_high"], step="post", color=color, alpha=0.16, lw=0,
            label=sure_interval() if color == HUE else "_again",
        )  # fmt: skip
        axes.step(group["day"], group["share"], where="post", color=color, ls=line, lw=2, label=name)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, max(spec["groups"][0]["day"]))
    axes.set_xticks(_marked(np.array(spec["groups"][0]["day"])))
    axes.yaxis.set_major_formatter(ticks("percent"))
    axes.grid(axis="y", color="#eef1f4")
    axes.set_xlabel(spec["x_label"])
    named_up(axes, spec["y_label"])
    _draw_numbers(axes, spec)
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """The share still there by day, of those who upgraded and of customers alike, with its limits."""
    names = zip(said.NAMES, spec["groups"], strict=True) if spec["groups"] else ()
    drawn = [
        Drawn(name, group["share"], group["share_low"], group["share_high"], group["day"], dashed=place > 0)
        for place, (name, group) in enumerate(names)
    ]
    days: list[float] = max((group["day"] for group in spec["groups"]), key=len, default=[])
    return Native("scatter", [f"day {day}" for day in days], drawn, "percent", spec["x_label"].partition(";")[0], spec["y_label"])


def _draw_numbers(axes: Axes, spec: Spec) -> None:
    """How many of each group are still followed, under the axis."""
    for line, (name, group) in enumerate(zip(("upgraded", "alike"), spec["groups"], strict=True)):
        rows = dict(zip(group["day"], group["at_risk"], strict=True))
        texts = [(day, words.amount(round(rows[day]))) for day in _marked(np.array(group["day"]))]
        height = -46 - 13 * line
        for day, text in texts:
            axes.annotate(
                text, (day, 0), xycoords=("data", "axes fraction"), xytext=(0, height), textcoords="offset points",
                ha="center", fontsize=8.5, color=LOOKS[line][0], annotation_clip=False,
            )  # fmt: skip
        axes.annotate(
            name, (0, 0), xycoords="axes fraction", xytext=(-16, height), textcoords="offset points", ha="right", fontsize=8.5,
            color=LOOKS[line][0], annotation_clip=False,
        )  # fmt: skip


def _marked(days: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    """The days at which numbers stand: the first, the last and some between them."""
    every = np.unique(days)
    return [int(every[place]) for place in np.linspace(0, len(every) - 1, min(MARKS, len(every))).round().astype(int)]
