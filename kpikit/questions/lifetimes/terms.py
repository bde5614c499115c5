"""On which terms a customer's worth is reckoned: horizon, discount, margin, cost; and the parts that both kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.moments import days_of
from kpikit.questions.verdicts import known
from kpikit.shapes.measurement import Measurement
from kpikit.stats.intervals import CONFIDENCE, Floats

MONTH = 365.25 / 12  # days
YEAR = 365.25
MAY_MISS = 0.10  # a forecast that is no farther off did well, whatever its interval
Z = float(special.ndtri((1 + CONFIDENCE) / 2))


@dataclass(frozen=True)
class Terms:
    """`days` is the horizon, `margin` the part of revenue that is kept, `cost` what a new customer costs."""

    days: int
    cost: float | None
    discount_rate: float
    margin: float | None
    currency: str

    @property
    def edges(self) -> Floats:
        """The ends of months in days, from 0 to the horizon."""
        return np.append(np.arange(0, self.days, MONTH), float(self.days))

    @property
    def counts(self) -> Floats:
        """What money in each month counts for today: discounted, and only what is kept of it."""
        middle = (self.edges[1:] + self.edges[:-1]) / 2
        return np.asarray((1 + self.discount_rate) ** (-middle / YEAR) * (1.0 if self.margin is None else self.margin))


def terms_of(horizon: str, cost: float | None, discount_rate: float | None, margin: float | None, currency: str) -> Terms:
    """The terms; CaseError where one makes no sense."""
    days = days_of(horizon)
    if days is None or days < MONTH:
        raise CaseError(f"lifetime: horizon is '{horizon}'; it must be a number of days, a month at the least, as \"365 days\"")
    for name, value, fits, mend in (
        ("acquisition_cost", cost, cost is None or cost > 0, "a number above 0"),
        ("discount_rate", discount_rate, discount_rate is None or 0 <= discount_rate < 1, "a fraction a year, 8 % is 0.08"),
        ("margin", margin, margin is None or 0 < margin <= 1, "a fraction of revenue above 0, 60 % is 0.60"),
    ):
        if not fits:
            raise CaseError(f"lifetime: {name} is {value}; it must be {mend}")
    return Terms(days, cost, discount_rate or 0.0, margin, currency)


def head(shape: Measurement, kind: str, customers: int, terms: Terms) -> dict[str, Any]:
    """What both kinds of verdict say first."""
    who = {"name": "Customer lifetime value", "unit": "percent", "kind": kind, "customers": customers, "confidence": CONFIDENCE}
    when = {"as_of": words.day(shape.as_of), "horizon_days": terms.days}
    return who | when | {"currency": terms.currency, "margin": terms.margin, "discount_rate": terms.discount_rate or None}


def ranged(value: float, low: float, high: float) -> dict[str, float | None]:
    """A value with its limits, plain."""
    return {"value": known(value), "low": known(low), "high": known(high)}


def by_spread(value: float, error: float) -> dict[str, float | None]:
    """A value with limits from its standard error."""
    return ranged(value, value - Z * error, value + Z * error)


def cost_of(terms: Terms, worth: Mapping[str, float | None], course: Floats) -> dict[str, Any] | None:
    """The acquisition cost beside what a customer brings: the ratio, the state, and the day by which the cost is back."""
    if terms.cost is None or worth["value"] is None:
        return None
    ratio = {name: None if end is None else end / terms.cost for name, end in worth.items()}
    low, high = (ratio[name] if ratio[name] is not None else ratio["value"] for name in ("low", "high"))
    assert low is not None and high is not None
    state = "covered" if low >= 1 else "not covered" if high < 1 else "too close to call"
    back = float(np.interp(terms.cost, course, terms.edges)) if course[-1] >= terms.cost else None
    return {"amount": terms.cost, "ratio": ratio, "state": state, "payback_days": back}


def forecast_of(predicted: float, error: float, actual: float, **more: Any) -> dict[str, Any]:
    """What a model that had not seen the last stretch said of it, and what came."""
    ends = by_spread(predicted, error)
    assert ends["low"] is not None and ends["high"] is not None
    off = predicted / actual - 1 if actual else float("nan")
    state = "held" if ends["low"] <= actual <= ends["high"] else "too high" if predicted > actual else "too low"
    return {"predicted": ends, "actual": actual, "off": known(off), "state": state, **more}


def forecast_check(told: Mapping[str, Any]) -> Check:
    """Whether the model, tested on what it had not seen, may be believed about what nobody has."""
    off = told["off"]
    good = told["state"] == "held" or (off is not None and abs(off) <= MAY_MISS)
    said = f"Fitted without the last {told['held_days']} days, the model said {words.amount(round(told['predicted']['value']))} "
    said += f"{told['what']} for them; {words.amount(told['actual'])} came"
    return Check("forecast", good, f"{said} ({words.relative(off)})." if off is not None else f"{said}.")


def money_checks(terms: Terms) -> list[Check]:
    """What the money does not hold."""
    checks = []
    if terms.margin is None:
        said = "Revenue is counted, not profit: no margin was given, so serving a customer looks free."
        checks.append(Check("margin", None, said))
    if not terms.discount_rate and terms.days > YEAR + 1:
        checks.append(Check("discount", None, "Money that comes later counts in full: no discount rate was given."))
    return checks
