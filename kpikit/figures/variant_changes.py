"""What a change did under each reading of one table: relative changes with intervals, those that moved apart marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import (
    ACCENT,
    HUE,
    INK,
    MUTED,
    Chart,
    canvas,
    legend_below,
    said_only,
    sure_interval,
    title_over,
    wrapped,
)
from kpikit.figures.native import Native, by_look
from kpikit.words import variants as said

Spec = Mapping[str, Any]
Row = Mapping[str, Any]
LOOKS = {
    "own": ("D", HUE, "the case's own"),
    "apart": ("s", ACCENT, "moved apart from it"),
    "with": ("o", MUTED, "not clearly apart"),
}


def variant_changes(answer: Answer) -> Chart:
    """The relative change under every reading of the answer to `variants`: levels differ, so each is told against its own."""
    verdict = answer.verdict
    rows = [
        {"id": row["id"], "own": row["own"], "differs": row["differs"], **row["relative"]}
        for row in (verdict["rows"] if verdict["changed_on"] else [])
    ]
    spec = plain({
        "title": f"Does the change of {verdict['changed_on']} depend on the definition?" if rows else "No change to compare",
        "changed_on": verdict["changed_on"], "rows": rows,
        "x_label": f"Change of {verdict['name']} relative to its own level before, plain",
    })  # fmt: skip
    return Chart("variant_changes", spec | said.changes_said(spec), answer.more["changes"])


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of the changes of variants."""
    rows = [row for row in spec["rows"] if row["value"] is not None][::-1]
    if not rows:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 1.7 + 0.5 * len(rows))
    axes.axvline(0, color=INK, lw=1, zorder=1)
    for place, row in enumerate(rows):
        marker, color, _ = LOOKS[_look(row)]
        if row["low"] is not None and row["high"] is not None:
            axes.hlines(place, row["low"], row["high"], color=color, lw=1.8, zorder=2)
        axes.plot(row["value"], place, marker, color=color, ms=7, zorder=3)
        axes.annotate(
            _sized(row), (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, annotation_clip=False
        )
    axes.set_yticks(range(len(rows)), [row["id"].replace(", ", "\n", 1) for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.margins(x=0.08)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5, labelcolor=INK)
    axes.xaxis.set_major_formatter(lambda value, _: words.relative_tick(round(value, 6)))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(wrapped(spec["x_label"], 84))
    title_over(figure, spec["title"])
    for look in dict.fromkeys(_look(row) for row in rows[::-1]):
        marker, color, label = LOOKS[look]
        axes.plot([], [], marker, color=color, ls="", ms=7, label=label)
    axes.plot([], [], color=MUTED, lw=1.8, label=sure_interval())
    legend_below(axes, ncols=4)
    return figure


def native(spec: Spec) -> Native:
    """A bar a reading with its interval, those that moved apart from the case's own told apart."""
    rows = [row for row in spec["rows"] if row["value"] is not None]
    drawn = by_look(rows, lambda row: LOOKS[_look(row)][2])
    return Native("bar", [row["id"] for row in rows], drawn, "relative", y_label=spec["x_label"], signed=True)


def _look(row: Row) -> str:
    return "own" if row["own"] else "apart" if row["differs"] else "with"


def _sized(row: Row) -> str:
    ends = [words.relative(row[name]) for name in ("low", "high")]
    span = "" if words.NOT_KNOWN in ends else f"  ({words.spanned(*ends)})"
    return words.relative(row["value"]) + span
