"""kpikit.measuring.event_measures: customers, events, days, kinds and amounts, counted beside a plain walk over the rows."""

import random
from collections import defaultdict
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest
from small_kpis import kpi_of

from kpikit.errors import CaseError
from kpikit.measures import MEASURES
from kpikit.measuring import measure
from kpikit.tables import read_table

#: ann used two features on two days of January, bob one; in February ann paid without being active
ROWS = [
    ("ann", "2026-01-05 09:00", "search", "3.00"), ("ann", "2026-01-05 10:00", "export", "2.50"),
    ("ann", "2026-01-20 09:00", "search", "1.00"), ("bob", "2026-01-07 09:00", "search", "4.00"),
    ("cid", "2026-01-08 09:00", "login", "0.00"), ("ann", "2026-02-03 09:00", "export", "9.00"),
    ("bob", "2026-02-04 09:00", "search", "5.00"),
]  # fmt: skip
COLUMNS = ["customer", "date", "event", "amount"]
NAMES = {"numerator": ["search", "export"], "denominator": ["search", "login"]}


def told(numerator, denominator, rows=ROWS, segments=(), frame=pd.DataFrame, counts="stock", names=NAMES):
    measures = {"events": {"numerator": numerator, "denominator": denominator}}
    kpi = kpi_of("ratio", counts, measures=measures, unit="number")
    data = pd.DataFrame(rows, columns=[*COLUMNS, *segments])
    data["amount"] = data["amount"].map(Decimal)
    table = read_table(frame(data), kind="events", segments=segments)
    return measure(kpi, table, as_of="2026-02-28", window="month", event_names=names)


@pytest.mark.parametrize(
    ("measure_name", "january", "february"),
    [
        ("numerator_customers", 2, 1),  # ann and bob; in February only bob searched or logged in
        ("numerator_events", 4, 1),
        ("numerator_days", 3, 1),  # ann on the 5th and the 20th, bob on the 7th
        ("numerator_kinds", 3, 1),  # ann's search and export, bob's search
        ("numerator_amount", Decimal("10.50"), 5),
    ],
)
def test_a_numerator_counts_what_customers_of_the_denominator_did(measure_name, january, february):
    counts = told(measure_name, "denominator_customers").table
    assert list(counts["numerator"]) == [january, february]
    assert list(counts["denominator"]) == [3, 1]


@pytest.mark.parametrize(
    ("measure_name", "january", "february"),
    [
        ("denominator_customers", 3, 1), ("denominator_events", 4, 1), ("denominator_days", 4, 1),
        ("denominator_kinds", 3, 1), ("denominator_amount", 8, 5), ("denominator_customer_days", 3 * 31, 28),
    ],
)  # fmt: skip
def test_a_denominator_counts_its_own_events(measure_name, january, february):
    assert list(told("numerator_events", measure_name).table["denominator"]) == [january, february]


def test_every_measure_of_events_is_tested_above():
    tested = {mark.args[1][i][0] for test in (test_a_numerator_counts_what_customers_of_the_denominator_did,
              test_a_denominator_counts_its_own_events) for mark in test.pytestmark for i in range(len(mark.args[1]))}  # fmt: skip
    assert tested == set(MEASURES["events"])


def test_stickiness_is_the_mean_of_daily_over_monthly_users():
    """Of 31 days: users a day over users of the month, averaged over days, is customer-days over customers times 31."""
    daily = defaultdict(set)
    for customer, moment, event, _ in ROWS:
        if event in NAMES["denominator"] and moment < "2026-02":
            daily[moment[:10]].add(customer)
    average = sum(map(len, daily.values())) / 31
    row = told("denominator_days", "denominator_customer_days").table.iloc[0]
    assert row["value"] == pytest.approx(average / 3, abs=1e-15)


