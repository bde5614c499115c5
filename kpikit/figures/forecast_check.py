"""The forecast check: what a model said of the held-out stretch, group by group, beside what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, MUTED, Chart, canvas, legend_below, sure_interval, ticks, title_over
from kpikit.figures.native import Native, of_rows
from kpikit.words import lifetime_figures as said

Spec = Mapping[str, Any]
BY = {
    "orders": ("repeat purchases until then", "Repeat purchases a customer in the stretch held out", "number"),
    "plans": ("time on a plan until then", "Share that left in the stretch held out", "percent"),
}


def forecast_check(answer: Answer) -> Chart:
    """Forecast (open diamond) and outcome (dot with interval) of each group of customers, from the answer to `lifetime`."""
    verdict, table = answer.verdict, answer.more["forecast"]
    by, label, unit = BY[verdict["kind"]]
    names = {"actual_low": "low", "actual_high": "high"}
    spec = plain({
        "title": f"Did the model foresee the last {verdict['forecast']['held_days']} days?", "unit": unit, "by": by,
        "x_label": label, "rows": table.rename(columns=names).to_dict("records"), "total": verdict["forecast"],
    })  # fmt: skip
    return Chart("forecast_check", spec | said.forecast_said(spec), table)


def draw(spec: Spec) -> Figure:
    """The figure of a forecast check's plain values."""
    rows = pd.DataFrame(spec["rows"]).iloc[::-1].reset_index(drop=True)
    figure, axes = canvas(9, 1.9 + 0.36 * len(rows))
    axes.hlines(rows.index, rows["low"], rows["high"], color=MUTED, lw=1.6, label=sure_interval())
    axes.plot(rows["actual"], rows.index, "o", color=HUE, ms=7.5, label="what came", zorder=3)
    axes.plot(rows["predicted"], rows.index, "D", mfc="none", mec=ACCENT, mew=1.8, ms=9, label="forecast", zorder=4)
    for place, row in rows.iterrows():
        axes.annotate(
            f"{words.amount(row['customers'])} customers", (1.01, place), xycoords=("axes fraction", "data"), va="center",
            fontsize=8.5, color=MUTED, annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(rows.index, list(rows["group"]))
    axes.set_xlim(left=0)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(ticks(spec["unit"]))
    axes.set(xlabel=spec["x_label"], ylabel=words.capital(spec["by"]))
    title_over(figure, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """Two bars a group: what came, with its interval, and the forecast."""
    drawn = [of_rows("what came", spec["rows"], ("actual", "low", "high")), of_rows("forecast", spec["rows"], ("predicted",))]
    names = [row["group"] for row in spec["rows"]]
    return Native("bar", names, drawn, spec["unit"], words.capital(spec["by"]), spec["x_label"])
