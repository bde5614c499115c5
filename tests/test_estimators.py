"""kpikit.questions.effects.estimators, estimate and controls: a known step found by each estimator, and which of them leads."""

from dataclasses import replace

import numpy as np
import pytest
from small_tables import asked, check, course, estimate, quiet

from kpikit.errors import CaseError
from kpikit.questions.effects.estimate import ASSUMES, FIRST, LOW, table_of
from kpikit.questions.effects.estimators import estimated

MONTHS = np.arange(42)
AFTER = MONTHS >= 36
LAST = (MONTHS >= 33) & ~AFTER
STEP = 0.05
SEASON = 0.02 * np.sin(2 * np.pi * MONTHS / 12)
TREND = 0.001 * MONTHS
NOISE = 0.001 * quiet(1, 42)
NO_PLAIN = {"value": 0.0, "low": None, "high": None}  # a plain change that says nothing


def found_in(values, before=36, sizes=10_000.0, noise="spread", cycle=12, leave_out=None, controls=None):
    """All estimates of a course with these values, beside a plain change of nothing with no interval."""
    told = course(np.asarray(values) * sizes, sizes, before, noise=noise, cycle=cycle)
    return estimated(told, NO_PLAIN, leave_out or {}, controls or {})


def by_name(found):
    return {row.name: row for row in found.estimates}


# the trend and the season of before, continued


def test_a_step_on_a_trend_and_a_season_is_found_to_the_last_digit():
    found = found_in(0.15 + TREND + SEASON + STEP * AFTER)
    assert found.leading.name == "before-trend continued"
    assert found.leading.value == pytest.approx(STEP, abs=1e-9)
    assert by_name(found)["segmented regression, level"].value == pytest.approx(STEP, abs=1e-9)
    assert by_name(found)["segmented regression, slope"].value == pytest.approx(0, abs=1e-9)


def test_without_any_noise_there_is_no_interval():
    lead = found_in(0.15 + TREND + SEASON + STEP * AFTER).leading
    assert (lead.low, lead.high) == (None, None)


def test_with_a_little_noise_the_step_lies_inside_a_narrow_interval():
    lead = found_in(0.15 + TREND + SEASON + STEP * AFTER + NOISE).leading
    assert lead.low < STEP < lead.high
    assert lead.high - lead.low < 0.01
    assert lead.freedom == 36 - 13  # a level, a slope and eleven months


def test_a_year_earlier_holds_the_trend_of_that_year_beside_the_step():
    row = by_name(found_in(0.15 + TREND + SEASON + STEP * AFTER))["same periods a year earlier"]
    assert row.value == pytest.approx(STEP + 12 * 0.001, abs=1e-9)


def test_a_slope_that_comes_with_the_change_is_told_apart_from_its_step():
    rows = by_name(found_in(0.15 + TREND + STEP * AFTER + 0.004 * np.maximum(MONTHS - 36, 0)))
    assert rows["segmented regression, level"].value == pytest.approx(STEP, abs=1e-9)
    assert rows["segmented regression, slope"].value == pytest.approx(0.004, abs=1e-9)
    assert rows["segmented regression, slope"].unit == "change per period"
    assert rows["before-trend continued"].value == pytest.approx(STEP + 0.004 * 2.5, abs=1e-9)


def test_periods_after_count_by_their_size():
    sizes = np.where(MONTHS == 41, 50_000.0, 10_000.0)
    found = found_in(0.15 + TREND + STEP * AFTER + 0.1 * (MONTHS == 41), sizes=sizes)
    assert found.leading.value == pytest.approx(STEP + 0.1 * 5 / 10, abs=1e-9)


def test_a_trend_that_bends_is_continued_from_its_bend():
    line = 0.15 + 0.004 * np.maximum(MONTHS - 18, 0) + STEP * AFTER + 0.0005 * quiet(2, 42)
    found = found_in(line)
    assert len(found.baseline.bends) == 1
    assert abs(found.baseline.bends[0] - 18) <= 2
    assert found.leading.low < STEP < found.leading.high


