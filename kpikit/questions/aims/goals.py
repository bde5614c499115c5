"""Goals: the values that are wanted, and for each how many counted units lie between it and today, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.bands import band_of
from kpikit.errors import CaseError
from kpikit.exact import exact, finite
from kpikit.questions.effects.worth import Money
from kpikit.questions.verdicts import marks, stands_to
from kpikit.series import KpiSeries

NORMAL = 1.959964  # of the 95 % interval
EXAMPLE = {"percent": 0.25, "points": 0.25}  # of a target


@dataclass(frozen=True)
class Goal:
    """A wanted value: of what `kind` (target, benchmark, revenue or band), and whether it must be passed or only met."""

    kind: str
    name: str
    value: Fraction
    passed: bool = False


@dataclass(frozen=True)
class Wish:
    """More revenue: by which share, of how much in a period (None: of what the KPI's own units bring)."""

    up: float
    base: float | None

    def __post_init__(self) -> None:
        if not (finite(self.up) and self.up > 0):
            raise CaseError(f"revenue_up is {self.up}; it must be a fraction above 0, 20 % more is 0.20")
        if self.base is not None and not (finite(self.base) and self.base > 0):
            raise CaseError(f"base_revenue is {self.base}; it must be the revenue of one period, above 0")


def goals_of(
    series: KpiSeries, latest: pd.Series, estimate: dict[str, Any], benchmark: str | None, target: Any, wish: Wish | None,
    money: Money | None,
) -> list[Goal]:  # fmt: skip
    """Every goal that is given, the most explicit first: own target, benchmark, revenue; and the next band.

    Raises CaseError where there is none, where the KPI is best inside a range, or where more revenue cannot be told in units.
    """
    if series.kpi.better == "inside":
        raise CaseError(
            f"{series.kpi.id}: its value is best inside a range; what it would take is asked of one that is to rise or fall"
        )
    told = marks(series.kpi, series.variant, estimate, benchmark, target)
    goals = [Goal("target", "own target", exact(target))] if told["target"] else []
    if mark := told["benchmark"]:
        goals.append(
            Goal("benchmark", f"benchmark for {mark['industry']}", exact(series.variant.benchmark(mark["industry"]).value))
        )
    if wish is not None:
        goals.append(_revenue(series, latest, wish, money))
    goals += _next_band(series, latest)
    if not goals:
        raise CaseError(
            f"{series.kpi.id}: there is no goal: no target, benchmark or revenue_up is given, and no "
            "band lies beyond today's value; "
            f"give one, as target = {EXAMPLE.get(series.kpi.unit, 100)}"
        )
    return goals


def _units(series: KpiSeries) -> str:
    own = series.variant.computes
    return words.counted_units({"numerator_name": own.numerator, "less_name": own.less})


def _revenue(series: KpiSeries, latest: pd.Series, wish: Wish, money: Money | None) -> Goal:
    """Revenue = base + units x what one brings, solved for the units and so for the rate."""
    n, d, name = exact(latest["numerator"]), exact(latest["denominator"]), f"revenue up {words.level(wish.up, 'percent')}"
    if series.kpi.better == "lower":
        raise CaseError(
            f"{series.kpi.id}: fewer {series.variant.computes.numerator} are better, so more of them cannot be the goal"
        )
    if wish.base is None and n <= 0:
        raise CaseError(
            f"{series.kpi.id}: there are no {_units(series)} in {words.the(words.when(latest['period']))}, so "
            "their revenue cannot rise by a part; give base_revenue, the revenue of one period, or a target"
        )
    if wish.base is None:
        return Goal("revenue", name, n * (1 + exact(wish.up)) / d)
    if money is None or money.per_unit - money.discount <= 0:
        raise CaseError(
            f"{series.kpi.id}: base_revenue is given, so what one more of the {series.variant.computes.numerator} brings must be "
            "too, as revenue_per_unit = 240.0"
        )
    each = exact(money.per_unit) - exact(money.discount)
    return Goal("revenue", name, (n + exact(wish.up) * exact(wish.base) / each) / d)


def _next_band(series: KpiSeries, latest: pd.Series) -> Iterator[Goal]:
    """The edge towards the better side; where the edge itself lies inside the worse band it must be passed."""
    bands = series.variant.bands
    names = [band.name for band in bands]
    if not bands:
        return
    place = names.index(str(band_of(latest["numerator"], latest["denominator"], bands)))
    beyond, edged = (place + 1, place) if series.kpi.better == "higher" else (place - 1, place - 1)
    if 0 <= beyond < len(bands):
        edge = bands[edged]
        assert edge.edge is not None
        passed = edge.edge_inside == (series.kpi.better == "higher")
        yield Goal("band", f"next band '{names[beyond]}'", Fraction(edge.edge), passed)


def gap_of(goal: Goal, series: KpiSeries, latest: pd.Series, estimate: dict[str, Any], money: Money | None) -> dict[str, Any]:
    """How far today is from a goal, as plain values: pp, counted units at today's denominator, money for each period."""
    computes, better = series.variant.computes, series.kpi.better
    n, d = exact(latest["numerator"]), exact(latest["denominator"])
    needed = units_needed(goal, d, better, whole=not computes.in_units)
    more = needed - n
    open_ = (more > 0) if better == "higher" else (more < 0)
    if goal.passed and computes.in_units:
        open_ = open_ or more == 0
    possible = not computes.part_of_whole or 0 <= needed <= d
    return {
        "kind": goal.kind, "name": goal.name, "goal": float(goal.value), "passed": goal.passed, "possible": possible,
        "state": stands_to(float(goal.value), estimate, better), "open": open_, "needed": _number(needed), "more": _number(more),
        "gap": float(goal.value - n / d), "money": _worth(float(more), money), "leads": False,
    }  # fmt: skip


def units_needed(goal: Goal, denominator: Fraction, better: str, *, whole: bool) -> Fraction:
    """The least (of a KPI that is to fall: the most) counted units that meet the goal; amounts are not rounded.

    >>> units_needed(Goal("band", "above 20%", Fraction(1, 5), True), Fraction(150), "higher", whole=True)
    Fraction(31, 1)
    """
    edge = goal.value * denominator
    if not whole:
        return edge
    if better == "lower":
        return Fraction(math.ceil(edge) - 1 if goal.passed else math.floor(edge))
    return Fraction(math.floor(edge) + 1 if goal.passed else math.ceil(edge))


def leading(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The goal that the answer is about: of those given the first that is still open, else the first; a band only if none is."""
    given = [row for row in rows if row["kind"] != "band"] or rows
    return next((row for row in given if row["open"]), given[0])


def _worth(units: float, money: Money | None) -> dict[str, float] | None:
    if money is None:
        return None
    half = NORMAL * money.error * abs(units)
    value = units * (money.per_unit - money.discount)
    return {"value": value, "low": value - half, "high": value + half}


def _number(units: Fraction) -> int | float:
    return int(units) if units.denominator == 1 else float(units)
