"""The model's fit: what was seen of customers, beside what the model says that should have been seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, Chart, canvas, legend_below, named_up, sure_interval, ticks, title
from kpikit.figures.native import Native, of_rows
from kpikit.words import lifetime_figures as said

Spec = Mapping[str, Any]
LABELS = {
    "plans": ("How long do customers stay?", "Months since coming", "Share still on a plan"),
    "orders": ("How often do customers come back?", "Repeat purchases (days on which somebody bought again)", "Customers"),
}


def model_fit(answer: Answer) -> Chart:
    """How long customers stay, or how often they come back, as seen and under the model, from the answer to `lifetime`."""
    table, kind = answer.more["fit"], answer.verdict["kind"]
    heading, across, up = LABELS[kind]
    rows = table.to_dict("records")
    spec = plain({"title": heading, "kind": kind, "x_label": across, "y_label": up, "rows": rows})
    return Chart("model_fit", spec | said.fit_said(spec), table)


def draw(spec: Spec) -> Figure:
    """The figure of a fit's plain values."""
    figure, axes = canvas(9, 4.2)
    rows = pd.DataFrame(spec["rows"])
    (_draw_curve if spec["kind"] == "plans" else _draw_bars)(axes, rows)
    axes.grid(axis="y", color="#eef1f4")
    axes.set_xlabel(spec["x_label"])
    named_up(axes, spec["y_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """What was seen, as a line or as columns, and the model's numbers beside it."""
    rows, plans = spec["rows"], spec["kind"] == "plans"
    seen = of_rows("seen", rows, ("seen", "seen_low", "seen_high") if plans else ("seen",))
    model = of_rows("model", rows, ("model",), dashed=plans, joined=plans)
    unit = "percent" if plans else "count"
    return Native(
        "line" if plans else "column", [str(row["x"]) for row in rows], [seen, model], unit, spec["x_label"], spec["y_label"]
    )


def _draw_curve(axes: Axes, rows: pd.DataFrame) -> None:
    axes.fill_between(rows["x"], rows["seen_low"], rows["seen_high"], color=HUE, alpha=0.18, lw=0, label=sure_interval())
    axes.plot(rows["x"], rows["seen"], color=HUE, lw=2, label="seen")
    axes.plot(rows["x"], rows["model"], color=ACCENT, lw=1.8, ls=(0, (5, 3)), label="model")
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, rows["x"].max())
    axes.yaxis.set_major_formatter(ticks("percent"))


def _draw_bars(axes: Axes, rows: pd.DataFrame) -> None:
    names = [f"{x}{' or more' if x == rows['x'].max() else ''}" for x in rows["x"]]
    axes.bar(rows.index, rows["seen"], color=HUE, alpha=0.75, width=0.6, label="seen")
    axes.plot(rows.index, rows["model"], "D", mfc="white", mec=ACCENT, mew=1.8, ms=8, label="model")
    axes.set_xticks(rows.index, names)
    axes.yaxis.set_major_formatter(lambda value, _: words.amount(value))
