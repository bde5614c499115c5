"""Whether two readings of one thing move together."""

import numpy as np
import pytest
from scipy import stats

from kpikit.stats.agreement import moved_apart

AFTER = np.arange(20) >= 12


def drawn(seed=3):
    rng = np.random.default_rng(seed)
    return np.exp(0.2 * rng.standard_normal(20)), np.exp(0.03 * rng.standard_normal(20))


def test_it_is_welch_s_test_on_the_logs_of_the_ratio():
    shared, own = drawn()
    told = moved_apart(shared * own, shared, AFTER)
    expected = stats.ttest_ind(np.log(own[AFTER]), np.log(own[~AFTER]), equal_var=False)
    assert told.p_value == pytest.approx(expected.pvalue)
    ends = expected.confidence_interval()
    assert (told.low, told.high) == pytest.approx((np.expm1(ends.low), np.expm1(ends.high)))


def test_what_moves_both_alike_cancels():
    shared, own = drawn()
    leap = np.where(AFTER, 5.0, 1.0)
    assert moved_apart(shared * own * leap, shared * leap, AFTER) == pytest.approx(moved_apart(shared * own, shared, AFTER))


def test_a_reading_that_is_another_times_a_constant_never_moves_apart():
    shared, _ = drawn()
    assert moved_apart(3 * shared, shared, AFTER).p_value == 1.0


def test_a_ratio_that_jumps_without_any_noise_moved_apart_for_sure():
    shared, _ = drawn()
    told = moved_apart(np.where(AFTER, 2.0, 1.0) * shared, shared, AFTER)
    assert (told.value, told.p_value) == (pytest.approx(1.0), 0.0)


@pytest.mark.parametrize("after", [np.arange(20) >= 18, np.arange(20) < 0])
def test_under_three_periods_on_a_side_nothing_is_told(after):
    shared, own = drawn()
    assert np.isnan(moved_apart(shared * own, shared, after).p_value)


def test_periods_in_which_one_is_zero_say_nothing():
    shared, own = drawn()
    with_zero = (shared * own).copy()
    with_zero[5] = 0
    kept = np.arange(20) != 5
    assert moved_apart(with_zero, shared, AFTER) == pytest.approx(moved_apart((shared * own)[kept], shared[kept], AFTER[kept]))
