"""The payback chart: what a customer has brought since coming, by month, beside what one costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from kpikit import words
from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, Chart, canvas, legend_below, named_up, said_only, sure_interval, title
from kpikit.figures.native import Native, level_line, of_rows
from kpikit.words import lifetime_figures as said
from kpikit.words.lifetime import MONTH, money, months_of

Spec = Mapping[str, Any]


def payback_chart(answer: Answer) -> Chart:
    """What a customer has brought by each month, from the answer to `lifetime`, with the acquisition cost where one is known."""
    verdict, table = answer.verdict, answer.table
    names = {"month": "month", "worth": "value", "worth_low": "low", "worth_high": "high"}
    rows = table[list(names)].rename(columns=names).to_dict("records") if "worth" in table else []
    own = f", {verdict['currency']}" if verdict["currency"] else ""
    spec = plain({
        "title": "When is the cost of a new customer back?", "rows": rows, "cost": verdict["cost"],
        "currency": verdict["currency"], "x_label": "Months since coming",
        "y_label": f"Brought so far by a customer, on average{own}",
    })  # fmt: skip
    shown = table[[name for name in names if name in table]]
    return Chart("payback_chart", spec | said.payback_said(spec), shown)


def draw(spec: Spec) -> Figure:
    """The figure of a payback chart's plain values."""
    if not spec["rows"]:
        return said_only(spec["title"], spec["says"])
    rows = pd.DataFrame(spec["rows"])
    figure, axes = canvas(9, 4.4)
    axes.fill_between(rows["month"], rows["low"], rows["high"], color=HUE, alpha=0.18, lw=0, label=sure_interval())
    axes.plot(rows["month"], rows["value"], color=HUE, lw=2, marker="o", ms=4, label="brought so far")
    if cost := spec["cost"]:
        price = money(cost["amount"], spec["currency"])
        axes.axhline(cost["amount"], color=ACCENT, lw=1.6, ls=(0, (5, 3)), label=f"acquisition cost, {price}")
        if cost["payback_days"] is not None:
            back = cost["payback_days"] / MONTH
            axes.plot(back, cost["amount"], "D", color=ACCENT, mec="white", ms=9, zorder=5, label="cost is back")
            told = f"{months_of(cost['payback_days'])} months"
            axes.annotate(told, (back, cost["amount"]), xytext=(10, -14), textcoords="offset points", color=INK)
    axes.set_xlim(0, rows["month"].max() * 1.02)
    axes.set_ylim(0, 1.08 * max(rows["high"].max(), (spec["cost"] or {"amount": 0})["amount"]))
    axes.grid(axis="y", color="#eef1f4")
    axes.set_xlabel(spec["x_label"])
    named_up(axes, spec["y_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=4)
    return figure


def native(spec: Spec) -> Native:
    """What was brought by each month with its interval, and the acquisition cost as a dashed line."""
    rows = spec["rows"]
    drawn = [of_rows("brought so far", rows), *level_line("acquisition cost", (spec["cost"] or {}).get("amount"), rows)]
    return Native("line", [words.amount(row["month"]) for row in rows], drawn, "money", spec["x_label"], spec["y_label"])
