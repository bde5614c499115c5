"""kpikit.stats.diagnosis: by hand, against statsmodels' F tests, and on seeded histories with and without a planted step."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose, assert_array_equal
from scipy import linalg, stats

from kpikit.stats.designs import SCANNED, going_on
from kpikit.stats.diagnosis import odd_points, overdispersion, scan, tail_of
from kpikit.stats.regression import AUTOCORRELATIONS, fitted

BITUMEN = Path(__file__).parents[1].parent / "shared" / "data" / "bitumen_alberta_monthly.csv"
EARLY_2016 = np.array([0.4490, 0.4603, 0.4322, 0.3107])  # upgraded share of Alberta's bitumen, January to April
PLACE = np.arange(30, dtype=float)
ALL = np.ones(30, dtype=bool)
BASE = going_on(30, 12, trend=True, season=False)
pytestmark = pytest.mark.filterwarnings("error")


def noisy(seed, rows=1, points=30, rho=0.0):
    root = np.linalg.cholesky(linalg.toeplitz(rho ** np.arange(points)))
    return np.random.default_rng(seed).standard_normal((rows, points)) @ root.T


def sure_of(*autocorrelations):
    """A fit that gives all weight, in equal parts, to these autocorrelations."""
    fit = fitted(noisy(0), BASE, np.eye(2))
    weights = np.isclose(np.subtract.outer(AUTOCORRELATIONS, autocorrelations), 0).any(axis=1)[:, None]
    return fit._replace(weights=weights / weights.sum())


def same(one, other):
    for ours, theirs in zip(one, other, strict=True):
        assert_array_equal(ours, theirs)


# Overdispersion


def test_squared_residuals_are_told_in_units_of_their_sampling_variances():
    """4 / 2 + 9 / 3 + 1 / 0.5 = 7 with 2 degrees of freedom: of chi squared with 2, e ** -3.5 lies beyond 7."""
    told = overdispersion(np.array([2.0, -3.0, 1.0]), np.array([2.0, 3.0, 0.5]), 2)
    assert_allclose(told.ratio, 3.5, rtol=1e-12)
    assert_allclose(told.p_value, np.exp(-3.5), rtol=1e-12)


def test_dispersion_is_that_of_pearson_for_a_table_of_counts():
    """Two rows of a contingency table: its chi squared test is the same sum."""
    rng = np.random.default_rng(1)
    sizes = rng.integers(200, 900, 12)
    upgrades = rng.binomial(sizes, 0.2)
    rate = upgrades.sum() / sizes.sum()
    told = overdispersion(upgrades / sizes - rate, rate * (1 - rate) / sizes, 11)
    expected = stats.chi2_contingency([upgrades, sizes - upgrades], correction=False)
    assert_allclose([told.ratio * 11, told.p_value], [expected.statistic, expected.pvalue], rtol=1e-10)


def test_points_without_known_noise_say_nothing_about_dispersion():
    left, noise = np.array([2.0, 50.0, -3.0, 70.0, 1.0]), np.array([2.0, 0.0, 3.0, np.nan, 0.5])
    same(overdispersion(left, noise, 2), overdispersion(left[::2], noise[::2], 2))


# Odd points


def test_the_april_of_alberta_stands_out_of_early_2016():
    assert_array_equal(odd_points(EARLY_2016 - EARLY_2016.mean()), [False, False, False, True])


@pytest.mark.skipif(not BITUMEN.exists(), reason="the real data is not there")
def test_those_four_months_are_the_statistics_of_canada():
    rows = pd.read_csv(BITUMEN).head(4)
    share = rows["bitumen_sent_for_processing"] / (rows["in_situ_bitumen"] + rows["mined_bitumen"])
    assert_allclose(share, EARLY_2016, atol=5e-5)


def test_in_an_alike_sample_nothing_stands_out():
    assert not odd_points(np.array([0.4490, 0.4603, 0.4322, 0.4407])).any()
    assert not odd_points(stats.norm.ppf((np.arange(36) + 0.5) / 36)).any()


def test_a_point_stands_out_beyond_the_stated_distance():
    """Of -2, -1, 0, 1, x the median is 0 and the median distance 1: x stands out from 4.5 / 0.6745 on."""
    edge = 4.5 / 0.6745
    assert not odd_points(np.array([-2, -1, 0, 1, edge - 1e-9])).any()
    assert_array_equal(odd_points(np.array([-2, -1, 0, 1, edge + 1e-9])), [False] * 4 + [True])
    assert_array_equal(odd_points(np.array([2, 1, 0, -1, -edge - 1e-9])), [False] * 4 + [True])


def test_what_stands_out_does_so_at_any_level_in_any_unit():
    left = np.r_[noisy(2)[0], 9, -11]
    assert_array_equal(np.flatnonzero(odd_points(left)), [30, 31])
    assert_array_equal(odd_points(1e5 - 300 * left), odd_points(left))


def test_where_most_points_are_equal_none_is_called_odd():
    assert not odd_points(np.array([0.2, 0.2, 0.2, 0.9])).any()
    assert not odd_points(np.zeros(5)).any()


# Other dates


def test_the_strength_of_a_step_is_its_f_statistic():
    values = noisy(3)[0] + 2 * (PLACE >= 18)
    told = scan(values, ALL, 6, BASE, sure_of(0.0))
    without = sm.OLS(values, BASE).fit()
    expected = [sm.OLS(values, np.column_stack([BASE, place <= PLACE])).fit().compare_f_test(without)[0] for place in told.places]
    assert_allclose(told.strength, expected, rtol=1e-8)


@pytest.mark.parametrize("rho", [0.4, 0.8])
def test_the_strength_of_a_step_allows_for_autocorrelation(rho):
    values = noisy(4, rho=rho)[0]
    told = scan(values, ALL, 6, BASE, sure_of(rho))
    sigma = linalg.toeplitz(rho ** np.arange(30))
    fits = (sm.GLS(values, np.column_stack([BASE, place <= PLACE]), sigma=sigma).fit() for place in told.places)
    assert_allclose(told.strength, [fit.tvalues[-1] ** 2 for fit in fits], rtol=1e-8)


def test_autocorrelations_count_as_the_fit_weighs_them():
    values = noisy(5, rho=0.3)[0] + (PLACE >= 20)
    both, *each = (scan(values, ALL, 6, BASE, sure_of(*rho)) for rho in ((0.2, 0.6), (0.2,), (0.6,)))
    assert_allclose(both.strength, (each[0].strength + each[1].strength) / 2, rtol=1e-10)
    assert_allclose(both.p_value, (each[0].p_value + each[1].p_value) / 2, rtol=1e-10)


def test_weight_on_other_autocorrelations_is_left_out():
    values = noisy(5)[0]
    same(scan(values, ALL, 6, BASE, sure_of(0.2, 0.35)), scan(values, ALL, 6, BASE, sure_of(0.2)))


def test_autocorrelations_that_are_not_scanned_leave_independence():
    same(scan(noisy(6)[0], ALL, 6, BASE, sure_of(0.35)), scan(noisy(6)[0], ALL, 6, BASE, sure_of(0.0)))


@pytest.mark.parametrize("step", [9, 15, 24])
def test_a_planted_step_is_found_at_its_place(step):
    values = 0.2 + 0.001 * PLACE + 0.01 * noisy(7)[0] + 0.08 * (step <= PLACE)
    told = scan(values, ALL, 6, BASE, fitted(values, np.column_stack([BASE, step <= PLACE]), np.eye(3)))
    assert told.places[told.strength.argmax()] == step
    assert told.p_value < 0.01


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_of_nothing_the_p_value_of_the_strongest_date_is_uniform(rho):
    """150 seeded histories against Kolmogorov's bound, and not more small ones than a binomial lets be."""
    fit = sure_of(rho)
    found = [scan(row, ALL, 6, BASE, fit).p_value for row in noisy(8, 150, rho=rho)]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert stats.binomtest(int((np.array(found) <= 0.1).sum()), 150, 0.1).pvalue > 0.01


