"""The goal path: history, goals, agreed points by how they were judged, and what past changes would make of today's level."""

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
    spread_apart,
    sure_interval,
    ticks,
    title,
)
from kpikit.figures.native import ENDS, Drawn, Native, level_line, period_names
from kpikit.figures.periods import draw_periods
from kpikit.words.target_captions import path_said

Spec = Mapping[str, Any]
SHOWN = 36  # periods of history that are drawn
#: the quantiles of past changes, laid on today's level, as the legend names them
FAN = {"q10": "8 of 10 from", "q25": "half from", "q50": "the middle one", "q75": "half to", "q90": "8 of 10 to"}
#: how an agreed point stands -> marker, face, edge
LOOKS = {
    "reached": ("^", INK, INK), "not reached": ("v", ACCENT, ACCENT), "too close to call": ("D", "white", INK),
    "ahead": ("o", "white", MUTED), "not known": ("x", MUTED, MUTED),
}  # fmt: skip


def goal_path(answer: Answer) -> Chart:
    """The answer to `targets` over time: measured values, goals, the agreed path, and the fan of past changes."""
    verdict, rows = answer.verdict, answer.more["course"].tail(SHOWN)
    points = (verdict["progress"] or {"points": []})["points"]
    fan = (verdict["road"].get("fan") or []) if verdict["lead"]["open"] else []
    last = rows["period"].iloc[-1]
    most = max(
        [last + (len(fan) or 1), *(pd.Period(point["period"].removeprefix(words.WEEK_OF), freq=last.freq) for point in points)]
    )
    periods = [words.when(period) for period in pd.period_range(rows["period"].iloc[0], most)]
    goals = sorted(verdict["goals"], key=lambda row: not row["leads"])
    spec = {
        "title": f"How far is {verdict['name']} from its goals?", "name": verdict["name"], "unit": verdict["unit"],
        "y_label": words.axis_of(verdict), "period": verdict["period"], "periods": periods,
        **{name: rows[name].tolist() for name in ("value", "low", "high")},
        "goals": [{name: row[name] for name in ("kind", "name", "goal", "leads", "possible")} for row in goals],
        "path": [point for point in points if point["period"] in periods],
        "fan": fan, "from": verdict["road"].get("from"),
        "start": len(rows) - 1 - (answer.more["course"]["status"].iloc[::-1] == "ok").argmax(),
    }  # fmt: skip
    spec = plain(spec | {"value": spec["value"] + [None] * (len(periods) - len(rows))})
    return Chart("goal_path", spec | path_said(spec), _table(answer.more["path"], spec))


