"""kpikit.questions.effects.course: a series as arrays around its change, and the control group that is split off it."""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from small_tables import asked, course, course_around, measured

from kpikit.errors import CaseError
from kpikit.measuring import measure
from kpikit.questions.effects.course import split_off
from kpikit.tables import read_table

TWO = measured({"A": [10, 20, 30], "B": [40, 30, 60]}, {"A": [100, 100, 300], "B": [100, 300, 100]})


# the arrays


def test_every_segment_is_a_cell_with_its_counts_by_period():
    found = course_around(TWO, "2022-03-01")
    assert found.cells == ("region: A", "region: B")
    assert found.numerators.tolist() == [[10, 40], [20, 30], [30, 60]]
    assert found.denominators.tolist() == [[100, 100], [100, 300], [300, 100]]
    assert found.sides.tolist() == ["before", "before", "after"]
    assert [str(when) for when in found.periods] == ["2022-01", "2022-02", "2022-03"]


def test_a_period_s_value_is_its_counts_added_first():
    found = course_around(TWO, "2022-03-01")
    assert found.sizes.tolist() == [200, 400, 400]
    assert found.pooled.tolist() == [50 / 200, 50 / 400, 90 / 400]


def test_a_series_without_segments_is_one_cell():
    found = course_around(measured([10, 20], 100), "2022-02-01")
    assert found.cells == ("all",)
    assert not found.mixed
    assert found.held()[0].tolist() == found.pooled.tolist() == [0.1, 0.2]


@pytest.mark.parametrize(("freq", "first", "cycle"), [("M", "2022-01", 12), ("Q", "2022Q1", 4), ("Y", "2022", 1)])
def test_a_year_has_as_many_points_as_its_periods_say(freq, first, cycle):
    series = measured([10, 20], 100, freq=freq, first=first)
    assert course_around(series, series.counts["period"].max().start_time).cycle == cycle


@pytest.mark.parametrize("noise", ["binomial", "poisson", "stock", "spread"])
def test_what_is_counted_says_which_noise_there_is(noise):
    assert course_around(measured([10, 20], 100, noise=noise), "2022-02-01").noise_kind == noise


# what stands on neither side


def test_a_missing_period_is_a_point_on_neither_side():
    found = course_around(measured([10, None, 30, 40], 100), "2022-04-01")
    assert found.sides.tolist() == ["before", "aside", "before", "after"]
    assert (found.sizes[1], found.pooled[1]) == (0, 0)


def test_a_period_in_which_nobody_is_counted_is_a_point_on_neither_side():
    found = course_around(measured([10, 0, 30, 40], [100, 0, 100, 100]), "2022-04-01")
    assert found.sides.tolist() == ["before", "aside", "before", "after"]


def test_transition_periods_are_points_on_neither_side():
    found = course_around(measured([1, 2, 3, 4, 5, 6], 10), "2022-03-15", transition_periods=1)
    assert found.sides.tolist() == ["before", "before", "aside", "aside", "after", "after"]


def test_a_period_that_is_not_over_is_no_point_at_all():
    found = course_around(measured([1, 2, 3, 4], 10, as_of=date(2022, 4, 10)), "2022-03-01")
    assert [str(when) for when in found.periods] == ["2022-01", "2022-02", "2022-03"]


def test_points_can_be_left_out_and_keep_their_counts():
    found = course([1, 2, 3, 4], 10, before=3)
    left = found.without(np.array([True, False, False, False]))
    assert left.sides.tolist() == ["aside", "before", "before", "after"]
    assert left.numerators.tolist() == found.numerators.tolist()
    assert found.sides.tolist() == ["before", "before", "before", "after"]


def test_customers_whose_window_spans_the_change_are_taken_off_before_and_not_after():
    orders = pd.DataFrame(
        [
            ("a", "1", "2025-01-05", "x"), ("a", "2", "2025-01-20", "y"),  # more within 30 days, before
            ("b", "3", "2025-01-10", "x"),
            ("c", "4", "2025-01-31", "x"),  # its 30 days are over on 2025-03-02
            ("d", "5", "2025-03-02", "x"), ("d", "6", "2025-03-30", "y"),
        ],
        columns=["customer", "order", "date", "product"],
    )  # fmt: skip
    change = date(2025, 3, 1)
    table = read_table(orders, kind="orders")
    series = measure("product_upsell_rate", table, window="30 days", as_of=datetime(2025, 6, 1), changed_on=change)
    found = course_around(series, change)
    assert dict(zip(map(str, found.periods), found.denominators[:, 0], strict=True)) == {"2025-01": 2, "2025-02": 0, "2025-03": 1}
    assert found.sides.tolist() == ["before", "aside", "after"]
    assert found.numerators[:, 0].tolist() == [1, 0, 1]


def test_a_month_whose_windows_reach_beyond_the_change_is_no_point():
    orders = pd.DataFrame(
        [(c, f"{c}{d}", d, "x") for c, d in (("a", "2025-01-05"), ("b", "2025-02-05"), ("c", "2025-03-05"), ("e", "2025-04-05"))],
        columns=["customer", "order", "date", "product"],
    )
    series = measure("product_upsell_rate", read_table(orders, kind="orders"), window="20 days", as_of=datetime(2025, 9, 1))
    found = course_around(series, "2025-03-01")
    assert dict(zip(map(str, found.periods), found.sides, strict=True)) == {
        "2025-01": "before", "2025-02": "aside", "2025-03": "after", "2025-04": "after",
    }  # fmt: skip


# the mix held


