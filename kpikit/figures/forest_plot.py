"""The forest plot: each estimator's change with its interval, the one that leads marked, those whose assumption failed hollow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import (
    HUE,
    INK,
    MUTED,
    Chart,
    canvas,
    change_ticks,
    change_unit,
    legend_below,
    sure_interval,
    title_over,
    wrapped,
)
from kpikit.figures.native import Native, by_look
from kpikit.words import captions

Spec = Mapping[str, Any]
LOOKS = {"leads": ("D", "leads"), "held": ("o", "assumption held"), "open": ("s", "assumption not checked")}


def forest_plot(answer: Answer) -> Chart:
    """Every estimate of the change from the answer to `before_after`, the leading one first."""
    verdict = answer.verdict
    drawn = [estimate["unit"] == "change" for estimate in verdict["estimates"]]
    rows = [estimate for estimate in verdict["estimates"] if estimate["unit"] == "change"]
    names = ("name", "value", "low", "high", "holds", "why", "leads")
    spec = plain({
        "title": f"What does each estimator say about {verdict['name']}?",
        "unit": verdict["unit"],
        "x_label": f"Change of {verdict['name']}{change_unit(verdict['unit'])}",
        "rows": [{name: row[name] for name in names} for row in sorted(rows, key=lambda row: not row["leads"])],
    })  # fmt: skip
    return Chart("forest_plot", spec | captions.forest_said(spec), answer.more["estimates"][drawn].reset_index(drop=True))


def draw(spec: Spec) -> Figure:
    """The figure of a forest plot's plain values."""
    rows = pd.DataFrame(spec["rows"]).iloc[::-1].reset_index(drop=True)
    rows[["value", "low", "high"]] = rows[["value", "low", "high"]].astype(float)
    figure, axes = canvas(9, 1.7 + 0.56 * len(rows))
    axes.axvline(0, color=INK, lw=1, zorder=1)
    for place, (_, row) in enumerate(rows.iterrows()):
        _draw_row(axes, place, row, spec["unit"])
    axes.set_yticks(rows.index, [_named(row) for _, row in rows.iterrows()])
    axes.get_yticklabels()[-1].set(fontweight="bold" if rows["leads"].iloc[-1] else "normal", color=INK)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.margins(x=0.08)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(change_ticks(spec["unit"]))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(spec["x_label"])
    title_over(figure, spec["title"])
    _draw_key(axes)
    return figure


def native(spec: Spec) -> Native:
    """A bar an estimate with its interval, told apart by what became of its assumption."""
    rows, held = spec["rows"], {True: "assumption held", False: "assumption failed", None: "assumption not checked"}
    drawn = by_look(rows, lambda row: "leads" if row["leads"] else held[row["holds"]])
    return Native("bar", [row["name"] for row in rows], drawn, spec["unit"], y_label=spec["x_label"], signed=True)


def _draw_row(axes: Axes, place: int, row: pd.Series, unit: str) -> None:
    look = "leads" if row["leads"] else "open" if row["holds"] is None else "held"
    color = HUE if row["leads"] else MUTED
    axes.hlines(place, row["low"], row["high"], color=color, lw=2.4 if row["leads"] else 1.6, zorder=2)
    face = "white" if row["holds"] is False else color
    axes.plot(row["value"], place, LOOKS[look][0], mfc=face, mec=color, mew=1.6, ms=8 if row["leads"] else 6.5, zorder=3)
    span = words.between(row["low"], row["high"], unit, signed=True) or "no interval"
    axes.annotate(
        f"{words.change(row['value'], unit)}  ({span})", (1.01, place), xycoords=("axes fraction", "data"), va="center",
        fontsize=8.5, fontweight="bold" if row["leads"] else "normal", annotation_clip=False,
    )  # fmt: skip


def _named(row: pd.Series) -> str:
    """An estimate's name, and under it what became of its assumption where that is not plain sailing."""
    name = wrapped(("leads: " if row["leads"] else "") + row["name"], 46, lines=2)
    return f"{name}\n{wrapped('assumption failed: ' + row['why'], 46, lines=2)}" if row["holds"] is False else name


def _draw_key(axes: Axes) -> None:
    """What each marker means, whether or not it is there."""
    for look, (marker, label) in LOOKS.items():
        axes.plot([], [], marker, color=HUE if look == "leads" else MUTED, ls="", ms=6.5, label=label)
    axes.plot([], [], "o", mfc="white", mec=MUTED, mew=1.6, ls="", ms=6.5, label="assumption failed")
    axes.plot([], [], color=MUTED, lw=1.6, label=sure_interval())
    legend_below(axes, ncols=5)
