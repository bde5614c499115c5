"""Where a change came from, by accounting and not by cause: rates, mix, segments that came and went; size and rate of counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpikit.questions.effects.course import Course
from kpikit.questions.verdicts import known
from kpikit.stats.decomposition import dasgupta, jackknifed, reverses
from kpikit.stats.diagnosis import tail_of
from kpikit.stats.intervals import Interval
from kpikit.stats.multiple import benjamini_hochberg

NOTHING = 1e-5  # a part of the change under it is none: nobody reads -4.5e-08
FOUND_AT = 0.05  # of the Benjamini-Hochberg adjusted p-values


@dataclass(frozen=True)
class Origins:
    """`parts` as plain values (rate, mix, entry_exit, change); `table` has one row a cell; `counts` splits the counted units."""

    parts: dict[str, Any] | None
    table: pd.DataFrame
    simpson: bool
    coming: float  # share of the larger side's denominator in cells that are there on one side only
    counts: dict[str, float]


def origins_of(course: Course) -> Origins:
    """Kitagawa's parts with intervals from leaving out one period at a time, and Das Gupta's of the counted units a period."""
    n, d, before, after = course.numerators, course.denominators, course.before, course.after
    told = jackknifed(n[before], d[before], n[after], d[after])
    sums = [x[side].sum(axis=0) for side in (before, after) for x in (n, d)]
    stays = (sums[1] > 0) & (sums[3] > 0)
    coming = max(float(size[~stays].sum() / size.sum()) for size in (sums[1], sums[3]))
    parts = {name: _plain(part) for name, part in zip(("rate", "mix", "entry_exit"), told.totals, strict=True)}
    parts["change"] = _plain(told.change)
    for part in parts.values():
        if abs(part["value"] or 0.0) < NOTHING * abs(parts["change"]["value"] or 0.0):
            part["value"] = 0.0
    counts = _counted(course)
    if len(course.cells) == 1:
        return Origins(None, pd.DataFrame(), False, coming, counts)
    return Origins(parts, _table(course, told.segments), bool(reverses(*sums)), coming, counts)


def _plain(told: Interval) -> dict[str, float | None]:
    return {name: known(end) for name, end in zip(("value", "low", "high"), told, strict=True)}


def _table(course: Course, parts: Any) -> pd.DataFrame:
    """One row a cell, the ones that moved the total most first; `moved` names those that many looks still leave (hypotheses)."""
    columns: dict[str, Any] = {"segment": list(course.cells)}
    for name, part in zip(("rate effect", "mix effect", "entry or exit"), parts, strict=True):
        columns |= {name: part.value, f"{name}_low": part.low, f"{name}_high": part.high}
    frame = pd.DataFrame(columns)
    tails = [tail_of(value, (high - low) / 2) for value, low, high in zip(*parts.rate, strict=True)]
    adjusted = benjamini_hochberg(np.clip(tails, 0, 1))
    frame["moved"] = np.where(np.isnan(adjusted), "not known", np.where(adjusted < FOUND_AT, "hypothesis", "no"))
    size = frame[["rate effect", "mix effect", "entry or exit"]].abs().sum(axis=1)
    return frame.loc[size.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def _counted(course: Course) -> dict[str, float]:
    """The counted units in an average period on both sides, and how much of their change came by size and by rate."""
    sides = [
        (course.sizes[side].mean(), course.numerators[side].sum() / course.sizes[side].sum())
        for side in (course.before, course.after)
    ]
    told = dasgupta(lambda size, rate: size * rate, *sides)
    before, after = (float(size * rate) for size, rate in sides)
    return {
        "before": before, "after": after, "by_size": float(told.effects[0]), "by_rate": float(told.effects[1]),
        "size_before": float(sides[0][0]), "size_after": float(sides[1][0]),
    }  # fmt: skip
