"""Upgraders beside customers alike who were still there that day: how long they stay, what they bring, and the claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpikit.questions.lifetimes.book import Book
from kpikit.questions.lifetimes.terms import MONTH, Terms, by_spread
from kpikit.stats.intervals import Floats
from kpikit.stats.landmark import Days, Landmarks, Pairs, landmarks, survival_by_day, weights

TENURES = np.array([30, 60, 90, 120, 180, 270, 365, 540, 730, 1095])  # days; who is alike joined about as long ago
LEAST = 10  # customers still followed, on whom a curve may rest
POINTS = 61  # of a drawn curve


@dataclass(frozen=True, eq=False)
class Compared:
    """Two groups from the day of the upgrade on: their landmarks, weights, curves by day, and how many days are compared."""

    marks: Landmarks
    weight: tuple[Floats, Floats]
    curves: tuple[Floats, Floats]
    days: int


def compared(book: Book, drawn: Floats, terms: Terms) -> Compared | None:
    """The comparison by landmarks; None where too few upgraded and found somebody alike."""
    marks = landmarks(book.start, book.end, book.left, book.upgraded, book.rank_at, TENURES)
    days = min(terms.days, *(followed(book.last - pairs.since) for pairs in (marks.changed, marks.at_risk)))
    if days < MONTH:
        return None
    weight = weights(marks, drawn)
    both = zip((marks.changed, marks.at_risk), weight, strict=True)
    curves = tuple(survival_by_day(pairs.days, pairs.left, own, days) for pairs, own in both)
    return Compared(marks, weight, (curves[0], curves[1]), days)


def followed(days: Days) -> int:
    """For how many days the fate of at least LEAST is known, from the days that each could be followed for."""
    return int(np.sort(days)[-LEAST]) if len(days) >= LEAST else 0


def staying_of(found: Compared) -> dict[str, Any]:
    """Of those who upgraded and of those compared: the share kept, the mean days on a plan, and the difference of both."""
    shares, means = [curve[-1] for curve in found.curves], [curve[:-1].sum(axis=0) for curve in found.curves]
    told: dict[str, Any] = {"upgraders": len(found.marks.changed.who), "unmatched": found.marks.unmatched, "days": found.days}
    told |= {"compared": len(np.unique(found.marks.at_risk.who))}
    for name, (one, other) in {"share": shares, "mean_days": means}.items():
        told |= {f"{name}_upgraded": float(one[0]), f"{name}_at_risk": float(other[0]), f"{name}_gap": drawn_range(one - other)}
    gap = told["mean_days_gap"]
    told["direction"] = "longer" if gap["low"] > 0 else "shorter" if gap["high"] < 0 else "no clear difference"
    return told


def naive_of(book: Book, days: int) -> dict[str, Any]:
    """What misleads: whoever ever upgraded beside who never did, from their first day on."""
    ever = book.upgraded >= 0
    every = book.all
    curves = []
    for group in (ever, ~ever):
        pairs = Pairs(every.cell[group], every.who[group], every.since[group], every.days[group], every.left[group])
        curves.append(survival_by_day(pairs.days, pairs.left, np.ones((int(group.sum()), 1)), days)[:, 0])
    gap = float((curves[0][:-1] - curves[1][:-1]).sum())
    return {"share_upgraded": float(curves[0][-1]), "share_never": float(curves[1][-1]), "mean_days_gap": gap}


def worth_of(book: Book, found: Compared, terms: Terms) -> dict[str, Any] | None:
    """What who upgraded brings from that day on, beside who was at risk, whose later moves up are kept at the old price."""
    if not book.priced:
        return None
    inside = Terms(found.days, terms.cost, terms.discount_rate, terms.margin, terms.currency)
    sums = []
    for pairs, own, curve, old in zip((found.marks.changed, found.marks.at_risk), found.weight, found.curves, (False, True),
                                      strict=True):  # fmt: skip
        most = book.price_at(pairs.who, pairs.since) if old else None
        sums.append(brought_by_month(book, pairs, own, curve, inside, most).sum(axis=0))
    gap = drawn_range(sums[0] - sums[1])
    return {"upgraded": float(sums[0][0]), "at_risk": float(sums[1][0]), "gap": gap, "days": found.days}


def claim_of(book: Book, found: Compared | None, drawn: Floats, claim: float) -> dict[str, Any]:
    """What upgrades added to revenue up to the day of the data, against all revenue without it; and how the claim stands."""
    if found is None or not book.priced:
        return {"claim": claim, "state": "cannot be told", "added": None, "extra": None, "base": None}
    marks, (own, others) = found.marks, found.weight
    extra = book.earned(marks.changed, at_old_price=False) @ own - book.earned(marks.at_risk, at_old_price=True) @ others
    base = book.earned(book.all, at_old_price=False) @ drawn - extra
    added = drawn_range(extra / base)
    assert added["low"] is not None and added["high"] is not None
    state = "not reached" if added["high"] < claim else "reached" if added["low"] >= claim else "cannot be told"
    return {"claim": claim, "state": state, "added": added, "extra": float(extra[0]), "base": float(base[0])}


def brought_by_month(book: Book, pairs: Pairs, weight: Floats, curve: Floats, terms: Terms, most: Floats | None = None) -> Floats:
    """What a customer brings in each month on average, by draws: the share still there times their mean price, discounted.

    The price of a month is the mean over those still followed in its middle.
    """
    area = np.vstack([np.zeros((1, curve.shape[1])), curve.cumsum(axis=0)])
    edges = terms.edges
    low = np.minimum(edges.astype(int), len(area) - 2)
    reached = area[low] + (edges - low)[:, None] * (area[low + 1] - area[low])
    prices = np.array([_mean_price(book, pairs, weight, int(at), most) for at in (edges[1:] + edges[:-1]) / 2])
    return np.asarray(prices * np.diff(reached, axis=0) / MONTH * terms.counts[:, None])


def _mean_price(book: Book, pairs: Pairs, weight: Floats, at: int, most: Floats | None) -> Floats:
    there = pairs.days > at
    price = book.price_at(pairs.who[there], pairs.since[there] + at, None if most is None else most[there])
    total = weight[there].sum(axis=0)
    return np.asarray(np.divide(price @ weight[there], total, out=np.zeros_like(total), where=total > 0))


def curves_of(found: Compared) -> pd.DataFrame:
    """Both curves at some days, with limits and how many are still followed: day, group, share, its limits, at risk."""
    days = np.unique(np.linspace(0, found.days, POINTS).round().astype(int))
    parts = []
    for name, pairs, own, curve in zip(("upgraded", "at risk"), (found.marks.changed, found.marks.at_risk), found.weight,
                                       found.curves, strict=True):  # fmt: skip
        spread = [drawn_range(curve[day]) for day in days]
        at_risk = [float(own[pairs.days >= day, 0].sum()) for day in days]
        ends = {f"share_{end}": [np.clip(one[end], 0, 1) for one in spread] for end in ("low", "high")}
        parts.append(pd.DataFrame({"day": days, "group": name, "share": curve[days, 0], **ends, "at_risk": at_risk}))
    return pd.concat(parts, ignore_index=True)


def drawn_range(values: Floats) -> dict[str, Any]:
    """The first value, of all customers once, with limits from the spread of the draws after it."""
    return by_spread(float(values[0]), float(values[1:].std(ddof=1)))