def test_quarters_have_a_season_of_four():
    place = np.arange(20)
    line = 0.15 + 0.002 * place + 0.03 * (place % 4 == 3) + STEP * (place >= 16)
    found = found_in(line, before=16, cycle=4)
    assert found.baseline.season
    assert found.leading.value == pytest.approx(STEP, abs=1e-9)
    assert by_name(found)["same periods a year earlier"].value == pytest.approx(STEP + 4 * 0.002, abs=1e-9)


def test_years_have_no_season_and_no_year_earlier():
    place = np.arange(14)
    found = found_in(0.15 + 0.005 * place + STEP * (place >= 10), before=10, cycle=1)
    assert not found.baseline.season
    assert "same periods a year earlier" not in by_name(found)
    assert found.leading.value == pytest.approx(STEP, abs=1e-9)


def test_under_three_years_no_season_is_fitted():
    found = found_in(0.15 + SEASON + STEP * (MONTHS >= 35), before=35)
    assert found.baseline.trend
    assert not found.baseline.season


def test_a_few_periods_before_are_continued_as_a_level():
    found = found_in([0.1, 0.12, 0.11, 0.09, 0.2, 0.22], before=4)
    assert found.leading.name == "before-level continued"
    assert 0.21 - 0.12 < found.leading.value < 0.21 - 0.09
    assert "segmented regression, level" not in by_name(found)


@pytest.mark.parametrize("before", [1, 2])
def test_under_three_periods_before_the_plain_change_leads_alone(before):
    found = found_in([0.1] * before + [0.2, 0.2], before=before)
    assert [row.name for row in found.estimates] == ["plain"]
    assert found.leading is found.plain
    assert found.main is None


def test_a_gap_before_is_stepped_over():
    place = np.arange(46)
    values = 0.15 + 0.001 * place + 0.02 * np.sin(2 * np.pi * place / 12) + STEP * (place >= 40)
    found = estimated(course(values * 1e4, 1e4, 40, noise="spread").without(np.isin(place, [3, 20])), NO_PLAIN, {}, {})
    assert found.baseline.season
    assert found.leading.value == pytest.approx(STEP, abs=1e-9)


def test_events_have_a_regression_of_counts_too():
    place = np.arange(30)
    rate = 0.1 * np.exp(0.01 * place) * np.where(place >= 24, 1.25, 1)
    found = found_in(rate, before=24, sizes=1e6, noise="poisson")
    after = rate[24:].mean()
    assert by_name(found)["regression of counts (log link)"].value == pytest.approx(after - after / 1.25, rel=1e-6)
    assert "regression of counts (log link)" not in by_name(found_in(rate, before=24, sizes=1e6, noise="binomial"))


# the mix


def test_a_mix_that_moves_while_the_rates_stay_is_no_effect():
    sizes = np.column_stack([np.full(42, 5_000.0), np.where(AFTER, 15_000.0, 5_000.0)])
    told = course(sizes * [0.1, 0.3], sizes, 36)
    found = estimated(told, {"value": 0.05, "low": 0.049, "high": 0.051}, {}, {})
    assert found.leading.name == "before-trend continued, at the mix of before"
    assert found.leading.value == pytest.approx(0, abs=1e-12)
    assert by_name(found)["before-trend continued"].value == pytest.approx(0.25 - 0.2, abs=1e-9)


def test_a_step_in_every_segment_is_found_whatever_the_mix_does():
    sizes = np.column_stack([np.full(42, 5_000.0), 5_000.0 + 400 * MONTHS])
    rates = np.column_stack([0.1 + STEP * AFTER, 0.3 + STEP * AFTER])
    found = estimated(course(sizes * rates, sizes, 36), NO_PLAIN, {}, {})
    assert found.leading.value == pytest.approx(STEP, abs=1e-9)


# points that may mislead


def test_a_low_last_quarter_is_left_out_and_the_smaller_effect_leads():
    values = 0.15 + 2 * NOISE - 0.03 * LAST + STEP * AFTER
    found = found_in(values, leave_out={LOW: ("the last 3 months before", LAST)})
    rows = by_name(found)
    assert found.leading.name == "before-trend continued, without the last 3 months before"
    assert found.leading.value == pytest.approx(STEP, abs=0.003)
    assert rows["before-trend continued"].value > found.leading.value + 0.01
    assert found.without(LOW) is found.leading


