"""The control chart (Shewhart 1931; Laney 2002): limits frozen before a change, and the points that break a rule."""

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
from kpikit.figures.chart import ACCENT, HUE, MUTED, Chart, canvas, legend_below, named_up, ticks, title
from kpikit.figures.native import Drawn, Native, level_line, period_names
from kpikit.figures.periods import draw_change, draw_marks, draw_periods, marked_on, place_of
from kpikit.figures.remarks import Events
from kpikit.stats.signal import BEYOND, RUN
from kpikit.words import captions

Spec = Mapping[str, Any]
MARKERS = {BEYOND: "D", RUN: "^"}


def control_chart(answer: Answer, events: Events = None) -> Chart:
    """Whether the periods after a change are routine, exceptional or shifted, from the answer to `before_after`.

    `events` are dated remarks, as of a run chart.
    """
    verdict, course = answer.verdict, answer.more["course"]
    rows = course[["period", "value", "side", "limit_low", "limit_high", "rule"]]
    spec = plain({
        "title": f"Is {verdict['name']} after {verdict['changed_on']} more than routine?",
        "unit": verdict["unit"],
        "y_label": words.axis_of(verdict),
        "x_label": verdict["period"],
        "periods": [words.when(period) for period in rows["period"]],
        "value": rows["value"].tolist(), "low": rows["limit_low"].tolist(), "high": rows["limit_high"].tolist(),
        "rule": [rule if isinstance(rule, str) else "" for rule in rows["rule"]],
        "side": [side if isinstance(side, str) else "" for side in rows["side"]],
        "rules": list(MARKERS),
        "signal": verdict["signal"],
        "changed_on": verdict["changed_on"], "changed_at": place_of(rows["period"], verdict["changed_on"]),
        "events": marked_on(rows["period"], events),
    })  # fmt: skip
    return Chart("control_chart", spec | captions.marked(captions.control_chart_said(spec), spec), rows)


def draw(spec: Spec) -> Figure:
    """The figure of a control chart's plain values."""
    rows = pd.DataFrame({name: np.array(spec[name], dtype=float) for name in ("value", "low", "high")})
    rows["rule"], rows["place"] = spec["rule"], range(len(rows))
    figure, axes = canvas(9, 4.1)
    rows["aside"] = [side in ("transition", "straddling") for side in spec["side"]]
    axes.plot(rows["place"], rows["value"], color=HUE, lw=1.0, alpha=0.6, zorder=2)
    sns.scatterplot(data=rows, x="place", y="value", color=HUE, s=22, ax=axes, zorder=3, label=f"each {spec['x_label']}")
    if rows["aside"].any():
        aside = rows[rows["aside"]]
        axes.plot(aside["place"], aside["value"], "o", mfc="white", mec=HUE, ms=6, ls="", zorder=4, label="on neither side")
    _draw_limits(axes, rows, spec)
    _draw_signals(axes, rows, spec)
    axes.margins(y=0.14)
    told = spec["signal"]
    why = f"; no limits: they need {told['needs']} {spec['x_label']}s before that vary" if told["centre"] is None else ""
    draw_periods(axes, spec["periods"], spec["x_label"] + why)
    draw_change(axes, spec["changed_at"], spec["changed_on"])
    axes.yaxis.set_major_formatter(ticks(spec["unit"]))
    axes.locator_params(axis="y", nbins=7)
    named_up(axes, spec["y_label"])
    title(axes, spec["title"], 12 + draw_marks(axes, spec["events"]))
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """The values, those that break a rule as dots of their own, and the frozen limits as dashed lines."""
    drawn = [Drawn(f"each {spec['x_label']}", spec["value"])]
    for rule in spec["rules"]:
        if rule in spec["rule"]:
            broken = [value if kind == rule else None for value, kind in zip(spec["value"], spec["rule"], strict=True)]
            drawn.append(Drawn(rule, broken, joined=False))
    if spec["signal"]["centre"] is not None:
        drawn += level_line("centre", spec["signal"]["centre"], spec["periods"])
        drawn += [Drawn(f"{end}er limit", spec[name], dashed=True) for end, name in (("upp", "high"), ("low", "low"))]
    return Native("line", period_names(spec["periods"]), drawn, spec["unit"], spec["x_label"], spec["y_label"])


def _draw_limits(axes: Axes, rows: pd.DataFrame, spec: Spec) -> None:
    told = spec["signal"]
    if told["centre"] is None:
        return
    label = f"limits, frozen on the {spec['x_label']}s before"
    for name in ("low", "high"):
        axes.step(
            rows["place"], rows[name], where="mid", color=MUTED, lw=1.2, zorder=2, label=label if name == "low" else "_again"
        )
    centre = f"centre {words.level(told['centre'], spec['unit'])}"
    axes.axhline(told["centre"], color=MUTED, lw=1.0, ls=(0, (4, 2)), zorder=1, label=centre)


def _draw_signals(axes: Axes, rows: pd.DataFrame, spec: Spec) -> None:
    """The points that break a rule: a shape and a number a rule, on the side away from the centre; the legend says which."""
    for number, rule in enumerate(spec["rules"], start=1):
        broken = rows[rows["rule"] == rule]
        if broken.empty:
            continue
        axes.plot(broken["place"], broken["value"], MARKERS[rule], color=ACCENT, ms=6, ls="", zorder=5, label=f"{number}: {rule}")
        for place, value in zip(broken["place"], broken["value"], strict=True):
            up = value >= (spec["signal"]["centre"] or value)
            axes.annotate(
                str(number), (place, value), xytext=(0, 6 if up else -6), textcoords="offset points", ha="center",
                va="bottom" if up else "top", fontsize=7.5, color=ACCENT,
            )  # fmt: skip
