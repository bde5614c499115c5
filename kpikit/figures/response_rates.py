"""The response by segment: who answers, each group's rate with its interval, beside that of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, MUTED, Chart, canvas, legend_below, sure_interval, ticks, title_over, wrapped
from kpikit.figures.native import Native, by_look
from kpikit.words.feedback import response_said

MOST = 25  # groups drawn; the table holds them all


def response_rates(answer: Answer) -> Chart:
    """How many answered of each group that was asked, from the answer to `feedback`."""
    table = answer.more["response"]
    rows = table.head(MOST).to_dict("records")
    spec = plain(
        {"title": "Who answers?", "rows": rows, "more": max(len(table) - MOST, 0), "x_label": "Share of those asked who answered"}
    )
    return Chart("response_rates", spec | response_said(spec), table)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the plain values."""
    rows = [row for row in spec["rows"] if row["rate"] is not None]
    figure, axes = canvas(9, 1.9 + 0.36 * len(rows))
    axes.axvline(rows[0]["rate"], color=INK, lw=1, ls=(0, (4, 3)), zorder=1, label="all who were asked")
    places = list(range(len(rows) - 1, -1, -1))
    for place, row in zip(places, rows, strict=True):
        _draw_row(axes, place, row)
    axes.set_yticks(places, [wrapped(row["segment"], 44, lines=2) for row in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(0, 1)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5, labelcolor=INK)
    axes.xaxis.set_major_formatter(ticks("percent"))
    more = f"; {spec['more']} more in the table" if spec["more"] else ""
    axes.set_xlabel(wrapped(f"{spec['x_label']}; at the right the counts{more}", 84))
    title_over(figure, spec["title"])
    axes.plot([], [], "D-", color=ACCENT, ms=6, label=f"differs clearly; {sure_interval()}")
    axes.plot([], [], "o-", color=HUE, ms=6, label=f"does not; {sure_interval()}")
    legend_below(axes, ncols=3)
    axes.xaxis.label.set_color(MUTED)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """A bar a group with its interval, those that differ clearly apart; the first is all who were asked."""
    rows = [row for row in spec["rows"] if row["rate"] is not None]
    said = {True: "differs clearly from the others", False: "does not"}
    drawn = by_look(rows, lambda row: said[row["mark"] == "differs"], ("rate", "rate_low", "rate_high"))
    return Native("bar", [row["segment"] for row in rows], drawn, "percent", y_label=spec["x_label"])


def _draw_row(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    color, marker = (ACCENT, "D") if row["mark"] == "differs" else (HUE, "o")
    axes.hlines(place, row["rate_low"], row["rate_high"], color=color, lw=1.8, zorder=2)
    axes.plot(row["rate"], place, marker, color=color, ms=6, zorder=3)
    text = f"{words.level(row['rate'], 'percent')}  ({words.amount(row['answered'])} of {words.amount(row['asked'])})"
    axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, annotation_clip=False)