def test_a_high_last_quarter_gives_no_larger_effect():
    values = 0.15 + 2 * NOISE + 0.03 * LAST + STEP * AFTER
    found = found_in(values, leave_out={LOW: ("the last 3 months before", LAST)})
    assert found.leading.name == "before-trend continued"
    assert found.leading.value < found.without(LOW).value


def test_first_periods_may_be_left_out_too():
    early = MONTHS < 3
    values = 0.15 + NOISE + 0.1 * early + STEP * AFTER
    found = found_in(values, leave_out={FIRST: ("the first 3 months", early)})
    assert found.without(FIRST).name == "before-trend continued, without the first 3 months"
    assert found.without(FIRST).value == pytest.approx(STEP, abs=0.003)


def test_what_would_leave_under_three_points_is_not_left_out():
    few = found_in([0.1, 0.12, 0.11, 0.2], before=3, leave_out={LOW: ("the last", np.array([False, True, True, False]))})
    assert few.without(LOW) is None


def test_an_odd_period_has_no_say_and_a_row_shows_what_it_would_have_done():
    place = np.arange(24)
    values = 0.15 + 0.001 * quiet(3, 24) - 0.1 * (place == 15) + STEP * (place >= 18)
    found = found_in(values, before=18)
    assert found.odd[15]
    assert not found.odd[18:].any()
    assert found.leading.name == "before-trend continued, without the odd periods"
    assert found.leading.value == pytest.approx(STEP, abs=0.003)
    assert abs(by_name(found)["before-trend continued"].value - STEP) > 0.01


@pytest.mark.parametrize("place", [14, 20])
def test_one_odd_month_of_three_years_is_odd_alone_and_spoils_nothing(place):
    """Month 14 has the season of the third month after, month 20 that of none of them."""
    found = found_in(0.15 + 2 * NOISE - 0.05 * (place == MONTHS) + STEP * AFTER)
    assert np.flatnonzero(found.odd).tolist() == [place]
    assert found.leading.value == pytest.approx(STEP, abs=0.01)


# a control group


def against(values, controls, before=12, sizes=1_000.0, **more):
    beside = {name: course(np.asarray(c) * sizes, sizes, before, noise="spread") for name, c in controls.items()}
    return found_in(values, before=before, sizes=sizes, controls=beside, **more)


SHARED = 0.02 * np.sin(np.arange(18)) + 0.003 * np.arange(18)
NOISES = [0.002 * quiet(seed, 18) for seed in range(5)]
SINCE = np.arange(18) >= 12


def test_a_control_that_ran_parallel_leads_with_the_gap_to_it_continued():
    """The lead is the gap's own trend of before, carried on by least squares; the 2x2 difference by hand is a row beside it."""
    treated, control = 0.2 + SHARED + STEP * SINCE + NOISES[0], 0.3 + SHARED + NOISES[1]
    found = against(treated, {"Europe": control})
    assert (found.controlled, found.parallel) == (True, True)
    assert (found.leading.name, found.leading.family) == ("gap to the control continued", "gap")
    np.testing.assert_allclose(found.values, treated - control, atol=1e-12)
    np.testing.assert_allclose(found.beside, control, atol=1e-12)
    assert found.noise is None
    line = np.polyval(np.polyfit(np.arange(12), (treated - control)[:12], 1), np.arange(18))
    assert found.leading.value == pytest.approx((treated - control - line)[12:].mean(), abs=0.002)
    assert found.leading.low < STEP < found.leading.high
    two_by_two = (treated[12:].mean() - treated[:12].mean()) - (control[12:].mean() - control[:12].mean())
    plain = by_name(found)["difference in differences"]
    assert plain.value == pytest.approx(two_by_two, abs=1e-12)
    assert plain.family == "control"
    assert found.leading.high - found.leading.low > plain.high - plain.low  # it carries a trend that the gap may have had


def test_without_any_noise_the_gap_continued_takes_its_own_trend_out_to_the_last_digit():
    place = np.arange(18)
    found = against(0.2 + SHARED + STEP * SINCE, {"Europe": 0.3 + SHARED})
    assert by_name(found)["gap to the control continued"].value == pytest.approx(STEP, abs=1e-9)
    drifting = against(0.2 + SHARED + 0.004 * place + STEP * SINCE, {"Europe": 0.3 + SHARED})
    assert by_name(drifting)["gap to the control continued"].value == pytest.approx(STEP, abs=1e-9)
    assert by_name(drifting)["difference in differences"].value == pytest.approx(STEP + 0.004 * 9, abs=1e-9)


