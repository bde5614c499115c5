"""kpikit.questions.effects.checking: for each check a small table that passes it and one that does not, and what it says."""

from datetime import date
from functools import cache

import numpy as np
import pytest
from small_tables import asked, check, quiet

PLACE = np.arange(24)
SINCE = PLACE >= 18  # 18 months before 2023-07, six after
CHANGE = "2023-07-01"
CALM = 200 + np.round(5 * quiet(7, 24))


@cache
def calm(**choices):
    """200 of 1,000 customers a month, up to 250 from 2023-07 on, with a little noise."""
    return asked(whole(CALM + 50 * SINCE), 1000, CHANGE, as_of=date(2024, 1, 10), **choices)


def whole(counts):
    return np.round(counts).astype(int).tolist()


def seen(answer, name):
    found = check(answer, name)
    return found.passed, found.sentence


# enough to see


def test_a_year_before_and_half_a_year_after_are_enough():
    assert seen(calm(), "enough periods") == (True, "18 months before and 6 after; 12 and 6 are wanted.")


@pytest.mark.parametrize(("before", "after", "said"), [(11, 6, "11 months before and 6"), (12, 5, "12 months before and 5")])
def test_fewer_periods_on_either_side_are_not_enough(before, after, said):
    answer = asked(([20, 21] * before)[:before] + [30] * after, 100, f"{2022 + before // 12}-{1 + before % 12:02}-01")
    assert seen(answer, "enough periods") == (False, f"{said} after; 12 and 6 are wanted.")


def test_one_period_before_is_told_in_the_singular():
    assert seen(asked([20, 30], 100, "2022-02-01"), "enough periods")[1] == "1 month before and 1 after; 12 and 6 are wanted."


def test_the_last_complete_period_is_in_the_table_or_is_missed():
    assert seen(calm(), "up to date") == (True, "The last complete month is in the table.")
    late = asked([20, 21, 30], 100, "2022-03-01", as_of=date(2022, 6, 30))
    assert seen(late, "up to date") == (False, "3 months since 2022-03 are over and not in the table.")
    two = asked([20, 30], 100, "2022-02-01", as_of=date(2022, 5, 31))
    said = "3 months since 2022-02 are over and not in the table; too few are, to tell how often it is filled."
    assert seen(two, "up to date") == (None, said)


def test_one_missing_period_is_told_in_the_singular():
    late = asked([20, 21, 30], 100, "2022-03-01", as_of=date(2022, 5, 2))
    assert seen(late, "up to date") == (False, "1 month since 2022-03 is over and not in the table.")


def test_several_months_of_transition_are_named():
    answer = asked([20, 20, 20, 30, 30, 30], 100, "2022-03-10", transition_periods=1)
    assert seen(answer, "transition") == (
        False, "2022-03 and 2022-04 belong to neither side: the change of 2022-03-10 lies there.",
    )  # fmt: skip


# the periods before


@pytest.mark.parametrize("name", ["noise between periods", "before-trend", "season"])
def test_under_three_periods_before_nothing_is_known_of_them(name):
    assert seen(asked([20, 22, 30], 100, "2022-03-01"), name) == (
        None, "Fewer than 3 months before: their noise, trend and season cannot be known.",
    )  # fmt: skip


def test_a_level_without_trend_passes_and_the_trend_is_continued_all_the_same():
    passed, said = seen(calm(), "before-trend")
    assert passed
    assert said.startswith("No clear trend before: ")
    assert said.endswith(" pp a month; it is continued all the same.")


@pytest.mark.parametrize(("slope", "moved"), [(4, "rose"), (-4, "fell")])
def test_a_trend_before_is_looked_at_and_not_credited(slope, moved):
    answer = asked(whole(CALM + slope * PLACE + 50 * SINCE), 1000, CHANGE)
    passed, said = seen(answer, "before-trend")
    assert passed is False
    assert said.startswith(f"It {moved} already before the change, by {slope / 10:+.1f} pp, 95% interval ")
    assert said.endswith(" pp a month; that is continued, not credited.")


