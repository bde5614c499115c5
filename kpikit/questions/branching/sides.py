"""The leaves of a series in its last review period and in an earlier one, their counts pooled, and how sure each change is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.errors import CaseError
from kpikit.exact import exact
from kpikit.questions.standing.followed import Followed
from kpikit.series import ComposedSeries, KpiSeries
from kpikit.stats.intervals import CONFIDENCE
from kpikit.stats.multiple import benjamini_hochberg

CLEAR_AT = 1 - CONFIDENCE


@dataclass(frozen=True, eq=False)
class Sides:
    """`leaves` are the parts that count, by key; `now` and `before` the two periods, as pandas Periods, of `grain`."""

    leaves: Mapping[str, KpiSeries]
    followed: Followed
    now: pd.Period
    before: pd.Period | None

    @property
    def grain(self) -> str:
        """What is pooled: the review period of the root, or the series' own where no review period is whole."""
        return self.followed.grain

    def values(self, period: pd.Period) -> dict[str, Fraction]:
        """Every leaf in one period: its counts added, then divided, exact."""
        return {key: self._value(series, period) for key, series in self.leaves.items()}

    def _value(self, series: KpiSeries, period: pd.Period) -> Fraction:
        rows = self._usable(series)
        inside = rows[rows["period"].map(lambda one: period.start_time <= one.end_time <= period.end_time).astype(bool)]
        n, d = (sum(map(exact, inside[name]), Fraction(0)) for name in ("numerator", "denominator"))
        return n / d

    def _usable(self, series: KpiSeries) -> pd.DataFrame:
        """The periods of a leaf in which every leaf has a value."""
        return series.usable[series.usable["period"].isin(self.followed.rows["period"])]

    def judged(self) -> dict[str, dict[str, Any]]:
        """Each leaf's change since the review before, with limits, and its p-value adjusted for how many there are.

        Where an earlier period than the one before was asked for, nothing is judged.
        """
        beside = self.before is not None and (self.now - self.before).n == 1
        since = {key: self._since(key) if beside else None for key in self.leaves}
        p_values = [np.nan if told is None or told["p_value"] is None else told["p_value"] for told in since.values()]
        adjusted = benjamini_hochberg(np.array(p_values, dtype=float))
        return {
            key: {"low": told and told["change"]["low"], "high": told and told["change"]["high"]}
            | {"adjusted": None if np.isnan(q) else float(q), "clear": bool(q < CLEAR_AT)}
            for (key, told), q in zip(since.items(), adjusted, strict=True)
        }

    def _since(self, key: str) -> dict[str, Any] | None:
        series = self.leaves[key]
        return replace(self.followed, rows=self._usable(series), noise=series.variant.computes.noise).since()


def sides_of(series: KpiSeries, since: str | None) -> Sides:
    """The last review period that is wholly there, and the one before it or that of `since`.

    Raises CaseError where no period holds a value of every part, or `since` is none of them.
    """
    total = series.total()
    if total.usable.empty:
        raise CaseError(f"{series.kpi.id}: no complete period holds a value of each of its parts, so there is nothing to compute")
    followed = Followed.of_series(total)
    if followed.reviews.empty:
        followed = replace(followed, cadence=series.period)
    reviews = [*followed.reviews["review"]]
    return Sides(_leaves(total), followed, reviews[-1], _before(series, reviews, since))


def _before(series: KpiSeries, reviews: list[pd.Period], since: str | None) -> pd.Period | None:
    earlier = {words.when(period): period for period in reviews[:-1]}
    if since is not None:
        if since not in earlier:
            raise CaseError(f"{series.kpi.id}: no earlier period is called '{since}', as since is; {words.near(since, earlier)}")
        return earlier[since]
    last = reviews[-2] if len(reviews) > 1 else None
    return last if last is not None and (reviews[-1] - last).n == 1 else None


def _leaves(series: KpiSeries) -> dict[str, KpiSeries]:
    """What counts by itself, by the key that a Branch has."""
    if isinstance(series, ComposedSeries):
        return {key: leaf for part in series.parts.values() for key, leaf in _leaves(part).items()}
    default = series.variant is series.kpi.variants[0]
    return {series.kpi.id if default else f"{series.kpi.id}.{series.variant.id}": series}
