"""The waterfall: from before to after, by the mix of segments, the rates inside them, and who came or went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
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
    named_up,
    sure_interval,
    ticks,
    title,
    wrapped,
)
from kpikit.figures.native import Drawn, Native
from kpikit.words import captions

Spec = Mapping[str, Any]
STEPS = {"mix": "mix of the segments", "rate": "{rates} inside the segments", "entry_exit": "segments that came or went"}
TOLD = 3  # segments that the caption names
LEVEL = "#8a96a3"


def waterfall(answer: Answer) -> Chart:
    """Where the plain change came from, by accounting, from the answer to `before_after`."""
    verdict = answer.verdict
    steps = _steps(verdict)
    rows = [{"label": "before, pooled", "step": False, "from": 0.0, "to": verdict["before"]["value"]}]
    for label, part in steps.items():
        start = rows[-1]["to"]
        change = {name: part[name] for name in ("low", "high")} | {"change": part["value"]}
        rows.append({"label": label, "step": True, "from": start, "to": start + part["value"], **change})
    rows.append({"label": "after, pooled", "step": False, "from": 0.0, "to": verdict["after"]["value"]})
    origins = answer.more["origins"]
    spec = plain({
        "title": f"Where did the change of {verdict['name']} come from?",
        "unit": verdict["unit"],
        "y_label": words.axis_of(verdict),
        "rows": rows,
        "segments": _moved_most(origins),
        "of": len(origins),
    })  # fmt: skip
    return Chart("waterfall", spec | captions.waterfall_said(spec), pd.DataFrame(rows))


def _steps(verdict: Spec) -> dict[str, Spec]:
    """The parts of the change by what they are called; the change as a whole where it has no parts."""
    parts = verdict["origins"]
    if parts is None or parts["rate"]["value"] is None or parts["mix"]["value"] is None:
        return {"change": verdict["change"]}
    named = {name: label.format(rates=words.rates(verdict["unit"])) for name, label in STEPS.items()}
    return {label: parts[name] for name, label in named.items() if name != "entry_exit" or parts[name]["value"]}


def _moved_most(origins: pd.DataFrame) -> list[dict[str, Any]]:
    if "rate effect" not in origins:
        return []
    known = origins.dropna(subset=["rate effect"])
    first = known.loc[known["rate effect"].abs().sort_values(ascending=False, kind="stable").index].head(TOLD)
    return [{"segment": name, "change": by} for name, by in zip(first["segment"], first["rate effect"], strict=True)]


def draw(spec: Spec) -> Figure:
    """The figure of a waterfall's plain values."""
    rows = spec["rows"]
    figure, axes = canvas(9, 4.1)
    ends = [row[name] for row in rows for name in ("from", "to")]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = (high - low) or 1.0
    for place, row in enumerate(rows):
        (_draw_step if row["step"] else _draw_level)(axes, place, row, spec["unit"])
        if place + 1 < len(rows):
            axes.hlines(row["to"], place + 0.3, place + 0.7, color=MUTED, lw=0.9, ls=(0, (2, 2)))
    axes.axhline(0, color="#c5ccd3", lw=1, zorder=1)
    axes.set_ylim(low - (0.2 * room if low < 0 else 0), high + 0.2 * room)
    axes.set_xlim(-0.6, len(rows) - 0.4)
    axes.set_xticks(range(len(rows)), [wrapped(row["label"], 18) for row in rows])
    axes.tick_params(axis="x", length=0, labelcolor=INK)
    axes.yaxis.set_major_formatter(ticks(spec["unit"]))
    named_up(axes, spec["y_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """Columns from before to after: levels from zero, steps lifted by a part that is not painted; below zero, as they are."""
    rows, names = spec["rows"], [_named(row, spec["unit"]) for row in spec["rows"]]
    levels = Drawn("value, pooled", [None if row["step"] else row["to"] for row in rows])
    said = [words.change(row["change"], spec["unit"]) if row["step"] else "" for row in rows]
    both = (
        Drawn(
            f"a step {way}",
            [abs(row["change"]) if row["step"] and (row["change"] >= 0) == (way == "up") else None for row in rows],
            labels=[text and f"{arrow} {text}" for text in said],
        )
        for way, arrow in (("up", "\N{BLACK UP-POINTING TRIANGLE}"), ("down", "\N{BLACK DOWN-POINTING TRIANGLE}"))
    )
    steps = [one for one in both if any(value is not None for value in one.values)]
    lift = Drawn("below the step", [min(row["from"], row["to"]) if row["step"] else None for row in rows], hidden=True)
    if any(row[end] < 0 for row in rows for end in ("from", "to")):
        below = Drawn("a step", [row["change"] if row["step"] else None for row in rows], labels=said)
        return Native("column", names, [levels, below], spec["unit"], y_label=spec["y_label"])
    return Native("stacked columns", names, [lift, levels, *steps], spec["unit"], y_label=spec["y_label"])


def _named(row: Spec, unit: str) -> str:
    """What a row is called; a step with its interval, for which a bar has no room."""
    return " ".join(filter(None, (row["label"], row["step"] and _span(row, unit))))


def _span(row: Spec, unit: str) -> str:
    span = words.between(row["low"], row["high"], unit, signed=True)
    return f"({span})" if span else ""


def _draw_level(axes: Axes, place: int, row: Spec, unit: str) -> None:
    axes.bar(place, row["to"], width=0.6, color=LEVEL, zorder=2, label="value, pooled" if place == 0 else "_again")
    _label(axes, place, row["to"], words.level(row["to"], unit), "")


def _draw_step(axes: Axes, place: int, row: Spec, unit: str) -> None:
    """A step by its direction: colour, hatch and arrow."""
    up = row["change"] >= 0
    color, hatch, arrow, what = (HUE, "", "▲", "up") if up else (ACCENT, "///", "▼", "down")
    known = {text.get_label() for text in axes.containers}
    label = f"a step {what}, in brackets its {sure_interval()}"
    axes.bar(
        place, row["change"], bottom=row["from"], width=0.6, facecolor=color if up else "white", edgecolor=color, hatch=hatch,
        lw=1.2, zorder=2, label="_again" if label in known else label,
    )  # fmt: skip
    change, span = words.change(row["change"], unit), _span(row, unit)
    _label(axes, place, max(row["from"], row["to"]), f"{arrow} {change}", span)


def _label(axes: Axes, place: int, height: float, first: str, second: str) -> None:
    where: dict[str, Any] = {
        "xy": (place, max(height, 0.0)),
        "textcoords": "offset points",
        "ha": "center",
        "va": "bottom",
        "zorder": 5,
    }
    axes.annotate(first, xytext=(0, 15 if second else 4), fontweight="bold", fontsize=9.5, **where)
    axes.annotate(second, xytext=(0, 4), fontsize=8, color=MUTED, **where)
