"""The lift plot: how many times more often than chance each opening is bought, with its interval, together above next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, legend_below, said_only, sure_interval, title_over
from kpikit.figures.native import Native, by_look
from kpikit.words import openings as told
from kpikit.words import written

Spec = Mapping[str, Any]
SAID = ("lift", "share", "base", "p_value")
LOOKS = {
    "together": ("o", HUE, "+", "in one order (together)"),
    "next": ("D", ACCENT, "\N{RIGHTWARDS ARROW}", "in a later order (next)"),
}
TICKS = (0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def lift_plot(answer: Answer) -> Chart:
    """The openings of an answer to `openings` that are clearest, by kind."""
    rows = [
        {"name": f"{told.short(row['a'])} {LOOKS[row['kind']][2]} {told.short(row['b'])}"}
        | {key: row[key] for key in ("kind", "relation", "lift", "low", "high", "share", "base", "p_value")}
        for row in answer.verdict["top"]
    ]
    spec = plain({"title": "What is bought with what, more often than chance?", "rows": rows})
    spec |= told.lifts_said(spec)
    return Chart("lift_plot", spec, answer.table)


def draw(spec: Spec) -> Figure:
    """The figure of a lift plot's plain values."""
    if not spec["rows"]:
        return said_only(spec["title"], spec["says"])
    rows = pd.DataFrame(spec["rows"]).iloc[::-1].reset_index(drop=True)
    figure, axes = canvas(9, 1.7 + 0.5 * len(rows))
    axes.set_xscale("log")
    axes.axvline(1, color=INK, lw=1, zorder=1)
    for place, (_, row) in enumerate(rows.iterrows()):
        marker, color, _, _ = LOOKS[row["kind"]]
        axes.hlines(place, row["low"], row["high"], color=color, lw=1.8, zorder=2)
        axes.plot(row["lift"], place, marker, color=color, ms=6.5, zorder=3)
        axes.annotate(
            told.right_of({name: row[name] for name in SAID}),
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    axes.set_yticks(rows.index, [_label(row) for _, row in rows.iterrows()])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    _scale(axes, float(rows["low"].min()), float(rows["high"].max()))
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=INK)
    axes.set_xlabel("Times as often as chance would bring (lift), logarithmic; at the right the shares")
    title_over(figure, spec["title"])
    _key(axes, set(rows["kind"]))
    return figure


def native(spec: Spec) -> Native:
    """A bar an opening with its interval, by kind; 1 is as often as chance."""
    drawn = by_look(spec["rows"], lambda row: LOOKS[row["kind"]][3], ("lift", "low", "high"))
    label = "Times as often as chance would bring (lift)"
    return Native("bar", [row["name"] for row in spec["rows"]], drawn, "number", y_label=label)


def _label(row: pd.Series) -> str:
    """The pair on two lines where it is long, and what kind of opening it is."""
    sign = LOOKS[row["kind"]][2]
    first, _, second = row["name"].partition(f" {sign} ")
    return f"{first}\n{sign} {second} ({row['relation']})"


def _scale(axes: Axes, low: float, high: float) -> None:
    axes.set_xlim(min(0.9, low / 1.1), high * 1.15)
    shown = [tick for tick in TICKS if min(0.9, low) <= tick <= high * 1.15]
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: written(f"{value:g}"))


def _key(axes: Axes, kinds: set[str]) -> None:
    for kind, (marker, color, _, label) in LOOKS.items():
        if kind in kinds:
            axes.plot([], [], marker, color=color, ms=6.5, label=label)
    axes.plot([], [], color=MUTED, lw=1.8, label=sure_interval())
    axes.plot([], [], color=INK, lw=1, label="as often as chance")
    legend_below(axes, ncols=4)
