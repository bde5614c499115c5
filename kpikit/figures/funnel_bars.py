"""The funnel as horizontal bars: how many reached each step, and between the bars how many of those went on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, title_over, wrapped
from kpikit.figures.native import Native, of_rows
from kpikit.words.funnel import units
from kpikit.words.funnel_figures import bars_said, span_of

Spec = Mapping[str, Any]
LOST = "#d9e2ec"


def funnel_bars(answer: Answer) -> Chart:
    """Every step of the answer to `funnel`, with the rate from the one before and its interval."""
    verdict, table = answer.verdict, answer.table
    names = ["step", "reached", "lost", "rate", "rate_low", "rate_high", "share"]
    window = "" if verdict["window"] == "ever" else f" within {verdict['window']}"
    spec = plain({
        "title": f"How many go from '{verdict['steps'][0]}' to '{verdict['steps'][-1]}'{window}?",
        "units": units(verdict),
        "x_label": f"{words.capital(units(verdict))} who reached the step (hatched: lost just before it)",
        "rows": table[names].to_dict("records"),
        "largest": verdict["leak"]["loss"]["step"] if verdict["leak"]["loss"]["clear"] else None,
    })  # fmt: skip
    return Chart("funnel_bars", spec | bars_said(spec), table)


def draw(spec: Spec) -> Figure:
    """The figure of a funnel's plain values."""
    rows = pd.DataFrame(spec["rows"])
    figure, axes = canvas(9, 1.2 + 0.95 * len(rows))
    sns.barplot(data=rows, y="step", x="reached", order=list(rows["step"]), orient="h", color=HUE, width=0.5, ax=axes, zorder=3)
    for place, row in enumerate(spec["rows"]):
        _draw_lost(axes, place, row)
        beside = row["reached"] + (row["lost"] or 0)
        text = f"{words.amount(row['reached'])}" + (f"  {words.level(row['share'], 'percent')} of all" if place else "")
        axes.annotate(text, (beside, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, color=INK)
        if place:
            _draw_rate(axes, place, row, leads=place == spec["largest"])
    axes.set_yticks(range(len(rows)), [wrapped(name, 24) for name in rows["step"]])
    axes.set_xlim(0, 1.24 * max(rows["reached"].max(), 1))
    axes.set_ylim(len(rows) - 0.6, -0.5)
    axes.xaxis.set_major_formatter(lambda value, _: words.amount(value))
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.set(xlabel=spec["x_label"], ylabel="")
    title_over(figure, spec["title"])
    return figure


def native(spec: Spec) -> Native:
    """A bar a step: who reached it, and who was lost just before it."""
    drawn = [of_rows(label, spec["rows"], (name,)) for label, name in (("reached", "reached"), ("lost just before it", "lost"))]
    return Native("stacked bars", [row["step"] for row in spec["rows"]], drawn, "count", y_label=words.capital(spec["units"]))


def _draw_lost(axes: Axes, place: int, row: Spec) -> None:
    """Whom the step before still had."""
    if row["lost"]:
        axes.barh(
            place, row["lost"], left=row["reached"], height=0.5, color="white", edgecolor=LOST, hatch="////", lw=0, zorder=2
        )


def _draw_rate(axes: Axes, place: int, row: Spec, *, leads: bool) -> None:
    """The rate, in the gap above the bar of its step; the step that clearly loses most is marked in words."""
    lost = f"{words.amount(row['lost'])} lost" + (", the most" if leads else "")
    color = ACCENT if leads else MUTED
    axes.annotate(
        f"↓ {span_of(row)} go on, {lost}", (0, place - 0.5), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8.5,
        color=color, fontweight="bold" if leads else "normal",
    )  # fmt: skip
