"""The calibration plot: of groups of customers that the model has not seen, what was foretold against what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, MUTED, Chart, canvas, legend_below, said_only, sure_interval, ticks, title_over
from kpikit.figures.native import Drawn, Native, of_rows
from kpikit.words.segments import calibration_said


def calibration_plot(answer: Answer) -> Chart:
    """Foretold and seen rates by group of rising probability, from the answer to `segments`."""
    rows, verdict = answer.more.get("calibration", pd.DataFrame()), answer.verdict
    spec = plain({
        "title": "Does the model foretell the right rates?", "rows": rows.to_dict("records"), "who": verdict["who"],
        "why": verdict["why_no_model"], "x_label": f"Foretold share that {verdict['did']}", "y_label": "Share that did",
    })  # fmt: skip
    return Chart("calibration_plot", spec | calibration_said(spec), rows)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the plain values."""
    rows = pd.DataFrame(spec["rows"])
    if rows.empty:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(6.4, 4.6)
    top = 1.08 * float(max(rows["rate_high"].max(), rows["expected"].max()))
    axes.plot([0, top], [0, top], color=MUTED, lw=1, ls=(0, (4, 3)), label="as foretold", zorder=1)
    axes.vlines(rows["expected"], rows["rate_low"], rows["rate_high"], color=HUE, lw=1.6, zorder=2, label=sure_interval())
    axes.plot(rows["expected"], rows["rate"], "o", color=HUE, ms=7, mec="white", zorder=3, label=f"a group of {spec['who']}")
    axes.set(xlim=(0, top), ylim=(0, top), xlabel=spec["x_label"], ylabel=spec["y_label"])
    axes.xaxis.set_major_formatter(ticks("percent"))
    axes.yaxis.set_major_formatter(ticks("percent"))
    axes.locator_params(nbins=6)
    title_over(figure, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """Seen over foretold rates with their intervals, and the line on which both are the same."""
    rows = spec["rows"]
    foretold = [row["expected"] for row in rows]
    seen = of_rows(f"a group of {spec['who']}", rows, ("rate", "rate_low", "rate_high"), at=foretold, joined=False)
    same = Drawn("as foretold", foretold, at=foretold, dashed=True)
    names = [f"group {row['group']}" for row in rows]
    return Native("scatter", names, [seen, same], "percent", spec["x_label"], spec["y_label"])
