"""kpikit.measures: which measures rows of each kind of table hold, and what is refused."""

from decimal import Decimal

import pytest

from kpikit.errors import DefinitionError
from kpikit.measures import ADDS_OVER_PERIODS, COUNTED, MEASURES, add_over_periods, check_measures, measured_roles, threshold

RATED = {"numerator": "at_least 9", "denominator": "answers", "scale": [0, 10]}


def refusal(named, kind="share", *, less=False):
    with pytest.raises(DefinitionError) as told:
        check_measures(named, kind, less=less)
    return str(told.value)


@pytest.mark.parametrize(
    ("named", "kind", "less"),
    [
        ({}, "share", False),
        ({"plans": {}, "events": {}, "customers": {}}, "share", False),
        ({"orders": {}, "events": {}}, "follow_on", False),
        ({"plans": {"numerator": "up_customers", "less": "down_customers", "denominator": "opening_customers"}}, "balance", True),
        ({"orders": {"numerator": "revenue", "denominator": "orders"}}, "ratio", False),
        ({"ratings": RATED}, "share", False),
        ({"ratings": RATED | {"less": "at_most -6", "scale": [-10, 10]}}, "balance", True),
    ],
)
def test_measures_that_the_rows_hold_are_taken(named, kind, less):
    check_measures(named, kind, less=less)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"plan": {}}, "measures: no kind of table 'plan' holds measures; did you mean 'plans'?"),
        ({"ratings": {}}, "measures: a share is not counted from ratings by itself; name its measures: numerator = ..., denominator = ..."),
        ({"orders": {"numerator": "revenue"}}, "measures: orders: the role 'denominator' is missing"),
        ({"orders": {"numeratr": "revenue"}}, "measures: orders: no role 'numeratr' is known here; did you mean 'numerator'?"),
        ({"orders": {"numerator": "orders", "denominator": "orders", "less": "orders"}}, "measures: orders: no role 'less' is known here; there is numerator, denominator"),
        ({"orders": {"numerator": "revenu", "denominator": "orders"}}, "measures: orders holds no 'revenu'; did you mean 'revenue'?"),
        ({"orders": {"numerator": "revenue 9", "denominator": "orders"}}, "measures: orders holds no 'revenue 9'; did you mean 'revenue'?"),
        ({"ratings": RATED | {"numerator": "at_least"}}, "measures: ratings: 'at_least' needs a whole number, as 'at_least 9'"),
        ({"ratings": RATED | {"numerator": "at_least nine"}}, "measures: ratings: 'at_least nine' needs a whole number, as 'at_least 9'"),
        ({"ratings": RATED | {"numerator": "at_least --9"}}, "measures: ratings: 'at_least --9' needs a whole number, as 'at_least 9'"),
        ({"ratings": RATED | {"scale": [10, 0]}}, "measures: ratings: scale is [10, 0]; it is the lowest and the highest score, as [0, 10]"),
        ({"ratings": RATED | {"scale": [0, True]}}, "measures: ratings: scale is [0, True]; it is the lowest and the highest score, as [0, 10]"),
    ],
)  # fmt: skip
def test_a_wrong_measure_is_refused_with_the_nearest(named, message):
    assert refusal(named) == message


@pytest.mark.parametrize(
    ("table", "kind"), [("plans", "ratio"), ("orders", "share"), ("events", "balance"), ("customers", "rate")]
)
def test_a_kind_that_is_not_counted_by_itself_needs_its_measures_named(table, kind):
    said = "another table" if table == "customers" else "numerator = ..., denominator = ..."
    assert refusal({table: {}}, kind) == f"measures: a {kind} is not counted from {table} by itself; name its measures: {said}"


def test_a_balance_needs_what_is_taken_off():
    named = {"plans": {"numerator": "up_customers", "denominator": "opening_customers"}}
    assert refusal(named, "balance", less=True) == "measures: plans: the role 'less' is missing"


def test_a_threshold_is_a_name_and_a_number():
    assert [threshold(text) for text in ("at_most 6", "at_least -1", "scores")] == [
        ("at_most", Decimal(6)), ("at_least", Decimal(-1)), ("scores", None),
    ]  # fmt: skip


def test_roles_come_in_their_order_whatever_the_file_says():
    assert list(measured_roles({"less": "at_most 6", "scale": [0, 10], "denominator": "answers", "numerator": "at_least 9"})) == [
        "numerator", "denominator", "less",
    ]  # fmt: skip


def test_only_what_lies_in_one_period_adds_up():
    assert add_over_periods("ratings", ["at_least 9", "answers"])
    assert not add_over_periods("plans", ["up_customers", "opening_customers"])
    assert not add_over_periods("events", ["numerator_customers"])


def test_each_kind_of_table_says_what_is_counted_of_it_and_what_adds_up():
    assert set(MEASURES) == set(COUNTED) == set(ADDS_OVER_PERIODS)
    assert all(added <= set(MEASURES[table]) for table, added in ADDS_OVER_PERIODS.items())
