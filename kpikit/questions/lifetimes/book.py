"""The book of lives on plans: on which plan a customer is on a day, at what price, and what was earned between two days."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpikit import words
from kpikit.errors import CaseError
from kpikit.questions.lifetimes.terms import MONTH
from kpikit.shapes.subscriptions import Subscriptions
from kpikit.stats.intervals import Floats
from kpikit.stats.landmark import Days, Pairs


class Book:
    """Looks up what the states of a bounded number of customers say."""

    def __init__(self, shape: Subscriptions, prices: Mapping[str, Any] | None) -> None:
        states, lives = shape.states, shape.lives
        self.who, self.day, self.rank = (states[name].to_numpy(dtype=np.int64) for name in ("number", "day", "rank"))
        self.start, self.end = (lives[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
        self.left = lives["left"].to_numpy(dtype=float)
        self.last = shape.last_day
        self._stride = shape.last_day + 2
        self.monthly = _prices(shape, prices)

    @property
    def priced(self) -> bool:
        """Whether the plans have prices."""
        return self.monthly is not None

    @cached_property
    def upgraded(self) -> Days:
        """The day of each customer's first move to a higher plan; -1 for those without."""
        held = np.append(-1, self.rank[:-1])
        up = (np.append(-1, self.who[:-1]) == self.who) & (held >= 0) & (self.rank > held)
        found = np.full(len(self.start), -1, dtype=np.int64)
        who, first = np.unique(self.who[up], return_index=True)
        found[who] = self.day[up][first]
        return found

    @property
    def all(self) -> Pairs:
        """Every customer, followed from the first day on a plan on."""
        who = np.arange(len(self.start))
        return Pairs(np.zeros_like(who), who, self.start, self.end - self.start, self.left)

    def rank_at(self, who: Days, day: Days) -> Days:
        """The rank of the plan that each is on when a day ends."""
        return self.rank[self._row(who, day)]

    def price_at(self, who: Days, day: Days, most: Floats | None = None) -> Floats:
        """The monthly price of the plan that each is on when a day ends, at most that of another plan."""
        price = self._of(self.rank_at(who, day))
        return price if most is None else np.minimum(price, most)

    def earned(self, pairs: Pairs, *, at_old_price: bool) -> Floats:
        """What each row brought from its day on until it ended; later moves up at their own price, or at that day's."""
        ends = pairs.since + pairs.days
        caps = self.rank_at(pairs.who, pairs.since) if at_old_price else np.full(len(pairs.who), len(self._paid) - 1)
        brought = np.zeros(len(pairs.who))
        for cap in np.unique(caps):
            rows, price = caps == cap, np.minimum(self._of(self.rank), self._of(np.array([cap]))[0] if at_old_price else np.inf)
            brought[rows] = self._until(price, pairs.who[rows], ends[rows]) - self._until(
                price, pairs.who[rows], pairs.since[rows]
            )
        return brought

    def _until(self, price: Floats, who: Days, day: Days) -> Floats:
        """What each had brought by a day, at these prices of the states."""
        spans = np.append(self.day[1:], 0) - self.day
        last = np.append(self.who[1:] != self.who[:-1], True)
        brought = np.where(last, 0, price * spans)
        before = np.append(0.0, brought.cumsum())[:-1]
        first = np.searchsorted(self.who, who)
        row = self._row(who, day)
        return np.asarray((before[row] - before[first] + price[row] * (day - self.day[row])) / MONTH)

    def _row(self, who: Days, day: Days) -> NDArray[np.intp]:
        """The state at the end of a day; before the first day the first state."""
        row = np.searchsorted(self.who * self._stride + self.day + 1, who * self._stride + day + 1, "right") - 1
        return np.maximum(row, np.searchsorted(self.who, who))

    @property
    def _paid(self) -> Floats:
        assert self.monthly is not None
        return self.monthly

    def _of(self, rank: Days) -> Floats:
        return np.where(rank >= 0, self._paid[np.maximum(rank, 0)], 0.0)


def _prices(shape: Subscriptions, prices: Mapping[str, Any] | None) -> Floats | None:
    """The monthly prices from the lowest plan to the highest; CaseError where a plan has none, or a price no plan."""
    if not prices:
        return None
    example = "prices = { basic = 10, pro = 25 }"
    for name in prices:
        if name not in shape.plan_order:
            raise CaseError(
                f"lifetime: prices name a plan '{name}' that plan_order does not; {words.near(name, shape.plan_order)}"
            )
    for plan in shape.plan_order:
        price = prices.get(plan)
        if not isinstance(price, (int, float)) or price < 0:
            raise CaseError(f"lifetime: the plan '{plan}' has no monthly price of 0 or more; give one, as {example}")
    return np.array([float(prices[plan]) for plan in shape.plan_order])
