"""History: a series by period as arrays, what goes on in it (trend, bends, season), and how much its periods vary beside that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpikit.series import KpiSeries
from kpikit.stats.designs import Mask, going_on, season_told
from kpikit.stats.intervals import Floats, Interval, poisson, wilson
from kpikit.stats.regression import averaged, fitted

CYCLE = {"day": 7, "week": 52, "month": 12, "quarter": 4, "year": 1}  # periods after which a season begins again
PER_YEAR = CYCLE | {"day": 365}
ENOUGH = 6  # degrees of freedom: fewer do not tell how much the periods vary
INDEPENDENT = 18 / 35  # of the second differences of independent points, by how much their squares go together
ROUNDING = 1e-9  # of the level: what varies less does not vary
KNOWN = ("binomial", "poisson")  # kinds of noise that sampling alone lets be known


@dataclass(frozen=True, eq=False)
class History:
    """One point a period, from the first usable one to the last; `used` says which hold a value.

    `deviation` is how much single points vary beside their neighbors (the season taken out where it can be told), known by
    `freedom` degrees; `dispersion` the same in what sampling alone makes of it, never under 1. `wander` is how many times as
    much (variance) the points vary around trend and season as that: the level's own ways are in it.
    """

    periods: pd.PeriodIndex
    numerators: Floats
    denominators: Floats
    used: Mask
    noise: str
    season: bool
    freedom: int
    dispersion: float
    deviation: float
    wander: float
    slope: tuple[float, float, float] | None

    @property
    def values(self) -> Floats:
        """The value of each period, NaN where there is none."""
        values: Floats = np.divide(self.numerators, self.denominators, out=np.full(len(self.used), np.nan), where=self.used)
        return values

    @property
    def told(self) -> bool:
        """Whether the periods tell how much they vary."""
        return self.freedom >= ENOUGH

    def pooled(self, span: int) -> Floats:
        """The last `span` periods pooled, for each period; NaN where one of them has no value."""
        sums = [_moving(np.where(self.used, x, np.nan), span) for x in (self.numerators, self.denominators)]
        return np.asarray(sums[0] / sums[1])

    def limits(self, numerator: float, denominator: float, confidence: float) -> Interval:
        """The interval of one period's value at the series' own noise; NaN limits where nothing is known of it."""
        if self.noise in KNOWN:
            build = wilson if self.noise == "binomial" else poisson
            return build(numerator / self.dispersion, denominator / self.dispersion, confidence)
        from scipy import special

        half = special.stdtrit(self.freedom, (1 + confidence) / 2) * self.deviation if self.told else np.nan
        value = np.asarray(numerator / denominator)
        return Interval(value, value - half, value + half)


def history_of(series: KpiSeries) -> History:
    """The history of a series without segments."""
    usable = series.usable
    periods = pd.period_range(usable["period"].min(), usable["period"].max())
    counts = usable.set_index("period")[["numerator", "denominator"]].astype(float).reindex(periods)
    used = counts["denominator"].notna().to_numpy()
    n, d = (counts[name].fillna(0.0).to_numpy() for name in ("numerator", "denominator"))
    values = np.divide(n, d, out=np.zeros(len(n)), where=used)
    cycle, noise = CYCLE[series.period], series.variant.computes.noise
    season_there = season_told(used, cycle)
    design = going_on(len(values), cycle, trend=True, season=season_there)
    told, *_ = np.linalg.lstsq(design[used], values[used])
    left = np.where(used, values - design @ told, 0.0)
    phases = CYCLE[series.period] - 1 if season_there else 0
    season = design[:, design.shape[1] - phases :] @ told[len(told) - phases :]
    more = used.sum() / max(used.sum() - phases, 1)
    ratio, deviation, freedom = _beside_neighbors(values - season, _sampling(n, d, noise), used, more)
    points = used.sum() - np.linalg.matrix_rank(design[used])
    varies = points >= ENOUGH and deviation > ROUNDING * np.abs(n).sum() / d.sum()
    around = float((left**2).sum() / points) if varies else float("nan")
    return History(
        periods, n, d, used, noise, season_there, freedom, max(ratio, 1.0), deviation,
        around / deviation**2 if around > 0 else 1.0,
        _slope(values, used, cycle, season_there),
    )  # fmt: skip


def _moving(values: Floats, span: int) -> Floats:
    """The sum of each value and the `span` - 1 before it."""
    whole = np.lib.stride_tricks.sliding_window_view(values, span).sum(axis=1) if len(values) >= span else np.empty(0)
    return np.concatenate([np.full(len(values) - len(whole), np.nan), whole])


def _sampling(n: Floats, d: Floats, noise: str) -> Floats:
    """The variance that sampling alone gives each point, 0 where that is not known."""
    level = n.sum() / d.sum()
    each = level * (1 - level if noise == "binomial" else 1) if noise in KNOWN else 0.0
    return np.divide(each, d, out=np.zeros(len(d)), where=d > 0)


def _beside_neighbors(values: Floats, sampling: Floats, used: Mask, more: float) -> tuple[float, float, int]:
    """How much a point varies beside the middle of its two neighbors: in what sampling makes, as a standard deviation, and by how
    many degrees of freedom that is known.

    Gasser, Sroka and Jennen-Steinmetz 1986, doi 10.1093/biomet/73.3.625; `more` makes up for what was fitted before.
    """
    inside = used[1:-1] & used[:-2] & used[2:]
    apart = (values[1:-1] - (values[:-2] + values[2:]) / 2)[inside]
    freedom = int(len(apart) * INDEPENDENT / more)
    if freedom < 1:
        return 1.0, float("nan"), 0
    known = (sampling[1:-1] + (sampling[:-2] + sampling[2:]) / 4)[inside]
    ratio = float((apart**2 / known).mean() * more) if (known > 0).all() and freedom >= ENOUGH else 1.0
    return ratio, float(np.sqrt((apart**2).mean() / 1.5 * more)), freedom


def _slope(values: Floats, used: Mask, cycle: int, season: bool) -> tuple[float, float, float] | None:
    """The straight trend for each period with its interval, autocorrelation respected; None of too few points."""
    design = np.column_stack([going_on(len(values), cycle, trend=True, season=season), np.eye(len(values))[:, ~used]])
    if used.sum() - (design.shape[1] - (~used).sum()) < ENOUGH:
        return None
    told = averaged(fitted(values, design, np.eye(design.shape[1])[1:2]))
    return float(told.value[0, 0]), float(told.low[0, 0]), float(told.high[0, 0])
