"""Orders, kinds of more: new, dearer, upsell and cross-sell, told apart by product, line and price."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from kpikit.catalog import load_kpi
from kpikit.errors import CaseError, DefinitionError
from kpikit.measuring import measure
from kpikit.tables import read_table

COLUMNS = "customer order date product line price"
AS_OF = datetime(2026, 12, 31, 12)
FIRST = [("a", "1", "2026-01-01", "kettle", "kitchen", "20.00"), ("a", "1", "2026-01-01", "lamp", "light", "30.00")]
KINDS = ("new", "dearer", "upsell", "cross-sell")


def measured(*rows, columns=COLUMNS, **how):
    how = {"window": "30 days", "as_of": AS_OF} | how
    table = pd.DataFrame(rows, columns=columns.split())
    for name in {"price", "amount"} & set(table):
        table[name] = table[name].map(Decimal)
    return measure("product_upsell_rate", read_table(table, kind="orders"), **how)


def bought(*later, first=FIRST, **how):
    """The kinds of more that customer a bought in later orders."""
    return {
        kind for kind in KINDS if measured(*first, *later, counting={"more": kind}, **how).counts["numerator"].sum() == 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("product", "line", "price", "kinds"),
    [
        ("toaster", "kitchen", "15.00", {"new"}),  # cheaper, of a line that was there
        ("toaster", "kitchen", "20.00", {"new"}),  # as dear as the dearest of its line
        ("toaster", "kitchen", "20.01", {"new", "upsell"}),  # dearer within its line, not in all
        ("toaster", "kitchen", "30.00", {"new", "upsell"}),
        ("toaster", "kitchen", "30.000000000001", {"new", "dearer", "upsell"}),
        ("spade", "garden", "5.00", {"new", "cross-sell"}),
        ("spade", "garden", "99.00", {"new", "dearer", "cross-sell"}),
        ("kettle", "kitchen", "20.00", set()),
        ("kettle", "kitchen", "99.00", set()),  # the same product at a raised price is no dearer product
    ],
)
def test_new_dearer_upsell_and_cross_sell_are_told_apart(product, line, price, kinds):
    assert bought(("a", "2", "2026-01-09", product, line, price)) == kinds


def test_a_price_that_floats_could_not_tell_apart_is_compared_exactly():
    first = [("a", "1", "2026-01-01", "kettle", "kitchen", "90071992547409.93")]
    later = ("a", "2", "2026-01-09", "toaster", "kitchen", "90071992547409.930000000001")
    assert bought(later, first=first) == {"new", "dearer", "upsell"}


def test_the_dearest_product_of_the_first_order_is_the_measure_and_not_that_of_later_ones():
    later = [("a", "2", "2026-01-05", "toaster", "kitchen", "50.00"), ("a", "3", "2026-01-06", "grill", "kitchen", "40.00")]
    assert bought(*later) == {"new", "dearer", "upsell"}
    assert bought(later[1]) == {"new", "dearer", "upsell"}


def test_the_end_of_the_window_is_inside_to_the_second_for_every_kind():
    first = [("a", "1", "2026-01-01 10:00:00", "kettle", "kitchen", "20.00")]
    inside = [
        ("a", "2", "2026-01-31 10:00:00", "toaster", "kitchen", "30.00"),
        ("a", "2", "2026-01-31 10:00:00", "spade", "garden", "1.00"),
    ]
    assert bought(*inside, first=first) == set(KINDS)
    outside = [(*row[:2], "2026-01-31 10:00:01", *row[3:]) for row in inside]
    assert bought(*outside, first=first) == set()
    assert bought(*outside, first=first, window="ever") == set(KINDS)


def test_more_within_the_first_order_itself_is_no_later_order():
    assert bought(("a", "1", "2026-01-05", "toaster", "garden", "99.00")) == set()


def test_what_others_bought_is_not_ones_own():
    series = measured(*FIRST, ("b", "1", "2026-01-09", "spade", "garden", "99.00"), counting={"more": "cross-sell"})
    assert (series.counts["numerator"].sum(), series.counts["denominator"].sum()) == (0, 2)


@pytest.mark.parametrize(
    ("kind", "sentences"),
    [
        ("new", []),
        ("dearer", ["More means a later product dearer than the dearest of the first order."]),
        ("upsell", ["More means a later product dearer than the dearest of its line in the first order."]),
        ("cross-sell", ["More means a later product of a line that the first order did not hold."]),
    ],
)
def test_what_more_means_is_told_where_it_is_not_the_usual(kind, sentences):
    checks = measured(*FIRST, counting={"more": kind}).checks
    assert [check.sentence for check in checks if check.name == "how it was counted"] == sentences


@pytest.mark.parametrize(
    ("columns", "how", "message"),
    [
        (
            "customer order date product",
            {"counting": {"more": "dearer"}},
            "the frame needs the role 'price' to tell 'dearer'; map it, as columns = { price = \"unit_price\" }",
        ),
        (
            "customer order date product amount",
            {"counting": {"more": "dearer"}},
            "the frame needs the role 'price' to tell 'dearer'; an amount is a price times a quantity; "
            'map it, as columns = { price = "unit_price" }',
        ),
        (
            "customer order date product price",
            {"counting": {"more": "upsell"}},
            "the frame needs the role 'line' to tell 'upsell'; map it, as columns = { line = \"product_line\" }",
        ),
        (
            "customer order date product price",
            {"counting": {"more": "cross-sell"}},
            "the frame needs the role 'line' to tell 'cross-sell'; map it, as columns = { line = \"product_line\" }",
        ),
        (
            "customer order date product line",
            {"counting": {"more": "cross-sell"}, "variant": "30_days_with_first_order"},
            "variant '30_days_with_first_order' counts several products in the first order, which are not 'cross-sell'; "
            "take a variant of later orders alone",
        ),
        (
            "customer order date product",
            {"counting": {"more": "crosssell"}},
            "counting = { more = 'crosssell' }: did you mean 'cross-sell'?",
        ),
        (
            "customer order date product",
            {"counting": {"per": "customer"}},
            "counting has no choice 'per' for a table of kind 'orders'; there is more",
        ),
    ],
)
def test_what_orders_cannot_tell_is_refused(columns, how, message):
    row = dict(zip(f"{COLUMNS} amount".split(), (*FIRST[0], "20.00"), strict=True))
    with pytest.raises(CaseError) as raised:
        measured(tuple(row[name] for name in columns.split()), columns=columns, **how)
    assert str(raised.value) == f"product_upsell_rate: {message}"


@pytest.mark.parametrize(
    ("ids", "first"),
    [
        (("10", "9"), "9"),
        (("0010", "9"), "9"),
        (("10", "11"), "10"),
        (("B9", "B10"), "B10"),
        (("10", "B9"), "B9"),
        (("٩", "10"), "٩"),
    ],
)
def test_of_two_orders_at_one_moment_the_lower_number_comes_first_and_other_ids_go_by_their_text(ids, first):
    rows = [("a", id_, "2026-01-01", f"product {id_}", id_) for id_ in ids]
    table = read_table(
        pd.DataFrame(rows, columns=["customer", "order", "date", "product", "came"]), kind="orders", segments=["came"]
    )  # fmt: skip
    series = measure("product_upsell_rate", table, window="30 days", as_of=AS_OF)
    assert series.counts["came"].tolist() == [first]


def by_hand(rows, kind, days):
    """(numerator, denominator): each customer followed one by one."""
    told = [0, 0]
    for customer in {row[0] for row in rows}:
        orders = defaultdict(list)
        for row in rows:
            if row[0] == customer:
                orders[row[1]].append(row)
        when = {order: min(row[2] for row in lines) for order, lines in orders.items()}
        first = min(orders, key=lambda order: (when[order], len(order), order))
        held, end = orders[first], when[first] + timedelta(days=days)
        later = [row for order, lines in orders.items() if order != first and when[order] <= end for row in lines]
        told[0] += any(is_more(row, held, kind) for row in later)
        told[1] += 1
    return tuple(told)


def is_more(row, held, kind):
    new = row[3] not in {line[3] for line in held}
    own = [line[5] for line in held if line[4] == row[4]]
    return {
        "new": new,
        "dearer": new and row[5] > max(line[5] for line in held),
        "upsell": new and bool(own) and row[5] > max(own, default=0),
        "cross-sell": not own,
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_random_orders_agree_with_each_customer_followed_by_hand(kind):
    lines = {product: f"line {place % 3}" for place, product in enumerate("pqrstuv")}
    for seed in range(4):
        draw, rows = random.Random(seed), []
        for _ in range(400):
            product = draw.choice("pqrstuv")
            when = datetime(2026, 1, 1) + timedelta(hours=60 * draw.randrange(20))
            order, price = str(draw.randint(6, 12)), Decimal(draw.randint(1, 5)) / 10
            rows.append((f"customer {draw.randrange(80)}", order, when, product, lines[product], price))
        series = measured(*rows, counting={"more": kind}, window="10 days")
        assert (series.counts["numerator"].sum(), series.counts["denominator"].sum()) == by_hand(rows, kind, 10)


def test_orders_whose_lines_differ_in_date_are_told():
    rows = [("a", "1", "2026-01-05", "kettle", "kitchen", "20.00"), ("a", "1", "2026-03-05", "lamp", "light", "30.00")]
    checks = [check.sentence for check in measured(*rows).checks if check.name == "mixed orders"]
    assert checks == ["1 order with lines of several values of 'date': the earliest counts."]


def test_a_definition_chooses_what_more_is_and_a_case_may_choose_otherwise():
    toaster = ("a", "2", "2026-01-09", "toaster", "kitchen", "15.00")  # new, but of a line that was there
    table = read_table(pd.DataFrame([*FIRST, toaster], columns=COLUMNS.split()).assign(price=Decimal(1)), kind="orders")
    how = {"as_of": AS_OF, "variant": "90_days"}
    assert list(measure("cross_sell_rate", table, **how).counts["numerator"]) == [0]
    assert list(measure("cross_sell_rate", table, counting={"more": "new"}, **how).counts["numerator"]) == [1]


def test_a_choice_of_a_definition_that_nobody_knows_is_refused():
    kpi = load_kpi("cross_sell_rate")
    odd = replace(kpi, variants=(replace(kpi.variants[0], counting={"mor": "new"}),))
    with pytest.raises(DefinitionError) as why:
        measure(
            odd, read_table(pd.DataFrame(FIRST, columns=COLUMNS.split()).assign(price=Decimal(1)), kind="orders"), as_of=AS_OF
        )
    assert str(why.value) == "[[variant]] 90_days: counting has no choice 'mor'; did you mean 'more'?"
