"""Step rates by segment: a dot with its interval for each segment at each step, those clearly off all others filled and named."""

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
from kpikit.figures.native import Native, by_look
from kpikit.words.funnel_figures import dots_said, span_of

Spec = Mapping[str, Any]
MOST = 24  # rows drawn; the table holds them all


def step_dots(answer: Answer) -> Chart:
    """The rate of each segment at each step, from the answer to `funnel`; where there are many, the clear ones are kept first."""
    verdict, table = answer.verdict, answer.more["segments"]
    rates = dict(zip(verdict["steps"][1:], verdict["rates"], strict=True))
    by = [name.replace("_", " ") for name in verdict["segments"]["by"]]
    rows = [_row(row, rates, alone=len(by) == 1) for row in table.to_dict("records")]
    kept = sorted(range(len(rows)), key=lambda place: (not rows[place]["clear"], place))[:MOST]
    order = {step: place for place, step in enumerate(rates)}
    spec = plain({
        "title": f"Who goes on, by {words.listed(by)}?" if rows else "Who goes on, by segment?",
        "x_label": "Share of those at the step before who go on", "more": len(rows) - len(kept),
        "rows": sorted((rows[place] for place in sorted(kept)), key=lambda row: order[row["step"]]),
    })  # fmt: skip
    return Chart("step_dots", spec | dots_said(spec), table)


def _row(row: Mapping[Any, Any], rates: Spec, *, alone: bool) -> dict[str, Any]:
    """What is drawn of a segment at a step; of the only segment column the value alone."""
    told = {name: row[name] for name in ("step", "rate", "rate_low", "rate_high", "of")}
    clear = row["clear"] if row["clear"] in ("lower", "higher") else ""
    return told | {
        "name": row["segment"].partition(": ")[2] if alone else row["segment"],
        "all": rates[row["step"]]["value"],
        "clear": clear,
    }


def draw(spec: Spec) -> Figure:
    """The figure of the dots' plain values."""
    rows = spec["rows"]
    if not rows:
        return said_only(spec["title"], spec["says"])
    places, heads = _places(rows)
    figure, axes = canvas(9, 1.7 + 0.33 * (len(rows) + len(heads)))
    for place, row in zip(places, rows, strict=True):
        _draw_row(axes, place, row)
    axes.set_yticks(
        [*places, *heads.values()], [*(_named(row) for row in rows), *(f"to '{wrapped(step, 30)}'" for step in heads)]
    )
    for label in axes.get_yticklabels()[len(rows) :]:
        label.set(fontweight="bold", color=INK)
    axes.set_ylim(max(places) + 0.7, min(heads.values()) - 0.7)
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(ticks("percent"))
    axes.margins(x=0.06)
    axes.set_xlabel(spec["x_label"] + (f"; {spec['more']} more in the table" if spec["more"] else ""))
    title_over(figure, spec["title"])
    _draw_key(axes)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """A bar for each segment at each step with its interval, those clearly off all others apart."""
    rows = spec["rows"]
    look = {"lower": "clearly lower than all others", "higher": "clearly higher", "": "not clearly off"}
    drawn = by_look(rows, lambda row: look[row["clear"]], ("rate", "rate_low", "rate_high"))
    return Native("bar", [f"{row['step']}: {row['name']}" for row in rows], drawn, "percent", y_label=spec["x_label"])


def _places(rows: list[Spec]) -> tuple[list[int], dict[str, int]]:
    """A line for each row, and one for each step above its rows."""
    places: list[int] = []
    heads: dict[str, int] = {}
    for row in rows:
        if row["step"] not in heads:
            heads[row["step"]] = len(places) + len(heads)
        places.append(len(places) + len(heads))
    return places, heads


def _named(row: Spec) -> str:
    return wrapped(row["name"] + (f" ({row['clear']})" if row["clear"] else ""), 34, lines=2)


def _draw_row(axes: Axes, place: int, row: Spec) -> None:
    color = ACCENT if row["clear"] == "lower" else HUE if row["clear"] else MUTED
    if row["rate_low"] is not None:
        axes.hlines(place, row["rate_low"], row["rate_high"], color=color, lw=2 if row["clear"] else 1.4, zorder=2)
    if row["rate"] is not None:
        axes.plot(row["rate"], place, "o", mfc=color if row["clear"] else "white", mec=color, mew=1.5, ms=6.5, zorder=3)
    axes.vlines(row["all"], place - 0.5, place + 0.5, color=INK, lw=1, zorder=1)
    axes.annotate(
        span_of(row), (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, annotation_clip=False,
        fontweight="bold" if row["clear"] else "normal",
    )  # fmt: skip


def _draw_key(axes: Axes) -> None:
    axes.plot([], [], "o", color=ACCENT, label="clearly lower than all others")
    axes.plot([], [], "o", color=HUE, label="clearly higher")
    axes.plot([], [], "o", mfc="white", mec=MUTED, label="not clearly off")
    axes.plot([], [], color=MUTED, lw=1.4, label=sure_interval())
    axes.plot([], [], color=INK, lw=1, label="everybody")
    legend_below(axes, ncols=5)
