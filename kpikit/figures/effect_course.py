"""The course of an effect: how far each period after a change lies from what would have gone on, and the effect as a whole."""

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
from kpikit.figures.chart import (
    ACCENT,
    HUE,
    INK,
    Chart,
    canvas,
    change_ticks,
    change_unit,
    legend_below,
    named_up,
    said_only,
    sure_interval,
    title,
)
from kpikit.figures.native import Drawn, Native, level_line, period_names
from kpikit.figures.periods import draw_marks, draw_periods, marked_on
from kpikit.figures.remarks import Events
from kpikit.words import captions

Spec = Mapping[str, Any]


def effect_course(answer: Answer, events: Events = None) -> Chart:
    """The effect of each period after the change, from the answer to `before_after`.

    `events` are dated remarks, as of a run chart.
    """
    verdict, course = answer.verdict, answer.more["course"]
    after = np.flatnonzero(course["side"] == "after")
    rows = course.iloc[after.min() : after.max() + 1] if len(after) else course.iloc[:0]
    rows = rows[["period", "effect", "effect_low", "effect_high"]].reset_index(drop=True)
    spec = plain({
        "title": f"Does the effect on {verdict['name']} last?",
        "unit": verdict["unit"],
        "y_label": f"Effect on {verdict['name']}{change_unit(verdict['unit'])}",
        "x_label": verdict["period"],
        "periods": [words.when(period) for period in rows["period"]],
        "value": rows["effect"].tolist(), "low": rows["effect_low"].tolist(), "high": rows["effect_high"].tolist(),
        "effect": verdict["effect"],
        "halves": verdict["halves"],
        "confidence": verdict["confidence"],
        "events": marked_on(rows["period"], events),
    })  # fmt: skip
    return Chart("effect_course", spec | captions.marked(captions.effect_course_said(spec), spec), rows)


def draw(spec: Spec) -> Figure:
    """The figure of an effect course's plain values."""
    rows = pd.DataFrame({name: np.array(spec[name], dtype=float) for name in ("value", "low", "high")})
    if rows["value"].isna().all():
        return said_only(spec["title"], spec["says"])
    rows["place"] = range(len(rows))
    figure, axes = canvas(9, 3.9)
    axes.axhline(0, color=INK, lw=1, zorder=1)
    known = rows.dropna(subset=["low", "high"])
    if len(known):
        axes.vlines(known["place"], known["low"], known["high"], color=HUE, alpha=0.4, lw=2.2, zorder=2, label=sure_interval())
    sns.scatterplot(
        data=rows, x="place", y="value", color=HUE, s=58, ax=axes, zorder=4, label=f"effect in each {spec['x_label']}"
    )
    axes.margins(y=0.12)
    draw_periods(axes, spec["periods"], spec["x_label"])
    _draw_average(axes, spec)
    axes.yaxis.set_major_formatter(change_ticks(spec["unit"]))
    axes.locator_params(axis="y", nbins=7)
    named_up(axes, spec["y_label"])
    title(axes, spec["title"], 12 + draw_marks(axes, spec["events"]))
    legend_below(axes, ncols=4)
    return figure


def native(spec: Spec) -> Native:
    """The effect of each period with its interval, and the effect over all of them as a dashed line."""
    each = Drawn(f"effect in each {spec['x_label']}", spec["value"], spec["low"], spec["high"], joined=False)
    drawn = [each, *level_line("effect over all of them", spec["effect"]["value"], spec["periods"])]
    return Native("line", period_names(spec["periods"]), drawn, spec["unit"], spec["x_label"], spec["y_label"], signed=True)


def _draw_average(axes: Axes, spec: Spec) -> None:
    """The effect over all periods after, as a level."""
    value = spec["effect"]["value"]
    axes.axhline(value, color=ACCENT, lw=1.6, ls=(0, (4, 2)), zorder=3, label="effect over all of them")
    axes.annotate(
        f"on average\n{words.change(value, spec['unit'])}", (1.008, value), xycoords=("axes fraction", "data"), va="center",
        fontsize=8.5, color=ACCENT, annotation_clip=False,
    )  # fmt: skip
