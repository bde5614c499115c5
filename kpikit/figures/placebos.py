"""The placebo plot: the same estimate at dates without a change beside the real date, each against its own uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, legend_below, said_only, title
from kpikit.figures.native import Native, by_look, period_names
from kpikit.figures.periods import draw_periods
from kpikit.words import captions

Spec = Mapping[str, Any]
REAL, PLACEBO = "the real date", "a date without a change"


def placebo_plot(answer: Answer) -> Chart:
    """How far the real date stands out from dates at which nothing was changed, from the answer to `before_after`."""
    verdict = answer.verdict
    rows = answer.more["placebos"].dropna(subset=["ratio"]).reset_index(drop=True)
    diagnosis = verdict["diagnosis"]
    spec = plain({
        "title": f"Would a date without a change show as much for {verdict['name']}?",
        "unit": verdict["unit"],
        "period": verdict["period"],
        "x_label": f"{verdict['period']} in which each stretch begins",
        "y_label": "Change, as a multiple of\nits interval's half width",
        "rows": rows.to_dict("records"),
        "rank": diagnosis["placebo_rank"], "p_value": diagnosis["placebo_p"],
    })  # fmt: skip
    return Chart("placebos", spec | captions.placebos_said(spec), rows)


def draw(spec: Spec) -> Figure:
    """The figure of a placebo plot's plain values."""
    rows = pd.DataFrame(spec["rows"])
    if rows.empty or rows["actual"].all():
        return said_only(spec["title"], spec["says"])
    rows["date"] = rows["actual"].map({True: REAL, False: PLACEBO})
    rows["place"] = range(len(rows))
    figure, axes = canvas(9, 3.8)
    axes.axhspan(-1, 1, color=MUTED, alpha=0.15, lw=0, zorder=0, label="not a clear change")
    axes.axhline(0, color=INK, lw=1, zorder=1)
    sns.scatterplot(
        data=rows, x="place", y="ratio", hue="date", style="date", hue_order=[PLACEBO, REAL], style_order=[PLACEBO, REAL],
        palette={PLACEBO: HUE, REAL: ACCENT}, markers={PLACEBO: "o", REAL: "D"}, s=64, ax=axes, zorder=4,
    )  # fmt: skip
    axes.margins(y=0.15)
    draw_periods(axes, list(rows["period"]), spec["x_label"])
    for _, row in rows[rows["actual"]].iterrows():
        axes.annotate(
            REAL, (row["place"], row["ratio"]), xytext=(-9, 0), textcoords="offset points", ha="right", va="center", fontsize=9,
            color=ACCENT, fontweight="bold",
        )  # fmt: skip
    axes.set_ylabel(spec["y_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """A column a date, the real one apart."""
    drawn = by_look(spec["rows"], lambda row: REAL if row["actual"] else PLACEBO, ("ratio",))
    names, label = period_names(row["period"] for row in spec["rows"]), " ".join(spec["y_label"].split())
    return Native("column", names, drawn, "number", spec["x_label"], label, signed=True)
