"""Baskets: pairs of products in one order, and from a customer's first order to the later ones, counted on the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError
from kpikit.measuring.orders import MORE, first_orders
from kpikit.measuring.plan import Frame, distinct, fetched
from kpikit.measuring.settling import settled
from kpikit.moments import as_moment, days_of, last_instant
from kpikit.shapes.baskets import Baskets, Next, Together
from kpikit.tables import Table

LEVELS = ("product", "line")
LEAST, MOST = 30, 300  # customers of a product, and products, that are looked at
NAMED = ("customer", "order", "date", "product", "line", "price")
PLACED = ("customer", "stratum", "place")
MOST_LINES = 12  # lines beside each other, that still can be read
FIRST_BANDS, LATER_BANDS = (1, 3, 7, 15), (0, 1, 2, 3, 5, 8, 14, 25)  # the last number of products in each band


def measure_baskets(
    table: Table, *, as_of: date | str, level: str = "product", within: str = "30 days", least: int = LEAST, most: int = MOST
) -> Baskets:
    """The pair counts of a table of kind orders: products in one order, and products new in later orders.

    `level` is what is paired, "product" or "line"; `within` how long after a customer's first order a later one counts; a
    product is looked at that at least `least` customers bought, the `most` most bought at the most. An order holds a product
    once, however many lines name it. Raises CaseError where the roles or choices do not fit.
    """
    days = _refuse_what_cannot(table, level, within, least, most)
    table = table.until(as_moment(as_of))
    base = settled(table.frame.select(*(name for name in NAMED if name in table.roles)), table.frame)
    lines = _leveled(base, level)
    items = settled(distinct(lines, "customer", "order", "product"), table.frame)
    listed = settled(_listed(items, least, most), table.frame)
    path = _followed(lines, days, last_instant(as_moment(as_of)))
    products, checks = _products(lines, listed, level)
    counts = _counts(items, path, least)
    cut = [_cut_check(counts["enough"], most)] if counts["enough"] > most else []
    return Baskets(
        as_moment(as_of), table.contract, (*table.checks, *checks, *cut), level, within, least, most, products, counts,
        _together(items, listed), _next(path, listed), _rates(path),
        _line_steps(base, days, path.end) if "line" in table.roles else None,
        _dearer(path) if {"line", "price"} <= set(table.roles) and level == "product" else None,
    )  # fmt: skip


def _line_steps(base: Frame, days: int, end: datetime) -> Next:
    """From line to line, of the most bought ones."""
    lines = _leveled(base, "line")
    listed = settled(_listed(distinct(lines, "customer", "product"), 1, MOST_LINES), base)
    return _next(_followed(lines, days, end), listed)


def _refuse_what_cannot(table: Table, level: str, within: str, least: int, most: int) -> int:
    """The days of the window."""
    name = table.name
    if table.kind != "orders":
        raise CaseError(f"{name}: baskets are told by a table of kind 'orders', not '{table.kind}'")
    if level not in LEVELS:
        raise CaseError(f"{name}: level is '{level}'; it is one of {', '.join(LEVELS)}")
    if level not in table.roles:
        raise CaseError(f"{name} needs the role '{level}' to tell what was bought; map it, as columns = {{ {level} = \"sku\" }}")
    if (days := days_of(within)) is None:
        raise CaseError(f"{name}: within is '{within}'; it is a number of days, as \"30 days\"")
    if least < 5 or not 2 <= most <= MOST:
        raise CaseError(f"{name}: least is {least} and most {most}; at least 5 customers a product, and 2 to {MOST} products")
    return days


def _leveled(lines: Frame, level: str) -> Frame:
    """The order lines with what is paired as their product."""
    names = [name for name in ("line", "price") if name in lines.collect_schema().names()]
    return lines.select("customer", "order", "date", *names, product=nw.col(level))


def _listed(items: Frame, least: int, most: int) -> Frame:
    """The products that are looked at, with their places: the most bought first, ties by name."""
    bought = _whole(distinct(items, "customer", "product").group_by("product").agg(nw.len().alias("customers")), "customers")
    enough = bought.filter(nw.col("customers") >= least).with_columns(__less=0 - nw.col("customers"), __one=nw.lit(1))
    places = enough.with_columns(place=nw.col("__one").cum_sum().over(order_by=["__less", "product"]) - 1)
    return places.filter(nw.col("place") < most).select("product", nw.col("place").cast(nw.Int64), "customers")


def _products(lines: Frame, listed: Frame, level: str) -> tuple[pd.DataFrame, list[Check]]:
    """What is known of each product that is looked at; a product of several lines counts for the first by name."""
    names = lines.collect_schema().names()
    told = {"__lines": nw.len()}
    if "line" in names:
        told |= {"line": nw.col("line").min(), "__other": nw.col("line").max()}
    if "price" in names:
        told |= {"price": nw.col("price").sum()}
    rows = _rows_of(listed.join(lines.group_by("product").agg(**told), on="product", how="inner")).sort_values(
        "place", ignore_index=True
    )
    if "price" in rows:
        rows["price"] = rows["price"].astype(float) / rows["__lines"]
    checks = []
    if "line" in rows and level == "product" and (several := int((rows["line"] != rows["__other"]).sum())):
        checks = [Check("lines", False, f"{words.counted(several, 'product')} with several lines: the first by name counts.")]
    return rows.drop(columns=["__lines", "__other"], errors="ignore"), checks


def _cut_check(enough: int, most: int) -> Check:
    had = f"{words.amount(enough)} products had customers enough"
    return Check("products", False, f"{had}: the {most} most bought are looked at, the others not.")


def _rows_of(frame: Frame) -> pd.DataFrame:
    """The rows, brought here, with whole numbers as such: DuckDB sums them into decimals."""
    rows = fetched(frame)
    for name in rows.columns:
        held = rows[name]
        if name != "price" and held.dtype == object and held.map(lambda value: isinstance(value, Decimal)).any():
            rows[name] = held.astype(float).astype("int64")
    return rows


# --- together ----------------------------------------------------------------------------------------------------------


def _together(items: Frame, listed: Frame) -> Together:
    """Each customer's sums are whole numbers, so that engines agree on them to the last one."""
    sizes = _whole(items.group_by("customer", "order").agg(nw.len().alias("size")), "size")
    held = items.join(listed, on="product", how="inner").join(sizes, on=["customer", "order"], how="inner")
    held = settled(held.select("customer", "order", "place", "size"), listed)
    own = held.with_columns(g=nw.col("size") - 1).group_by("customer", "place").agg(nw.col("g").sum())
    own = settled(own, listed)
    whole = sizes.with_columns(h=nw.col("size") * (nw.col("size") - 1)).group_by("customer")
    volume = _whole(whole.agg(nw.col("h").sum(), nw.col("size").sum().alias("items"), nw.len().alias("orders")), "orders")
    return Together(
        _rows_of(sizes.group_by("size").agg(nw.len().alias("orders"))),
        _rows_of(held.group_by("place", "size").agg(nw.len().alias("orders"))),
        _joint(held, own, volume), _ever(own), _singles(own, volume), _summed(volume),
    )  # fmt: skip


