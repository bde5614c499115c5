"""kpikit.stats.intervals: against published numbers, exact distributions and the equations that define the limits."""

from math import sqrt

import numpy as np
import pytest
from conftest import assert_published, counts, ends, published
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.optimize import brentq

from kpikit.stats.intervals import (
    Interval,
    clopper_pearson,
    clustered_ratio,
    difference,
    jeffreys,
    mid_p,
    poisson,
    ratio_of_sums,
    relative_change,
    wilson,
)

CALM = settings(deadline=None, derandomize=True, max_examples=100)
Z = stats.norm.ppf(0.975)
OF_ONE = [wilson, clopper_pearson, mid_p, jeffreys]


def around(value, low, high):
    return Interval(*(np.asarray(x, dtype=float) for x in (value, low, high)))


def two_groups(inputs):
    return wilson(inputs["count1"], inputs["nobs1"]), wilson(inputs["count2"], inputs["nobs2"])


@st.composite
def proportions(draw, least=0):
    n = draw(st.integers(1, 10**6))
    assume(n >= least)
    return wilson(draw(st.integers(least, n)), n)


@st.composite
def rates(draw):
    return poisson(draw(st.integers(0, 10**5)), draw(st.integers(1, 10**6)))


@st.composite
def symmetric(draw):
    value, half = draw(st.floats(0, 10)), draw(st.floats(0, 20))
    return around(value, value - half, value + half)


ESTIMATES = st.one_of(proportions(), rates(), symmetric())


# Wilson


@published("proportion_ci.wilson")
def test_wilson_gives_the_published_limits(vector):
    assert_published(wilson(*counts(vector)), vector)


@published("camis_36_of_154_five_methods")
@pytest.mark.parametrize("method", [wilson, jeffreys, clopper_pearson])
def test_each_method_gives_its_own_limits_among_five(vector, method):
    at = vector["inputs"]["methods"].index(method.__name__)
    assert_published(method(*counts(vector)), vector, vector["expected"][at])


