"""The forest plot of a campaign: each arm's difference to the control with its interval, the method that leads first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, MUTED, Chart, canvas, change_ticks, legend_below, sure_interval, title_over, wrapped
from kpikit.figures.native import Drawn, Native, by_look
from kpikit.words import arms as said

Spec = Mapping[str, Any]


def arm_effects(answer: Answer) -> Chart:
    """Every arm's difference to the control from the answer to `campaign`, by every method, the one that leads filled."""
    verdict = answer.verdict
    rows = [
        {"arm": arm["name"], **{name: one[name] for name in ("method", "value", "low", "high")}, "leads": place == 0,
         "clear": bool(arm["clear"]) and place == 0}
        for arm in verdict["arms"] for place, one in enumerate(arm["estimates"])
    ]  # fmt: skip
    spec = plain({
        "title": f"What did each arm move against '{verdict['control']['name']}'?", "unit": verdict["unit"],
        "x_label": x_label(verdict), "rows": rows,
    })  # fmt: skip
    return Chart("arm_effects", spec | said.arm_effects_said(spec), answer.more["estimates"])


def x_label(verdict: Mapping[str, Any]) -> str:
    """What is on the axis, with its unit."""
    within = f" within {verdict['window']}" if verdict["window"] else ""
    if verdict["unit"] == "percent":
        return f"difference in the share that upgraded{within}, percentage points"
    return f"difference in spending by customer{within}{', ' + verdict['currency'] if verdict['currency'] else ''}"


def draw(spec: Spec) -> Figure:
    """The figure of the arms' plain values."""
    rows = list(spec["rows"])[::-1]
    figure, axes = canvas(9, 1.7 + 0.52 * len(rows))
    draw_rows(axes, rows, spec, [f"{wrapped(row['arm'], 34, lines=2)}\n{row['method']}" for row in rows])
    title_over(figure, spec["title"])
    axes.plot([], [], "D", color=HUE, ls="", ms=6.5, label="leads")
    axes.plot([], [], "o", mfc="white", mec=MUTED, mew=1.6, ls="", ms=6.5, label="another method")
    axes.plot([], [], color=MUTED, lw=1.6, label=f"{sure_interval()}, for all arms and looks together")
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """A bar for each arm and method with its interval, the one that leads apart."""
    drawn = by_look(spec["rows"], lambda row: "leads" if row["leads"] else "another method")
    return native_rows(spec, [f"{row['arm']}, {row['method']}" for row in spec["rows"]], drawn)


def native_rows(spec: Spec, names: Sequence[str], drawn: Sequence[Drawn]) -> Native:
    """Differences to the control as bars with their intervals."""
    sure = f"{sure_interval()}, for all drawn together"
    return Native("bar", names, drawn, spec["unit"], y_label=spec["x_label"], signed=True, sure=sure)


def draw_rows(axes: Axes, rows: Sequence[Spec], spec: Spec, names: Sequence[str]) -> None:
    """One interval a row, its numbers at the right."""
    axes.axvline(0, color=INK, lw=1, zorder=1)
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, spec)
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.margins(x=0.08)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    if spec["unit"] == "percent":
        axes.xaxis.set_major_formatter(change_ticks("percent"))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(spec["x_label"])


def _draw_row(axes: Axes, place: int, row: Spec, spec: Spec) -> None:
    color, leads = (HUE, True) if row["leads"] else (MUTED, False)
    if row["value"] is not None:
        if row["low"] is not None:
            axes.hlines(place, row["low"], row["high"], color=color, lw=2.4 if leads else 1.6, zorder=2)
        marker = "D" if leads else "o"
        axes.plot(row["value"], place, marker, mfc=color if leads else "white", mec=color, mew=1.6, ms=7, zorder=3)
    axes.annotate(
        said.ranged(row, spec), (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
        fontweight="bold" if leads else "normal", annotation_clip=False,
    )  # fmt: skip
