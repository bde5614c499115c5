"""Before and after at each step of a funnel: a dumbbell a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures import dumbbell
from kpikit.figures.chart import Chart, said_only
from kpikit.figures.native import Native
from kpikit.words.funnel_figures import changes_said, no_change_said


def step_changes(answer: Answer) -> Chart:
    """Before (open) and after (filled) of the rate to each step and of the way through, from the answer to `funnel`."""
    verdict, table = answer.verdict, answer.more["change"]
    if verdict["change"] is None:
        spec = plain({"title": "What did the change move?", "rows": []})
        return Chart("step_changes", spec | no_change_said(), table)
    rows = [
        {"segment": row["step"] if place else f"all: {row['step']}", **{name: row[name] for name in CHANGED},
         "clear": row["clear"] != "no"}
        for place, row in enumerate(table.to_dict("records"))
    ]  # fmt: skip
    spec = plain({
        "title": f"The rate to each step, before and after {verdict['change']['on']}", "unit": "percent", "rows": rows, "more": 0,
        "x_label": "Share of those at the step before who go on", "confidence": verdict["confidence"],
        "changed_on": verdict["change"]["on"],
    })  # fmt: skip
    return Chart("step_changes", spec | changes_said(spec), table)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the dumbbells' plain values."""
    return dumbbell.draw(spec) if spec["rows"] else said_only(spec["title"], spec["says"])


def native(spec: Mapping[str, Any]) -> Native:
    """Two bars a row, before and after."""
    return dumbbell.native(spec)


CHANGED = ("before", "after", "change", "change_low", "change_high")
