"""Season years: one line a year (of days: a week), laid over each other, the same part of each above the same place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, MUTED, Chart, canvas, legend_below, named_up, spread_apart, ticks, title
from kpikit.figures.native import Drawn, Native
from kpikit.figures.season_phases import MOST_NAMED, _short
from kpikit.words.season_captions import years_said

Spec = Mapping[str, Any]
MOST_LINES = 8  # that can be told apart and named; of more, all but the last are drawn faint
MOST_DRAWN = 60


def season_years(answer: Answer) -> Chart:
    """The values of the answer to `seasons`, year over year."""
    verdict, table = answer.verdict, answer.more["years"]
    names = [str(name) for name in answer.more["phases"].iloc[:, 0]]
    wide = table.pivot_table(index="cycle", columns="phase", values="value", sort=False).reindex(columns=range(len(names)))
    lines = [{"name": str(name), "values": row.tolist()} for name, row in wide.tail(MOST_DRAWN).iterrows()]
    spec = plain({
        "title": f"{verdict['name']}, {verdict['turn']} over {verdict['turn']}", "unit": verdict["unit"], "turn": verdict["turn"],
        "y_label": words.axis_of(verdict), "part": str(answer.more["phases"].columns[0]), "names": names, "lines": lines,
        "count": len(wide),
        **_tops(wide, names),
    })  # fmt: skip
    return Chart("season_years", spec | years_said(spec), wide.set_axis(names, axis=1).reset_index())


def _tops(wide: pd.DataFrame, names: list[str]) -> dict[str, Any]:
    """In how many whole cycles the part that is most often the highest was so; None where several parts were so as often."""
    whole = wide.dropna()
    if len(whole) < 2:
        return {"whole": len(whole), "same_top": None}
    tops = (whole.to_numpy() == whole.max(axis=1).to_numpy()[:, None]).sum(axis=0)
    alone = (tops == tops.max()).sum() == 1
    return {"whole": len(whole), "same_top": [int(tops.max()), names[int(tops.argmax())]] if alone else None}


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of season years."""
    figure, axes = canvas(9, 4.0)
    few = len(spec["lines"]) <= MOST_LINES
    _draw_few(axes, spec) if few else _draw_many(axes, spec)
    names = spec["names"]
    step = max(1, -(-len(names) // MOST_NAMED))
    axes.set_xticks(range(0, len(names), step), [_short(name) for name in names[::step]])
    axes.set_xlim(-0.3, len(names) - 0.7)
    axes.yaxis.set_major_formatter(ticks(spec["unit"]))
    axes.set_xlabel(spec["part"])
    named_up(axes, spec["y_label"])
    title(axes, spec["title"])
    if not few:
        legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """A line a cycle, the last ones of many."""
    drawn = [Drawn(line["name"], line["values"]) for line in spec["lines"][-MOST_LINES:]]
    return Native("line", spec["names"], drawn, spec["unit"], spec["part"], spec["y_label"])


def _draw_few(axes: Axes, spec: Spec) -> None:
    """A shade a cycle, the last one darkest and strong, each named at its end."""
    lines = spec["lines"]
    colors = list(sns.light_palette(HUE, n_colors=len(lines) + 2)[2:])
    ends = []
    for line, color in zip(lines, colors, strict=True):
        last = line is lines[-1]
        values = pd.Series(line["values"], dtype=float)
        axes.plot(
            values.index, values, "o-", color=color, lw=2.2 if last else 1.3, ms=4 if last else 2.5, zorder=3 if last else 2
        )
        ends.append((line["name"], int(np.flatnonzero(values.notna())[-1]), float(values.dropna().iloc[-1])))
    room = axes.get_ylim()[1] - axes.get_ylim()[0]
    heights = spread_apart([value for _, _, value in ends], room * 0.05)
    for (name, place, value), height in zip(ends, heights, strict=True):
        at_end = place == len(spec["names"]) - 1
        spot = (1.008, height) if at_end else (place, value)
        axes.annotate(
            name, spot, xycoords=("axes fraction", "data") if at_end else "data", xytext=(0 if at_end else 5, 0 if at_end else 7),
            textcoords="offset points", fontsize=8.5, va="center", annotation_clip=False,
            color=INK if name == lines[-1]["name"] else MUTED,
            fontweight="bold" if name == lines[-1]["name"] else "normal",
        )  # fmt: skip


def _draw_many(axes: Axes, spec: Spec) -> None:
    """Faint lines, and the middle of all of them strong."""
    frame = pd.DataFrame([line["values"] for line in spec["lines"]], dtype=float)
    for place in range(len(frame)):
        axes.plot(
            frame.columns,
            frame.iloc[place],
            color=MUTED,
            lw=0.7,
            alpha=0.28,
            zorder=1,
            label=f"each {spec['turn']}" if place == 0 else None,
        )
    axes.plot(frame.columns, frame.median(), "o-", color=HUE, lw=2.2, ms=5, zorder=3, label="the middle one")
    axes.plot(frame.columns, frame.iloc[-1], "s--", color=INK, lw=1.2, ms=3.5, zorder=2, label=f"the last {spec['turn']}")