def test_a_trend_that_bent_is_told_from_its_bend():
    line = 300 + 8 * np.maximum(PLACE - 9, 0) + 2 * quiet(7, 24)
    passed, said = seen(asked(whole(line), 1000, "2023-07-01"), "before-trend")
    assert passed is False
    assert "It rose already since it bent after 2022-" in said


def test_too_few_periods_tell_no_trend():
    answer = asked([20, 22, 21, 20, 30], 100, "2022-05-01")
    assert seen(answer, "before-trend") == (
        None, "Too few months before to tell a trend from noise; the level of before is continued.",
    )  # fmt: skip


def test_a_season_is_fitted_from_three_years_and_not_told_apart_from_fewer():
    place = np.arange(39)
    three_years = asked(whole(300 + 20 * np.sin(place) + 100 * (place >= 36)), 1000, "2025-01-01", start_reason="planned")
    assert seen(three_years, "season") == (
        True,
        "The time of year is fitted from 36 months before and taken out; it clearly moves the KPI.",
    )
    assert seen(calm(), "season") == (
        None, "Season cannot be told apart: that takes 3 years before, and there are 18 months.",
    )  # fmt: skip


def test_years_have_no_season():
    years = asked([20, 22, 21, 20, 30], 100, "2026-01-01", first="2022", freq="Y")
    assert seen(years, "season") == (True, "Years have no season.")


def test_quarters_have_one():
    place = np.arange(14)
    quarters = asked(whole(200 + 30 * (place % 4 == 3) + 3 * quiet(4, 14)), 1000, "2025-01-01", first="2022Q1", freq="Q")
    assert seen(quarters, "season") == (
        True,
        "The time of year is fitted from 12 quarters before and taken out; it clearly moves the KPI.",
    )


def test_months_that_are_alike_pass_and_months_that_follow_each_other_do_not():
    assert check(calm(), "autocorrelation").passed
    slow = 200 + 40 * np.sin(2 * np.pi * np.arange(30) / 15)
    answer = asked(whole(slow), 1000, "2024-01-01")
    passed, said = seen(answer, "autocorrelation")
    near = answer.verdict["diagnosis"]["autocorrelation"]
    assert near > 0.3
    assert passed is False
    assert said == (
        f"Neighboring months are correlated by about {near:.1f}; few cannot tell it: the interval averages over -0.5 to 0.95."
    )


def test_no_autocorrelation_has_no_sign():
    pairs = [(1, 1), (224, 224), (0, 59), (221, 221), (246, 315), (0, 387), (56, 56), (14, 33), (0, 106), (56, 56), (16, 32)]
    answer = asked([n for n, _ in pairs], [d for _, d in pairs], "2022-10-01", noise="stock")
    assert abs(answer.verdict["diagnosis"]["autocorrelation"]) < 0.05
    assert "correlated by about 0.0;" in check(answer, "autocorrelation").sentence


def test_months_that_vary_as_chance_makes_them_pass_and_wilder_ones_do_not():
    assert check(calm(), "overdispersion").passed
    wild = asked(whole(200 + 60 * quiet(8, 24)), 1000, CHANGE)
    passed, said = seen(wild, "overdispersion")
    ratio = wild.verdict["diagnosis"]["dispersion"]
    assert passed is False
    assert ratio == pytest.approx(60**2 / (1000 * 0.2 * 0.8), rel=0.35)  # the trend and few months leave it about there
    assert said == f"The months vary {ratio:.0f} times as much (in variance) as chance alone makes them; " + (
        "the interval is from what they vary, not from that."
    )


@pytest.mark.parametrize("noise", ["stock", "spread"])
def test_where_no_chance_is_known_nothing_is_overdispersed(noise):
    answer = asked(whole(200 + 60 * quiet(8, 24)), 1000, CHANGE, noise=noise)
    assert "overdispersion" not in [found.name for found in answer.checks]


