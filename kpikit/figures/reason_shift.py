"""The dumbbell of reasons: who named each before and after the change, with the change and its interval in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures import dumbbell
from kpikit.figures.chart import Chart, said_only
from kpikit.figures.native import Native
from kpikit.words.feedback import shift_said

MOST = 25  # reasons drawn; the table holds them all


def reason_shift(answer: Answer) -> Chart:
    """Before (open) and after (filled) of each reason, from the answer to `feedback`; without a change, that there is none."""
    rows, when = answer.more["moved"], answer.verdict["changed_on"]
    names = ["segment", "before", "after", "change", "change_low", "change_high"]
    known = rows[rows["change"].notna()]
    spec = plain({
        "title": f"Which reasons moved since {when}?" if when else "Which reasons moved?", "unit": "percent",
        "x_label": "Share of those who answered that names the reason", "rows": known[names].head(MOST).to_dict("records"),
        "more": len(rows) - min(len(known), MOST),
    })  # fmt: skip
    return Chart("reason_shift", spec | shift_said(spec), rows)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the plain values."""
    return dumbbell.draw(spec) if spec["rows"] else said_only(spec["title"], spec["says"])


def native(spec: Mapping[str, Any]) -> Native:
    """Two bars a row, before and after."""
    return dumbbell.native(spec)
