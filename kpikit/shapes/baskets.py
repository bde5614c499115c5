"""Baskets: which products orders hold together, and what customers buy after their first order, as counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kpikit.shapes.measurement import Measurement


@dataclass(frozen=True, eq=False)
class Together:
    """Counts over orders. A `size` is an order's number of different products, all of them; `a`, `b` are places, a before b.

    `sizes`: size, orders. `held`: place, size, orders. `pairs`: a, b, orders and customers that held both in one order, with
    the sums over customers of the products of x (such orders), g (sum of size - 1 over the orders with a product) and h (sum of
    size x (size - 1) over all orders): xx, xa, xb, xh. `ever`: a, b, customers who bought both at any time, ab.
    `singles`: place, customers, orders, g, gg, gh. `whole`: customers, orders, items, h, hh.
    """

    sizes: pd.DataFrame
    held: pd.DataFrame
    pairs: pd.DataFrame
    ever: pd.DataFrame
    singles: pd.DataFrame
    whole: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Next:
    """Counts over customers who came back within the window of their first order, which was over at as_of.

    A `stratum` holds customers with alike numbers of products in the first order and of new ones later. `names` are what places
    are called; `strata`: stratum, customers. `first`, `later`: place, stratum, customers who bought it then; later is new, not
    in the first order. `both`: a, b, stratum, customers whose first order held both. `pairs`: a, b, stratum, customers with a
    first and b new later.
    """

    names: tuple[str, ...]
    strata: pd.DataFrame
    first: pd.DataFrame
    later: pd.DataFrame
    both: pd.DataFrame
    pairs: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Baskets(Measurement):
    """What `openings` is asked of. `products`: place, product, customers, orders and, where known, line and price (the mean).

    `counts`: customers, customers whose window is over, those who came back within it, products in all, products bought by
    `least` customers. `rates`: what, numerator, denominator, of the customers whose window is over. `lines` is the same
    as `next` for lines in place of products, `dearer`: line, customers who came back and began with it, those who later bought a
    dearer product of it; both None where the table names no lines.
    """

    level: str
    within: str
    least: int
    most: int
    products: pd.DataFrame
    counts: Mapping[str, int]
    together: Together
    next: Next
    rates: pd.DataFrame
    lines: Next | None = None
    dearer: pd.DataFrame | None = None