def test_events_of_customers_outside_the_denominator_are_named():
    said = [
        check.sentence
        for check in told("numerator_events", "denominator_customers").checks
        if check.name == "outside the denominator"
    ]
    assert said == ["1 event of customers who were not among the bases of that month: not counted."]
    alone = told("denominator_days", "denominator_customer_days")  # counts no event of the numerator
    assert "outside the denominator" not in [check.name for check in alone.checks]


def test_an_amount_needs_its_role():
    kpi = kpi_of("ratio", "stock", measures={"events": {"numerator": "numerator_amount", "denominator": "denominator_customers"}})
    table = read_table(pd.DataFrame([row[:3] for row in ROWS], columns=COLUMNS[:3]), kind="events")
    with pytest.raises(CaseError) as why:
        measure(kpi, table, as_of="2026-02-28", window="month", event_names=NAMES)
    assert str(why.value) == (
        "small: the frame needs the role 'amount' for numerator_amount; map it, as columns = { amount = \"...\" }"
    )


def test_a_kind_of_formula_that_events_do_not_count_is_refused_with_the_tables_that_do():
    table = read_table(pd.DataFrame([row[:3] for row in ROWS], columns=COLUMNS[:3]), kind="events")
    with pytest.raises(CaseError) as why:
        measure(kpi_of("ratio", "quantity"), table, as_of="2026-02-28", window="month", event_names=NAMES)
    assert str(why.value) == "small: a ratio cannot be measured from events; use a table of kind volumes"


def walked(rows):
    """The same counts, by going through the rows one by one: customers, events, days and kinds by month and region."""
    at_risk = {(moment[:7], region, customer) for customer, moment, event, _, region in rows if event in NAMES["denominator"]}
    seen = defaultdict(set)
    for place, (customer, moment, event, _, region) in enumerate(rows):
        key = (moment[:7], region)
        if event in NAMES["numerator"] and (*key, customer) in at_risk:
            seen[key, "numerator_events"].add(place)
            seen[key, "numerator_customers"].add(customer)
            seen[key, "numerator_days"].add((customer, moment[:10]))
            seen[key, "numerator_kinds"].add((customer, event))
    sizes = defaultdict(set)
    for month, region, customer in at_risk:
        sizes[month, region].add(customer)
    return sizes, seen


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.from_pandas])
@pytest.mark.parametrize("name", ["numerator_events", "numerator_customers", "numerator_days", "numerator_kinds"])
def test_the_counts_are_those_of_a_walk_over_the_rows(name, frame):
    chance = random.Random(name)
    rows = [
        (f"c{chance.randrange(12)}", f"2026-0{chance.randrange(1, 3)}-{chance.randrange(1, 29):02} {chance.randrange(24):02}:00",
         chance.choice(["search", "export", "login", "other"]), "1.00", chance.choice(["north", "south"]))
        for _ in range(200)
    ]  # fmt: skip
    sizes, seen = walked(rows)
    series = told(name, "denominator_customers", rows, ("region",), frame)
    counted = {(str(row.period), row.region): (row.numerator, row.denominator) for row in series.counts.itertuples()}
    assert counted == {key: (len(seen[key, name]), len(members)) for key, members in sizes.items()}
    assert series.adds_over == ()  # the same customers are in both regions, and in each month


def test_segments_add_up_where_each_customer_is_in_one():
    rows = [(*row, {"ann": "north"}.get(row[0], "south")) for row in ROWS]
    series = told("numerator_kinds", "denominator_customers", rows, ("region",))
    assert series.adds_over == ("segments",)
    assert list(series.total().table["numerator"]) == [3, 1]


def test_a_numerator_that_nobody_in_the_denominator_did_is_zero():
    rows = [("ann", "2026-01-05", "search", "3.00"), ("bob", "2026-01-06", "login", "0.00")]
    for name in ("numerator_events", "numerator_amount"):
        counts = told(name, "denominator_customers", rows, names={"numerator": ["search"], "denominator": ["login"]}).counts
        assert (list(counts["numerator"]), list(counts["denominator"])) == ([0], [1])
