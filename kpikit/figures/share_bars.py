"""Bars of shares with their intervals: where those who upgraded went, and which features fewest use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import HUE, INK, Chart, canvas, legend_below, said_only, sure_interval, ticks, title_over, wrapped
from kpikit.figures.native import Native, of_rows
from kpikit.words.segments import bars_said

MOST = 20  # bars drawn; the table holds them all


def goes_to(answer: Answer) -> Chart:
    """To which plan or product those who upgraded went, from the answer to `segments`."""
    verdict = answer.verdict
    told = {"title": f"What did they go for, those who {verdict['did']}?", "none": "The table does not say where they went."}
    return _bars(answer.more["goes_to"], "to", verdict["did"], told | {"x_label": f"Share of those who {verdict['did']}"})


def feature_use(answer: Answer) -> Chart:
    """How many of the eligible used each feature of the dearer plan before the window, the least used first."""
    who = answer.verdict["who"]
    told = {"title": f"What do {who} use least?", "none": "The case names no features whose use could be counted."}
    return _bars(
        answer.more["uses"], "feature", "used", told | {"x_label": f"Share of eligible {who} that used it before the window"}
    )


def _bars(table: pd.DataFrame, name: str, count: str, told: Mapping[str, str]) -> Chart:
    rows = table.head(MOST).rename(columns={name: "name", count: "count"})
    names = ["name", "count", "share", "share_low", "share_high"]
    spec = plain({**told, "rows": rows[names].to_dict("records"), "more": len(table) - len(rows)})
    return Chart("share_bars", spec | bars_said(spec), table)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the plain values."""
    shown = [row for row in spec["rows"] if row["share"] is not None]
    if not shown:
        return said_only(spec["title"], spec["says"])
    rows = pd.DataFrame(shown)
    figure, axes = canvas(9, 1.7 + 0.36 * len(rows))
    sns.barplot(data=rows, y="name", x="share", order=list(rows["name"]), orient="h", color=HUE, width=0.5, ax=axes, zorder=2)
    axes.hlines(rows.index, rows["share_low"], rows["share_high"], color=INK, lw=1.4, zorder=3)
    for place, row in rows.iterrows():
        told = f"{words.level(row['share'], 'percent')}  ({words.amount(row['count'])})"
        axes.annotate(
            told, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, color=INK, annotation_clip=False
        )
    axes.set_yticks(rows.index, [wrapped(name, 34, lines=2) for name in rows["name"]])
    axes.set(ylabel="", xlim=(0, None))
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.xaxis.set_major_formatter(ticks("percent"))
    hidden = len(spec["rows"]) - len(shown)
    more = [f"{hidden} hidden" if hidden else "", f"{spec['more']} more in the table" if spec["more"] else ""]
    left = ", ".join(filter(None, more))
    axes.set_xlabel(wrapped(f"{spec['x_label']}{f' ({left})' if left else ''}", 84))
    title_over(figure, spec["title"])
    axes.plot([], [], color=HUE, lw=6, label="share")
    axes.plot([], [], color=INK, lw=1.4, label=sure_interval())
    legend_below(axes, ncols=2)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """A bar a row with its interval."""
    rows = [row for row in spec["rows"] if row["share"] is not None]
    drawn = [of_rows("share", rows, ("share", "share_low", "share_high"))]
    return Native("bar", [row["name"] for row in rows], drawn, "percent", y_label=spec["x_label"])
