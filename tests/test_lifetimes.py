"""Lifetimes as they are measured: purchases by day and lives on plans, on every engine, against walks and published tables."""

import re
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpikit.cases import read_case
from kpikit.errors import CaseError
from kpikit.measuring import measure_case, on_engine
from kpikit.measuring.door import table_of
from kpikit.measuring.lifetimes import measure_lifetimes
from kpikit.stats.buying import fit_buying
from kpikit.tables import read_table

spec = find_spec("lifetimes")
FOLDER = Path(spec.submodule_search_locations[0]) / "datasets" if spec else None
needs_cdnow = pytest.mark.skipif(FOLDER is None, reason="Lifetimes is not installed")
PLANS = {"plan_order": ("basic", "pro"), "event_names": {"left": ["cancelled"], "trial": ["trial"]}}


def orders(*rows):
    frame = pd.DataFrame(rows, columns=["customer", "order", "date", "amount"])
    return read_table(frame.astype({"date": "datetime64[us]", "amount": float}), kind="orders")


def plans(*rows, columns="customer date plan"):
    return read_table(pd.DataFrame(rows, columns=columns.split()), kind="plans")


def lived(*rows, as_of="2026-06-30", **how):
    return measure_lifetimes(plans(*rows), as_of=as_of, **PLANS | how)


# --- orders ------------------------------------------------------------------------------------------------------------


def shop():
    return orders(
        ("ann", "1", "2026-01-01 09:00", "10.00"), ("ann", "2", "2026-01-01 18:00", "5.00"), ("ann", "3", "2026-01-11", "7.00"),
        ("ann", "4", "2026-03-02", "9.00"), ("bob", "5", "2026-01-03", "20.00"), ("eve", "6", "2026-03-01", "4.00"),
    )  # fmt: skip


def test_two_orders_of_a_day_are_one_purchase_and_the_first_day_is_no_repeat():
    found = measure_lifetimes(shop(), as_of="2026-04-01", holdout="45 days")
    assert found.whole.to_dict("list") == {"x": [0, 0, 2], "t_x": [0, 0, 60], "T": [31, 88, 90], "customers": [1, 1, 1]}
    assert found.customers == 3


def test_the_models_know_nothing_of_what_came_after_the_cut():
    found = measure_lifetimes(shop(), as_of="2026-04-01", holdout="45 days")
    assert str(found.cut.date()) == "2026-02-15"
    assert found.before.to_dict("list") == {
        "x": [0, 1], "t_x": [0, 10], "T": [43, 45], "customers": [1, 1], "later": [0, 1], "later_squares": [0, 1],
    }  # fmt: skip


def test_spending_is_that_of_later_days_and_of_the_first_apart():
    found = measure_lifetimes(shop(), as_of="2026-04-01", holdout="45 days")
    assert found.spending.to_dict("list") == {"x": [2], "spent": [16.0], "customers": [1]}
    assert found.first == (3, 39.0, 15**2 + 20**2 + 4**2)


def test_who_paid_nothing_later_is_left_out_of_spending_and_said():
    found = measure_lifetimes(
        orders(("a", "1", "2026-01-01", "5"), ("a", "2", "2026-01-05", "0"), ("b", "3", "2026-03-01", "2")), as_of="2026-04-01"
    )
    assert found.spending.empty
    assert [(check.name, check.sentence) for check in found.table_checks] == [
        ("unpaid", "1 repeat customer paid nothing or less in all later purchases: left out of what is spent.")
    ]


def test_a_day_of_nothing_but_refunds_is_no_purchase_and_is_taken_off():
    found = measure_lifetimes(
        orders(
            ("ann", "1", "2026-01-01", "10"), ("ann", "2", "2026-01-05", "-4"), ("bob", "3", "2026-01-02", "20"),
            ("bob", "4", "2026-02-01", "9"), ("bob", "5", "2026-02-09", "-2"), ("bob", "6", "2026-02-09", "-1"),
        ),
        as_of="2026-03-10",
    )  # fmt: skip
    assert found.whole.to_dict("list") == {"x": [0, 1], "t_x": [0, 30], "T": [68, 67], "customers": [1, 1]}
    assert found.spending.to_dict("list") == {"x": [1], "spent": [6.0], "customers": [1]}
    assert found.first == (2, 26.0, 6.0**2 + 20**2)
    said = "2 days on which a customer only got money back: no purchase, and taken off what was spent."
    assert [check.sentence for check in found.table_checks if check.name == "refunds"] == [said]


