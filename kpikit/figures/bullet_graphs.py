"""Bullet graphs (Few 2006), one a KPI: each on its own axis, its bands as intensities of one hue, target apart from benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import (
    ACCENT,
    EDGE_HIGH,
    EDGE_WIDE,
    HUE,
    INK,
    MUTED,
    Chart,
    banded_ends,
    said_only,
    shades,
    sure_interval,
    ticks,
    title_over,
    wrapped,
)
from kpikit.figures.native import Drawn, Native, of_rows
from kpikit.words import scorecard as said

Spec = Mapping[str, Any]
Row = Mapping[str, Any]
NAMES = ("name", "at", "unit", "value", "low", "high", "band", "bands", "target", "benchmark", "numerator", "denominator")

KEY: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("before", "o", "review before the last", {"mfc": "white", "mec": INK}),
    ("target", "|", "your target", {"color": ACCENT, "ms": 12, "mew": 3}),
    ("benchmark", "D", "somebody else's benchmark", {"color": MUTED}),
)


def bullet_graphs(answer: Answer) -> Chart:
    """Every KPI of the answer to `scorecard` on its own bands, with what it was at the review before; ratios of the user's own
    have no bands and are not drawn.
    """
    rows = [row for row in answer.verdict["rows"] if not row["own"]]
    drawn = [{name: row[name] for name in NAMES} | {"before": (row["since"] or {}).get("from")} for row in rows]
    spec = plain({"title": "Where does each KPI stand on its own bands?", "rows": drawn})
    shown = ["name", "at", "numerator", "denominator", "value", "low", "high", "band", "before"]
    marks: dict[str, Any] = {name: [(row[name] or {}).get("value") for row in drawn] for name in ("target", "benchmark")}
    return Chart("bullet_graphs", spec | said.bullets_said(spec), pd.DataFrame(drawn, columns=shown).assign(**marks))


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of several bullet graphs."""
    rows = spec["rows"]
    if not rows:
        return said_only(spec["title"], spec["says"])
    figure = Figure(
        figsize=(9, 1.3 + 1.02 * len(rows)), layout=ConstrainedLayoutEngine(w_pad=EDGE_WIDE, h_pad=EDGE_HIGH, hspace=0.06)
    )
    every = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, row in zip(every, rows, strict=True):
        _draw_row(axes, row)
    title_over(figure, spec["title"])
    _draw_key(figure, every[0], rows)
    return figure


def native(spec: Spec) -> Native | None:
    """A column a KPI with its marks as dots, where all have one unit: an office program has one axis for them all."""
    rows = spec["rows"]
    if len({row["unit"] for row in rows}) != 1:
        return None
    marks = {"before": "review before", "target": "target", "benchmark": "benchmark"}
    told = {name: [row[name] if name == "before" else (row[name] or {}).get("value") for row in rows] for name in marks}
    dots = [Drawn(marks[name], at, joined=False) for name, at in told.items() if any(value is not None for value in at)]
    return Native("column", [row["name"] for row in rows], [of_rows("last period", rows), *dots], rows[0]["unit"])


def _draw_row(axes: Axes, row: Row) -> None:
    bottom, top = _ends(row)
    _draw_bands(axes, row, bottom, top)
    axes.barh(0, row["value"], height=0.34, color=HUE, zorder=3)
    if row["low"] is not None and row["high"] is not None:
        axes.hlines(0, row["low"], row["high"], color=INK, lw=1.4, zorder=4)
    if row["before"] is not None:
        axes.plot(row["before"], 0, "o", mfc="white", mec=INK, mew=1.2, ms=5, zorder=5)
    if row["target"]:
        axes.plot(row["target"]["value"], 0, "|", color=ACCENT, ms=24, mew=3, zorder=6)
    if row["benchmark"]:
        axes.plot(row["benchmark"]["value"], 0, "D", color=MUTED, mec="white", ms=6, zorder=6)
    axes.set_xlim(bottom, top)
    axes.set_ylim(-0.5, 0.5)
    axes.set_yticks([0], [f"{wrapped(row['name'], 26, lines=2)}\n{row['at']}"])
    axes.xaxis.set_major_formatter(ticks(row["unit"]))
    axes.locator_params(axis="x", nbins=6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines["left"].set_visible(False)
    value = words.level(row["value"], row["unit"])
    axes.annotate(
        value, (1.01, 0), xycoords=("axes fraction", "data"), va="center", fontsize=10, fontweight="bold", annotation_clip=False
    )


def _ends(row: Row) -> tuple[float, float]:
    """Where a KPI's axis ends: a little beyond all that is drawn, and so that its first and last band can be seen."""
    marks = [row[name]["value"] for name in ("target", "benchmark") if row[name]]
    edges = [band["to"] for band in row["bands"] if band["to"] is not None]
    return banded_ends([row["value"], row["low"], row["high"], row["before"], *marks], edges, 0.2)


def _draw_bands(axes: Axes, row: Row, bottom: float, top: float) -> None:
    for band, color in zip(row["bands"], shades(len(row["bands"])), strict=True):
        start, end = bottom if band["from"] is None else band["from"], band["to"] if band["to"] is not None else top
        axes.axvspan(start, end, color=color, alpha=0.8, lw=0, zorder=0)
        axes.annotate(
            band["name"], ((start + end) / 2, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
            ha="center", fontsize=7.5, color=MUTED,
        )  # fmt: skip
    if not row["bands"]:
        axes.annotate(
            "no bands published", (1, 1), xycoords="axes fraction", xytext=(0, 2), textcoords="offset points", ha="right",
            fontsize=7.5, color=MUTED, style="italic",
        )  # fmt: skip


def _draw_key(figure: Figure, axes: Axes, rows: list[Row]) -> None:
    """What each mark means, of those that are there."""
    axes.plot([], [], color=HUE, lw=6, label="last period")
    axes.plot([], [], color=INK, lw=1.4, label=sure_interval())
    for name, marker, label, look in KEY:
        if any(row[name] is not None for row in rows):
            axes.plot([], [], marker, ls="", label=label, **look)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False, fontsize=8)
