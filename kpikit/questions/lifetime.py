"""What is a customer worth? Over a horizon, against the acquisition cost; and whether upgraders stay longer and bring more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpikit.answer import Answer
from kpikit.errors import CaseError
from kpikit.questions.lifetimes.orders import of_orders
from kpikit.questions.lifetimes.subscriptions import of_subscriptions
from kpikit.questions.lifetimes.terms import terms_of
from kpikit.shapes.purchases import Purchases
from kpikit.shapes.subscriptions import Subscriptions


def lifetime(
    shape: Purchases | Subscriptions,
    *,
    horizon: str = "365 days",
    acquisition_cost: float | None = None,
    discount_rate: float | None = None,
    margin: float | None = None,
    prices: Mapping[str, Any] | None = None,
    claim: float = 0.30,
    currency: str = "",
) -> Answer:
    """What a new customer brings within the horizon, with an interval, beside what he costs; models tested on a held-out stretch.

    Orders: BG/NBD (Fader, Hardie and Lee 2005, doi 10.1287/mksc.1040.0098) times gamma-gamma. Plans: the product limit, and sBG
    (Fader and Hardie 2007, doi 10.1002/dir.20074) beyond it, times `prices` (monthly, by plan); upgraders are compared from the
    day of the upgrade with customers alike still there that day, and `claim` (0.30: "upselling raises revenue by up to 30 %")
    is tested on what they brought. `acquisition_cost` is per new customer, `discount_rate` a fraction a year, `margin` the part
    of revenue that is kept. Intervals are clustered by customer, 95 %. Raises CaseError where a term makes no sense.
    """
    terms = terms_of(horizon, acquisition_cost, discount_rate, margin, currency)
    if not 0 < claim < 10:
        raise CaseError(f"lifetime: claim is {claim}; it must be a fraction above 0, 30 % is 0.30")
    if isinstance(shape, Subscriptions):
        return of_subscriptions(shape, terms, claim, prices)
    if prices:
        raise CaseError("lifetime: prices go with a table of plans; orders hold what was paid in the role 'amount'")
    return of_orders(shape, terms, claim)
