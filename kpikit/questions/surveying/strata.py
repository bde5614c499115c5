"""Strata: those who answered, weighed so that each group counts as much as it was asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpikit.shapes.survey import Survey
from kpikit.stats.disclosure import LEAST
from kpikit.stats.intervals import CONFIDENCE, Floats, Interval
from kpikit.stats.survey import poststratified, weighted_gap


@dataclass(frozen=True, eq=False)
class Strata:
    """One side of a survey by the columns `by`: asked and answered a stratum, `named` reasons x strata, and pairs of reasons."""

    by: tuple[str, ...]
    asked: Floats
    answered: Floats
    named: pd.DataFrame
    together: pd.DataFrame

    def shares(self, reasons: list[str], family: int, confidence: float = CONFIDENCE) -> Interval:
        """Each reason's share of all asked, if the silent of a stratum were as those of it who answered; they hold together."""
        counts = self.named.reindex(reasons, fill_value=0).to_numpy(dtype=float)
        return poststratified(counts, self.answered, self.asked, 1 - (1 - confidence) / max(family, 1))

    def gaps(self, top: str, others: list[str]) -> tuple[Floats, Floats]:
        """The top reason's share minus each other's, weighted, with the p-value of each gap."""
        shared = [self.both(top, other) for other in others]
        pairs = [(self.counts(top) - pair, self.counts(other) - pair) for other, pair in zip(others, shared, strict=True)]
        first, second = (np.array(part) for part in zip(*pairs, strict=True))
        return weighted_gap(first, second, self.answered, self.asked)

    def counts(self, reason: str) -> Floats:
        """How many named it, a stratum."""
        counts: Floats = self.named.loc[reason].to_numpy(dtype=float)
        return counts

    def both(self, one: str, other: str) -> Floats:
        """How many named both, a stratum."""
        pair = tuple(sorted((one, other)))
        if pair not in self.together.index:
            return np.zeros(len(self.asked))
        counts: Floats = self.together[self.together.index == pair].to_numpy(dtype=float)[0]
        return counts


def strata_of(survey: Survey, side: str, by: tuple[str, ...]) -> Strata:
    """One side of the survey, cut by some of its columns; by none of them it is one stratum."""
    asked, named, together = (rows[rows["side"] == side] for rows in (survey.asked, survey.named, survey.together))
    keys = [_key(rows, by) for rows in (asked, named, together)]
    sizes = asked.groupby(keys[0])[["asked", "answered"]].sum()
    counts = (
        named.groupby(["reason", keys[1]])["customers"].sum().unstack(fill_value=0).reindex(columns=sizes.index, fill_value=0)
    )
    pairs = together.groupby(["reason", "other", keys[2]])["customers"].sum()
    wide = pairs.unstack(fill_value=0).reindex(columns=sizes.index, fill_value=0) if len(pairs) else pd.DataFrame()
    return Strata(by, sizes["asked"].to_numpy(float), sizes["answered"].to_numpy(float), counts, wide)


def weighing(survey: Survey, side: str) -> Strata | None:
    """The strata that the shares are weighted by: all columns crossed, or the one by which the response differs most.

    In each stratum at least five must have answered; None where no cut has that, or there are no columns.
    """
    crossed = [survey.segments] if len(survey.segments) > 1 else []
    single = [strata_of(survey, side, (name,)) for name in survey.segments]
    for found in [*(strata_of(survey, side, by) for by in crossed), *sorted(single, key=_differs, reverse=True)]:
        if found.answered.min() >= LEAST and len(found.asked) > 1:
            return found
    return None


def _differs(strata: Strata) -> float:
    """How far the response differs from stratum to stratum: its variance over those who were asked."""
    rates = strata.answered / strata.asked
    return float(np.average((rates - np.average(rates, weights=strata.asked)) ** 2, weights=strata.asked))


def _key(rows: pd.DataFrame, by: tuple[str, ...]) -> pd.Series:
    joined = pd.Series("", index=rows.index, name="stratum", dtype=str)
    for name in by:
        joined = joined + rows[name].astype(str) + "\x1f"
    return joined