def test_the_gap_of_counts_has_the_sampling_noise_of_both():
    treated, control = (course(np.round(1000 * (x + SHARED)), 1000, 12) for x in (0.2 + STEP * SINCE, np.full(18, 0.3)))
    found = estimated(treated, NO_PLAIN, {}, {"Europe": control})
    assert found.parallel is True
    np.testing.assert_allclose(found.noise, treated.held()[1] + control.held()[1], rtol=1e-12)


def shifted(told, months):
    return replace(told, periods=told.periods + months)


def test_a_control_of_another_date_span_is_compared_at_the_periods_that_both_have():
    treated, control = 0.2 + SHARED + STEP * SINCE + NOISES[0], 0.3 + SHARED + NOISES[1]
    told = course(treated * 1e3, 1e3, 12, noise="spread")
    late = shifted(course(control[2:] * 1e3, 1e3, 10, noise="spread"), 2)
    found = estimated(told, NO_PLAIN, {}, {"Europe": late})
    two_by_two = (treated[12:].mean() - treated[2:12].mean()) - (control[12:].mean() - control[2:12].mean())
    assert by_name(found)["difference in differences"].value == pytest.approx(two_by_two, abs=1e-12)
    assert found.parallel is True
    assert found.course.before.tolist() == [False] * 2 + [True] * 10 + [False] * 6
    longer = shifted(course(np.append([0.9, 0.9], control) * 1e3, 1e3, 14, noise="spread"), -2)
    whole = estimated(told, NO_PLAIN, {}, {"Europe": longer})
    two_by_two = (treated[12:].mean() - treated[:12].mean()) - (control[12:].mean() - control[:12].mean())
    assert by_name(whole)["difference in differences"].value == pytest.approx(two_by_two, abs=1e-12)


@pytest.mark.parametrize(("first", "before", "points", "said"), [
    (10, 2, 8, "the control shares 2 periods before and 6 after; 3 and 1 are the least"),
    (0, 12, 12, "the control shares 12 periods before and 0 after; 3 and 1 are the least"),
])  # fmt: skip
def test_a_control_that_shares_too_few_periods_is_refused(first, before, points, said):
    told = course((0.2 + STEP * SINCE + NOISES[0]) * 1e3, 1e3, 12, noise="spread")
    other = shifted(course((0.3 + NOISES[1])[first : first + points] * 1e3, 1e3, before, noise="spread"), first)
    with pytest.raises(CaseError) as refused:
        estimated(told, NO_PLAIN, {}, {"Europe": other})
    assert str(refused.value) == said


def test_a_control_that_drifts_apart_does_not_lead():
    found = against(0.2 + STEP * SINCE + NOISES[0], {"Europe": 0.3 + 0.01 * np.arange(18) + NOISES[1]})
    assert found.parallel is False
    assert found.leading.name == "before-trend continued"
    assert found.controlled
    assert {"gap to the control continued", "difference in differences"} <= set(by_name(found))
    assert not found.beside.any()


def test_a_control_seen_too_briefly_to_be_parallel_does_not_lead():
    found = against([0.2, 0.21, 0.2, 0.19, 0.3, 0.3], {"Europe": [0.1, 0.11, 0.1, 0.09, 0.1, 0.1]}, before=4)
    assert found.parallel is None
    assert found.leading.name == "before-level continued"
    assert by_name(found)["difference in differences"].value == pytest.approx(0.1 - 0.0, abs=1e-12)


def test_several_controls_are_weighted_as_they_run_alike():
    """The treated one is an even mix of two controls; the third does what it likes."""
    wild = 0.05 * np.cos(2 * np.arange(18))
    one, two = SHARED + 5 * NOISES[2], -SHARED + 5 * NOISES[3]
    found = against(0.2 + (one + two) / 2 + STEP * SINCE, {"one": 0.1 + one, "two": 0.4 + two, "wild": 0.2 + wild})
    assert found.donors == pytest.approx({"one": 0.5, "two": 0.5, "wild": 0}, abs=1e-5)
    assert by_name(found)["synthetic control"].value == pytest.approx(STEP, abs=1e-6)