def test_an_odd_month_before_is_named_with_what_the_others_let_expect():
    assert seen(calm(), "odd periods") == (True, "No month before the change stands out.")
    answer = asked(whole(CALM + 50 * SINCE - 100 * (PLACE == 10)), 1000, CHANGE, start_reason="planned")
    passed, said = seen(answer, "odd periods")
    assert passed is False
    value = (CALM[10] - 100) / 1000
    assert said.startswith(f"2022-11 ({100 * value:.1f}%, where the others let expect 19.")
    assert "stands out before the change; the effect leaves it out; with it it would be +" in said


# how the change and its date came to be


def low(reason, dip=30):
    counts = CALM - dip * ((PLACE >= 15) & ~SINCE) + 50 * SINCE
    return asked(whole(counts), 1000, CHANGE, start_reason=reason)


def test_a_planned_change_passes_unless_it_came_at_the_lowest():
    assert seen(calm(start_reason="planned"), "started because it was low") == (
        True, "The change was planned; the last periods before were not the lowest stretch before.",
    )  # fmt: skip
    assert seen(low("planned"), "started because it was low") == (
        False, "The change was planned; the last periods before were the lowest stretch of all before.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("kpi was low", "It was started because the KPI was low, and what is low rises by itself; "),
        ("unknown", "Nobody said why it was started, and what is low rises by itself; "),
    ],
)
def test_a_change_at_the_lowest_is_estimated_without_the_last_months(reason, said):
    answer = low(reason)
    passed, sentence = seen(answer, "started because it was low")
    assert passed is False
    assert sentence.startswith(f"{said}without the last periods before (the lowest stretch of all before) the effect is +")
    assert answer.verdict["leading"] == "before-trend continued, without the last 3 months before"
    assert answer.verdict["effect"]["value"] == pytest.approx(0.05, abs=0.01)


def test_a_change_for_an_unknown_reason_passes_where_nothing_was_low():
    passed, said = seen(calm(), "started because it was low")
    assert passed
    assert "(not the lowest stretch before)" in said


def test_too_few_months_cannot_be_estimated_without_the_last_ones():
    answer = asked([20, 21, 22, 30], 100, "2022-04-01", start_reason="kpi was low")
    assert seen(answer, "started because it was low") == (None, "Too few periods to estimate without the last ones before.")


def test_beside_a_control_too_the_smaller_of_both_gaps_leads_and_the_sentence_tells_the_gap():
    answer = asked({"here": whole(CALM + 50 * SINCE), "there": whole(300 + 5 * quiet(9, 24))}, 1000, CHANGE, control={"region": ["there"]})  # fmt: skip
    gaps = [row for row in answer.verdict["estimates"] if row["family"] == "gap"]
    assert [row["left_out"] for row in gaps] == ["", "low"]
    assert answer.verdict["effect"]["value"] == min((row["value"] for row in gaps), key=abs)
    sentence = check(answer, "started because it was low").sentence
    assert f"the effect is {100 * gaps[1]['value']:+.1f} pp" in sentence
    assert sentence.endswith("the smaller of both leads.")


def test_a_date_chosen_after_looking_fails_and_gives_the_p_value_over_all_dates():
    answer = calm(date_chosen="after looking")
    passed, said = seen(answer, "date chosen after looking")
    p_value = answer.verdict["diagnosis"]["date_p"]
    assert p_value < 0.01
    assert passed is False
    assert said == (
        "The best of many dates looks like a change more often than 5 times in 100; "
        f"over all dates the p-value is {p_value:.3f} (Andrews 1993)."
    )


def test_a_date_chosen_before_looking_passes_and_one_of_which_nobody_said_is_open():
    passed, said = seen(calm(date_chosen="before looking"), "date chosen after looking")
    assert passed
    assert said.startswith("The date was chosen before looking; a step shows most at 2023-07, with a p-value over all dates of ")
    passed, said = seen(calm(), "date chosen after looking")
    assert passed is None
    assert "nobody said how" in said.lower()
    assert "was chosen nobody" not in said


def test_a_change_that_shows_most_at_its_date_is_not_earlier_and_one_four_months_before_is():
    assert seen(calm(), "change earlier than its date") == (
        True, "A step shows most at 2023-07, not clearly before 2023-07-01.",
    )  # fmt: skip
    early = asked(whole(CALM + 100 * (PLACE >= 13)), 1000, CHANGE)
    assert seen(early, "change earlier than its date") == (False, "A step shows most at 2023-02, before 2023-07-01.")


