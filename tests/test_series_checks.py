"""What a series has to say of itself: gaps, periods not over, open windows, age and small denominators."""

from datetime import datetime

import pytest
from test_series import MONTHS, series

from kpikit.answer import Check


def seen(measured):
    """The sentences of the checks, but for the one on age, which every series has."""
    return {check.name: check.sentence for check in measured.checks if check.name != "up to date"}


def test_a_whole_series_has_nothing_to_report():
    measured = series("rate", [("2024-01", 10, 100), ("2024-02", 10, 100)], as_of=datetime(2024, 3, 5))
    assert measured.checks == (Check("up to date", True, "The last complete month is in the table."),)


QUARTER = [("2024-01", 10, 100), ("2024-02", 10, 100), ("2024-03", 10, 100)]


@pytest.mark.parametrize(
    ("rows", "as_of", "passed", "sentence"),
    [
        (QUARTER, datetime(2024, 3, 31), True, "The last complete month is in the table."),
        (QUARTER, datetime(2024, 4, 29), True, "The last complete month is in the table."),
        (QUARTER, datetime(2024, 4, 30), False, "1 month since 2024-03 is over and not in the table."),
        (QUARTER, datetime(2024, 12, 3), False, "8 months since 2024-03 are over and not in the table."),
        (
            QUARTER[:2],
            datetime(2024, 12, 3),
            None,
            "9 months since 2024-02 are over and not in the table; too few are, to tell how often it is filled.",
        ),
    ],
)
def test_a_series_says_whether_the_last_period_that_is_over_is_in_it(rows, as_of, passed, sentence):
    (found,) = [check for check in series("rate", rows, as_of=as_of).checks if check.name == "up to date"]
    assert (found.passed, found.sentence) == (passed, sentence)


def test_a_series_without_a_value_says_nothing_of_its_age():
    assert "up to date" not in {check.name for check in series("rate", [("2024-01", 0, 0)]).checks}


def test_each_kind_of_missing_period_is_reported_with_its_reason():
    rows = [("2024-01", 10, 100), ("2024-03", 0, 0), ("2024-04", 10, 100), ("2024-05", 10, 100)]
    assert seen(series("rate", rows, as_of=datetime(2024, 5, 9))) == {
        "gaps": "2024-02 has no row in the table.",
        "zero denominators": "2024-03 has a denominator of 0 (subscribers), so no value.",
        "last period": "2024-05 was not over on 2024-05-09, so left out.",
    }


def test_two_missing_periods_are_reported_in_the_plural():
    assert seen(series("rate", [("2024-01", 10, 100), ("2024-04", 10, 100)])) == {
        "gaps": "2024-02 and 2024-03 have no row in the table."
    }


def test_many_missing_periods_are_counted():
    assert seen(series("rate", [("2023-12", 10, 100), ("2024-12", 10, 100)])) == {
        "gaps": "11 months: each has no row in the table."
    }


def test_a_quarter_that_lacks_a_month_does_not_hide_it():
    quarters = series("quantity", [MONTHS[0], *MONTHS[2:]]).rolled_up("quarter")
    assert seen(quarters) == {"gaps": "2024-02 has no row in the table."}


def test_many_missing_months_of_a_quarterly_series_are_counted_as_months():
    quarters = series("quantity", [MONTHS[0], MONTHS[11]]).rolled_up("quarter")
    assert seen(quarters) == {"gaps": "10 months: each has no row in the table."}


def test_a_gap_in_two_segments_is_named_once():
    rows = [(month, region, 10, 100) for month in ("2024-01", "2024-03") for region in "ab"]
    assert seen(series("rate", rows, ["region"])) == {"gaps": "2024-02 has no row in the table."}


def test_a_segment_that_lacks_a_month_does_not_hide_it():
    rows = [("2024-01", "north", 10, 100), ("2024-01", "south", 10, 100), ("2024-02", "south", 10, 100)]
    assert seen(series("rate", rows, ["region"])) == {"gaps": "north has no row in 2024-02: the total covers less there."}


def test_many_segments_that_lack_months_are_counted():
    rows = [("2024-01", name, 10, 100) for name in "abcdefgh"] + [("2024-02", "z", 10, 100), ("2024-01", "z", 10, 100)]
    assert seen(series("rate", rows, ["region"]))["gaps"].endswith(
        "f has no row in 2024-02: the total covers less there. 2 other segments too."
    )


def test_customers_with_open_windows_are_counted():
    rows = [("2024-01", 8, 40, 5, 0), ("2024-02", 0, 0, 1200, 1)]
    measured = series("cohort", rows, ["censored", "censored_numerator"], window="30 days", as_of=datetime(2024, 3, 1))
    assert [check.sentence for check in measured.checks if check.name == "open windows"] == [
        "2024-02 has no customer whose window was over.",
        "1,205 customers are left out: their 30 days were not over on 2024-03-01.",
    ]


def test_a_denominator_of_zero_is_named_by_its_column_and_segment():
    rows = [("2024-01", "a", 0, 0), ("2024-01", "b", 1, 100)]
    cut = series("rate", rows, ["region"], source={"columns": {"denominator": ["in_situ", "mined"]}})
    assert seen(cut)["zero denominators"] == "2024-01, a has a denominator of 0 (in_situ + mined), so no value."


def small(measured):
    return [(check.passed, check.sentence) for check in measured.checks if check.name == "small denominators"]


def test_small_denominators_are_an_information_where_they_are_all_there_is():
    assert small(series("rate", [("2024-01", 1, 29), ("2024-02", 1, 12), ("2024-03", 1, 30)])) == [
        (True, "2 rows rest on fewer than 30 (the least on 12): read the interval, not the band.")
    ]


def test_small_denominators_beside_larger_ones_of_their_period_are_too_few_to_rank():
    rows = [("2024-01", "a", 1, 29), ("2024-01", "b", 1, 30), ("2024-02", "a", 1, 12), ("2024-02", "b", 1, 11)]
    assert small(series("rate", rows, ["region"])) == [
        (False, "3 rows rest on fewer than 30 (the least on 11): too few to rank or band.")
    ]


def test_one_small_denominator_is_reported_in_the_singular():
    assert small(series("rate", [("2024-01", 1, 29)])) == [
        (True, "1 row rests on fewer than 30 (the least on 29): read the interval, not the band.")
    ]


def test_an_amount_is_never_too_small_as_its_unit_is_free():
    assert small(series("quantity", [("2024-01", 1, 2)])) == []


def test_checks_of_the_table_come_first():
    own = Check("contract", True, "Read.")
    assert [check.name for check in series("rate", [("2024-01", 1, 29)], table_checks=(own,)).checks] == [
        "contract",
        "up to date",
        "small denominators",
    ]