@pytest.mark.parametrize("n", [1, 2, 7, 29, 400, 10**6])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_wilson_agrees_with_scipy(n, confidence):
    for x in {0, 1, n // 3, n - 1, n}:
        theirs = stats.binomtest(x, n).proportion_ci(confidence, "wilson")
        assert_allclose(ends(wilson(x, n, confidence)), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("x", "n"), [(1, 29), (81, 263), (499, 500)])
def test_a_wilson_limit_is_the_share_from_which_the_sample_lies_z_standard_errors_away(x, n):
    def gap(p):
        return abs(x / n - p) - Z * sqrt(p * (1 - p) / n)

    roots = brentq(gap, 1e-12, x / n, xtol=1e-14), brentq(gap, x / n, 1 - 1e-12, xtol=1e-14)
    assert_allclose(ends(wilson(x, n)), roots, rtol=1e-8)


def test_wilson_ends_at_zero_and_one_exactly_where_the_count_does():
    assert wilson(0, 20).low == 0.0
    assert wilson(20, 20).high == 1.0


def test_wilson_of_none_is_missing_and_not_zero():
    assert np.isnan([*wilson(0, 0)]).all()


@CALM
@given(st.integers(1, 10**6), st.data())
def test_wilson_lies_inside_zero_and_one_and_holds_its_value(n, data):
    x = data.draw(st.integers(0, n))
    value, low, high = wilson(x, n)
    assert 0 <= low <= value <= high <= 1
    assert low < high


@CALM
@given(st.integers(1, 10**5), st.data())
def test_wilson_of_the_others_is_its_mirror(n, data):
    x = data.draw(st.integers(0, n))
    yes, no = wilson(x, n), wilson(n - x, n)
    assert_allclose([1 - no.high, 1 - no.low], ends(yes), atol=1e-12)


# exact and Bayesian limits of a proportion


@published("proportion_ci.clopper_pearson")
def test_clopper_and_pearson_give_the_published_limits(vector):
    assert_published(clopper_pearson(*counts(vector)), vector)


@published("binom_test+clopper_pearson")
def test_clopper_and_pearson_give_the_limits_of_rs_binomial_test(vector):
    expected = vector["expected"]["ci"]
    assert_published(clopper_pearson(*counts(vector)), vector, expected)


@published("proportion_ci.midp")
def test_mid_p_gives_the_published_limits(vector):
    assert_published(mid_p(*counts(vector)), vector)


@pytest.mark.parametrize(
    ("method", "limits"),
    [(clopper_pearson, [0.5435, 0.9595]), (mid_p, [0.5699, 0.9500]), (jeffreys, [0.5792, 0.9442]), (wilson, [0.5699, 0.9341])],
)
def test_thirteen_of_sixteen_have_the_four_digits_of_the_authors_package(method, limits):
    """As printed by contingencytables (Fagerland, Lydersen and Laake), tests/testthat/test-ch2.R."""
    assert [round(x, 4) for x in ends(method(13, 16))] == limits


@pytest.mark.parametrize("n", [1, 2, 7, 29, 400, 10**6])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_clopper_and_pearson_agree_with_scipy(n, confidence):
    for x in {0, 1, n // 3, n - 1, n}:
        theirs = stats.binomtest(x, n).proportion_ci(confidence, "exact")
        assert_allclose(ends(clopper_pearson(x, n, confidence)), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("x", "n"), [(1, 1), (1, 29), (36, 154), (499, 500), (40, 10**6)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_a_mid_p_limit_leaves_half_a_tail_with_half_of_the_sample_itself(x, n, confidence):
    low, high = ends(mid_p(x, n, confidence))
    assert stats.binom.sf(x, n, low) + stats.binom.pmf(x, n, low) / 2 == pytest.approx((1 - confidence) / 2)
    if x < n:
        assert stats.binom.cdf(x, n, high) - stats.binom.pmf(x, n, high) / 2 == pytest.approx((1 - confidence) / 2)


def test_the_mid_p_limit_of_none_is_where_none_has_a_chance_of_one_twentieth():
    """Half of (1 - p)^n is one fortieth."""
    assert ends(mid_p(0, 20)) == pytest.approx([0.0, 1 - 0.05 ** (1 / 20)])


@pytest.mark.parametrize(("x", "n"), [(1, 2), (3, 10), (36, 154), (9999, 10**4)])
def test_jeffreys_leaves_a_tenth_of_the_posterior_on_each_side_of_eighty_percent(x, n):
    low, high = ends(jeffreys(x, n, 0.8))
    posterior = stats.beta(x + 0.5, n - x + 0.5)
    assert [posterior.cdf(low), posterior.sf(high)] == pytest.approx([0.1, 0.1])


def test_jeffreys_of_none_starts_at_zero_and_keeps_its_upper_quantile():
    low, high = ends(jeffreys(0, 20))
    assert low == 0.0
    assert stats.beta.sf(high, 0.5, 20.5) == pytest.approx(0.025)
    assert ends(jeffreys(20, 20)) == pytest.approx([1 - high, 1.0])


@pytest.mark.parametrize("p", [0.003, 0.1, 0.5, 0.97])
@pytest.mark.parametrize("n", [10, 55])
def test_clopper_and_pearson_hold_the_true_proportion_at_least_as_often_as_they_say(n, p):
    estimate = clopper_pearson(np.arange(n + 1), n)
    holds = (estimate.low <= p) & (p <= estimate.high)
    assert stats.binom.pmf(np.arange(n + 1), n, p)[holds].sum() >= 0.95


@CALM
@given(st.integers(1, 10**6), st.data())
def test_limits_of_a_proportion_lie_inside_zero_and_one_and_hold_their_value(n, data):
    x = data.draw(st.integers(0, n))
    for method in (clopper_pearson, mid_p, jeffreys):
        value, low, high = method(x, n)
        assert 0 <= low <= value <= high <= 1
        assert low < high
        assert_allclose([1 - high, 1 - low], ends(method(n - x, n)), rtol=0, atol=1e-12)


@CALM
@given(st.integers(1, 10**6), st.data())
def test_mid_p_lies_inside_clopper_and_pearson(n, data):
    x = data.draw(st.integers(0, n))
    inner, outer = mid_p(x, n), clopper_pearson(x, n)
    assert outer.low <= inner.low
    assert inner.high <= outer.high
    assert inner.high - inner.low < outer.high - outer.low


@pytest.mark.parametrize("method", [clopper_pearson, mid_p, jeffreys])
@pytest.mark.parametrize(("x", "n"), [(0, 0), (np.nan, 10), (3, np.nan)])
def test_a_proportion_of_none_or_of_the_unknown_is_missing(method, x, n):
    assert np.isnan([*method(x, n)]).all()


@pytest.mark.parametrize("method", [clopper_pearson, mid_p, jeffreys])
@pytest.mark.parametrize("x", [-1, 11])
def test_what_is_no_part_of_the_whole_has_no_limits(method, x):
    assert np.isnan(ends(method(x, 10))).all()


# Poisson


def test_poisson_gives_the_limits_that_r_prints():
    """Welsh nickel workers, 137 deaths where 24.19893 were expected: the example of R's poisson.test."""
    assert [round(float(x), 6) for x in poisson(137, 24.19893)] == [5.661407, 4.753125, 6.692709]


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_poisson_agrees_with_quantiles_of_chi_squared(confidence):
    x, tail = np.array([1, 2, 3, 10, 57, 1000, 10**6]), (1 - confidence) / 2
    estimate = poisson(x, 50.0, confidence)
    assert_allclose(estimate.low, stats.chi2.ppf(tail, 2 * x) / 2 / 50, rtol=1e-9)
    assert_allclose(estimate.high, stats.chi2.ppf(1 - tail, 2 * x + 2) / 2 / 50, rtol=1e-9)


@pytest.mark.parametrize("x", [1, 5, 40])
def test_a_poisson_limit_leaves_a_fortieth_in_its_tail(x):
    low, high = ends(poisson(x, 1))
    assert stats.poisson.sf(x - 1, low) == pytest.approx(0.025)
    assert stats.poisson.cdf(x, high) == pytest.approx(0.025)


def test_poisson_of_no_event_ends_where_none_has_a_chance_of_one_fortieth():
    estimate = poisson(0, 8)
    assert (float(estimate.value), float(estimate.low)) == (0.0, 0.0)
    assert float(estimate.high) == pytest.approx(-np.log(0.025) / 8)


@pytest.mark.parametrize("mean", [0.1, 1.0, 3.7, 12.0])
def test_poisson_holds_the_true_mean_at_least_as_often_as_it_says(mean):
    seen = np.arange(200)
    estimate = poisson(seen, 1)
    holds = (estimate.low <= mean) & (mean <= estimate.high)
    assert stats.poisson.pmf(seen, mean)[holds].sum() >= 0.95


def test_poisson_without_exposure_is_missing():
    assert np.isnan([*poisson([0, 3], 0)]).all()


def test_an_event_rate_may_pass_one():
    assert poisson(30, 20).value == 1.5
    assert poisson(30, 20).high > 1.5


# ratio of sums


@published("davison_hinkley_city_ratio")
def test_a_ratio_of_sums_has_the_published_variance_but_for_its_degrees_of_freedom(vector):
    """Davison and Hinkley sum squared influences over n^2; the sample variance divides by n (n - 1): times (n - 1) / n."""
    u, x = (np.array(vector["inputs"][name], dtype=float) for name in ("u", "x"))
    n, ratio = len(u), x.sum() / u.sum()
    estimate = ratio_of_sums(x.sum(), u.sum(), ((x - ratio * u) ** 2).sum(), n)
    half = float(estimate.high - estimate.value)
    assert float(estimate.value) == pytest.approx(vector["expected"]["ratio"], abs=1e-6)
    assert (half / stats.t.ppf(0.975, n - 1)) ** 2 * (n - 1) / n == pytest.approx(
        vector["expected"]["v_L"], abs=vector["tolerance"]
    )


@published("r_survey_svyratio_apiclus1")
def test_a_ratio_of_sums_has_the_standard_error_of_a_survey_of_clusters(vector):
    """R's survey package also takes off what was sampled: 15 of 757 clusters."""
    n, d = np.array(vector["inputs"]["clusters_num_den"], dtype=float).T
    ratio, units = n.sum() / d.sum(), len(n)
    estimate = ratio_of_sums(n.sum(), d.sum(), ((n - ratio * d) ** 2).sum(), units)
    se = float(estimate.high - estimate.value) / stats.t.ppf(0.975, units - 1)
    assert float(estimate.value) == pytest.approx(vector["expected"]["ratio"], abs=vector["tolerance"])
    assert se * sqrt(1 - units / vector["inputs"]["N_clusters"]) == pytest.approx(
        vector["expected"]["se"], abs=vector["tolerance"]
    )


@published("r_survey_svyratio_apiclus1")
def test_rows_of_clusters_have_the_standard_error_of_a_survey_of_clusters(vector):
    """Each cluster's sums are told in three rows, far apart."""
    sums = np.array(vector["inputs"]["clusters_num_den"], dtype=float)
    n, d = np.concatenate([sums // 2, sums // 3, sums - sums // 2 - sums // 3]).T
    estimate = clustered_ratio(n, d, [f"district {i}" for i in [*range(len(sums))] * 3])
    se = float(estimate.high - estimate.value) / stats.t.ppf(0.975, len(sums) - 1)
    assert float(estimate.value) == pytest.approx(vector["expected"]["ratio"], abs=vector["tolerance"])
    assert se * sqrt(1 - len(sums) / vector["inputs"]["N_clusters"]) == pytest.approx(
        vector["expected"]["se"], abs=vector["tolerance"]
    )


@published("davison_hinkley_city_ratio")
def test_rows_that_are_their_own_clusters_have_the_published_variance_but_for_its_degrees_of_freedom(vector):
    u, x = vector["inputs"]["u"], vector["inputs"]["x"]
    n = len(u)
    estimate = clustered_ratio(x, u, range(n))
    half = float(estimate.high - estimate.value)
    assert (half / stats.t.ppf(0.975, n - 1)) ** 2 * (n - 1) / n == pytest.approx(
        vector["expected"]["v_L"], abs=vector["tolerance"]
    )


def test_telling_every_row_of_a_cluster_twice_adds_no_certainty():
    n, d, cluster = [2.0, 3.0, 4.0], [10.0, 10.0, 12.0], ["a", "b", "c"]
    once, twice = clustered_ratio(n, d, cluster), clustered_ratio(n * 2, d * 2, cluster * 2)
    assert_allclose([*map(float, twice)], [*map(float, once)], rtol=1e-12)
    apart = clustered_ratio(n * 2, d * 2, range(6))
    assert apart.high - apart.low < once.high - once.low


def test_one_cluster_has_a_ratio_without_limits_and_none_has_nothing():
    alone = clustered_ratio([1, 2], [4, 6], ["a", "a"])
    assert alone.value == 0.3
    assert np.isnan(ends(alone)).all()
    assert np.isnan([*map(float, clustered_ratio([], [], []))]).all()
    assert np.isnan([*map(float, clustered_ratio([0, 0], [0, 0], ["a", "b"]))]).all()


def test_a_ratio_of_sums_over_equal_denominators_is_the_mean_with_students_interval():
    values = np.array([0.2, 0.3, 0.4, 0.5])
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    ours = ratio_of_sums(values.sum() * 10, 40, ((10 * values - 0.35 * 10) ** 2).sum(), 4)
    assert_allclose([float(ours.value), *ends(ours)], [values.mean(), theirs.low, theirs.high], rtol=1e-12)


def test_units_that_all_have_the_same_ratio_leave_no_doubt():
    assert ends(ratio_of_sums(30, 100, 0.0, 5)) == [0.3, 0.3]


@pytest.mark.parametrize("units", [0, 1])
def test_under_two_units_the_value_stands_without_limits(units):
    estimate = ratio_of_sums(3, 10, 0.0, units)
    assert estimate.value == 0.3
    assert np.isnan([estimate.low, estimate.high]).all()


def test_a_ratio_over_nothing_is_missing():
    assert np.isnan([*ratio_of_sums(0, 0, 0, 4)]).all()


@CALM
@given(st.lists(st.tuples(st.integers(0, 10**4), st.integers(1, 10**4)), min_size=2, max_size=8), st.floats(1e-6, 1e6))
def test_the_unit_of_an_amount_changes_neither_value_nor_limits(rows, factor):
    n, d = np.array(rows, dtype=float).T
    one, other = (
        ratio_of_sums(a.sum(), b.sum(), ((a - a.sum() / b.sum() * b) ** 2).sum(), len(rows))
        for a, b in ((n, d), (factor * n, factor * d))
    )
    assert_allclose([*map(float, other)], [*map(float, one)], rtol=1e-7, atol=1e-9)


# more units


@CALM
@given(st.integers(1, 10**4), st.integers(2, 50), st.data())
def test_more_units_narrow_every_interval(n, times, data):
    x = data.draw(st.integers(0, n))
    for method in (*OF_ONE, poisson):
        few, many = method(x, n), method(times * x, times * n)
        assert many.high - many.low < few.high - few.low


@CALM
@given(st.integers(2, 40), st.integers(2, 20), st.floats(0.1, 100))
def test_more_periods_of_the_same_spread_narrow_a_ratio_of_sums(units, times, squares):
    few, many = (ratio_of_sums(3 * k, 10 * k, squares * k, units * k) for k in (1, times))
    assert many.high - many.low < few.high - few.low


@CALM
@given(proportions(), st.integers(1, 10**4), st.integers(2, 50), st.data())
def test_more_units_after_narrow_the_difference(before, n, times, data):
    x = data.draw(st.integers(0, n))
    few, many = (difference(wilson(k * x, k * n), before) for k in (1, times))
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize("method", [*OF_ONE, poisson, lambda x, n, level: clustered_ratio([x, 2], [n, 9], [1, 2], level)])
def test_more_confidence_widens_an_interval(method):
    widths = [float(np.ptp(ends(method(30, 100, level)))) for level in (0.5, 0.8, 0.95, 0.99)]
    assert widths == sorted(set(widths))


# differences


@published("diff_ci.newcombe")
def test_the_difference_of_two_wilson_intervals_is_newcombes(vector):
    assert_published(difference(*two_groups(vector["inputs"])), vector)


@published("fagerland2015_7_34_vs_1_34_diff")
def test_the_difference_of_a_trial_is_the_published_one(vector):
    assert_published(difference(*two_groups(vector["inputs"])), vector, vector["expected"]["newcombe"])


def test_the_difference_has_the_four_digits_of_the_authors_package():
    """7 of 34 and 1 of 34 (Perondi 2004), as printed by contingencytables, tests/testthat/test-ch4.R."""
    moved = difference(wilson(7, 34), wilson(1, 34))
    assert [round(float(x), 4) for x in moved] == [0.1765, 0.0189, 0.3404]


def test_the_difference_of_symmetric_intervals_adds_their_squares():
    moved = difference(around(0.5, 0.2, 0.8), around(0.1, -0.3, 0.5))
    assert_allclose([float(moved.value), *ends(moved)], [0.4, 0.4 - 0.5, 0.4 + 0.5])


@pytest.mark.parametrize(("correlation", "half"), [(0, 0.5), (1, 0.1), (-1, 0.7), (0.5, sqrt(0.13))])
def test_estimates_that_move_together_leave_less_doubt_about_their_difference(correlation, half):
    moved = difference(around(0.5, 0.2, 0.8), around(0.1, -0.3, 0.5), correlation)
    assert_allclose(ends(moved), [0.4 - half, 0.4 + half])


@CALM
@given(ESTIMATES, ESTIMATES)
def test_swapping_before_and_after_flips_the_signs_of_the_difference(one, other):
    there, back = difference(one, other), difference(other, one)
    assert_allclose([-float(back.value), -float(back.high), -float(back.low)], [*map(float, there)], rtol=1e-12, atol=1e-15)


@CALM
@given(ESTIMATES, ESTIMATES)
def test_a_difference_lies_inside_its_limits(after, before):
    moved = difference(after, before)
    assert moved.low <= moved.value <= moved.high


def test_a_difference_from_the_unknown_is_unknown():
    known, unknown = wilson(3, 10), around(0.2, np.nan, np.nan)
    for moved in (difference(known, unknown), difference(unknown, known)):
        assert np.isnan([moved.low, moved.high]).all()
        assert not np.isnan(moved.value)


# relative changes


@published("fieller_relative_lift_same_data")
def test_with_symmetric_limits_a_relative_change_is_fiellers(vector):
    sides = {}
    for name in ("treatment", "control"):
        group = vector["inputs"][name]
        half = Z * group["sd"] / sqrt(group["n"])
        sides[name] = around(group["mean"], group["mean"] - half, group["mean"] + half)
    assert_published(relative_change(sides["treatment"], sides["control"]), vector)


def test_a_relative_change_has_the_four_digits_of_the_authors_package():
    """7 of 34 and 1 of 34 (Perondi 2004): ratio 7, 1.1537 to 41.9763 by MOVER-R Wilson (contingencytables, test-ch4.R)."""
    ratio = relative_change(wilson(7, 34), wilson(1, 34))
    assert [round(float(x) + 1, 4) for x in ratio] == [7.0, 1.1537, 41.9763]


@CALM
@given(proportions(), proportions(least=1))
def test_the_limits_of_a_relative_change_are_where_the_difference_touches_zero(after, before):
    ratio = relative_change(after, before)

    def scaled(end, r):
        """The limit of after - r * before that the ratio's limit must bring to zero."""
        return float(getattr(difference(after, around(*(r * x for x in before))), end))

    assert ratio.low + 1 == pytest.approx(
        brentq(lambda r: scaled("low", r), 0, 1e8, rtol=1e-12) if after.low > 0 else 0.0, rel=1e-6
    )
    if np.isfinite(ratio.high):
        assert scaled("high", float(ratio.high) + 1) == pytest.approx(0.0, abs=1e-7 * (1 + float(ratio.high)))
    else:
        assert before.low <= 0


@CALM
@given(ESTIMATES, ESTIMATES)
def test_a_relative_change_never_contradicts_the_difference(after, before):
    assume(before.value > 1e-9)
    moved, ratio = difference(after, before), relative_change(after, before)
    assume(min(abs(moved.low), abs(moved.high)) > 1e-12)  # on zero itself the last bit of a float decides
    assert (ratio.low > 0) == (moved.low > 0)
    assert (ratio.high < 0) == (moved.high < 0)
    assert np.sign(ratio.value) == np.sign(moved.value)


@CALM
@given(proportions(least=1), proportions(least=1))
def test_swapping_before_and_after_turns_the_ratio_over(one, other):
    there, back = relative_change(one, other), relative_change(other, one)
    assert_allclose([1 / (1 + back.high), 1 / (1 + back.low)], [1 + there.low, 1 + there.high], rtol=1e-6)


@CALM
@given(ESTIMATES, ESTIMATES)
def test_a_relative_change_lies_inside_its_limits(after, before):
    assume(before.value > 1e-9)
    ratio = relative_change(after, before)
    assert ratio.low <= ratio.value + 1e-9
    assert ratio.value <= ratio.high + 1e-9


@CALM
@given(ESTIMATES, st.floats(0.01, 5), st.floats(0.1, 0.9), st.floats(1e-3, 1e3))
def test_the_unit_of_both_sides_cancels_in_a_relative_change(after, value, part, factor):
    before = around(value, value * part, value * (2 - part))
    one = relative_change(after, before)
    other = relative_change(around(*(factor * x for x in after)), around(*(factor * x for x in before)))
    assert_allclose([*map(float, other)], [*map(float, one)], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("after", "before"), [(1.5, 2.66591), (2.66591, 1.5), (0.1, 0.3)])
def test_sides_without_doubt_have_a_relative_change_without_doubt(after, before):
    """As when an amount keeps one ratio in every period: the last bit of a float must not turn it into infinity."""
    ratio = relative_change(around(after, after, after), around(before, before, before))
    assert_allclose([*map(float, ratio)], 3 * [after / before - 1], atol=1e-6)


def test_nothing_is_relative_to_zero():
    assert np.isnan([*relative_change(wilson(3, 10), wilson(0, 10))]).all()


def test_a_fall_to_zero_is_minus_a_hundred_percent():
    ratio = relative_change(wilson(0, 50), wilson(25, 50))
    assert (float(ratio.value), float(ratio.low)) == (-1.0, -1.0)
    assert -1 < ratio.high < 0


def test_a_before_that_may_be_zero_bounds_nothing_from_above():
    ratio = relative_change(around(1.0, 0.8, 1.2), around(0.5, -0.1, 1.1))
    assert ratio.high == np.inf
    assert float(ratio.value) == 1.0


def test_relative_to_the_unknown_nothing_is_known():
    assert np.isnan([*relative_change(wilson(3, 10), around(0.2, np.nan, np.nan))]).all()
    assert np.isnan([*relative_change(around(0.2, np.nan, np.nan), wilson(3, 10))]).all()


# columns


def test_columns_broadcast_and_agree_with_their_rows():
    x, n = np.array([0, 5, 10]), np.array([10, 10, 10])
    for method in (*OF_ONE, poisson):
        column = method(x, 10)
        assert column.value.dtype == column.low.dtype == column.high.dtype == np.float64
        rows = [[float(part) for part in method(a, b)] for a, b in zip(x, n, strict=True)]
        assert_allclose(np.array(column).T, rows)
