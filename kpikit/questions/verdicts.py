"""The parts of which every question builds its verdict: sides, changes, targets; plain values only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import DefinitionError
from kpikit.exact import exact, finite
from kpikit.kpi import Kpi, Variant
from kpikit.series import KpiSeries
from kpikit.stats.intervals import CONFIDENCE, Interval, difference, relative_change

MOST_OF_EVENTS = 10  # 1,000 %: what is larger was meant in percent
METHODS = {
    "binomial": "Newcombe's interval for two groups of independent units (Wilson limits)",
    "poisson": "the exact limits of each event rate (Poisson, Garwood 1936), put together by MOVER (Zou and Donner 2008)",
    "spread": "the spread between periods (linearised ratio of sums), since amounts have no binomial noise",
    "two stocks": "Newcombe's interval (Wilson limits), as if other customers were counted after than before",
    "stock": "the spread between periods, since the same customers are counted in each",
}


def head(kpi: Kpi, variant: Variant, window: str | None) -> dict[str, Any]:
    """What every verdict says of its KPI."""
    names = {"numerator_name": variant.computes.numerator, "denominator_name": variant.computes.denominator}
    own = {"kpi": kpi.id, "name": kpi.name, "variant": variant.id, "unit": kpi.unit, "better": kpi.better}
    return (
        own
        | names
        | {"counts": variant.computes.counts, "window": window, "confidence": CONFIDENCE, "banded": bool(variant.bands)}
    )


def side(row: pd.Series) -> dict[str, Any]:
    """A pooled row as plain values; None where nothing can be said."""
    numbers = {name: known(row[name]) for name in ("value", "low", "high")}
    counts = {name: row[name].item() if isinstance(row[name], np.integer) else row[name] for name in ("numerator", "denominator")}
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
    """How an estimate stands to a target or benchmark: `reached`, `not reached` or `too close to call`."""
    low, high = (estimate[end] if estimate[end] is not None else estimate["value"] for end in ("low", "high"))
    if low is None or better == "inside":
        return "not known"
    worse, best = (high, low) if better == "lower" else (low, high)
    sign = -1 if better == "lower" else 1
    return "reached" if sign * worse >= sign * mark else "not reached" if sign * best < sign * mark else "too close to call"


def most_of(kpi: Kpi, variant: Variant) -> int | float:
    """The largest fraction that a target may name: 1 of a part of a whole, more of events, which may pass it."""
    if kpi.unit != "percent":
        return float("inf")
    return 1 if variant.computes.part_of_whole else MOST_OF_EVENTS


def marks(kpi: Kpi, variant: Variant, estimate: dict[str, Any], benchmark: str | None, target: Any) -> dict[str, Any]:
    """The user's own target and somebody else's benchmark, apart from each other, each with how the estimate stands to it."""
    found: dict[str, Any] = {"target": None, "benchmark": None}
    if target is not None:
        if not isinstance(target, (int, float, Decimal)) or not finite(target):
            raise DefinitionError(f"{kpi.id}: the target is {target!r}; it must be a fraction, 25 % is 0.25")
        if not 0 < exact(target) <= most_of(kpi, variant):
            raise DefinitionError(f"{kpi.id}: the target is {target}; it must be a fraction above 0, 25 % is 0.25")
        found["target"] = {"value": float(target), "state": stands_to(float(target), estimate, kpi.better)}
    if benchmark is not None:
        mark = variant.benchmark(benchmark)
        said = {"value": float(mark.value), "industry": mark.industry, "source": mark.source, "what": mark.what, "age": mark.age}
        found["benchmark"] = said | {"state": stands_to(float(mark.value), estimate, kpi.better)}
    return found


def review(series: KpiSeries, owner: str) -> dict[str, Any]:
    """When the KPI is next due for review, by its cadence, and whose it is."""
    current = pd.Period(pd.Timestamp(series.as_of), freq=series.calendar.frequency(series.kpi.cadence))
    due: datetime = current.end_time.ceil("s").to_pydatetime()
    return {"cadence": series.kpi.cadence, "next": words.day(due), "owner": owner}


def method_check(noise: str, moved: dict[str, float | None]) -> Check:
    """Which interval stands behind the change, and why; `noise` is one of METHODS."""
    if moved["low"] is None:
        return Check("interval", None, f"None can be given: it would need {METHODS[noise]}, and there are too few periods.")
    return Check("interval", True, f"From {METHODS[noise]}.")
