"""Orders of an invented coffee shop on the internet, with lines and prices; the same seed gives the same table.

Planted: an order with a pour-over dripper gets paper filters beside it in 40 of 100 cases (together, another line), and of the
customers whose first order held a hand grinder, 35 of 100 who come back take an electric grinder, of the same line and dearer,
into their next order, 10 to 40 days later (next, upsell).

Astray: one in ten orders is a gift box or an office's order of 7 to 13 products, which hold much of everything, so without regard
to their size dozens of pairs look like friends; a few offices repeat one list order after order, so a pair can be counted many
times for one customer. Everybody has tastes of their own, drawn for each product by itself.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

SEED = 5
CUSTOMERS, OFFICES = 1650, 10
START, DAYS, LAST = pd.Timestamp("2024-07-01"), 440, 548  # of first orders, and of all
#: product -> line, price, popularity
PRODUCTS: dict[str, tuple[str, float, float]] = {
    "House blend 250 g": ("Beans", 8.5, 10), "House blend 1 kg": ("Beans", 27.0, 7), "Dark roast 250 g": ("Beans", 8.9, 8),
    "Decaf 250 g": ("Beans", 9.5, 4), "Ethiopia single origin": ("Beans", 13.5, 5), "Panama reserve": ("Beans", 24.0, 2.5),
    "Pour-over dripper": ("Brewing", 19.0, 5), "French press": ("Brewing", 29.0, 4.5), "Moka pot": ("Brewing", 34.0, 4),
    "Gooseneck kettle": ("Brewing", 59.0, 3.5), "Cold brew jar": ("Brewing", 25.0, 3),
    "Hand grinder": ("Grinders", 45.0, 5), "Electric grinder": ("Grinders", 129.0, 3), "Grinder brush": ("Grinders", 7.0, 3),
    "Espresso cup": ("Cups", 9.0, 5), "Travel mug": ("Cups", 24.0, 5), "Glass mug pair": ("Cups", 18.0, 4),
    "Paper filters": ("Supplies", 4.5, 5), "Descaler": ("Supplies", 9.5, 4), "Kitchen scale": ("Supplies", 32.0, 3.5),
    "Milk frother": ("Supplies", 39.0, 3), "Syrup caramel": ("Supplies", 7.5, 4),
}  # fmt: skip
NAMES = list(PRODUCTS)
DRIPPER, FILTERS, HAND, ELECTRIC = (
    NAMES.index(name) for name in ("Pour-over dripper", "Paper filters", "Hand grinder", "Electric grinder")
)


def table(seed: int = SEED, *, planted: bool = True) -> pd.DataFrame:
    """One row an order line: customer, order, date, product, line, price."""
    rng = np.random.Generator(np.random.PCG64(seed))
    rows: list[tuple[int, int, int]] = []  # customer, day, product
    for customer in range(CUSTOMERS + OFFICES):
        rows += _office(rng, customer) if customer >= CUSTOMERS else _customer(rng, customer, planted=planted)
    frame = pd.DataFrame(rows, columns=["customer", "day", "product"])
    frame = frame[frame["day"] <= LAST].sort_values(["day", "customer", "product"], ignore_index=True)
    names = frame["product"].map(dict(enumerate(NAMES)))
    return pd.DataFrame({
        "customer": "c" + frame["customer"].astype(str).str.zfill(4),
        "order": "o" + frame.groupby(["day", "customer"]).ngroup().add(1).astype(str).str.zfill(5),
        "date": (START + pd.to_timedelta(frame["day"], unit="D")).dt.strftime("%Y-%m-%d"),
        "product": names,
        "line": names.map({name: line for name, (line, _, _) in PRODUCTS.items()}),
        "price": names.map({name: price for name, (_, price, _) in PRODUCTS.items()}),
    })  # fmt: skip


def _customer(rng: np.random.Generator, customer: int, *, planted: bool) -> list[tuple[int, int, int]]:
    taste = np.array([popular for _, _, popular in PRODUCTS.values()]) * rng.gamma(3.0, 1 / 3, len(NAMES))
    days = _days(rng)
    orders = [_order(rng, taste) for _ in days]
    if planted:
        for order in orders:
            if DRIPPER in order and rng.random() < 0.4:
                order.add(FILTERS)
        if HAND in orders[0] and len(orders) > 1 and rng.random() < 0.35:
            days[1] = days[0] + int(rng.integers(10, 41))
            orders[1].add(ELECTRIC)
    return [(customer, day, product) for day, order in zip(days, orders, strict=True) for product in sorted(order)]


def _days(rng: np.random.Generator) -> list[int]:
    first, gaps = int(rng.integers(0, DAYS)), rng.integers(8, 70, int(rng.geometric(0.42)) - 1)
    return [first, *(int(day) for day in first + np.cumsum(gaps))]


def _order(rng: np.random.Generator, taste: npt.NDArray[Any]) -> set[int]:
    size = int(rng.integers(7, 14)) if rng.random() < 0.1 else min(1 + int(rng.poisson(0.9)), 5)
    return {int(item) for item in rng.choice(len(NAMES), size, replace=False, p=taste / taste.sum())}


def _office(rng: np.random.Generator, customer: int) -> list[tuple[int, int, int]]:
    """One list, again and again."""
    taste = np.array([popular for _, _, popular in PRODUCTS.values()])
    basket = sorted(int(item) for item in rng.choice(len(NAMES), 5, replace=False, p=taste / taste.sum()))
    first = int(rng.integers(0, 200))
    return [(customer, first + 14 * turn, product) for turn in range(16) for product in basket]
