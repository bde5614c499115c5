"""Customers: who is eligible, who upgraded in the window, who cannot be judged; and what was measured too late."""

from datetime import date

import pandas as pd
import pytest

from kpikit.errors import CaseError, TableError
from kpikit.measuring import customers as module
from kpikit.measuring import on_engine
from kpikit.measuring.customers import measure_customers
from kpikit.shapes.customers import OPEN, OUTCOME
from kpikit.tables import read_table

STARTS, DAY = date(2026, 1, 10), "2026-01-09"
COLUMNS = ["customer", "measured_on", "outcome_on", "to", "plan", "logins", "api"]


def table(rows, **how):
    frame = pd.DataFrame(rows, columns=COLUMNS).astype(object).where(lambda frame: frame.notna(), None)
    return read_table(frame, kind="customers", segments=["plan"], features=["logins", "api"], **how)


def measured(rows, *, as_of="2026-06-01", window="30 days", starts=STARTS, **more):
    return measure_customers(table(rows), as_of=as_of, window=window, window_starts=starts, features=["logins"], **more)


ROWS = [
    ("ann", DAY, "2026-01-10", "pro", "small", 3, 1),  # the first day counts
    ("bob", DAY, "2026-02-09", "pro", "small", 4, 0),  # 30 days later, the last one that does
    ("cem", DAY, "2026-02-10", "top", "small", 5, 0),  # too late: a no
    ("dee", DAY, None, None, "large", None, 1),
    ("eve", DAY, "2026-01-09", "pro", "large", 6, 1),  # had upgraded before
    ("fay", "2026-01-10", None, None, "large", 7, 1),  # measured when the window had opened
    ("gus", None, None, None, "large", 8, 1),  # nobody knows when
]  # fmt: skip


def test_each_customer_is_counted_once_where_the_window_says():
    told = measured(ROWS)
    assert told.cells.to_dict("records") == [
        {"plan": "large", "customers": 1, "upgraded": 0}, {"plan": "small", "customers": 3, "upgraded": 2},
    ]  # fmt: skip
    assert told.left_out == {"ok": 4, "before": 1, "leak": 1, "unmeasured": 1}
    assert told.goes_to.to_dict("records") == [{"to": "pro", "upgraded": 2}]


def test_the_table_for_the_model_knows_the_outcome_and_who_can_still_be_approached():
    people = measured(ROWS).people.set_index("customer")
    assert people[OUTCOME].to_dict() == {"ann": 1, "bob": 1, "cem": 0, "dee": 0}
    assert people[OPEN].to_dict() == {"ann": False, "bob": False, "cem": False, "dee": True}


def test_a_window_that_is_not_over_is_refused_for_all_and_never_counted_as_a_no():
    message = "the frame: nobody's window of 30 days is over on 2026-02-08; ask again when it is"
    with pytest.raises(CaseError) as error:
        measured(ROWS, as_of="2026-02-08")
    assert str(error.value) == message
    assert measured(ROWS, as_of="2026-02-09").left_out["ok"] == 4


def test_with_a_date_of_its_own_each_customer_is_judged_or_censored_by_it():
    rows = [("ann", "2026-01-01", 1, "a"), ("bob", "2026-02-20", None, "a"), ("cem", "2026-01-05", None, "a")]
    frame = pd.DataFrame(
        [(c, d, "2026-01-03" if up else None, p) for c, d, up, p in rows], columns=["customer", "date", "outcome_on", "plan"]
    )
    read = read_table(frame.astype(object).where(frame.notna(), None), kind="customers", segments=["plan"])
    told = measure_customers(read, as_of="2026-03-01", window="30 days")
    assert told.left_out == {"ok": 2, "censored": 1}
    assert (told.cells["customers"].sum(), told.cells["upgraded"].sum()) == (2, 1)
    assert told.people.set_index("customer")[OUTCOME].isna().to_dict() == {"ann": False, "bob": True, "cem": False}


def test_a_plain_flag_is_taken_as_it_is_and_a_missing_one_left_out():
    frame = pd.DataFrame({"customer": list("abc"), "outcome": [1, 0, None], "plan": ["s", "s", "s"]}).astype({"outcome": "Int64"})
    told = measure_customers(read_table(frame, kind="customers", segments=["plan"]), as_of="2026-03-01")
    assert told.left_out == {"ok": 2, "unknown": 1}
    sentences = [check.sentence for check in told.table_checks]
    assert "1 customer of whom it is not known whether or when they upgraded: left out." in sentences
    assert any(sentence.startswith("The table does not say when its columns were measured") for sentence in sentences)


