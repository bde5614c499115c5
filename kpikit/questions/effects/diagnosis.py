"""What the periods before a change hide: trend, season, autocorrelation, overdispersion, odd months, other dates, placebos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from kpikit import words
from kpikit.questions.effects.course import Course
from kpikit.questions.effects.estimators import LOW_SPAN, Found
from kpikit.questions.verdicts import known
from kpikit.stats.counterfactual import LEAST, Baseline, Continued, base_of, effect_alone
from kpikit.stats.diagnosis import overdispersion, scan
from kpikit.stats.intervals import Floats
from kpikit.stats.regression import fitted

CLEAR_AT = 0.01  # p-value of the chi squared by which points vary more than sampling makes them
EARLIER_BY = 2  # periods: a change seen so much before its date is said
EARLIER_AT = 6.0  # and by so much stronger (F)
DATE_AT = 0.05  # p-value of the strongest of all dates, under which it is no luck
PLACEBOS_FOR_P = 19  # dates that do not overlap: fewer cannot give a p-value under .05
STRONGLY_CORRELATED = 0.3


@dataclass(frozen=True)
class Diagnosis:
    """Plain values; None where something could not be looked at."""

    low_before: bool  # whether the last periods before are the lowest stretch of them all; where that is looked for, the highest
    slope: dict[str, float | None] | None = None  # per period, of the trend at the last period before
    trend: str | None = None  # rose, fell or no clear trend
    bends: tuple[str, ...] = ()
    season: bool = False  # whether it is fitted
    seasonal: bool = False  # whether it clearly moves the KPI
    autocorrelation: float | None = None
    dispersion: float | None = None  # variance of the periods, in what sampling alone makes
    overdispersed: bool | None = None
    odd: tuple[tuple[str, float, float], ...] = ()  # period, value, what the others let expect
    likeliest: str | None = None  # the date at which a step shows most
    earlier: bool = False  # whether that lies clearly before the change
    date_p: float | None = None
    placebos: int = 0
    placebo_rank: int | None = None
    placebo_p: float | None = None


def diagnosed(found: Found, extreme: str = "low") -> tuple[Diagnosis, pd.DataFrame]:
    """The diagnosis of a course, and its placebo dates: period, change, ratio (of the change to its interval's half width).

    `extreme` is where a KPI stands badly, low or high.
    """
    course, every, baseline = found.course, found.every, found.baseline
    low = _stood_out_before(course, extreme)
    if every is None or baseline is None:
        return Diagnosis(low_before=low), pd.DataFrame(columns=["period", "change", "ratio", "actual"])
    values, noise = found.values, found.noise
    slope = (
        {name: known(end) for name, end in zip(("value", "low", "high"), every.slope, strict=True)} if baseline.trend else None
    )
    placebos = placebo_dates(course, values, noise, baseline, every)
    told = Diagnosis(
        slope=slope,
        trend=_trend(slope),
        bends=tuple(words.when(course.periods[place]) for place in baseline.bends),
        season=baseline.season,
        seasonal=_seasonal(course, values, baseline),
        autocorrelation=every.autocorrelation,
        odd=tuple(
            (words.when(course.periods[int(p)]), float(values[p]), float(every.line[p])) for p in np.flatnonzero(found.odd)
        ),
        low_before=low,
        **_dispersed(course, values - every.line, noise, every.freedom),
        **_dates(found, values),
        **_ranked(placebos),
    )
    return told, placebos


def _dispersed(course: Course, left: Floats, noise: Floats | None, freedom: int) -> dict[str, Any]:
    """How the periods before vary beside what sampling alone makes; nothing where that is not known."""
    if noise is None:
        return {}
    told = overdispersion(left[course.before], noise[course.before], freedom)
    return {"dispersion": told.ratio, "overdispersed": told.p_value < CLEAR_AT}


def _ranked(placebos: pd.DataFrame) -> dict[str, Any]:
    """The place of the real date among those that do not overlap; a p-value where there are enough of them."""
    others, actual = placebos[~placebos["actual"]], placebos.loc[placebos["actual"], "ratio"].abs()
    if not len(others) or not np.isfinite(actual.iloc[0]):
        return {"placebos": len(others)}
    rank = int(1 + (others["ratio"].abs() >= actual.iloc[0]).sum())
    p_value = rank / (len(others) + 1) if len(others) >= PLACEBOS_FOR_P else None
    return {"placebos": len(others), "placebo_rank": rank, "placebo_p": p_value}


def _seasonal(course: Course, values: Floats, baseline: Baseline) -> bool:
    """Whether the fitted season takes clearly more of the variation before than chance would (F test)."""
    if not baseline.season:
        return False
    rows = np.flatnonzero(course.before)
    fits = [base_of(len(values), course.cycle, part)[rows] for part in (baseline._replace(season=False), baseline)]
    less, more = (float(((values[rows] - base @ np.linalg.lstsq(base, values[rows])[0]) ** 2).sum()) for base in fits)
    extra, freedom = course.cycle - 1, len(rows) - fits[1].shape[1]
    return bool(special.fdtrc(extra, freedom, (less - more) / extra / max(more / freedom, 1e-300)) < CLEAR_AT)


def _trend(slope: dict[str, float | None] | None) -> str | None:
    if slope is None or slope["low"] is None or slope["high"] is None:
        return None
    return "rose" if slope["low"] > 0 else "fell" if slope["high"] < 0 else "no clear trend"


def _stood_out_before(course: Course, extreme: str) -> bool:
    """Whether the last LOW_SPAN periods before are lower (higher), on average, than any stretch of as many before them."""
    places = np.flatnonzero(course.before)
    if len(places) < 2 * LOW_SPAN:
        return False
    values = course.pooled[places] * (-1 if extreme == "high" else 1)
    windows = np.lib.stride_tricks.sliding_window_view(values, LOW_SPAN).mean(axis=1)
    return bool(windows[-1] < windows[:-LOW_SPAN].min())


def _dates(found: Found, values: Floats) -> dict[str, Any]:
    """Where a step shows most, whether that is clearly before the change, and the p-value of the strongest of all dates."""
    course, baseline = found.course, found.baseline
    assert baseline is not None
    used = course.before | course.after
    base = base_of(len(values), course.cycle, baseline)
    places = np.column_stack([base, course.after.astype(float), np.eye(len(values))[:, ~used]])
    fit = fitted(np.where(used, values, 0.0), places, np.zeros((1, places.shape[1]))) if used.sum() - base.shape[1] > 1 else None
    if fit is None:
        return {}
    told = scan(values, used, int(course.after.sum()), base, fit)
    if not len(told.places) or not np.isfinite(told.p_value):
        return {}
    first = int(course.after.argmax())
    best = int(told.places[told.strength.argmax()])
    at_change = told.strength[told.places <= first][-1:].sum()
    stronger = told.strength.max() > at_change + EARLIER_AT and told.p_value < DATE_AT
    earlier = best <= first - EARLIER_BY and bool(course.before[best]) and stronger
    return {"likeliest": words.when(course.periods[best]), "earlier": bool(earlier), "date_p": float(told.p_value)}


def placebo_dates(course: Course, values: Floats, noise: Floats | None, baseline: Baseline, main: Continued) -> pd.DataFrame:
    """The same estimate at dates before the change that do not overlap, and at the real one: each stretch against the others."""
    places, length = np.flatnonzero(course.before), max(int(course.after.sum()), 1)
    starts = range(len(places) - length, -1, -length)
    rows = [(course.periods[int(course.after.argmax())], main.effect, True)]
    for start in starts:
        window = np.zeros(len(values), dtype=bool)
        window[places[start : start + length]] = True
        rest = course.before & ~window
        carried = baseline._replace(bends=())
        if rest.sum() - (1 + baseline.trend + baseline.season * (course.cycle - 1)) < LEAST:
            continue
        told, _ = effect_alone(values, rest, window, course.cycle, course.sizes, carried, noise)
        rows.append((course.periods[int(places[start])], told, False))
    ratio = [float(told.value / ((told.high - told.low) / 2)) for _, told, _ in rows]
    changes = [float(told.value) for _, told, _ in rows]
    frame = pd.DataFrame(
        {"period": [words.when(when) for when, *_ in rows], "change": changes, "ratio": ratio, "actual": [a for *_, a in rows]}
    )
    return frame.sort_values("period", ignore_index=True)
