"""How soon something happens: the median and the half-way time of a product-limit curve."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from kpikit.stats.staying import kaplan_meier
from kpikit.stats.survival import half_time, median_time


@pytest.mark.parametrize("seed", range(6))
def test_the_median_and_its_limits_are_those_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    days, status = np.ceil(rng.exponential(20, 400)), rng.uniform(size=400) < 0.8
    ours, theirs = median_time(kaplan_meier(days, status)), SurvfuncRight(days, status)
    assert float(ours.value) == theirs.quantile(0.5)
    assert [float(ours.low), float(ours.high)] == pytest.approx(theirs.quantile_ci(0.5, method="cloglog"), abs=1)


@pytest.mark.parametrize("seed", range(3))
def test_a_histogram_by_day_gives_the_curve_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    days, status = rng.integers(0, 30, 500), rng.uniform(size=500) < 0.3
    counts = {day: (int((status & (days == day)).sum()), int((~status & (days == day)).sum())) for day in range(30)}
    times = np.repeat(list(counts), 2)
    curve = kaplan_meier(times, np.tile([1, 0], 30), np.array(list(counts.values())).ravel())
    theirs = SurvfuncRight(days, status)
    np.testing.assert_allclose(curve.value, theirs.surv_prob[theirs.n_events > 0], rtol=1e-12)
    np.testing.assert_array_equal(curve.at_risk, theirs.n_risk[theirs.n_events > 0])


def test_a_curve_that_stays_above_half_has_no_median():
    told = median_time(kaplan_meier([1, 2, 9], [1, 1, 0], [10, 10, 80]))
    assert np.isnan([float(end) for end in told]).tolist() == [True, True, True]


def test_without_censoring_half_of_all_who_come_through_is_the_median_of_their_times():
    told = half_time(kaplan_meier([1, 2, 3, 4, 5, 30], [1, 1, 1, 1, 1, 0], [10, 10, 11, 10, 10, 49]))
    assert float(told.value) == 3
    assert float(told.low) <= 3 <= float(told.high)


def test_an_empty_curve_has_no_half_way():
    assert np.isnan(float(half_time(kaplan_meier([5], [0], [20])).value))


def test_the_interval_of_the_half_way_time_holds_the_true_one():
    """Times of those who come through are uniform on days 1 to 21, so that half are through on day 11; 30 % ever are."""
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        day, ever, left = rng.integers(1, 22, 600), rng.uniform(size=600) < 0.3, rng.integers(5, 90, 600)
        seen, status = np.where(ever & (day <= left), day, np.minimum(left, 30)), ever & (day <= left)
        told = half_time(kaplan_meier(seen, status))
        held += float(told.low) <= 11 <= float(told.high)
    assert held >= 0.93 * 300