def _joint(held: Frame, own: Frame, volume: Frame) -> pd.DataFrame:
    pairs = _paired(held.select("customer", "order", "place"), ["customer", "order"]).filter(nw.col("a") < nw.col("b"))
    customers = _whole(pairs.group_by("customer", "a", "b").agg(nw.len().alias("x")), "x")
    for name in ("a", "b"):
        side = own.select("customer", nw.col("place").alias(name), nw.col("g").alias(f"g{name}"))
        customers = customers.join(side, on=["customer", name], how="inner")
    x = nw.col("x")
    told = customers.join(volume, on="customer", how="inner").with_columns(
        xx=x * x, xa=x * nw.col("ga"), xb=x * nw.col("gb"), xh=x * nw.col("h")
    )
    sums = [nw.col(name).sum() for name in ("xx", "xa", "xb", "xh")]
    return _rows_of(
        told.group_by("a", "b").agg(nw.col("x").sum().alias("orders_both"), nw.len().alias("customers"), *sums)
    ).rename(columns={"orders_both": "orders"})


def _whole(frame: Frame, *names: str) -> Frame:
    """The frame with counts as whole numbers that may be multiplied and taken away: polars counts without a sign."""
    return frame.with_columns(nw.col(*names).cast(nw.Int64))


def _paired(rows: Frame, keys: list[str]) -> Frame:
    """Every two places of a key: `a` and `b`, each pair in both orders and each place with itself."""
    left, right = (rows.select(*keys, *_others(rows, keys), nw.col("place").alias(name)) for name in ("a", "b"))
    return left.join(right, on=keys, how="inner")


def _others(rows: Frame, keys: list[str]) -> list[str]:
    return [name for name in rows.collect_schema().names() if name not in (*keys, "place")]


def _ever(own: Frame) -> pd.DataFrame:
    left, right = (own.select("customer", nw.col("place").alias(name), nw.col("g").alias(f"g{name}")) for name in ("a", "b"))
    both = left.join(right, on="customer", how="inner").filter(nw.col("a") < nw.col("b"))
    both = both.with_columns(ab=nw.col("ga") * nw.col("gb"))
    return _rows_of(both.group_by("a", "b").agg(nw.len().alias("customers"), nw.col("ab").sum()))


def _singles(own: Frame, volume: Frame) -> pd.DataFrame:
    told = own.join(volume, on="customer", how="inner").with_columns(gg=nw.col("g") * nw.col("g"), gh=nw.col("g") * nw.col("h"))
    return _rows_of(told.group_by("place").agg(nw.len().alias("customers"), *(nw.col(name).sum() for name in ("g", "gg", "gh"))))


def _summed(volume: Frame) -> dict[str, int]:
    told = volume.with_columns(hh=nw.col("h") * nw.col("h"))
    sums = [nw.col(name).sum() for name in ("orders", "items", "h", "hh")]
    row = _rows_of(told.select(nw.len().alias("customers"), *sums)).iloc[0]
    return {str(name): int(value) for name, value in row.items()}


