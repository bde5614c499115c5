"""Every pair of products with its counts, what chance would bring, its lift, and p-values adjusted for all that was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit.shapes.baskets import Baskets, Next, Together
from kpikit.stats.association import Lift, Moments, expected_together, followed, lift_together
from kpikit.stats.intervals import Floats
from kpikit.stats.multiple import holm

CLEAR_AT = 0.05
FEWEST_EXPECTED = 5.0  # by chance alone: with fewer nothing could be told, whatever was observed
FEWEST_PEOPLE = 5
RELATED = ("kind", "line_a", "line_b", "price_a", "price_b")


def pairs_looked_at(baskets: Baskets) -> pd.DataFrame:
    """One row a pair that is looked at, of both kinds: places a and b, counts, lift, `p` and Holm's `adjusted` over all rows.

    A pair of products in one order stands once, the less bought first; next, each way has a row. Which pairs are looked
    at depends on how often each product was bought, never on how often both were.
    """
    rows = pd.concat([together_pairs(baskets.together, len(baskets.products)), next_pairs(baskets.next)], ignore_index=True)
    rows["adjusted"] = holm(rows["p"]) if len(rows) else rows["p"]
    rows["clear"] = rows["adjusted"] < CLEAR_AT
    rows["shown"] = rows["people"] >= FEWEST_PEOPLE
    return _described(rows, baskets.products)


def together_pairs(told: Together, products: int) -> pd.DataFrame:
    """The pairs of one order: `n` orders with a, of `whole` orders, `observed` and `expected` with both.

    `crude` is what would be expected without regard to the orders' sizes.
    """
    sizes = told.sizes.sort_values("size", ignore_index=True)
    column = dict(zip(sizes["size"], sizes.index, strict=True))
    held = _matrix(told.held.assign(size=told.held["size"].map(column)), "place", "size", "orders", (products, len(sizes)))
    joint = _symmetric(told.pairs, "orders", products)
    expected = expected_together(held, sizes["orders"], sizes["size"])
    lift = lift_together(joint, expected, _moments(told, products))
    orders = held.sum(axis=1)
    people = _symmetric(told.pairs, "customers", products)
    ever = _symmetric(told.ever, "customers", products)
    fewer = (orders[:, None] < orders[None, :]) | ((orders[:, None] == orders[None, :]) & np.triu(np.ones(joint.shape, bool), 1))
    rows = _rows(fewer & (expected >= FEWEST_EXPECTED), "together", joint, expected, people, lift)
    rows["n"], rows["whole"] = orders[rows["a"]], float(told.whole["orders"])
    rows["crude"] = orders[rows["a"]] * orders[rows["b"]] / rows["whole"]
    buyers = told.singles.set_index("place")["customers"].reindex(range(products), fill_value=0).to_numpy(dtype=float)
    rows["open"] = buyers[rows["a"]] - ever[rows["a"], rows["b"]]
    return rows


def next_pairs(told: Next, fewest: float = FEWEST_EXPECTED) -> pd.DataFrame:
    """From a first order to later ones: `n` customers at risk who began with a, of `whole` who came back."""
    at = dict(zip(told.strata["stratum"], range(len(told.strata)), strict=True))
    many = len(told.names)
    first, later = (
        _matrix(part.assign(stratum=part["stratum"].map(at)), "place", "stratum", "customers", (many, len(at)))
        for part in (told.first, told.later)
    )
    both, did = (np.zeros((len(at), many, many)) for _ in range(2))
    for a, b in (("a", "b"), ("b", "a")):
        both[_where(told.both, at, a, b)] = told.both["customers"]
    did[_where(told.pairs, at, "a", "b")] = told.pairs["customers"]
    found = followed(first, later, both, did, told.strata["customers"])
    rows = _rows(found.expected >= fewest, "next", found.observed, found.expected, found.observed, found.lift)
    rows["n"], rows["whole"] = found.at_risk[rows["a"], rows["b"]], float(told.strata["customers"].sum())
    rows["open"] = rows["n"] - rows["observed"]
    return rows


def _where(rows: pd.DataFrame, at: Mapping[Any, int], a: str, b: str) -> tuple[Any, ...]:
    return tuple(column.to_numpy(dtype=int) for column in (rows["stratum"].map(at), rows[a], rows[b]))


def _rows(looked: Any, kind: str, observed: Floats, expected: Floats, people: Floats, lift: Lift) -> pd.DataFrame:
    a, b = np.nonzero(looked)
    told = {"observed": observed, "expected": expected, "people": people, "lift": lift.value, "lift_low": lift.low,
            "lift_high": lift.high, "p": lift.p_value}  # fmt: skip
    return pd.DataFrame({"kind": kind, "a": a, "b": b, **{name: values[a, b] for name, values in told.items()}})


def _described(rows: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """The rows with names, lines and prices, what kind of opening each is, and what it brings."""
    for side in ("a", "b"):
        for name in ("product", "line", "price"):
            values = products[name].to_numpy() if name in products else np.full(len(products), None)
            rows[f"{name}_{side}"] = np.array([_written(value) for value in values], dtype=object)[rows[side]].tolist()
    rows["relation"] = [_relation(*row) for row in zip(*(rows[name] for name in RELATED), strict=True)]
    return rows


def _written(value: Any) -> Any:
    """A name without the blanks at its ends or doubled in it."""
    return " ".join(value.split()) if isinstance(value, str) else value


def _relation(kind: str, line_a: str | None, line_b: str | None, price_a: float | None, price_b: float | None) -> str:
    """Upsell is the same line, dearer; cross-sell another line; where no lines are known, neither can be told."""
    dearer = kind == "next" and price_a is not None and price_b is not None and price_b > price_a
    if line_a is None:
        return "dearer product" if dearer else "other product"
    if line_a != line_b:
        return "cross-sell"
    return "upsell" if dearer else "same line"


def _matrix(rows: pd.DataFrame, down: str, across: str, value: str, shape: tuple[int, int]) -> Floats:
    matrix = np.zeros(shape)
    np.add.at(matrix, (rows[down].to_numpy(dtype=int), rows[across].to_numpy(dtype=int)), rows[value].to_numpy(dtype=float))
    return matrix


def _symmetric(rows: pd.DataFrame, value: str, many: int) -> Floats:
    half = _matrix(rows, "a", "b", value, (many, many))
    return half + half.T


def _moments(told: Together, many: int) -> Moments:
    """The sums over customers as matrices; of a pair, xa belongs to the row's product and xb to the column's."""
    own = told.singles.set_index("place").reindex(range(many), fill_value=0)
    a, b = (_matrix(told.pairs, "a", "b", name, (many, many)) for name in ("xa", "xb"))
    xx, xh = (_symmetric(told.pairs, name, many) for name in ("xx", "xh"))
    g, gg, gh = (own[name].to_numpy(dtype=float) for name in ("g", "gg", "gh"))
    return Moments(
        xx, a + b.T, b + a.T, xh, _symmetric(told.ever, "ab", many), g, gg, gh, float(told.whole["h"]), float(told.whole["hh"])
    )