def test_a_real_date_that_shows_the_largest_change_of_all_stretches_passes():
    assert seen(calm(), "placebo dates") == (
        True, "Of 4 dates that do not overlap, the real one shows the largest change; a p-value needs 19.",
    )  # fmt: skip


def test_a_p_value_takes_nineteen_dates_that_do_not_overlap():
    counts = whole(np.append(300 + 10 * quiet(5, 21), 500))
    passed, said = seen(asked(counts, 1000, "2023-10-01"), "placebo dates")
    assert passed
    assert said == "Of 22 dates that do not overlap, the real one shows the largest change, p = 0.045."  # 1 of 22


def test_no_clear_change_has_no_rank_to_pass():
    passed, said = seen(asked(whole(CALM), 1000, CHANGE), "placebo dates")
    assert passed is None
    assert "largest change" in said


# what moved beside the rate


@cache
def two_regions(first_after, second_after):
    """Two regions of 1,000 customers with 10 and 50 % a month; so many of each from 2023-07 on."""
    sizes = {"A": np.where(SINCE, first_after, 1000), "B": np.where(SINCE, second_after, 1000)}
    noise = {"A": 3 * quiet(1, 24), "B": 3 * quiet(2, 24)}
    counts = {name: whole(sizes[name] * rate + noise[name]) for name, rate in (("A", 0.1), ("B", 0.5))}
    return asked(counts, {name: each.tolist() for name, each in sizes.items()}, CHANGE, start_reason="planned")


def test_a_mix_that_stays_passes_and_one_that_moves_is_looked_at():
    assert check(two_regions(1000, 1000), "mix").passed
    passed, said = seen(two_regions(1000, 3000), "mix")
    assert passed is False
    assert said.startswith("Of the pooled change, +10.0 pp came with the mix of segments and ")


def test_a_mix_that_moves_leaves_no_effect():
    answer = two_regions(1000, 3000)
    assert answer.verdict["change"]["value"] == pytest.approx(0.1, abs=0.01)
    assert answer.verdict["direction"] == "no clear change"
    assert answer.verdict["effect"]["value"] == pytest.approx(0, abs=0.01)


def test_without_segments_the_mix_is_not_checked():
    assert seen(calm(), "mix") == (None, "Not checked: the case names no segments to tell apart.")


def test_a_total_that_moves_as_its_rates_do_passes_and_a_reversal_does_not():
    assert seen(asked({"A": [10, 20], "B": [30, 40]}, 100, "2022-02-01"), "Simpson's reversal") == (
        True, "The total moved the way the rates inside its segments did.",
    )  # fmt: skip
    reversed_ = asked({"A": [81, 234], "B": [192, 55]}, {"A": [87, 270], "B": [263, 80]}, "2022-02-01")  # kidney stones
    assert seen(reversed_, "Simpson's reversal") == (False, "The total moved against the rates inside its segments.")


@pytest.mark.parametrize(("new", "passed", "share"), [(20, True, "9.1%"), (50, False, "20.0%")])
def test_segments_that_come_are_looked_at_from_a_tenth_of_the_denominator_on(new, passed, share):
    answer = asked({"A": [20, 30], "B": [None, 5]}, {"A": [200, 200], "B": [None, new]}, "2022-02-01")
    assert seen(answer, "segments that come and go") == (
        passed, f"{share} of the denominator lies in segments that are there on one side only.",
    )  # fmt: skip


def test_a_rate_that_rose_because_subscribers_fell_is_told_so():
    answer = asked([100, 100, 100, 100], [1000, 1000, 500, 500], "2022-03-01")
    passed, said = seen(answer, "denominator moved")
    assert passed is False
    assert said == (
        "The rate rose because its denominator fell: customers a month -50.0%; customers who bought higher-value products "
        "a month 0, of which -75 by the denominator and +75 by the rate."
    )


