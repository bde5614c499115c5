"""The axis of periods: where a date lies on it, its ticks, the line that marks a change, the letters of events and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from kpikit import words
from kpikit.figures.chart import INK, MUTED, wrapped
from kpikit.figures.remarks import Events, remarks_of
from kpikit.moments import as_moment

MOST_TICKS = 9
NICE = (1, 2, 3, 4, 6, 12, 24)
FEW = 4  # events and decisions up to which the legend tells them; the list beneath always does
ACROSS = 480  # points that the axis of a figure over its whole width has at least
LETTER, BESIDE = 6.5, 4  # points of a letter, and between two labels
ROOM = 14  # points over the axes that the letters take


def place_of(periods: pd.Series, day: str | date | None) -> float | None:
    """Where a date lies on the axis of periods: 0 is the middle of the first; None outside it."""
    if day is None or periods.empty:
        return None
    moment = pd.Timestamp(as_moment(day) if isinstance(day, date) else day)
    period = pd.Period(moment, freq=periods.iloc[0].freq)
    share = (moment - period.start_time) / (period.end_time - period.start_time)
    place = (period - periods.iloc[0]).n + float(share) - 0.5
    return place if -1 <= place <= len(periods.unique()) else None


def draw_periods(axes: Axes, periods: Sequence[str], name: str) -> None:
    """Ticks at whole steps of periods, as many as can be read."""
    step = max(1, -(-len(periods) // MOST_TICKS))
    step = next((nice for nice in NICE if nice >= step), step)
    places = range(0, len(periods), step)
    weeks = bool(periods) and periods[0].startswith(words.WEEK_OF)
    axes.set_xticks(list(places), [periods[place].removeprefix(words.WEEK_OF) for place in places])
    axes.set_xlim(-0.8, len(periods) - 0.2)
    axes.set_xlabel(f"{name}, by its first day" if weeks else name)


def draw_change(axes: Axes, at: float | None, changed_on: str) -> None:
    """A line at the change, with its date at the top left of it; right of it where the left has no room."""
    if at is None:
        return
    start, end = axes.get_xlim()
    left = (at - start) / (end - start) > 0.12
    axes.axvline(at, color=INK, lw=1, zorder=3)
    axes.annotate(
        f"change\n{changed_on}", (at, 1), xycoords=("data", "axes fraction"), xytext=(-5 if left else 5, -4),
        textcoords="offset points", ha="right" if left else "left", va="top", fontsize=8,
        bbox={"facecolor": ("white", 0.6), "linewidth": 0, "pad": 1},
    )  # fmt: skip


def marked_on(periods: pd.Series, events: Events) -> list[dict[str, Any]]:
    """Events and decisions as plain values, each with its letter and where it lies; `at` is None outside the periods."""
    return [{**row, "at": place_of(periods, row["on"])} for row in remarks_of(events)]


def draw_marks(axes: Axes, marks: Sequence[Mapping[str, Any]]) -> float:
    """Small triangles over the axes, each with its letter, those too near to each other with a span of letters.

    Returns the points over the axes that the title has to leave. The axis of periods has to be there before.
    """
    drawn = [mark for mark in marks if mark["at"] is not None]
    if not drawn:
        return 0
    line = blended_transform_factory(axes.transData, axes.transAxes)
    raised = line + ScaledTranslation(0, 3 / 72, axes.figure.dpi_scale_trans)
    for told, places in _legend(drawn):
        axes.plot(
            places, [1] * len(places), "v", label=told, color=MUTED, ms=5.5, ls="", transform=raised, clip_on=False, zorder=6
        )
    start, end = axes.get_xlim()
    for at, label in _labels([mark["at"] for mark in drawn], [mark["mark"] for mark in drawn], (end - start) / ACROSS):
        axes.annotate(
            label, (at, 1), xycoords=line, xytext=(0, 7), textcoords="offset points", ha="center", va="bottom", fontsize=8,
            color=MUTED, annotation_clip=False,
        )  # fmt: skip
    return ROOM


def draw_ticks(axes: Axes, places: Sequence[float]) -> None:
    """Small triangles over small axes, without letters."""
    if not places:
        return
    line = blended_transform_factory(axes.transData, axes.transAxes)
    axes.plot(places, [1] * len(places), "v", color=MUTED, ms=3.5, ls="", transform=line, clip_on=False, zorder=6)


def _legend(drawn: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[float]]]:
    """What the legend says, each with where it is marked."""
    if len(drawn) <= FEW:
        return [(wrapped(f"{mark['mark']}: {mark['text']}", 44, lines=2), [mark["at"]]) for mark in drawn]
    said = f"{drawn[0]['mark']} to {drawn[-1]['mark']}: {len(drawn)} events and decisions"
    return [(said, [mark["at"] for mark in drawn])]


def _labels(places: Sequence[float], marks: Sequence[str], point: float) -> list[tuple[float, str]]:
    """Where each letter stands; neighbors whose letters would touch share a label, as C-F. `point` is a point on the axis."""
    groups = sorted(zip(places, places, marks, marks, strict=True))
    near = True
    while near:
        near = False
        for i, (left, right) in enumerate(pairwise(groups)):
            if _middle(right) - _middle(left) < point * (BESIDE + (_width(left) + _width(right)) / 2):
                groups[i : i + 2] = [(left[0], right[1], left[2], right[3])]
                near = True
                break
    return [(_middle(group), _label(group)) for group in groups]


def _middle(group: tuple[float, float, str, str]) -> float:
    return (group[0] + group[1]) / 2


def _label(group: tuple[float, float, str, str]) -> str:
    return group[2] if group[2] == group[3] else f"{group[2]}–{group[3]}"


def _width(group: tuple[float, float, str, str]) -> float:
    return LETTER * len(_label(group))
