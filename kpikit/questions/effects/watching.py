"""Signal against noise, and the course of an effect: control limits frozen before the change, the effect by period."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimators import Found
from kpikit.questions.effects.sides import Sides
from kpikit.questions.verdicts import direction, known
from kpikit.series import KpiSeries
from kpikit.stats.signal import MIN_BASELINE, Limits, laney_limits, laney_rate_limits, signal_after, signals, xmr_limits

CHARTS = {"binomial": "Laney's p' chart", "poisson": "Laney's u' chart"}
OTHERS = "XmR chart"  # of what only the spread between periods tells


def limits_of(course: Course) -> Limits:
    """Control limits frozen on the periods before; NaN under MIN_BASELINE of them. What is never below 0 has no limit below 0."""
    kind = course.noise_kind
    values = np.where(course.sizes > 0, course.pooled, np.nan)
    if kind not in CHARTS:
        limits = xmr_limits(values, course.before)
        return limits if (course.numerators < 0).any() else limits._replace(low=limits.low.clip(min=0))
    laney = laney_limits if kind == "binomial" else laney_rate_limits
    return laney(course.numerators.sum(axis=1), course.sizes, course.before)


def signal_of(series: KpiSeries, course: Course) -> dict[str, Any]:
    """Which chart, its limits at the first period after, and whether the periods after are routine, exceptional or shifted."""
    limits, values = limits_of(course), np.where(course.sizes > 0, course.pooled, np.nan)
    first = int(course.after.argmax())
    told = {name: known(end[first]) for name, end in zip(("centre", "low", "high"), limits, strict=True)}
    seen = str(signal_after(values, limits, course.after))
    return {"seen": seen, "chart": CHARTS.get(course.noise_kind, OTHERS), "needs": MIN_BASELINE, **told}


def course_table(series: KpiSeries, sides: Sides, found: Found) -> pd.DataFrame:
    """The series by period with its side, what would have gone on, the effect of each period after, and the control limits."""
    course, rows = found.course, series.table
    told = pd.DataFrame({"period": course.periods})
    limits = limits_of(course)
    values = np.where(course.sizes > 0, course.pooled, np.nan)
    told["limit_low"], told["limit_high"], told["rule"] = limits.low, limits.high, signals(values, limits)
    for name in ("expected", "expected_low", "expected_high", "effect", "effect_low", "effect_high"):
        told[name] = np.nan
    if found.main is not None:
        held, after = course.held()[0], course.after
        pooled_less_held = course.pooled - held  # what the mix adds: the picture shows the KPI as it was
        told["expected"] = np.where(course.before | after, found.main.line + found.beside + pooled_less_held, np.nan)
        for end, name in zip(found.main.by_point, ("effect", "effect_low", "effect_high"), strict=True):
            told.loc[after, name] = end
        told.loc[after, "expected"] = course.pooled[after] - told.loc[after, "effect"]
        told.loc[after, "expected_low"] = course.pooled[after] - told.loc[after, "effect_high"]
        told.loc[after, "expected_high"] = course.pooled[after] - told.loc[after, "effect_low"]
    joined = rows.merge(told, on="period", how="left").assign(side=rows["period"].map(sides))
    joined["status"] = joined["status"].mask(joined["side"].isin(["transition", "straddling"]), joined["side"])
    return joined


def farthest_of(found: Found) -> dict[str, Any] | None:
    """The period after that lies farthest from what would have gone on."""
    if found.main is None:
        return None
    told, periods = found.main.by_point, found.course.periods[found.course.after]
    place = int(np.abs(told.value).argmax())
    return {
        "period": words.when(periods[place]),
        **{name: known(end[place]) for name, end in zip(("value", "low", "high"), told, strict=True)},
    }


def halves_of(found: Found) -> dict[str, Any] | None:
    """The second half of the periods after minus the first, each against what would have gone on."""
    if found.main is None or not np.isfinite(found.main.halves.value):
        return None
    told = {name: known(end) for name, end in zip(("value", "low", "high"), found.main.halves, strict=True)}
    return told | {"direction": direction(told)}
