"""What an effect is worth: counted units and money, for each period, so far, and for a year as a labelled extrapolation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import hypot, isfinite
from typing import Any

from kpikit import words
from kpikit.errors import CaseError
from kpikit.exact import finite
from kpikit.questions.effects.course import PER_YEAR, Course

Three = dict[str, float | None]
ENDS = ("value", "low", "high")


@dataclass(frozen=True)
class Money:
    """What one more counted unit brings, net of its discount, and how well that is known; what the programme cost.

    `error` is the standard error of the revenue per unit. A `stock` brings it anew each period.
    """

    per_unit: float
    error: float = 0.0
    discount: float = 0.0
    cost: float = 0.0
    currency: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Money:
        """The money that a mapping describes; CaseError names a key that is not known."""
        known = [item.name for item in fields(cls)]
        for key in given:
            if key not in known:
                raise CaseError(f"no key '{key}' is known of money; {words.near(key, known)}")
        if "per_unit" not in given:
            raise CaseError("money needs per_unit, what one more counted unit brings")
        numbers = {name: value for name, value in given.items() if name != "currency"}
        for name, value in numbers.items():
            if isinstance(value, (str, bool)) or not finite(value):
                raise CaseError(f"{name} of money is {value!r}; it must be a number")
        return cls(**{name: float(value) for name, value in numbers.items()}, currency=str(given.get("currency", "")))

    def __post_init__(self) -> None:
        for name in ("error", "discount", "cost"):
            if not getattr(self, name) >= 0:
                raise CaseError(f"the {name} of the revenue is {getattr(self, name)}; it must be 0 or more")


def worth_of(
    effect: Three, course: Course, verdict: Mapping[str, Any], adds_up: bool, money: Money | None
) -> dict[str, Any] | None:
    """The effect in counted units over the periods after it; None where there is no effect to count."""
    if effect["value"] is None:
        return None
    periods, total = int(course.after.sum()), float(course.sizes[course.after].sum())
    each = _times(effect, total / periods)
    so_far = _times(effect, total) if adds_up else each
    span = f"over the {words.counted(periods, verdict['period'])}" if adds_up else f"in an average {verdict['period']}"
    said = so_far | {"units": words.counted_units(verdict), "span": span, "per_period": each, "money": None}
    return said if money is None else said | {"money": _money(each, periods, PER_YEAR[verdict["period"]], money)}


def _times(three: Three, factor: float) -> Three:
    ends = {name: None if (end := three[name]) is None else end * factor for name in ENDS}
    return ends if factor >= 0 else ends | {"low": ends["high"], "high": ends["low"]}


def _money(units: Three, periods: int, year: int, money: Money) -> dict[str, Any]:
    """Revenue for each period with the spread of both factors, net of discount; then net of cost, its return and break-even."""
    each = _product(units, money.per_unit - money.discount, money.error)
    so_far, yearly = _times(each, periods), _times(each, year)
    net = {name: None if (end := so_far[name]) is None else end - money.cost for name in ENDS}
    value = each["value"] or 0.0
    return {
        "currency": money.currency, "per_unit": money.per_unit, "discount": money.discount, "cost": money.cost,
        "per_period": each, "so_far": so_far, "net": net, "per_year": yearly, "half_fades": _times(yearly, 0.5),
        "return": None if not money.cost or net["value"] is None else net["value"] / money.cost,
        "break_even": even if money.cost and value > 0 and isfinite(even := money.cost / value) else None,
    }  # fmt: skip


def _product(units: Three, price: float, error: float) -> Three:
    """A product of two independent estimates by MOVER (Zou, Huang and Zhang 2009, doi 10.1016/j.csda.2009.03.020, first order):
    the half widths add as squares.
    """
    told = _times(units, price)
    value = told["value"]
    assert value is not None and units["value"] is not None
    if told["low"] is None or told["high"] is None:
        return told
    more = 1.959964 * error * units["value"]
    return {"value": value, "low": value - hypot(value - told["low"], more), "high": value + hypot(told["high"] - value, more)}
