"""How long it takes to go through, with those still on their way counted as long as they were seen (Kaplan and Meier 1958)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kpikit.moments import days_of
from kpikit.questions.verdicts import known
from kpikit.shapes.steps import Steps
from kpikit.stats.intervals import Interval
from kpikit.stats.staying import Curve, kaplan_meier
from kpikit.stats.survival import half_time, median_time


def timing(steps: Steps) -> dict[str, Any]:
    """The share through in the end, and the days by which half of all who entered, and half of those who ever do, are through."""
    curve = _curve(steps)
    entered = int(steps.days[["completed", "left"]].to_numpy().sum())
    through = int(steps.days["completed"].sum())
    told: dict[str, Any] = {"entered": entered, "through": through, "end": _end(steps), "share": None}
    if len(curve.time):
        told["share"] = _named(1 - curve.value[-1], 1 - curve.high[-1], 1 - curve.low[-1])
    return told | {"median": _named(*median_time(curve)), "half": _named(*half_time(curve))}


def course_of(steps: Steps) -> pd.DataFrame:
    """By day since entry: the share through with its limits, who went through that day, and who was at risk when it began."""
    curve = _curve(steps)
    told = pd.DataFrame({"day": curve.time.astype(int), "share": 1 - curve.value})
    limits = {"share_low": 1 - curve.high, "share_high": 1 - curve.low}
    days = steps.days.set_index("day")
    return told.assign(**limits, through=days["completed"].reindex(told["day"]).to_numpy(), at_risk=curve.at_risk.astype(int))


def at_risk(steps: Steps) -> pd.DataFrame:
    """How many entrants had not gone through before each day, from the first to the last, and were still seen on it."""
    days = pd.RangeIndex(max(_end(steps), int(steps.days["day"].max())) + 1, name="day")
    seen = steps.days.set_index("day").sum(axis=1).reindex(days, fill_value=0)
    return seen[::-1].cumsum()[::-1].rename("at_risk").reset_index().head(_end(steps) + 1)


def _curve(steps: Steps) -> Curve:
    days = steps.days
    times = np.concatenate([days["day"], days["day"]])
    return kaplan_meier(times, np.repeat([1, 0], len(days)), np.concatenate([days["completed"], days["left"]]))


def _end(steps: Steps) -> int:
    """The last day that is told: the window's end, or without one the last day on which anybody went through."""
    through = steps.days.loc[steps.days["completed"] > 0, "day"]
    return days_of(steps.window) or int((through if len(through) else steps.days["day"]).max())


def _named(*ends: Any) -> dict[str, float | None]:
    told = Interval(*ends)
    return {name: known(float(end)) for name, end in zip(("value", "low", "high"), told, strict=True)}
