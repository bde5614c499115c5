"""The readings of one table side by side: a dot each with its interval, on bands of its own where it has any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, MUTED, Chart, canvas, legend_below, shades, sure_interval, ticks, title_over, wrapped
from kpikit.figures.native import Native, by_look
from kpikit.words import variants as said

Spec = Mapping[str, Any]
NAMES = ("id", "own", "value", "low", "high", "bands", "band", "window", "counts", "numerator", "denominator")
HALF = 0.34  # of a row, that its bands fill
FAR = 2  # times the largest value: bands that begin beyond are named, not drawn
WHOLE = 1.03  # where the axis of shares ends


def variant_dots(answer: Answer) -> Chart:
    """Every reading of the answer to `variants`, the case's own first."""
    rows = [{name: row[name] for name in (*NAMES, *(["less"] if "less" in row else []))} for row in answer.verdict["rows"]]
    across = f"{answer.verdict['name']}, all complete periods pooled{words.unit_named(answer.verdict['unit'])}"
    spec = plain({
        "title": f"How much does the definition of {answer.verdict['name']} matter?", "unit": answer.verdict["unit"],
        "x_label": across, "rows": rows,
    })  # fmt: skip
    return Chart("variant_dots", spec | said.dots_said(spec), answer.table)


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of a dot plot of variants."""
    rows = [row for row in spec["rows"] if row["value"] is not None][::-1]
    figure, axes = canvas(9, 1.7 + 0.62 * len(rows))
    bottom, top = _bottom(rows), _top(rows)
    for place, row in enumerate(rows):
        _draw_bands(axes, place, row, bottom, top, spec["unit"])
        _draw_row(axes, place, row, spec["unit"])
    axes.set_xlim(bottom, top)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_yticks(range(len(rows)), [_named(row) for row in rows])
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set(fontweight="bold" if row["own"] else "normal", color=INK)
    axes.grid(axis="x", color="#eef1f4", zorder=0)
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(ticks(spec["unit"]))
    axes.set_xlabel(wrapped(spec["x_label"], 84))
    title_over(figure, spec["title"])
    axes.plot([], [], "D", color=HUE, ls="", ms=7, label="the case's own")
    axes.plot([], [], "o", color=MUTED, ls="", ms=6, label="another reading")
    axes.plot([], [], color=MUTED, lw=1.6, label=sure_interval())
    legend_below(axes, ncols=4)
    return figure


def native(spec: Spec) -> Native:
    """A bar a reading with its interval, the case's own apart."""
    rows = [row for row in spec["rows"] if row["value"] is not None]
    drawn = by_look(rows, lambda row: "the case's own" if row["own"] else "another reading")
    return Native("bar", [row["id"] for row in rows], drawn, spec["unit"], y_label=spec["x_label"])


def _top(rows: list[Mapping[str, Any]]) -> float:
    """Where the axis ends: beyond all that is drawn; bands beyond the values are shown as far as they begin."""
    edges = [band["to"] for row in rows for band in row["bands"] if band["to"] is not None]
    values = [row["high"] if row["high"] is not None else row["value"] for row in rows]
    most = max(values, default=1.0)
    top = 1.12 * max([most, *(edge for edge in edges if edge <= FAR * most)])
    return WHOLE if most <= 1 < top else top


def _bottom(rows: list[Mapping[str, Any]]) -> float:
    """Where the axis begins: at 0, or below what is negative."""
    return 1.12 * float(min([0.0, *(row["low"] if row["low"] is not None else row["value"] for row in rows)]))


def _named(row: Mapping[str, Any]) -> str:
    reading, _, choice = row["id"].partition(", ")
    name = f"{reading}\n{choice}" if choice else reading
    return f"{name}\n{words.per_window(row['window'], row['counts'])}"


def _draw_bands(axes: Axes, place: int, row: Mapping[str, Any], bottom: float, top: float, unit: str) -> None:
    """The reading's own bands behind its own row alone, their names over them."""
    for band, color in zip(row["bands"], shades(len(row["bands"])), strict=True):
        start, end = bottom if band["from"] is None else band["from"], min(band["to"] if band["to"] is not None else top, top)
        if start < top and end > bottom:
            axes.fill_between([start, end], place - HALF, place + HALF, color=color, alpha=0.7, lw=0, zorder=1)
            axes.annotate(
                _band_named(band, top, unit), ((start + end) / 2, place - HALF), xytext=(0, 2), textcoords="offset points",
                ha="center", va="bottom", fontsize=7, color=MUTED, zorder=2,
            )  # fmt: skip


def _band_named(band: Mapping[str, Any], top: float, unit: str) -> str:
    """A band's name, with its end where that lies outside the figure."""
    return (
        f"{band['name']}, up to {words.level(band['to'], unit)}" if band["to"] is not None and band["to"] > top else band["name"]
    )


def _draw_row(axes: Axes, place: int, row: Mapping[str, Any], unit: str) -> None:
    color = HUE if row["own"] else MUTED
    if row["low"] is not None and row["high"] is not None:
        axes.hlines(place, row["low"], row["high"], color=color, lw=1.8, zorder=3)
    axes.plot(row["value"], place, "D" if row["own"] else "o", color=color, ms=7 if row["own"] else 6, zorder=4)
    text = f"{words.level(row['value'], unit)}  ({words.counts_of(row, unit=unit)})"
    axes.annotate(
        text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
        fontweight="bold" if row["own"] else "normal", annotation_clip=False,
    )  # fmt: skip