def test_a_rate_that_fell_because_customers_came_is_told_so():
    passed, said = seen(asked([100, 100], [1000, 2000], "2022-02-01"), "denominator moved")
    assert passed is False
    assert said.startswith("The rate fell because its denominator rose: customers a month +100.0%;")


@pytest.mark.parametrize(
    ("counts", "sizes"), [([100, 200], [1000, 1050]), ([100, 240], [1000, 2000]), ([100, 150], [1000, 900])],
    ids=["hardly moved", "both rose", "more of fewer"],
)  # fmt: skip
def test_a_denominator_that_explains_nothing_passes(counts, sizes):
    passed, said = seen(asked(counts, sizes, "2022-02-01"), "denominator moved")
    assert passed
    assert said.startswith("Customers a month ")


def test_a_pool_that_runs_low_is_looked_at():
    dry = asked([100, 100, 300, 300], [1000, 1000, 1000, 700], "2022-03-01")
    assert seen(dry, "pool at risk") == (
        False,
        "Since the change 600 customers who bought higher-value products came; there were 1,000 customers then; their number fell since.",
    )
    assert seen(asked([100, 100, 300, 300], 1000, "2022-03-01"), "pool at risk")[0] is True
    assert seen(asked([100, 100, 200, 200], [1000, 1000, 1000, 700], "2022-03-01"), "pool at risk")[0] is True


@pytest.mark.parametrize("noise", ["stock", "spread"])
def test_only_customers_who_are_at_risk_can_run_out(noise):
    answer = asked([100, 100, 300, 300], [1000, 1000, 1000, 700], "2022-03-01", noise=noise)
    assert "pool at risk" not in [found.name for found in answer.checks]


# the control group


def test_without_a_control_what_would_have_happened_is_a_continued_trend():
    assert seen(calm(), "control group") == (
        None, "There is none: what would have happened anyway is a continued trend, not a group that was left alone.",
    )  # fmt: skip


def test_a_control_that_drifted_does_not_lead():
    there = whole(300 + 6 * PLACE + 5 * quiet(9, 24))
    answer = asked({"here": whole(CALM + 50 * SINCE), "there": there}, 1000, CHANGE, control={"region": ["there"]})
    assert seen(answer, "control group") == (False, "The gap to the control had a trend of its own before, so it does not lead.")
    assert answer.verdict["leading"].startswith("before-trend continued")


def test_a_control_takes_the_season_out():
    answer = asked(
        {"here": whole(CALM + 50 * SINCE), "there": whole(300 + 5 * quiet(9, 24))}, 1000, CHANGE, control={"region": ["there"]}
    )
    assert seen(answer, "control group") == (
        True, "The gap to the control had no clear trend before; the interval carries the trend that it may have had.",
    )  # fmt: skip
    assert seen(answer, "season") == (True, "The control group takes the time of year out.")


def test_a_control_seen_too_briefly_cannot_be_told_to_run_parallel():
    counts = {"here": [200, 210, 200, 190, 300, 300], "there": [100, 110, 100, 90, 100, 100]}
    answer = asked(counts, 1000, "2022-05-01", control={"region": ["there"]})
    assert seen(answer, "control group") == (
        None, "Whether the control ran parallel cannot be told from so few periods, so it does not lead.",
    )  # fmt: skip
    assert answer.verdict["family"] != "gap"


# what else is said


def test_several_actions_have_one_effect_and_one_action_needs_no_word():
    said = "2 things were done: what is seen is the effect of all of them together."
    assert seen(asked([20, 30], 100, "2022-02-01", actions=["a", "b"]), "several changes") == (None, said)
    assert "several changes" not in [found.name for found in asked([20, 30], 100, "2022-02-01", actions=["a"]).checks]


def test_many_groups_are_hypotheses():
    answer = asked({"A": [20, 30], "B": [20, 20], "C": [10, 20]}, 100, "2022-02-01")
    said = "Each of 3 groups has a chance of 1 in 20 to look changed by luck alone; read them as hypotheses."
    assert seen(answer, "many comparisons") == (None, said)


def test_every_name_is_there_once():
    names = [found.name for found in two_regions(1000, 3000).checks]
    assert len(names) == len(set(names))
