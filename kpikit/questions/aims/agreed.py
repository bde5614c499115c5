"""The agreed path: each point whose period is over, against what was measured there at the series' own noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.errors import CaseError
from kpikit.moments import last_instant
from kpikit.questions.aims.history import History
from kpikit.questions.verdicts import can_be_goal, goal_wanted, known, stands_to
from kpikit.series import KpiSeries
from kpikit.stats.intervals import CONFIDENCE

EXAMPLE = {"day": "2026-03-01", "week": "2026-03-02", "month": "2026-03", "quarter": "2026Q1", "year": "2026"}


def agreed_points(series: KpiSeries, path: Mapping[str, Any]) -> list[tuple[pd.Period, float]]:
    """The points of a path in order of time; CaseError for one that is no period of the series, or no value."""
    points = []
    for text, value in path.items():
        if isinstance(value, (str, list, tuple)) or not can_be_goal(series.kpi, series.variant, value):
            wanted = goal_wanted(series.kpi, series.variant)
            raise CaseError(f"{series.kpi.id}: the path holds {value!r} for '{text}'; it must be {wanted}")
        points.append((_period(series, text), float(value)))
    if len({when for when, _ in points}) < len(points):
        raise CaseError(f"{series.kpi.id}: the path names a {series.period} twice")
    return sorted(points)


def _period(series: KpiSeries, text: str) -> pd.Period:
    frequency = series.calendar.frequency(series.period)
    try:
        when = pd.Period(text, freq=frequency)
        own = pd.Period(text)  # as exact as it was written: a year is no month
    except ValueError:
        own = None
    if not isinstance(own, pd.Period) or (own.end_time - own.start_time > 1.2 * (when.end_time - when.start_time)):
        example = EXAMPLE[series.period]
        raise CaseError(f"{series.kpi.id}: the path names '{text}', which is no {series.period}; write one as \"{example}\"")
    return when


def progress_of(series: KpiSeries, history: History, points: list[tuple[pd.Period, float]]) -> dict[str, Any] | None:
    """Plain values: each point with what was measured and its state, how many are reached, and which is due next.

    The intervals hold for all judged points together (Bonferroni): no more than one path in twenty is misjudged at any point.
    """
    if not points:
        return None
    over = pd.Timestamp(last_instant(series.as_of)) + pd.Timedelta(microseconds=1)
    done = [(when, value) for when, value in points if when.end_time < over]
    places = {when: place for place, when in enumerate(history.periods) if history.used[place]}
    judged = sum(when in places for when, _ in done)
    confidence = 1 - (1 - CONFIDENCE) / max(judged, 1)
    rows = [_point(series, history, places.get(when), when, value, confidence) for when, value in done]
    rows += [_due(when, value) for when, value in points if (when, value) not in done]
    states = [row["state"] for row in rows]
    ahead = [row for row in rows if row["state"] == "ahead"]
    missed = [row["period"] for row in rows if row["state"] == "not reached"]
    return {
        "points": rows, "judged": judged, "reached": states.count("reached"), "missed": missed,
        "close": states.count("too close to call"), "unknown": states.count("not known"),
        "next": {"period": ahead[0]["period"], "value": ahead[0]["agreed"]} if ahead else None, "confidence": confidence,
    }  # fmt: skip


def _point(
    series: KpiSeries, history: History, place: int | None, when: pd.Period, agreed: float, confidence: float
) -> dict[str, Any]:
    row = _due(when, agreed)
    if place is None:
        return row | {"state": "not known"}
    told = history.limits(history.numerators[place], history.denominators[place], confidence)
    measured = {name: known(end) for name, end in zip(("value", "low", "high"), told, strict=True)}
    sure = measured["low"] is not None
    return row | measured | {"state": stands_to(agreed, measured, series.kpi.better) if sure else "not known"}


def _due(when: pd.Period, agreed: float) -> dict[str, Any]:
    return {"period": words.when(when), "agreed": agreed, "value": None, "low": None, "high": None, "state": "ahead"}
