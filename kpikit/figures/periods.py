"""The axis of periods: where a date lies on it, its ticks, and the line that marks a change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
from matplotlib.axes import Axes

from kpikit import words
from kpikit.figures.chart import INK
from kpikit.moments import as_moment

MOST_TICKS = 9
NICE = (1, 2, 3, 4, 6, 12, 24)


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