def _table(path: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The agreed points, and what the fan says of each period ahead; the history is the series' own table."""
    if not spec["fan"]:
        return path
    ahead = [
        {"period": spec["periods"][spec["start"] + row["step"]]} | {FAN[name]: row[name] for name in FAN} for row in spec["fan"]
    ]
    return path.merge(pd.DataFrame(ahead), how="outer", on="period")


def draw(spec: Spec) -> Figure:
    """The figure of a goal path's plain values."""
    figure, axes = canvas(9, 4.6)
    draw_periods(axes, spec["periods"], spec["period"])
    _draw_history(axes, spec)
    _draw_fan(axes, spec)
    _draw_path(axes, spec)
    bottom, top = _heights(spec, *axes.get_ylim())
    axes.set_ylim(bottom, top)
    _draw_goals(axes, [row for row in spec["goals"] if bottom <= row["goal"] <= top], spec["unit"], top - bottom)
    axes.yaxis.set_major_formatter(ticks(spec["unit"]))
    named_up(axes, spec["y_label"])
    title(axes, spec["title"])
    legend_below(axes, ncols=3)
    return figure


def native(spec: Spec) -> Native:
    """The history with its intervals; goals, agreed points and what past changes would make as lines and dots of their own."""
    places = range(len(spec["periods"]))
    agreed = {spec["periods"].index(point["period"]): point["agreed"] for point in spec["path"]}
    ahead = {spec["start"] + row["step"]: row for row in spec["fan"]}
    value, low, high = ([*spec[name], *[None] * (len(places) - len(spec[name]))] for name in ENDS)
    drawn = [Drawn(f"each {spec['period']}", value, low, high)]
    drawn += [Drawn("agreed", [agreed.get(place) for place in places], joined=False)] if agreed else []
    drawn += [
        Drawn(f"past changes: {FAN[name]}", [ahead.get(place, {}).get(name) for place in places], dashed=True)
        for name in ("q10", "q50", "q90") if ahead
    ]  # fmt: skip
    for row in spec["goals"]:
        drawn += level_line(row["name"], row["goal"] if row["possible"] else None, places)
    return Native("line", period_names(spec["periods"]), drawn, spec["unit"], spec["period"], spec["y_label"])


def _heights(spec: Spec, low: float, high: float) -> tuple[float, float]:
    """Where the axis of values ends: with the goals that belong on it, and not below 0 where no value and no goal is."""
    goals, room = [row["goal"] for row in spec["goals"] if _near(row, low, high)], high - low
    bottom, top = min([low, *(goal - 0.06 * room for goal in goals)]), max([high, *(goal + 0.06 * room for goal in goals)])
    told = [*goals, *(point["agreed"] for point in spec["path"]), *(value for value in spec["value"] if value is not None)]
    return (bottom if min(told) < 0 else max(bottom, 0.0)), top


def _near(row: Spec, low: float, high: float) -> bool:
    """Whether a goal belongs on the picture: the leading one if it can be reached, others within its reach."""
    reach = 1.5 * (high - low)
    return bool((row["leads"] and row["possible"]) or low - reach < row["goal"] < high + reach)


def _draw_history(axes: Axes, spec: Spec) -> None:
    rows = pd.DataFrame({name: spec[name][: len(spec["low"])] for name in ("value", "low", "high")}).astype(float)
    known = rows.dropna()
    sure = f"{sure_interval()} of each"
    axes.vlines(known.index, known["low"], known["high"], color=HUE, alpha=0.3, lw=1.6, zorder=2, label=sure)
    axes.plot(rows.index, rows["value"], "o-", color=HUE, lw=1.1, ms=3.6, zorder=3, label=f"each {spec['period']}")


def _draw_fan(axes: Axes, spec: Spec) -> None:
    """Two stretches, half and four fifths of past changes, and their middle."""
    if not spec["fan"]:
        return
    rows = pd.DataFrame([{"step": 0} | dict.fromkeys(FAN, spec["from"]), *spec["fan"]]).astype(float)
    place = spec["start"] + rows["step"]
    axes.fill_between(place, rows["q10"], rows["q90"], color=MUTED, alpha=0.16, lw=0, label="8 of 10 past changes", zorder=1)
    axes.fill_between(place, rows["q25"], rows["q75"], color=MUTED, alpha=0.26, lw=0, label="half of past changes", zorder=1)
    axes.plot(place, rows["q50"], color=MUTED, lw=1, ls=(0, (4, 2)), label="the middle one", zorder=2)


def _draw_path(axes: Axes, spec: Spec) -> None:
    places = [spec["periods"].index(point["period"]) for point in spec["path"]]
    axes.plot(places, [point["agreed"] for point in spec["path"]], color=INK, lw=0.8, ls=":", zorder=4)
    for state, (marker, face, edge) in LOOKS.items():
        found = [(place, point["agreed"]) for place, point in zip(places, spec["path"], strict=True) if point["state"] == state]
        if found:
            x, y = zip(*found, strict=True)
            axes.plot(x, y, marker, mfc=face, mec=edge, ms=7.5, mew=1.3, ls="", zorder=5, label=f"agreed: {state}")


def _draw_goals(axes: Axes, goals: list[Spec], unit: str, room: float) -> None:
    """A line a goal, the leading one strong, named at the right edge."""
    heights = spread_apart([row["goal"] for row in goals], room * 0.075)
    for row, height in zip(goals, heights, strict=True):
        axes.axhline(
            row["goal"],
            color=INK if row["leads"] else MUTED,
            lw=1.6 if row["leads"] else 0.9,
            ls="-" if row["leads"] else "--",
            zorder=1,
        )
        axes.annotate(
            f"{words.level(row['goal'], unit)} {row['name']}", (1.008, height), xycoords=("axes fraction", "data"), va="center",
            fontsize=8, color=INK if row["leads"] else MUTED, fontweight="bold" if row["leads"] else "normal",
            annotation_clip=False,
        )  # fmt: skip
