"""Part bars: what each part of a KPI makes of it, a bar each from zero, the longest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, change_unit, said_only, title_over, wrapped
from kpikit.figures.native import Native, by_look
from kpikit.words.tree_parts import bars_said, by, step_told, sure_told

Spec = Mapping[str, Any]
MOST = 14  # bars; the table holds them all


def step_bars(answer: Answer) -> Chart:
    """What a step of each leaf makes of the whole, from the answer to `kpi_tree`."""
    verdict = answer.verdict
    leaves = {row["key"]: row for row in verdict["nodes"] if row["leaf"] and row["depth"] and row["effect"] is not None}
    rows = [{"name": row["name"], "note": step_told(row), "value": row["effect"], "clear": True} for row in leaves.values()]
    head = f"What one step of each part makes of {verdict['name']}"
    return _chart(verdict, head, rows, None, "No values were given, or nothing is made of parts: no step is computed.", answer)


def moved_bars(answer: Answer) -> Chart:
    """What each leaf added to the change between the two periods, from the answer to `kpi_tree`."""
    verdict, since = answer.verdict, answer.verdict["moved"]
    names = {"name": "name", "share": "value", "clear": "clear"}
    rows = [
        {to: part[name] for name, to in names.items()} | {"note": sure_told(part)} for part in (since["parts"] if since else [])
    ]
    head = f"What each part added from {since['before']} to {since['after']}" if since else "What each part added"
    return _chart(verdict, head, rows, since and since["change"], "No earlier period is there to compare with.", answer)


def _chart(verdict: Spec, head: str, rows: list[dict[str, Any]], whole: float | None, empty: str, answer: Answer) -> Chart:
    ranked = sorted(rows, key=lambda row: -abs(row["value"]))[:MOST]
    spec = plain({
        "title": head, "head": head, "unit": verdict["unit"], "rows": ranked, "whole": whole, "empty": empty,
        "x_label": f"Change of {verdict['name']}{change_unit(verdict['unit'])}",
    })  # fmt: skip
    return Chart("part_bars", spec | bars_said(spec), answer.more["numbers"] if whole is None else answer.more["moved"])


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of part bars."""
    rows = spec["rows"][::-1]
    if not rows:
        return said_only(spec["title"], spec["empty"])
    figure, axes = canvas(9, 1.5 + 0.5 * len(rows))
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, spec["unit"])
    axes.axvline(0, color=INK, lw=1)
    axes.spines["left"].set_visible(False)
    least, most = (end(0.0, *(row["value"] for row in rows)) for end in (min, max))
    room = (most - least) or 1.0
    axes.set_xlim(least - room * (0.2 if least < 0 else 0.02), most + room * (0.2 if most > 0 else 0.02))
    axes.set_yticks(range(len(rows)), [f"{wrapped(row['name'], 32, 2)}\n{row['note']}" for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(lambda value, _: by(round(value, 9), spec["unit"]) if value else "0")
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(wrapped(spec["x_label"], 70))
    title_over(figure, spec["title"])
    return figure


def native(spec: Spec) -> Native:
    """A bar a part, those that may be luck apart."""
    drawn = by_look(spec["rows"], lambda row: "clear" if row["clear"] else "may be luck", ("value",))
    names = [f"{row['name']}, {row['note']}" if row["note"] else row["name"] for row in spec["rows"]]
    return Native("bar", names, drawn, spec["unit"], y_label=spec["x_label"], signed=True)


def _draw_row(axes: Axes, place: int, row: Spec, unit: str) -> None:
    """Up or down by color and arrow; one that may be luck is hatched."""
    up = row["value"] >= 0
    color, arrow = (HUE, "▲") if up else (ACCENT, "▼")
    look: dict[str, Any] = {"facecolor": color} if row["clear"] else {"facecolor": "white", "hatch": "///"}
    axes.barh(place, row["value"], height=0.42, edgecolor=color, lw=1.1, zorder=2, **look)
    axes.annotate(
        f"{arrow} {by(row['value'], unit)}", (row["value"], place), xytext=(5 if up else -5, 0), textcoords="offset points",
        va="center", ha="left" if up else "right", fontsize=8.5, color=MUTED if not row["clear"] else INK,
    )  # fmt: skip
