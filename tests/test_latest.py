"""The latest change of a course, beside those before it."""

import numpy as np
import pytest
from scipy import stats

from kpikit.stats.intervals import difference, wilson
from kpikit.stats.latest import LEAST, by_counts, by_spread, standardized, usual_change


def drawn(*size):
    return np.random.default_rng(5).standard_normal(size)


def test_the_usual_change_of_normal_points_is_root_two_of_their_deviation():
    changes = np.diff(drawn(200_001))
    assert usual_change(changes).deviation == pytest.approx(np.sqrt(2), rel=0.01)


def test_its_freedom_is_that_of_a_chi_with_as_much_spread():
    means = np.abs(np.diff(drawn(20_000, 21))).mean(axis=1)
    relative = means.var() / means.mean() ** 2  # of a chi with f degrees of freedom about 1 / (2 f)
    assert usual_change(np.ones(20)).freedom == pytest.approx(1 / (2 * relative), rel=0.06)


def test_one_leap_among_many_changes_hardly_widens_it():
    quiet = np.tile([1.0, -1.0], 20)
    assert usual_change([*quiet, 20]).deviation < 1.5 * usual_change(quiet).deviation
    assert np.sqrt(np.mean([*quiet, 20]) ** 2 + np.var([*quiet, 20])) > 3  # a standard deviation would


@pytest.mark.parametrize("earlier", [[1.0] * (LEAST - 1), [0.0] * 20, [float("nan")] * 20])
def test_too_few_changes_and_none_that_vary_tell_nothing(earlier):
    assert np.isnan(usual_change(earlier).deviation)
    assert np.isnan(by_spread(3.0, usual_change(earlier)).p_value)


def test_without_two_points_no_change_is_standardized():
    assert standardized([1], [2], most=1).tolist() == standardized([], [], most=1).tolist() == []


def test_a_standardized_change_is_the_pooled_two_sample_z():
    z = (0.2 - 0.1) / np.sqrt(0.15 * 0.85 * (2 / 100))
    assert standardized([10, 20], [100, 100], most=1)[0] == pytest.approx(z)
    assert standardized([10, 20], [100, 100], most=np.inf)[0] == pytest.approx(0.1 / np.sqrt(0.15 * 2 / 100))


def test_where_earlier_changes_are_no_larger_than_their_counts_make_them_the_limits_stay():
    plain = difference(wilson(130, 1000), wilson(100, 1000))
    judged = by_counts(plain, usual_change(0.5 * drawn(30)))
    assert (judged.low, judged.high) == pytest.approx((float(plain.low), float(plain.high)))
    assert by_counts(plain, usual_change([])).low == pytest.approx(float(plain.low))


def test_where_earlier_changes_were_twice_as_large_the_limits_are_more_than_twice_as_wide():
    plain = difference(wilson(130, 1000), wilson(100, 1000))
    usual = usual_change(np.tile([2, -2], 15) / np.sqrt(np.pi / 2))
    judged = by_counts(plain, usual)
    wide = stats.t.ppf(0.975, usual.freedom) / stats.norm.ppf(0.975)
    assert judged.high - judged.value == pytest.approx(2 * wide * float(plain.high - plain.value))


@pytest.mark.parametrize("value", [-2.0, -0.3, 0.7, 1.9, 4.0])
def test_a_p_value_is_under_5_percent_exactly_when_the_limits_leave_out_0(value):
    judged = by_spread(value, usual_change(drawn(12)))
    assert (judged.p_value < 0.05) == (judged.low > 0 or judged.high < 0)


def false_alarms(simulate, rounds=1500):
    rng = np.random.default_rng(11)
    return np.mean([simulate(rng).p_value < 0.05 for _ in range(rounds)])


def test_of_points_that_only_vary_at_most_1_in_20_changes_looks_like_one():
    def spread(rng):
        x = rng.standard_normal(14)
        return by_spread(x[-1] - x[-2], usual_change(np.diff(x[:-2])))

    def counted(rng):
        n = rng.binomial(800, 0.1, 14)
        plain = difference(wilson(n[-1], 800), wilson(n[-2], 800))
        return by_counts(plain, usual_change(standardized(n[:-2], np.full(12, 800), most=1)))

    assert false_alarms(spread) <= 0.065
    assert false_alarms(counted) <= 0.065


def test_counts_that_vary_more_than_chance_makes_them_raise_no_more_alarms():
    def counted(rng):
        n = rng.binomial(4000, np.clip(0.1 + 0.01 * rng.standard_normal(22), 0, 1))
        plain = difference(wilson(n[-1], 4000), wilson(n[-2], 4000))
        return by_counts(plain, usual_change(standardized(n[:-2], np.full(20, 4000), most=1)))

    assert false_alarms(counted) <= 0.07
