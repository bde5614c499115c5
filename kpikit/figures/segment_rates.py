"""The dot plot of segments: each group's raw rate with its interval, and the rate drawn towards the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
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
    ticks,
    title_over,
    wrapped,
)
from kpikit.figures.native import Native, of_rows
from kpikit.words.segments import rates_said

MOST = 28  # groups drawn; the table holds them all


def segment_rates(answer: Answer) -> Chart:
    """Raw and shrunk rates of the groups of each segment, and of pairs that stand out, from the answer to `segments`."""
    verdict = answer.verdict
    rows = answer.table.head(MOST).rename(columns={verdict["who"]: "customers", verdict["did"]: "upgraded"})
    clear = [found["segment"] for found in verdict["found"]]
    names = ["segment", "customers", "upgraded", "rate", "rate_low", "rate_high", "shrunk", "mark"]
    told = rows[names].assign(clear=rows["segment"].isin(clear)).to_dict("records")
    within = f" within {verdict['window']}" if verdict["window"] else ""
    spec = plain({
        "title": f"Which {verdict['who']} {verdict['did']}{within}?", "rows": told, "more": len(answer.table) - len(rows),
        "x_label": f"Share of {verdict['who']} that {verdict['did']}{within}",
    })  # fmt: skip
    return Chart("segment_rates", spec | rates_said(spec), answer.table)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the plain values."""
    rows = [row for row in spec["rows"] if row["rate"] is not None]
    if len(rows) < 2:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 1.9 + 0.34 * len(rows))
    axes.axvline(rows[0]["rate"], color=INK, lw=1, ls=(0, (4, 3)), zorder=1)
    places = range(len(rows) - 1, -1, -1)
    for place, row in zip(places, rows, strict=True):
        _draw_row(axes, place, row)
    axes.set_yticks(list(places), [wrapped(row["segment"], 44, lines=2) for row in rows])
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set(fontweight="bold" if row["clear"] or row is rows[0] else "normal", color=INK if row["clear"] else MUTED)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(left=0)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(ticks("percent"))
    axes.set_xlabel(wrapped(f"{spec['x_label']}; at the right the counts{_not_drawn(spec)}", 84))
    title_over(figure, spec["title"])
    _draw_key(axes)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """Two bars a group: its raw rate with its interval, and the rate drawn towards the whole; the first is the whole."""
    rows = [row for row in spec["rows"] if row["rate"] is not None]
    drawn = [of_rows("raw rate", rows, ("rate", "rate_low", "rate_high")), of_rows("drawn towards the whole", rows, ("shrunk",))]
    names = [row["segment"] + (", stands out" if row["clear"] else "") for row in rows]
    return Native("bar", names, drawn, "percent", y_label=spec["x_label"])


def _draw_row(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    color, small = ACCENT if row["clear"] else MUTED, "small" in row["mark"]
    axes.hlines(place, row["rate_low"], row["rate_high"], color=color, lw=2.2 if row["clear"] else 1.4, zorder=2)
    axes.plot(row["rate"], place, "o", mfc="white", mec=color, mew=1.4, ms=5.5, zorder=3)
    axes.plot(row["shrunk"], place, "D", color=ACCENT if row["clear"] else HUE, ms=6, zorder=4)
    said = f"{words.amount(row['upgraded'])} of {words.amount(row['customers'])}{'  small' if small else ''}"
    weight = "bold" if row["clear"] else "normal"
    axes.annotate(
        said + ("  stands out" if row["clear"] else ""), (1.01, place), xycoords=("axes fraction", "data"), va="center",
        fontsize=8.5, fontweight=weight, color=INK, annotation_clip=False,
    )  # fmt: skip


def _not_drawn(spec: Mapping[str, Any]) -> str:
    hidden = sum(row["rate"] is None for row in spec["rows"])
    told = [f"{hidden} hidden"] if hidden else []
    told += [f"{spec['more']} more in the table"] if spec["more"] else []
    return f" ({', '.join(told)})" if told else ""


def _draw_key(axes: Axes) -> None:
    axes.plot([], [], "o", mfc="white", mec=MUTED, mew=1.4, ls="", ms=5.5, label="raw rate")
    axes.plot([], [], color=MUTED, lw=1.4, label=f"its {sure_interval()}")
    axes.plot([], [], "D", color=HUE, ls="", ms=6, label="drawn towards the whole")
    axes.plot([], [], color=INK, lw=1, ls=(0, (4, 3)), label="all")
    axes.plot([], [], "D", color=ACCENT, ls="", ms=6, label="stands out")
    legend_below(axes, ncols=5)
