"""The dumbbell: before and after of each segment on one axis, with the change and its interval in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, legend_below, sure_interval, ticks, title_over, wrapped
from kpikit.figures.native import Native, of_rows

MOST = 25  # segments drawn; the table holds them all


def dumbbell(answer: Answer) -> Chart:
    """Before (open) and after (filled) of the whole and of each segment, from the answer to `before_after`."""
    names = ["segment", "before", "after", "change", "change_low", "change_high"]
    rows, unit = answer.table[names], answer.verdict["unit"]
    shown = rows.head(MOST)
    spec = {
        "title": f"{answer.verdict['name']} before and after, by segment",
        "unit": unit,
        "x_label": words.axis_of(answer.verdict),
        "rows": shown.to_dict("records"),
        "more": len(rows) - len(shown),
    }
    says = words.dumbbell_says(spec)
    return Chart("dumbbell", plain(spec | {"says": says, "alt": f"Dumbbell chart of {spec['title']}. {says}"}), rows)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of a dumbbell's plain values."""
    rows = pd.DataFrame(spec["rows"]).iloc[::-1].reset_index(drop=True)
    figure, axes = canvas(9, 1.8 + 0.36 * len(rows))
    axes.hlines(
        rows.index, rows[["before", "after"]].min(axis=1), rows[["before", "after"]].max(axis=1), color="#c5ccd3", lw=3, zorder=1
    )
    for name, color, face in (("before", ACCENT, "white"), ("after", HUE, HUE)):
        sns.scatterplot(
            x=rows[name],
            y=rows.index,
            color=face,
            edgecolor=color,
            linewidth=1.6,
            s=58,
            marker="o",
            ax=axes,
            zorder=3,
            label=name,
        )
    for place, row in rows.iterrows():
        span = words.between(row["change_low"], row["change_high"], spec["unit"], signed=True)
        text = words.change(row["change"], spec["unit"]) + (f"  ({span})" if span else "")
        axes.annotate(
            text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, color=INK, annotation_clip=False
        )
    axes.set_yticks(rows.index, [wrapped(name, 40, lines=2) for name in rows["segment"]])
    axes.set_xlim(*_wide_enough(rows[["before", "after"]].to_numpy(dtype=float)))
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.grid(axis="y", color="#eef1f4")
    axes.xaxis.set_major_formatter(ticks(spec["unit"]))
    more = f"; {spec['more']} more in the table" if spec["more"] else ""
    axes.set(xlabel=wrapped(f"{spec['x_label']}; at the right the change with its {sure_interval()}{more}", 84), ylabel="")
    axes.tick_params(axis="y", length=0, labelcolor=MUTED, labelsize=8.5)
    title_over(figure, spec["title"])
    legend_below(axes, ncols=2)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """Two bars a segment, before and after; the change with its interval stands in the table."""
    drawn = [of_rows(name, spec["rows"], (name,)) for name in ("before", "after")]
    unit = spec.get("unit", "percent")
    return Native("bar", [row["segment"] for row in spec["rows"]], drawn, unit, y_label=spec.get("x_label", ""))


def _wide_enough(values: NDArray[np.float64]) -> tuple[float, float]:
    """Limits with room, never so narrow that noise looks like a leap."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    half = max(high - low, 0.2 * abs(high), 0.01) * 0.6
    return (low + high) / 2 - half, (low + high) / 2 + half