def test_a_scan_is_the_same_each_time():
    values = noisy(9)[0]
    np.random.seed(1)
    first = scan(values, ALL, 6, BASE, sure_of(*SCANNED))
    np.random.seed(2)
    same(scan(values, ALL, 6, BASE, sure_of(*SCANNED)), first)


def test_what_the_design_explains_changes_no_date():
    values = noisy(10)[0]
    told, more = (scan(y, ALL, 6, BASE, sure_of(0.4)) for y in (values, 1e3 * values - 5 + 30 * PLACE))
    assert_allclose(more.strength, told.strength, rtol=1e-7)
    assert more.p_value == told.p_value


def test_points_that_are_not_used_say_nothing_and_are_no_date():
    used = ~np.isin(PLACE, [2, 11, 12, 27])
    values = noisy(11)[0]
    told = scan(values, used, 6, BASE, sure_of(0.2))
    same(scan(np.where(used, values, np.nan), used, 6, BASE, sure_of(0.2)), told)
    assert used[told.places].all()
    alone = scan(values, used, 6, BASE, sure_of(0.0))
    fits = (sm.OLS(values[used], np.column_stack([BASE, place <= PLACE])[used]).fit() for place in alone.places)
    assert_allclose(alone.strength, [fit.tvalues[-1] ** 2 for fit in fits], rtol=1e-7)


@pytest.mark.parametrize(("after", "first", "last"), [(12, 5, 25), (6, 5, 25), (4, 4, 26), (3, 3, 27), (1, 3, 27)])
def test_dates_keep_off_the_edges_but_the_real_one_is_looked_at(after, first, last):
    """15 in 100 of 30 points are 5 on either side; fewer after-points allow as few, 3 at the least."""
    told = scan(noisy(12)[0], ALL, after, BASE, sure_of(0.0))
    assert_array_equal(told.places, np.arange(first, last + 1))


def test_points_that_leave_nothing_over_have_dates_without_strength():
    base = going_on(30, 29, trend=False, season=True)
    told = scan(noisy(13)[0], ALL, 6, base, sure_of(0.0))
    assert len(told.places) == 21
    assert np.isnan(told.strength).all()
    assert np.isnan(told.p_value)


def test_too_few_points_have_no_date():
    told = scan(noisy(14)[0], PLACE < 5, 2, BASE, sure_of(0.0))
    assert len(told.places) == len(told.strength) == 0
    assert np.isnan(told.p_value)


# Tails


@pytest.mark.parametrize("p_value", [0.9, 0.05, 1e-6])
def test_a_tail_is_that_of_the_normal_interval(p_value):
    """A value of z standard errors, whose interval reaches 1.96 of them to either side."""
    value, half = stats.norm.isf(p_value / 2), stats.norm.ppf(0.975)
    assert_allclose(tail_of(value, half), p_value, rtol=1e-9)
    assert_allclose(tail_of(-3 * value, 3 * half), p_value, rtol=1e-9)


def test_a_value_without_an_interval_has_no_tail():
    assert np.isnan(tail_of(1.0, 0.0))
    assert np.isnan(tail_of(1.0, np.nan))