def test_orders_that_end_long_before_the_day_of_the_data_are_followed_until_then():
    found = measure_lifetimes(shop(), as_of="2029-01-01")
    assert str(found.until.date()) == "2026-03-02"
    said = "The table's last row is of 2026-03-02: customers are followed until then, what came later is not known."
    assert [(check.name, check.sentence) for check in found.table_checks] == [("last row", said)]


@pytest.mark.parametrize("engine", ["pandas", "polars", "arrow"])
def test_every_engine_counts_purchases_alike(engine):
    one, other = (measure_lifetimes(table, as_of="2026-04-01") for table in (shop(), on_engine(shop(), engine)))
    for name in ("whole", "before", "spending"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.first == other.first


@pytest.fixture(scope="module")
def sample():
    """The published sample of 2,357 customers, as its lines stand: customer, its number in the master file, day, CDs, dollars."""
    names = ["master", "customer", "date", "cds", "amount"]
    frame = pd.read_csv(FOLDER / "CDNOW_sample.txt", sep=r"\s+", names=names, dtype=str)
    days = {"date": pd.to_datetime(frame["date"], format="%Y%m%d"), "amount": frame["amount"].astype(float)}
    table = read_table(frame.assign(order=frame.index.astype(str), **days), kind="orders")
    return measure_lifetimes(table, as_of="1998-06-30", holdout="273 days")


@needs_cdnow
def test_the_published_summary_of_cdnow_is_counted(sample):
    summary = pd.read_csv(FOLDER / "cdnow_customers_summary.csv")
    weeks = {name: (sample.before[name] / 7).round(2) for name in ("t_x", "T")}
    ours = pd.DataFrame({"frequency": sample.before["x"], "recency": weeks["t_x"], "T": weeks["T"]})
    told = ours.loc[np.repeat(ours.index, sample.before["customers"])].sort_values(list(ours)).to_numpy()
    assert told == pytest.approx(summary[list(ours)].sort_values(list(ours)).to_numpy(), abs=0.011)
    assert (len(summary), int((told[:, 0] > 0).sum())) == (2357, 946)


@needs_cdnow
def test_the_published_parameters_come_of_the_table_of_orders(sample):
    rows = sample.before
    fit = fit_buying(rows["x"], rows["t_x"] / 7, rows["T"] / 7, rows["customers"])
    assert fit.parameters == pytest.approx([0.2426, 4.4135, 0.7929, 2.4258], rel=2e-3)


@needs_cdnow
def test_the_whole_of_cdnow_is_read_from_the_query():
    case = read_case("cdnow_lifetime")
    table = table_of(case)
    assert table.rows_read == 69_659
    found = measure_lifetimes(table, as_of=case.as_of, **case.measured)
    assert found.customers == 23_570
    lines = pd.read_csv(FOLDER / "CDNOW_master.txt", sep=r"\s+", dtype={"customer_id": str})
    days = lines.groupby("customer_id")["date"].nunique()
    assert int((found.whole["x"] * found.whole["customers"]).sum()) == int(days.sum() - len(days))


# --- plans -------------------------------------------------------------------------------------------------------------


LIVES = [
    ("a", "2026-01-01", "basic"), ("a", "2026-02-01", "pro"), ("a", "2026-03-01", "cancelled"), ("a", "2026-04-01", "basic"),
    ("b", "2026-01-05", "trial"), ("b", "2026-01-19", "basic"), ("c", "2026-01-10", "trial"), ("c", "2026-01-20", "cancelled"),
    ("d", "2026-06-30", "pro"),
]  # fmt: skip


def test_a_life_begins_on_the_first_plan_and_ends_with_the_first_leaving():
    found = lived(*LIVES)
    assert str(found.first_day.date()) == "2026-01-01"
    assert found.stays.to_dict("list") == {
        "start": [0, 18, 180], "end": [59, 180, 180], "left": [1, 0, 0], "customers": [1, 1, 1],
    }  # fmt: skip
    assert found.states.to_dict("list") == {"number": [0, 0, 0, 1, 2], "day": [0, 31, 59, 18, 180], "rank": [0, 1, -2, 0, 1]}


def test_who_came_back_is_said():
    said = [check.sentence for check in lived(*LIVES).table_checks if check.name == "came back"]
    assert said == ["1 customer came back after leaving: a stay ends with the first leaving."]


def test_what_came_after_the_last_row_is_not_known():
    found = lived(*LIVES, as_of="2026-12-31")
    assert found.last_day == 180
    said = [check.sentence for check in found.table_checks if check.name == "last row"]
    assert said == ["The table's last row is of 2026-06-30: customers are followed until then, what came later is not known."]


def test_an_older_stock_of_customers_is_said():
    case = read_case("scheduling_plans")
    found = measure_lifetimes(table_of(case), as_of=case.as_of, plan_order=case.plan_order, event_names=case.event_names)
    said = [check.sentence for check in found.table_checks if check.name == "older customers"]
    assert said[0].endswith("they look like customers who came earlier, whose stay is counted too short.")


def test_of_very_many_customers_every_kth_is_followed_move_by_move(monkeypatch):
    monkeypatch.setattr("kpikit.measuring.subscriptions.MOST", 2)
    found = lived(*LIVES)
    assert (found.one_in, found.customers, len(found.lives)) == (2, 3, 2)
    assert found.states["number"].unique().tolist() == [0, 1]


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_every_engine_counts_lives_alike(engine):
    one, other = (
        measure_lifetimes(table, as_of="2026-06-30", **PLANS) for table in (plans(*LIVES), on_engine(plans(*LIVES), engine))
    )
    for name in ("stays", "states", "lives"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_dtype=False)


# --- refusals ----------------------------------------------------------------------------------------------------------


def refusal(table, **how):
    with pytest.raises(CaseError) as raised:
        measure_lifetimes(table, **{"as_of": "2026-04-01"} | how)
    return str(raised.value)


def test_what_cannot_be_measured_is_refused():
    assert refusal(shop(), holdout="a while") == ("the frame: holdout is 'a while'; it must be a number of days, as \"90 days\"")
    assert refusal(shop(), holdout="80 days") == (
        "the frame: from 2026-01-01 to 2026-04-01 are 90 days; with 80 of them held out too few are left to learn from: "
        "30 at the least"
    )
    counts = read_table(pd.DataFrame({"period": ["2026-01"], "numerator": [1], "denominator": [2]}), kind="counts")
    assert refusal(counts) == "the frame: lifetimes are told by a table of kind 'orders' or 'plans', not 'counts'"
    assert refusal(plans(("a", "2026-01-01", "trial"), ("a", "2026-02-01", "cancelled")), **PLANS) == (
        "lifetime: the frame: nobody was ever on a plan of basic and pro"
    )
    assert refusal(plans(("a", "2026-01-01", "basic"))) == (
        'lifetime: name the plans from the lowest to the highest, as plan_order = ["free", "basic", "pro"]; the frame holds basic'
    )


@needs_cdnow
def test_the_value_of_an_order_is_that_of_a_walk_over_the_file():
    """Dollars and purchases by month, line by line of the file as it was published."""
    paid, bought = {}, {}
    for line in (FOLDER / "CDNOW_master.txt").read_text().splitlines():
        if found := re.match(r" *\d{5} (\d{4})(\d{2})\d{2} +\d+ +([\d.]+)", line):
            month = f"{found[1]}-{found[2]}"
            paid[month], bought[month] = paid.get(month, 0) + Decimal(found[3]), bought.get(month, 0) + 1
    told = measure_case(read_case("cdnow_order_value")).counts
    assert dict(zip(told["period"].astype(str), told["numerator"], strict=True)) == paid
    assert dict(zip(told["period"].astype(str), told["denominator"], strict=True)) == bought
    assert (sum(bought.values()), sum(paid.values())) == (69_659, Decimal("2500315.63"))
