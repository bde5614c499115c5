"""Estimate: what one estimator says, with its interval, its assumption and whether that was seen to hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpikit.questions.verdicts import known
from kpikit.stats.counterfactual import Continued
from kpikit.stats.intervals import Interval

ODD, LOW, FIRST = "odd", "low", "first"  # points before that may be left out
CONTINUED = ("season", "trend", "level")  # what the baseline holds: trend and season, trend alone, level alone
ASSUMES = {
    "plain": "nothing else moved it: no trend, no season, the same mix, periods that differ by chance alone",
    "year": "no trend over a year, and the same season",
    "segmented": "one straight trend before and another after, the same season",
    "count": "a straight trend of the logarithm and one step",
    "season": "the trend and the season of before would have gone on",
    "season as it is": "the trend and the season of before would have gone on, and the drift of the mix with them",
    "trend": "the trend of before would have gone on, and there is no season",
    "trend as it is": "the trend of before would have gone on, there is no season, and the mix drifts on",
    "level": "the level of before would have gone on, without trend and season",
    "level as it is": "the level of before would have gone on, without trend and season, at the mix as it came",
    "gap": "without the change the gap to the control group would have gone on as before",
    "control": "without the change it would have moved as the control group did",
}


@dataclass(frozen=True)
class Estimate:
    """One estimator's effect, as plain values; `holds` is None where its assumption could not be looked at."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    family: str  # one of ASSUMES
    left_out: str = ""  # of the points before: odd, low or first
    holds: bool | None = None
    why: str = ""
    p_value: float | None = None
    freedom: int | None = None
    unit: str = "change"  # or: change per period
    leads: bool = False

    @property
    def assumes(self) -> str:
        """What must hold for it to be the effect."""
        return ASSUMES[self.family]

    @property
    def ends(self) -> dict[str, float | None]:
        """The effect with its interval as plain values."""
        return {"value": self.value, "low": self.low, "high": self.high}


def of_fit(name: str, family: str, left_out: str, fit: Continued) -> Estimate:
    """The estimate of a continued baseline."""
    return estimate_of(name, family, fit.effect, left_out=left_out, p_value=known(fit.p_value), freedom=fit.freedom)


def estimate_of(name: str, family: str, told: Interval, **more: Any) -> Estimate:
    """An estimate from an interval of shape ()."""
    value, low, high = (known(end) for end in told)
    return Estimate(name, value, low, high, family, **more)


def table_of(estimates: Sequence[Estimate]) -> pd.DataFrame:
    """The estimators as people read them."""
    holds = {True: "yes", False: "no", None: "not checked"}
    return pd.DataFrame(
        {
            "estimator": [("leads: " if e.leads else "") + e.name for e in estimates],
            "change": [e.value for e in estimates],
            "change_low": [e.low for e in estimates],
            "change_high": [e.high for e in estimates],
            "assumes": [e.assumes for e in estimates],
            "holds": [holds[e.holds] for e in estimates],
            "why": [e.why for e in estimates],
        }
    )