# --- next --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """Customers on their way: `moment` of the last data, the lines of first orders (`held`) and of later ones in the window.

    `over`: customers whose window is over; `back`: those of them with a later order in it; `held`, `later` are of them alone.
    """

    end: datetime
    over: Frame
    back: Frame
    held: Frame
    later: Frame


def _followed(lines: Frame, days: int, end: datetime) -> Path:
    """The first order is the earliest, ties by order id; the window is exact elapsed time, its end included."""
    span = timedelta(days=days)
    over = settled(first_orders(lines, ()).filter(nw.col("first") <= end - span), lines)
    moments = lines.group_by("customer", "order").agg(nw.col("date").min().alias("moment"))
    all_of = lines.join(moments, on=["customer", "order"], how="inner").join(over, on="customer", how="inner", suffix="_first")
    all_of = settled(all_of, lines)  # the lines of both sides, read once
    held = all_of.filter(nw.col("order") == nw.col("order_first"))
    later = all_of.filter(nw.col("order") != nw.col("order_first")).filter(nw.col("moment") <= nw.col("first") + span)
    return Path(end, over, distinct(later, "customer"), held, later)


def _next(path: Path, listed: Frame) -> Next:
    """Of those who came back, what the first order held and what was new later; alike numbers of both make a stratum."""
    held = settled(distinct(path.held.join(path.back, on="customer", how="semi"), "customer", "product"), listed)
    new = settled(distinct(MORE["new"](path.later, held), "customer", "product"), listed)
    began = held.group_by("customer").agg(nw.len().alias("began"))
    got = new.group_by("customer").agg(nw.len().alias("got"))
    stratum = _band("began", FIRST_BANDS) * 100 + _band("got", LATER_BANDS)
    known = began.join(got, on="customer", how="left").with_columns(nw.col("got").fill_null(0))
    strata = settled(known.with_columns(stratum=stratum).select("customer", "stratum"), listed)
    first, later = (
        settled(part.join(listed, on="product", how="inner").join(strata, on="customer", how="inner").select(*PLACED), listed)
        for part in (held, new)
    )
    both = _paired(first, ["customer", "stratum"]).filter(nw.col("a") < nw.col("b"))
    began_with = first.select("customer", "stratum", a=nw.col("place"))
    ways = began_with.join(later.select("customer", b=nw.col("place")), on="customer", how="inner")
    return Next(
        tuple(_rows_of(listed).sort_values("place")["product"]),
        _counted(strata, "stratum"), _counted(first, "place", "stratum"), _counted(later, "place", "stratum"),
        _counted(both, "a", "b", "stratum"), _counted(ways, "a", "b", "stratum"),
    )  # fmt: skip


def _band(column: str, ends: Sequence[int]) -> nw.Expr:
    """The band that a number lies in, from 0 on."""
    told: nw.Expr = nw.lit(0)
    for band, end in enumerate(ends, start=1):
        told = nw.when(nw.col(column) > end).then(nw.lit(band)).otherwise(told)
    return told


def _counted(frame: Frame, *keys: str) -> pd.DataFrame:
    return _rows_of(frame.group_by(*keys).agg(nw.len().alias("customers"))).sort_values([*keys], ignore_index=True)


def _counts(items: Frame, path: Path, least: int) -> dict[str, int]:
    bought = distinct(items, "customer", "product").group_by("product").agg(nw.len().alias("customers"))
    rows = {
        "customers": distinct(items, "customer"), "over": path.over, "back": path.back,
        "products": bought, "enough": bought.filter(nw.col("customers") >= least),
    }  # fmt: skip
    return {name: _length(frame) for name, frame in rows.items()}


def _length(frame: Frame) -> int:
    return int(_rows_of(frame.select(nw.len().alias("rows")))["rows"].iloc[0])


def _rates(path: Path) -> pd.DataFrame:
    """Of the customers whose window is over, how many bought more later, by what more is."""
    there = set(path.held.collect_schema().names())
    known = {"new": set(), "dearer": {"price"}, "upsell": {"price", "line"}, "cross-sell": {"line"}}
    of = _length(path.over)
    rows = [
        (what, _length(distinct(MORE[what](path.later, path.held), "customer")), of)
        for what, needs in known.items()
        if needs <= there
    ]
    return pd.DataFrame(rows, columns=["what", "numerator", "denominator"])


def _dearer(path: Path) -> pd.DataFrame:
    """By line: customers who came back and began with it, and those who later bought a new, dearer product of the line."""
    began = distinct(path.held.join(path.back, on="customer", how="semi"), "customer", "line")
    dearer = distinct(MORE["upsell"](path.later, path.held), "customer", "line").with_columns(yes=nw.lit(1))
    told = began.join(dearer, on=["customer", "line"], how="left").with_columns(nw.col("yes").fill_null(0))
    rows = _rows_of(told.group_by("line").agg(nw.len().alias("customers"), nw.col("yes").sum().alias("dearer")))
    return rows.sort_values("line", ignore_index=True)
