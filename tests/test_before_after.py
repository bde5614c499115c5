"""Did the change move the KPI? Sides, pooling, what is left out, and words that agree with numbers."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpikit.errors import CaseError
from kpikit.measuring import measure
from kpikit.questions.before_after import before_after
from kpikit.stats.intervals import difference, wilson
from kpikit.tables import read_table

MONTHS = [str(period) for period in pd.period_range("2025-01", "2025-12", freq="M")]


def upsell(upgrades, customers, segment=None, as_of=date(2026, 1, 1), periods=None):
    """An Upsell Ratio by month: independent customers, at risk afresh each month."""
    months = periods or (MONTHS[: len(upgrades)])
    frame = pd.DataFrame({"period": months, "numerator": upgrades, "denominator": customers})
    if segment:
        frame = frame.assign(region=segment)
    table = read_table(frame, kind="counts", segments=["region"] if segment else [])
    return measure("upsell_ratio", table, window="month", as_of=as_of)


def test_both_sides_are_pooled_counts_first():
    answer = before_after(upsell([1, 99, 30, 30], [10, 990, 100, 100]), date(2025, 3, 1))
    assert answer.verdict["before"]["value"] == 100 / 1000
    assert answer.verdict["after"]["value"] == 60 / 200
    expected = difference(wilson(60, 200), wilson(100, 1000))
    assert answer.verdict["change"]["low"] == pytest.approx(float(expected.low))


def test_the_period_that_the_change_falls_inside_of_belongs_to_neither_side():
    answer = before_after(upsell([10, 20, 900, 30], [1000] * 4), date(2025, 3, 15))
    assert answer.verdict["before"]["last"] == "2025-02"
    assert answer.verdict["after"]["first"] == "2025-04"
    sentence = "2025-03 belongs to neither side: the change of 2025-03-15 lies there."
    assert sentence in [check.sentence for check in answer.checks]


def test_a_change_on_a_periods_first_day_leaves_it_whole_and_after():
    answer = before_after(upsell([10, 20, 30, 40], [1000] * 4), date(2025, 3, 1))
    assert (answer.verdict["before"]["last"], answer.verdict["after"]["first"]) == ("2025-02", "2025-03")


def test_transition_periods_are_left_out_after_the_change():
    series = upsell([10] * 6, [1000] * 6)
    assert before_after(series, date(2025, 3, 15), transition_periods=1).verdict["after"]["first"] == "2025-05"
    assert before_after(series, date(2025, 3, 1), transition_periods=1).verdict["after"]["first"] == "2025-04"


def test_a_partial_last_period_is_left_out_and_named():
    answer = before_after(upsell([10, 10, 10, 900], [1000] * 4, as_of=date(2025, 4, 20)), date(2025, 3, 1))
    assert answer.verdict["after"]["last"] == "2025-03"
    assert any(check.name == "last period" and "2025-04 was not over on 2025-04-20" in check.sentence for check in answer.checks)


def test_no_period_before_the_change_is_an_error_that_says_which_there_are():
    with pytest.raises(CaseError) as refused:
        before_after(upsell([10, 10], [100, 100]), date(2020, 1, 1))
    assert str(refused.value) == (
        "upsell_ratio: no period lies wholly before 2020-01-01; the usable periods are 2025-01 to 2025-02"
    )


def test_no_period_after_the_change_is_an_error_too():
    with pytest.raises(CaseError, match="no period lies wholly after 2027-01-01"):
        before_after(upsell([10, 10], [100, 100]), date(2027, 1, 1))


def test_segments_are_pooled_by_each_column_and_the_whole_comes_first():
    frame = pd.DataFrame({
        "period": ["2025-01", "2025-01", "2025-02", "2025-02"], "plan": ["A", "B"] * 2, "region": ["X", "Y"] * 2,
        "numerator": [10, 40, 20, 40], "denominator": [100, 100, 100, 100],
    })  # fmt: skip
    table = read_table(frame, kind="counts", segments=["plan", "region"])
    answer = before_after(measure("upsell_ratio", table, window="month", as_of=date(2026, 1, 1)), date(2025, 2, 1))
    assert answer.table["segment"].tolist() == ["all", "plan: A", "plan: B", "region: X", "region: Y"]
    assert answer.table["before"].tolist() == [0.25, 0.1, 0.4, 0.1, 0.4]
    assert answer.table["after"].tolist() == [0.3, 0.2, 0.4, 0.2, 0.4]


def test_a_segment_on_one_side_only_is_not_in_the_table():
    series = upsell([10, 10, 10], [100] * 3, segment=["old", "both", "both"], periods=["2025-01", "2025-01", "2025-02"])
    assert before_after(series, date(2025, 2, 1)).table["segment"].tolist() == ["all", "region: both"]


def test_amounts_are_compared_by_the_spread_between_their_months():
    rng = np.random.default_rng(1)
    raw = rng.uniform(90, 110, 24).round(1)
    made = (raw * np.where(np.arange(24) < 12, 0.4, 0.5) + rng.normal(0, 1, 24)).round(1)
    months = [str(p) for p in pd.period_range("2024-01", periods=24, freq="M")]
    frame = pd.DataFrame({"period": months, "numerator": made, "denominator": raw})
    series = measure("product_upgrade_ratio", read_table(frame, kind="volumes"), window="month", as_of=date(2026, 2, 1))
    answer = before_after(series, date(2025, 1, 1))

    def half(n, d):
        ratio = n.sum() / d.sum()
        se = np.sqrt(12 / 11 * ((n - ratio * d) ** 2).sum()) / d.sum()
        return ratio, 2.200985 * se  # the 97.5 % point of t with 11 degrees of freedom, from tables

    (r1, h1), (r2, h2) = half(made[:12], raw[:12]), half(made[12:], raw[12:])
    assert answer.verdict["change"]["low"] == pytest.approx(r2 - r1 - np.hypot(h1, h2), rel=1e-5)
    assert answer.verdict["direction"] == "rose"


def test_a_stock_is_not_pooled_as_if_its_customers_were_new_every_month():
    frame = pd.DataFrame({"period": MONTHS, "numerator": [150, 160] * 6, "denominator": [1000] * 12})
    table = read_table(frame, kind="counts")
    series = measure("product_upgrade_ratio", table, variant="adoption", window="month", as_of=date(2026, 1, 1))
    answer = before_after(series, date(2025, 7, 1))
    assert answer.verdict["change"]["value"] == pytest.approx(0, abs=1e-12)
    half = 2.570582 * np.sqrt(6 / 5 * 6 * 25) / 6000  # t with 5 degrees of freedom, residuals of 5 customers a month
    assert answer.verdict["before"]["high"] - answer.verdict["before"]["value"] == pytest.approx(half, rel=1e-5)


ORDERS = pd.DataFrame(
    [
        ("a", "1", "2025-01-05", "x"), ("a", "2", "2025-01-20", "y"),  # more within 30 days, before
        ("b", "3", "2025-01-10", "x"),
        ("c", "4", "2025-02-20", "x"), ("c", "5", "2025-03-05", "y"),  # its window spans the change
        ("d", "6", "2025-03-02", "x"), ("d", "7", "2025-03-30", "y"),  # more within 30 days, after
        ("e", "8", "2025-05-20", "x"),  # not over at as_of
    ],
    columns=["customer", "order", "date", "product"],
)  # fmt: skip


def upsell_of_orders(changed_on=date(2025, 3, 1), window="30 days"):
    table = read_table(ORDERS, kind="orders")
    return measure("product_upsell_rate", table, window=window, as_of=datetime(2025, 6, 1), changed_on=changed_on)


def test_customers_whose_window_spans_the_change_are_left_out_and_counted():
    answer = before_after(upsell_of_orders(), date(2025, 3, 1))
    before, after = answer.verdict["before"], answer.verdict["after"]
    assert (before["numerator"], before["denominator"]) == (1, 2)
    assert (after["numerator"], after["denominator"]) == (1, 1)
    assert any("1 customers are left out: their 30 days span 2025-03-01" in check.sentence for check in answer.checks)


def test_a_series_measured_for_another_change_loses_whole_periods_instead():
    answer = before_after(upsell_of_orders(changed_on=None, window="20 days"), date(2025, 3, 1))
    assert answer.verdict["before"]["last"] == "2025-01"
    assert any("1 month before the change are left out" in check.sentence for check in answer.checks)


def test_straddling_customers_of_another_change_are_not_taken_away():
    measured = upsell_of_orders(changed_on=date(2025, 3, 1), window="20 days")
    assert before_after(measured, "2025-02-25").verdict == before_after(upsell_of_orders(None, "20 days"), "2025-02-25").verdict


def test_what_is_no_date_is_refused():
    with pytest.raises(CaseError, match="'soon' is not a date, as 2025-07-01"):
        before_after(upsell([10, 20], [100, 100]), "soon")


def test_the_overall_value_names_the_figure_that_counts_open_windows_as_a_no():
    overall = before_after(upsell_of_orders(), date(2025, 3, 1)).verdict["overall"]
    assert (overall["numerator"], overall["denominator"], overall["censored"]) == (3, 4, 1)
    assert (overall["naive_numerator"], overall["naive_denominator"]) == (3, 5)


def test_an_answer_that_hangs_on_the_first_periods_says_so():
    series = upsell([300, 100, 100, 100, 200, 200], [1000] * 6)
    answer = before_after(series, date(2025, 5, 1), warm_up_periods=1)
    other = answer.verdict["depends"][0]
    assert (other["before"], other["direction"], other["same"]) == (0.1, "rose", True)
    level = before_after(upsell([500, 100, 100, 100, 200, 200], [1000] * 6), date(2025, 5, 1), warm_up_periods=1)
    assert level.verdict["direction"] == "no clear change"
    assert "It depends on the first 1 month, in which old customers look new: without them the KPI rose" in level.sentences[2]


def test_a_low_start_and_a_date_chosen_after_looking_are_named():
    answer = before_after(upsell([10, 20], [100, 100]), date(2025, 2, 1), start_reason="kpi was low", date_chosen="after looking")
    names = [check.name for check in answer.checks if check.passed is False]
    assert "started because it was low" in names
    assert "date chosen after looking" in names


def test_what_a_plain_comparison_leaves_open_is_listed_as_not_checked():
    answer = before_after(upsell([10, 20], [100, 100]), date(2025, 2, 1))
    assert [check.name for check in answer.checks if check.passed is None][-4:] == ["trend", "season", "control group", "mix"]


counts = st.integers(1, 400).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


@settings(max_examples=60, deadline=None)
@given(st.lists(counts, min_size=2, max_size=6), st.integers(1, 5))
def test_direction_interval_and_words_always_agree(pairs, cut):
    cut = min(cut, len(pairs) - 1)
    series = upsell([n for n, _ in pairs], [d for _, d in pairs])
    answer = before_after(series, date(2025, cut + 1, 1))
    moved, ratio = answer.verdict["change"], answer.verdict["relative"]
    direction = "rose" if moved["low"] > 0 else "fell" if moved["high"] < 0 else "no clear change"
    assert answer.verdict["direction"] == direction
    assert (direction if direction != "no clear change" else "shows no clear change") in answer.headline
    if ratio["low"] is not None:
        assert (ratio["low"] > 1e-12) <= (moved["low"] > -1e-12)
        assert (moved["low"] > 1e-9) <= (ratio["low"] > 0)
    assert "nan" not in str(answer).replace("unanswered", "")
    assert " inf" not in str(answer)


@settings(max_examples=30, deadline=None)
@given(counts, counts)
def test_swapping_before_and_after_flips_the_change(one, two):
    there = before_after(upsell([one[0], two[0]], [one[1], two[1]]), date(2025, 2, 1)).verdict["change"]
    back = before_after(upsell([two[0], one[0]], [two[1], one[1]]), date(2025, 2, 1)).verdict["change"]
    assert there["low"] == pytest.approx(-back["high"], abs=1e-12)
    assert there["value"] == pytest.approx(-back["value"], abs=1e-12)