def test_the_value_at_the_mix_of_before_weights_each_rate_by_the_share_of_before():
    found = course_around(TWO, "2022-03-01")
    assert_allclose(found.shares, [200 / 600, 400 / 600])
    assert_allclose(found.held()[0], [(0.1 + 2 * 0.4) / 3, (0.2 + 2 * 0.1) / 3, (0.1 + 2 * 0.6) / 3])
    assert found.mixed


def test_a_segment_that_comes_or_goes_has_no_share_of_before():
    found = course([[10, 40, 0], [30, 0, 5]], [[100, 100, 0], [100, 0, 50]], before=1)
    assert found.shares.tolist() == [1, 0, 0]
    assert_allclose(found.held()[0], [0.1, 0.3])
    assert not found.mixed


def test_where_a_segment_is_missing_in_a_period_the_others_stand_for_it():
    found = course([[10, 40], [20, 0], [10, 40]], [[100, 100], [100, 0], [100, 100]], before=2)
    assert_allclose(found.shares, [2 / 3, 1 / 3])
    assert_allclose(found.held()[0], [(2 * 0.1 + 0.4) / 3, 0.2, (2 * 0.1 + 0.4) / 3])


def test_rates_that_stay_while_the_mix_moves_are_a_flat_line():
    sizes = np.array([[100, 900], [200, 800], [500, 500], [900, 100]])
    found = course(sizes * [0.1, 0.5], sizes, before=2)
    assert_allclose(found.held()[0], (300 * 0.1 + 1700 * 0.5) / 2000)
    assert found.pooled[0] > found.pooled[-1] + 0.3


# the sampling variance


def test_independent_customers_have_a_binomial_variance_at_the_level_of_their_side():
    sizes = [[100, 100], [100, 300], [100, 100]]
    found = course([[10, 40], [20, 30], [50, 50]], sizes, before=2)
    early, late = [30.5 / 201, 70.5 / 401], [50.5 / 101, 50.5 / 101]  # half a count more
    shares = [200 / 600, 400 / 600]
    expected = [
        sum(w**2 * p * (1 - p) / n for w, p, n in zip(shares, usual, row, strict=True))
        for usual, row in zip((early, early, late), sizes, strict=True)
    ]
    assert_allclose(found.held()[1], expected)
    levels = [100.5 / 601, 100.5 / 601, 100.5 / 201]
    assert_allclose(found.whole()[1], [p * (1 - p) / n for p, n in zip(levels, (200, 400, 200), strict=True)])
    assert_allclose(found.whole()[0], found.pooled)


def test_events_have_the_variance_of_poisson_counts():
    found = course([10, 30, 50], [100, 200, 100], before=2, noise="poisson")
    early, late = 40.5 / 301, 50.5 / 101
    for told in (found.held(), found.whole()):
        assert_allclose(told[1], [early / 100, early / 200, late / 100])


@pytest.mark.parametrize("noise", ["stock", "spread"])
def test_amounts_and_stocks_have_no_known_sampling_variance(noise):
    found = course([10, 20, 30], 100, before=2, noise=noise)
    assert found.held()[1] is found.whole()[1] is None


def test_no_count_at_all_has_some_noise_still():
    assert (course([0, 0, 0], 100, before=2).held()[1] > 0).all()


# the control group


def test_the_control_leaves_the_series_and_each_of_its_segments_is_one_of_its_own():
    three = measured({"A": [1, 2], "B": [3, 4], "C": [5, 6]}, 10)
    treated, beside = split_off(three, {"region": ["C", "A"]})
    assert sorted(set(treated.counts["region"])) == ["B"]
    assert {name: series.total().counts["numerator"].tolist() for name, series in beside.items()} == {"C": [5, 6], "A": [1, 2]}
    assert treated.total().counts["numerator"].tolist() == [3, 4]


def refusal(series, control):
    with pytest.raises(CaseError) as refused:
        split_off(series, control)
    return str(refused.value)


@pytest.mark.parametrize(
    "control", [{}, {"region": ["A"], "plan": ["x"]}, {"region": []}], ids=["nothing", "two columns", "no value"]
)
def test_a_control_is_one_column_with_its_values(control):
    assert refusal(TWO, control) == (
        'upsell_ratio: a control group is one column with its values, as control = { region = ["Europe"] }'
    )


def test_a_control_of_a_column_that_is_no_segment_is_refused_with_the_near_one():
    said = (
        "upsell_ratio: the control's column 'regoin' must be one of the segments, and those must add up; did you mean 'region'?"
    )
    assert refusal(TWO, {"regoin": ["A"]}) == said


def test_a_control_of_segments_that_do_not_add_up_is_refused():
    assert refusal(replace(TWO, adds_over=()), {"region": ["A"]}) == (
        "upsell_ratio: the control's column 'region' must be one of the segments, and those must add up; did you mean 'region'?"
    )


def test_a_control_that_is_not_there_is_refused_with_those_that_are():
    assert refusal(TWO, {"region": ["A", "Mars"]}) == "upsell_ratio: no segment region = 'Mars' for the control; there is A, B"


def test_a_control_of_everybody_is_refused():
    assert refusal(TWO, {"region": ["A", "B"]}) == (
        "upsell_ratio: the control takes every region, so nobody is left who had the change"
    )


def test_with_a_control_the_answer_is_about_the_others():
    answer = asked({"A": [10, 20], "B": [50, 90]}, 100, "2022-02-01", control={"region": ["B"]})
    assert (answer.verdict["before"]["numerator"], answer.verdict["after"]["numerator"]) == (10, 20)
    assert answer.table["segment"].tolist() == ["all", "region: A"]
