"""The road: how the KPI moved over as many periods as there are to the goal, told from its own past. No forecast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kpikit.questions.aims.history import PER_YEAR, History
from kpikit.stats.intervals import Floats

POOLED = 3  # periods put together at either end of a change, so that luck of one weighs less
YEARS = 2  # of history, before its changes are told as what is usual
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
LONGEST = 10  # years: a pace that takes longer takes too long to be told


def road_of(history: History, period: str, goal: float, horizon: int, sign: float) -> dict[str, Any]:
    """Plain values: what the past says of a change from today's pooled level to the goal within `horizon` periods.

    `why` says in a word why nothing is told (short, far: the goal is further off than the history is long, gaps, or there: the
    pooled level is at the goal); `enough` is how many of
    the `changes` over as many periods were at least as large as needed, `apart` how many such stretches fit without overlap.
    `sign` is 1 for a KPI that is to rise, -1 for one that is to fall.
    """
    span = min(POOLED, horizon)
    levels = history.pooled(span)
    today = levels[-1]
    head: dict[str, Any] = {"horizon": horizon, "span": span, "years": len(levels) / PER_YEAR[period], "least": YEARS}
    moved = _changes(levels, horizon)
    if not np.isfinite(today) or not len(moved):
        return head | {"why": _why(levels, horizon, period)}
    needed = goal - today
    head |= {"from": float(today), "needed": float(needed)}
    if len(levels) < YEARS * PER_YEAR[period]:
        return head | {"why": "short"}
    median = float(np.median(moved))
    return head | {
        "why": "there" if sign * needed <= 0 else None, "changes": len(moved),
        "enough": int((sign * moved >= sign * needed).sum()),
        "apart": (len(levels) - span) // horizon, "median": median, "largest": float((sign * moved).max() * sign),
        "periods": _pace(needed, median / horizon, LONGEST * PER_YEAR[period]), "fan": _fan(levels, float(today), horizon),
    }  # fmt: skip


def _why(levels: Floats, horizon: int, period: str) -> str:
    if np.isfinite(levels).sum() > horizon:
        return "gaps"
    return "short" if len(levels) < YEARS * PER_YEAR[period] else "far" if len(levels) <= horizon + POOLED else "gaps"


def _changes(levels: Floats, apart: int) -> Floats:
    """Every change over so many periods; those with an end that has no value are left out."""
    moved = levels[apart:] - levels[:-apart] if len(levels) > apart else np.empty(0)
    return np.asarray(moved[np.isfinite(moved)])


def _pace(needed: float, each: float, most: int) -> int | None:
    """How many periods the needed change takes at a pace; None where it leads away, or takes too long."""
    if needed * each <= 0:
        return None
    periods = math.ceil(needed / each)
    return periods if periods <= most else None


def _fan(levels: Floats, today: float, horizon: int) -> list[dict[str, float | int]]:
    """Today's level and the quantiles of past changes over 1, 2, ... periods, laid on it."""
    rows: list[dict[str, float | int]] = []
    for step in range(1, horizon + 1):
        ends = today + np.quantile(_changes(levels, step), QUANTILES)
        rows.append({"step": step} | {f"q{round(100 * q)}": float(end) for q, end in zip(QUANTILES, ends, strict=True)})
    return rows
