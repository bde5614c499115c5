"""Season phases: how far each part of the year (or week) lies from the mean of all, with intervals that hold together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    named_up,
    said_only,
    sure_interval,
    title,
)
from kpikit.figures.native import Native, by_look
from kpikit.words.season_captions import phases_said, too_short

Spec = Mapping[str, Any]
MOST_NAMED = 12


def season_phases(answer: Answer) -> Chart:
    """Each part of the cycle from the answer to `seasons`, the peak marked."""
    verdict, table = answer.verdict, answer.more["phases"]
    told = verdict["told"] and "change" in table
    part = str(table.columns[0])
    rows = (
        table.rename(columns={part: "name", "change": "value", "value": "level", "change_low": "low", "change_high": "high"})
        if told
        else None
    )
    spec = plain({
        "title": f"When in the {verdict['turn']} is {verdict['name']} high?", "unit": verdict["unit"], "turn": verdict["turn"],
        "x_label": f"Distance of {verdict['name']} from the mean of all {part}s{change_unit(verdict['unit'])}", "part": part,
        "rows": [] if rows is None else rows[["name", "value", "low", "high", "stands"]].to_dict("records"),
        "peak": verdict["peak"]["names"] if verdict["peak"] else [], "why": "" if told else too_short(verdict),
    })  # fmt: skip
    return Chart("season_phases", spec | phases_said(spec), table)


def draw(spec: Spec) -> Figure:
    """The figure of the plain values of season phases."""
    if spec["why"]:
        return said_only(spec["title"], spec["why"])
    rows = spec["rows"]
    figure, axes = canvas(9, 4.0)
    axes.axhline(0, color=INK, lw=1, zorder=1)
    axes.vlines(
        range(len(rows)),
        [row["low"] for row in rows],
        [row["high"] for row in rows],
        color=HUE,
        lw=2,
        alpha=0.45,
        zorder=2,
        label=f"{sure_interval()}, for all together",
    )
    for stands, face, label in (
        ("", "white", "not clearly off the mean"),
        ("above", HUE, "clearly above"),
        ("below", HUE, "clearly below"),
    ):
        found = [(place, row["value"]) for place, row in enumerate(rows) if row["stands"] == stands]
        if found:
            marker = {"": "o", "above": "^", "below": "v"}[stands]
            axes.plot(*zip(*found, strict=True), marker, mfc=face, mec=HUE, ms=8, mew=1.5, ls="", zorder=3, label=label)
    for place, row in enumerate(rows):
        if row["name"] in spec["peak"]:
            text = words.change(row["value"], spec["unit"])
            axes.annotate(
                text,
                (place, row["high"]),
                xytext=(0, 5),
                textcoords="offset points",
                ha="center",
                fontsize=8.5,
                fontweight="bold",
            )
    step = max(1, -(-len(rows) // MOST_NAMED))
    places = list(range(0, len(rows), step))
    axes.set_xticks(places, [_short(rows[place]["name"]) for place in places])
    axes.margins(x=0.04, y=0.14)
    axes.grid(axis="y", color="#eef1f4")
    axes.yaxis.set_major_formatter(change_ticks(spec["unit"]))
    axes.set_xlabel(spec["part"])
    axes.tick_params(axis="x", labelcolor=MUTED)
    named_up(axes, spec["x_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=4)
    return figure


def native(spec: Spec) -> Native:
    """A column a part of the cycle with its interval, those clearly off the mean apart."""
    drawn = by_look(spec["rows"], lambda row: f"clearly {row['stands']}" if row["stands"] else "not clearly off the mean")
    sure = f"{sure_interval()}, for all together"
    names = [row["name"] for row in spec["rows"]]
    return Native("column", names, drawn, spec["unit"], spec["part"], spec["x_label"], signed=True, sure=sure)


def _short(name: str) -> str:
    return name.removeprefix("week around ")[:5] if name.startswith("week") else name[:3]