def test_one_control_needs_no_weights():
    found = against(0.2 + SHARED + STEP * SINCE + NOISES[0], {"Europe": 0.3 + SHARED + NOISES[1]})
    assert "synthetic control" not in by_name(found)
    assert found.donors == {}


def test_controls_are_pooled_by_their_size_before():
    treated, small, large = 0.2 + STEP * SINCE + NOISES[0], 0.3 + 0.02 * SINCE + NOISES[1], 0.1 + NOISES[2]
    told = course(treated * 1e3, 1e3, 12, noise="spread")
    beside = {"small": course(small * 1e3, 1e3, 12, noise="spread"), "large": course(large * 3e3, 3e3, 12, noise="spread")}
    found = estimated(told, NO_PLAIN, {}, beside)
    pooled = (small + 3 * large) / 4
    by_hand = np.diff([treated[:12].mean(), treated[12:].mean()]) - np.diff([pooled[:12].mean(), pooled[12:].mean()])
    assert by_name(found)["difference in differences"].value == pytest.approx(by_hand[0], abs=1e-12)


def test_an_answer_with_a_control_says_so_and_names_its_weights():
    counts = {
        name: np.round(1000 * (base + SHARED + STEP * SINCE * (name == "here") + noise)).astype(int).tolist()
        for name, base, noise in (("here", 0.2, NOISES[0]), ("there", 0.3, NOISES[1]), ("far", 0.25, NOISES[2]))
    }
    answer = asked(counts, 1000, "2023-01-01", control={"region": ["there", "far"]}, start_reason="planned")
    assert "; against the control group it rose (" in answer.headline
    said = check(answer, "control group")
    assert said.passed is True
    assert said.sentence.startswith(
        "The gap to the control had no clear trend before; the interval carries the trend that it may have had. Synthetic control: "
    )
    assert "there " in said.sentence
    assert "far " in said.sentence
    assert (answer.verdict["leading"], answer.verdict["family"]) == ("gap to the control continued", "gap")
    assert estimate(answer, "difference in differences")["holds"] is True


# as people read them


def test_exactly_one_estimate_leads_and_each_says_what_it_assumes():
    found = found_in(0.15 + TREND + SEASON + STEP * AFTER + NOISE, leave_out={LOW: ("the last 3 months before", LAST)})
    assert [row.leads for row in found.estimates].count(True) == 1
    assert {row.assumes for row in found.estimates} <= set(ASSUMES.values())
    table = table_of(found.estimates)
    assert [name for name in table["estimator"] if name.startswith("leads: ")] == [f"leads: {found.leading.name}"]
    assert set(table["holds"]) == {"not checked"}
    assert len(table) == len(found.estimates)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_a_quantity_in_another_unit_has_the_same_estimates(unit):
    n, sizes = 1e4 * (0.15 + TREND + STEP * AFTER + NOISE), np.full(42, 1e4)
    one, other = (estimated(course(n * by, sizes * by, 36, noise="spread"), NO_PLAIN, {}, {}) for by in (1, unit))
    assert [row.name for row in one.estimates] == [row.name for row in other.estimates]
    for mine, theirs in zip(one.estimates[1:], other.estimates[1:], strict=True):
        assert mine.ends == pytest.approx(theirs.ends, rel=1e-6)


def test_what_was_low_in_the_treated_alone_rises_beside_a_control_too():
    place = np.arange(30)
    low = np.isin(place, (21, 22, 23))
    treated = 0.2 + 0.003 * np.resize(NOISES[0], 30) / np.abs(NOISES[0]).max() - 0.04 * low
    control = 0.3 + 0.003 * np.resize(NOISES[1], 30) / np.abs(NOISES[1]).max()
    found = against(treated, {"Europe": control}, before=24, leave_out={LOW: ("the last 3 months before", low)})
    assert found.leading.name == "gap to the control continued, without the last 3 months before"
    assert abs(found.leading.value) < abs(found.without("").value)
    assert found.leading.low < 0 < found.leading.high
