"""The balance plot: how far the groups were apart before the campaign, as assigned and after matching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from kpikit.answer import Answer, plain
from kpikit.figures.chart import ACCENT, HUE, INK, Chart, canvas, legend_below, said_only, title_over, wrapped
from kpikit.figures.native import Native, of_rows
from kpikit.words import arms as said
from kpikit.words import written

MOST = 24


def arm_balance(answer: Answer) -> Chart:
    """The standardised differences before the campaign, from the answer to `campaign`."""
    table = answer.more["balance"]
    rows = [
        {"arm": row["arm"], "what": row["what"], "stands": row["as it stands"], "matched": row["matched"]}
        for _, row in table.head(MOST).iterrows()
    ]
    spec = plain({
        "title": "Were the groups alike before?", "rows": rows, "alike": answer.verdict["alike"],
        "meant": "counts as alike" if answer.verdict["design"] == "targeted" else "can be by lot alone",
        "x_label": "difference to the control before the campaign, standard deviations",
    })  # fmt: skip
    return Chart("arm_balance", spec | said.balance_said(spec), table)


def draw(spec: Mapping[str, Any]) -> Figure:
    """The figure of the differences' plain values."""
    rows = [row for row in spec["rows"] if row["stands"] is not None][::-1]
    if not rows:
        return said_only(spec["title"], spec["says"])
    figure, axes = canvas(9, 1.7 + 0.36 * len(rows))
    alike = written(f"{spec['alike']:.2f}")
    axes.axvspan(-spec["alike"], spec["alike"], color=HUE, alpha=0.12, lw=0, label=f"up to {alike} {spec['meant']}")
    axes.axvline(0, color=INK, lw=1)
    matched = [(row["matched"], place) for place, row in enumerate(rows) if row["matched"] is not None]
    axes.plot([row["stands"] for row in rows], range(len(rows)), "o", mfc="white", mec=ACCENT, mew=1.6, ms=7, label="as assigned")
    if matched:
        axes.plot([x for x, _ in matched], [y for _, y in matched], "D", color=HUE, ms=6.5, label="matched")
    axes.set_yticks(
        range(len(rows)), [f"{wrapped(row['what'], 40, lines=1)}\n{wrapped(row['arm'], 40, lines=1)}" for row in rows]
    )
    axes.set_ylim(-0.6, len(rows) - 0.4)
    reach = max(0.25, *(abs(row[key]) * 1.15 for row in rows for key in ("stands", "matched") if row[key] is not None))
    axes.set_xlim(-reach, reach)
    axes.grid(axis="y", color="#eef1f4")
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.set_xlabel(spec["x_label"])
    title_over(figure, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Mapping[str, Any]) -> Native:
    """Two bars a row: the difference as assigned, and matched."""
    rows = [row for row in spec["rows"] if row["stands"] is not None]
    drawn = [of_rows("as assigned", rows, ("stands",))]
    if any(row["matched"] is not None for row in rows):
        drawn.append(of_rows("matched", rows, ("matched",)))
    return Native("bar", [f"{row['what']}, {row['arm']}" for row in rows], drawn, "number", y_label=spec["x_label"], signed=True)