def test_a_column_measured_in_the_window_is_not_used_and_that_is_told():
    told = measured(ROWS, feature_dates={"logins": "2026-01-10"})
    assert told.features == ()
    assert "logins" not in told.people
    assert "'logins' was measured when the window had opened: not used." in [check.sentence for check in told.table_checks]
    assert measured(ROWS, feature_dates={"logins": "2026-01-09"}).features == ("logins",)


def test_the_use_of_a_feature_is_counted_among_the_eligible_where_it_is_known():
    told = measured(ROWS, plan_features=["api"])
    assert told.uses.to_dict("records") == [{"feature": "api", "known": 4, "used": 2}]


@pytest.mark.parametrize("engine", ["pandas", "polars", "arrow"])
def test_every_engine_counts_alike(engine):
    here = measured(ROWS, plan_features=["api"])
    there = measure_customers(
        on_engine(table(ROWS), engine), as_of="2026-06-01", window="30 days", window_starts=STARTS, features=["logins"], plan_features=["api"],
    )  # fmt: skip
    assert there.cells.to_dict("records") == here.cells.to_dict("records")
    assert dict(there.left_out) == dict(here.left_out)
    assert there.uses.equals(here.uses)


def test_of_too_many_customers_the_model_gets_the_same_ones_each_time(monkeypatch):
    monkeypatch.setattr(module, "MOST_PEOPLE", 40)
    rows = [(f"c{i:03d}", DAY, None, None, "small", i, 0) for i in range(100)]
    first, again = measured(rows), measured(rows[::-1])
    assert len(first.people) == 40
    assert first.people["customer"].tolist() == again.people["customer"].tolist()
    assert first.cells["customers"].sum() == 100
    said = "The model was fitted to 40 of 100 customers, picked by a hash of their ids."
    assert said in [check.sentence for check in first.table_checks]


def test_a_feature_of_the_dearer_plan_may_be_written_yes_and_no():
    rows = [(*row[:6], "Yes" if row[6] else "No") for row in ROWS]
    assert measured(rows, plan_features=["api"]).uses.equals(measured(ROWS, plan_features=["api"]).uses)


REFUSED = {
    "the frame: 1 customer stands in several rows, as 'ann'; a table of kind 'customers' has one row a customer": (
        TableError, {"rows": [*ROWS, ROWS[0]]}),
    "the frame: customers are followed for a number of days, as window = \"90 days\"; not 'month'": (CaseError, {"window": "month"}),
    'the frame: dated outcomes need window = "90 days" (any number) and [asks] window_starts = 2026-01-05': (CaseError, {"starts": None}),
    "the frame: feature_dates names 'login', which is no feature; did you mean 'logins'?": (CaseError, {"feature_dates": {"login": DAY}}),
    "the frame: 'logins' is a feature of the dearer plan: 1 or yes where the customer uses it, 0 or no where not; there is '3.0'": (
        TableError, {"plan_features": ["logins"]}),
    "the frame: the feature 'visits' was not read with the table; give it to read_table, as features = ['visits']": (
        CaseError, {"plan_features": ["visits"]}),
    "the frame: 'customer' is a role of the table, no feature: it names the customer or tells what came; leave it out": (
        CaseError, {"plan_features": ["customer"]}),
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_what_does_not_fit_is_refused(message):
    kind, given = REFUSED[message]
    with pytest.raises(kind) as error:
        measured(**{"rows": ROWS} | given)
    assert str(error.value) == message


def test_without_ids_nobody_can_be_told_apart():
    with pytest.raises(CaseError) as error:
        measure_customers(read_table(pd.DataFrame({"outcome": [1, 0], "plan": ["a", "b"]}), kind="customers"), as_of=DAY)
    assert str(error.value) == (
        "the frame needs the role 'customer', by which people are told apart; map it, as columns = { customer = \"user_id\" }"
    )


def test_a_segment_of_too_many_values_is_refused():
    rows = [(f"c{i}", DAY, None, None, f"plan {i % 41}", i, 0) for i in range(100)]
    with pytest.raises(CaseError) as error:
        measured(rows)
    assert str(error.value) == (
        "the frame: the segment 'plan' has 41 values, at the most 40 are compared; group them, or cut numbers with "
        "cuts = { plan = [10, 50] }"
    )


def test_another_kind_of_table_is_refused():
    frame = pd.DataFrame({"customer": ["a"], "date": ["2026-01-01"], "plan": ["x"]})
    with pytest.raises(CaseError) as error:
        measure_customers(read_table(frame, kind="plans"), as_of="2026-02-01")
    assert str(error.value) == "the frame: who upgrades is told by a table of kind 'customers', not 'plans'"
