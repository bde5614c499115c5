"""The parts of which every question builds its verdict: sides, changes, targets; plain values only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.cases.log import REVIEW, Entry, until
from kpikit.cases.reviewing import NEVER, Review
from kpikit.errors import CaseError, DefinitionError
from kpikit.exact import exact, finite
from kpikit.kpi import Kpi, Variant
from kpikit.series import KpiSeries
from kpikit.stats.intervals import CONFIDENCE, Interval, difference, relative_change

COUNTED = ("numerator", "denominator", "less")
MOST_OF_EVENTS = 10  # 1,000 %: what is larger was meant in percent
METHODS = {
    "binomial": "Newcombe's interval for two groups of independent units (Wilson limits)",
    "poisson": "the exact limits of each event rate (Poisson, Garwood 1936), put together by MOVER (Zou and Donner 2008)",
    "spread": "the spread between periods (linearised ratio of sums), since amounts have no binomial noise",
    "two stocks": "Newcombe's interval (Wilson limits), as if other customers were counted after than before",
    "balance": "the limits of gains and losses as two shares of one sample, put together by MOVER (Zou and Donner 2008)",
    "parts": "the limits of its parts, put together by MOVER (Zou and Donner 2008) as if they were independent",
    "stock": "the spread between periods, since the same customers are counted in each",
}


def head(kpi: Kpi, variant: Variant, window: str | None) -> dict[str, Any]:
    """What every verdict says of its KPI."""
    computes = variant.computes
    names = {"numerator_name": computes.numerator, "denominator_name": computes.denominator}
    names |= {"less_name": computes.less} if computes.less else {}
    own = {"kpi": kpi.id, "name": kpi.name, "variant": variant.id, "unit": kpi.unit, "better": kpi.better}
    return (
        own
        | names
        | {"counts": variant.computes.counts, "window": window, "confidence": CONFIDENCE, "banded": variant.published_bands}
    )


def side(row: pd.Series) -> dict[str, Any]:
    """A pooled row as plain values; None where nothing can be said."""
    numbers = {name: known(row[name]) for name in ("value", "low", "high")}
    counts = {name: row[name].item() if isinstance(row[name], np.integer) else row[name] for name in COUNTED if name in row}
    return {**counts, **numbers, "band": named(row["band"])}


def named(band: Any) -> str | None:
    """A band's name; pandas turns None into NaN on its way."""
    return band if isinstance(band, str) else None


def known(value: Any) -> float | None:
    """A finite float, or None."""
    return float(value) if value is not None and np.isfinite(float(value)) else None


def limits(rows: pd.DataFrame) -> Interval:
    """The value, low and high columns as an interval."""
    return Interval(*(rows[name].to_numpy(dtype=float) for name in ("value", "low", "high")))


def changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Row by row the change and the relative change with their limits; the two never contradict each other."""
    moved, ratio = difference(limits(after), limits(before)), relative_change(limits(after), limits(before))
    columns = dict(zip(("change", "change_low", "change_high"), moved, strict=True))
    return pd.DataFrame(
        columns | dict(zip(("relative", "relative_low", "relative_high"), ratio, strict=True)), index=before.index
    )


def change_of(row: pd.Series) -> dict[str, Any]:
    """A row of `changes` as the change, relative and direction of a verdict."""
    moved = {name: known(row[column]) for name, column in (("value", "change"), ("low", "change_low"), ("high", "change_high"))}
    ratio = {
        name: known(row[column]) for name, column in (("value", "relative"), ("low", "relative_low"), ("high", "relative_high"))
    }
    return {"change": moved, "relative": ratio, "direction": direction(moved)}


def direction(moved: dict[str, float | None]) -> str:
    """`rose`, `fell` or `no clear change` by the interval; `not known` where there is none."""
    if moved["low"] is None or moved["high"] is None:
        return "not known"
    return "rose" if moved["low"] > 0 else "fell" if moved["high"] < 0 else "no clear change"


def stands_to(mark: float, estimate: dict[str, Any], better: str) -> str:
    """How an estimate stands to a target or benchmark: `reached`, `not reached` or `too close to call`.

    `not judged` of a KPI that is best inside a range, where neither more nor less of it is nearer to one.
    """
    low, high = (estimate[end] if estimate[end] is not None else estimate["value"] for end in ("low", "high"))
    if better == "inside":
        return "not judged"
    if low is None:
        return "not known"
    worse, best = (high, low) if better == "lower" else (low, high)
    sign = -1 if better == "lower" else 1
    return "reached" if sign * worse >= sign * mark else "not reached" if sign * best < sign * mark else "too close to call"


def can_be_goal(kpi: Kpi, variant: Variant, value: Any) -> bool:
    """Whether a number can be a target of a KPI: above 0 but where losses are taken off, and no percentage for a fraction."""
    signed, most = variant.computes.signed, _most_of(kpi, variant)
    return finite(value) and (-most if signed else 0) <= exact(value) <= most and (signed or value > 0)


def goal_wanted(kpi: Kpi, variant: Variant) -> str:
    """What a target of a KPI must be, in words.

    >>> from kpikit.catalog import load_kpi
    >>> nps = load_kpi("net_promoter_score")
    >>> goal_wanted(nps, nps.variant())
    'a fraction from -1 to 1, 25 points are 0.25'
    """
    signed = variant.computes.signed
    if kpi.unit == "points":
        return f"a fraction from {-1 if signed else 0} to 1, 25 points are 0.25"
    what = "a fraction" if kpi.unit == "percent" else "a number"
    return what + ("" if signed else " above 0") + (", 25 % is 0.25" if kpi.unit == "percent" else "")


def _most_of(kpi: Kpi, variant: Variant) -> int | float:
    """The largest number that a target may be: 1 of a part of a whole, more of events, which may pass it."""
    if kpi.unit not in words.FRACTIONS:
        return float("inf")
    return 1 if variant.computes.part_of_whole or kpi.unit == "points" else MOST_OF_EVENTS


def marks(kpi: Kpi, variant: Variant, estimate: dict[str, Any], benchmark: str | None, target: Any) -> dict[str, Any]:
    """The user's own target and somebody else's benchmark, apart from each other, each with how the estimate stands to it."""
    found: dict[str, Any] = {"target": None, "benchmark": None}
    if target is not None:
        wanted = goal_wanted(kpi, variant)
        if not isinstance(target, (int, float, Decimal)) or not finite(target):
            raise DefinitionError(f"{kpi.id}: the target is {target!r}; it must be {wanted.replace(' above 0', '')}")
        if not can_be_goal(kpi, variant, target):
            raise DefinitionError(f"{kpi.id}: the target is {target}; it must be {wanted}")
        found["target"] = {"value": float(target), "state": stands_to(float(target), estimate, kpi.better)}
    if benchmark is not None:
        mark = variant.benchmark(benchmark)
        said = {"value": float(mark.value), "industry": mark.industry, "source": mark.source, "what": mark.what, "age": mark.age}
        found["benchmark"] = said | {"state": stands_to(float(mark.value), estimate, kpi.better)}
    return found


def review(series: KpiSeries, owner: str, every: str | None = None, log: Sequence[Entry] = ()) -> dict[str, Any]:
    """When the KPI was last reviewed by the log, when it is next due by its cadence (see Review.due), and whose it is."""
    as_of = series.as_of.date()
    held = tuple(entry.date for entry in until(log, as_of) if entry.kind == REVIEW)
    told = Review(every or series.kpi.cadence, owner or series.kpi.owner, as_of, held, series.calendar)
    last, due = (None if day is None else words.day(day) for day in (told.last, told.due))
    said = {"cadence": told.every, "next": due, "owner": told.owner}
    return said | {"last": last, "held": len(held), "overdue": told.days_overdue(as_of)}


def cadence_of(series: KpiSeries, every: str | None) -> str:
    """How much is reviewed at once: what the case says, else the KPI, as of a case that is never reviewed again."""
    return series.kpi.cadence if every in (None, NEVER) else every


def log_checks(log: Sequence[Entry], as_of: date) -> list[Check]:
    """That the log holds entries of days that are later than the data."""
    later = len(log) - len(until(log, as_of))
    if not later:
        return []
    said = (
        f"{words.counted(later, 'entry', 'entries')} of the log {words.agreed(later, 'is', 'are')} dated after {words.day(as_of)}"
    )
    return [Check("later entries", None, f"{said}, and left out.")]


def refuse_composed(series: KpiSeries, question: str) -> None:
    """CaseError where a question needs counts, and the KPI is composed of other KPIs."""
    computes = series.variant.computes
    if computes.composed:
        raise CaseError(
            f"{series.kpi.id}: {question} is asked of counts, and this KPI is the {computes.combine} of "
            f"{words.listed(computes.of)}; ask it of these, one by one; kk.kpi_tree says what a change of theirs makes of it"
        )


def method_check(noise: str, moved: dict[str, float | None]) -> Check:
    """Which interval stands behind the change, and why; `noise` is one of METHODS."""
    if moved["low"] is None:
        return Check("interval", None, f"None can be given: it would need {METHODS[noise]}, and there are too few periods.")
    return Check("interval", True, f"From {METHODS[noise]}.")
