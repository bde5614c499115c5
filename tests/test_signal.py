"""kpikit.stats.signal: against the NIST handbook, charts computed by hand and by steps, and the known rate of false alarms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from kpikit.stats.signal import (
    BEYOND,
    MIN_BASELINE,
    RUN,
    Limits,
    laney_limits,
    laney_rate_limits,
    signal_after,
    signals,
    xmr_limits,
)

CALM = settings(deadline=None, derandomize=True, max_examples=100)
NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]  # flow rates
COUNTS = st.lists(st.tuples(st.integers(0, 300), st.integers(300, 900)), min_size=12, max_size=30)
LANEY = pytest.mark.parametrize("chart", [laney_limits, laney_rate_limits])


def flat(points, centre=0.0, half=3.0):
    return Limits(*(np.full(points, x) for x in (centre, centre - half, centre + half)))


def test_the_individuals_chart_of_the_nist_handbook():
    """NIST/SEMATECH e-Handbook, section 6.3.2.2.1, ten batches."""
    limits = xmr_limits(NIST, np.ones(10, bool), minimum=10)
    assert_allclose(np.stack(limits)[:, 0], [50.81, 45.8159, 55.8041], rtol=0, atol=5e-5)
    assert_array_equal(np.stack(limits), np.stack(limits)[:, :1].repeat(10, axis=1))
    assert set(signals(NIST, limits)) == {""}


def test_limits_come_from_the_baseline_alone():
    baseline = np.arange(14) < 10
    limits = xmr_limits([*NIST, 90, -5, np.nan, 1000], baseline, minimum=10)
    assert_allclose(np.stack(limits)[:, -1], [50.81, 45.8159, 55.8041], rtol=0, atol=5e-5)


def test_a_moving_range_needs_two_neighbours():
    """Ranges are 4 (0 to 4), 2 (4 to 2) and 6 (7 to 1): not 2 to 7 over the gap, nor 1 to 9 over the point left out."""
    values, baseline = [0, 4, 2, np.nan, 7, 1, 50, 9], [1, 1, 1, 1, 1, 1, 0, 1]
    limits = xmr_limits(values, baseline, minimum=6)
    assert_allclose(np.stack(limits)[:, 0], [23 / 6, 23 / 6 - 3 * 4 / 1.128, 23 / 6 + 3 * 4 / 1.128])


@pytest.mark.parametrize("chart", [xmr_limits, lambda x, baseline: laney_limits(x, np.full(len(x), 100), baseline)])
def test_a_short_or_still_baseline_has_no_limits(chart):
    values = np.arange(20.0)
    for points, empty in ((MIN_BASELINE - 1, True), (MIN_BASELINE, False)):
        assert (np.isnan(chart(values, np.arange(20) < points).centre) == empty).all()
    missing = np.where(np.arange(20) == 3, np.nan, values)
    assert np.isnan(chart(missing, np.arange(20) < MIN_BASELINE).high).all()
    every_other = np.arange(40) % 2 == 0
    assert np.isnan(chart(np.arange(40.0), every_other).high).all()
    for still in (np.zeros(20), np.full(20, 0.1), np.full(20, 100.0)):
        assert np.isnan(chart(still, np.ones(20, bool)).high).all()


@LANEY
def test_a_laney_chart_by_hand(chart):
    """The centre is 90 / 600; z-scores -a, 0, a with a = 0.05 / s at 100 units: 3 s sigma_z = 0.15 / 1.128, half at 400."""
    limits = chart([10, 60, 20, 7], [100, 400, 100, 0], [True, True, True, True], minimum=3)
    half = 3 * 0.05 / 1.128
    assert_allclose(limits.centre, [0.15] * 3 + [np.nan])
    assert_allclose(limits.high, [0.15 + half, 0.15 + half / 2, 0.15 + half, np.nan])
    assert_allclose(limits.low, [0.15 - half, 0.15 - half / 2, 0.15 - half, np.nan])


@CALM
@given(COUNTS)
def test_laneys_limits_are_those_of_his_steps(counts):
    """Laney 2002: z-scores with binomial (Poisson) deviations, sigma_z from their moving ranges, limits p +- 3 s_i sigma_z."""
    n, d = np.array(counts, dtype=float).T
    p = n.sum() / d.sum()
    for chart, variance, most in ((laney_limits, p * (1 - p), 1), (laney_rate_limits, p, np.inf)):
        limits = chart(n, d, np.ones(len(n), bool))
        if np.ptp(n / d) == 0:
            assert np.isnan(limits.high).all()
            continue
        s = np.sqrt(variance / d)
        sigma_z = abs(np.diff((n / d - p) / s)).mean() / 1.128
        assert_allclose(limits.high, np.minimum(p + 3 * s * sigma_z, most), rtol=1e-9)
        assert_allclose(limits.low, np.maximum(p - 3 * s * sigma_z, 0), rtol=1e-9, atol=1e-12)


@LANEY
def test_with_equal_denominators_laneys_chart_is_the_individuals_chart(chart):
    n = np.random.default_rng(1).binomial(500, 0.4, 24)
    for ours, individuals in zip(
        chart(n, np.full(24, 500), np.ones(24, bool)), xmr_limits(n / 500, np.ones(24, bool)), strict=True
    ):
        assert_allclose(ours, individuals, rtol=1e-12)


def test_of_binomial_or_poisson_counts_laneys_limits_are_the_classical_ones():
    """sigma_z is then 1; over 4,000 points its standard error is 0.014."""
    rng = np.random.default_rng(4)
    d = rng.integers(2000, 5000, 4000)
    for chart, n, variance in ((laney_limits, rng.binomial(d, 0.4), 0.4 * 0.6), (laney_rate_limits, rng.poisson(d * 1.5), 1.5)):
        limits = chart(n, d, np.ones(4000, bool))
        assert_allclose((limits.high - limits.centre) / (3 * np.sqrt(variance / d)), 1, atol=0.05)


def test_proportions_that_vary_more_than_binomially_widen_laneys_limits():
    """Daily proportions with deviation 0.05 on 10,000 units: sqrt(0.05^2 + 0.24 / 10,000), ten times the binomial one."""
    rng = np.random.default_rng(6)
    n = rng.binomial(10_000, rng.normal(0.4, 0.05, 4000))
    limits = laney_limits(n, np.full(4000, 10_000), np.ones(4000, bool))
    assert_allclose((limits.high - limits.centre) / 3, np.sqrt(0.05**2 + 0.24e-4), rtol=0.05)


@CALM
@given(COUNTS, st.sampled_from([0.01, 3.0, 1000.0]))
def test_units_scale_the_limits_and_change_nothing_else(counts, unit):
    n, d = np.array(counts, dtype=float).T
    everything = np.ones(len(n), bool)
    charts = [
        (xmr_limits(n, everything), xmr_limits(n * unit, everything)),
        (laney_rate_limits(n, d, everything), laney_rate_limits(n * unit, d, everything)),
    ]
    for limits, scaled in charts:
        for plain, larger in zip(limits, scaled, strict=True):
            assert_allclose(larger, plain * unit, rtol=1e-9, atol=1e-9 * unit)


def test_limits_of_a_share_stay_within_0_and_1_and_those_of_a_rate_above_0():
    n = [1, 99] * 8
    share, rate = (chart(n, [100] * 16, [True] * 16) for chart in (laney_limits, laney_rate_limits))
    assert (share.low == 0).all() and (share.high == 1).all()
    assert (rate.low == 0).all() and (rate.high > 1).all()


def test_a_point_on_a_limit_is_not_beyond_it():
    assert signals([3, -3, 3.01, -3.01], flat(4)).tolist() == ["", "", BEYOND, BEYOND]


def test_a_run_is_named_from_its_eighth_point_on():
    assert signals([-1] + [1] * 7 + [-1], flat(9)).tolist() == [""] * 9
    assert signals([-1] + [1] * 9 + [-1], flat(11)).tolist() == [""] * 8 + [RUN, RUN, ""]
    assert signals([-1] * 8, flat(8)).tolist() == [""] * 7 + [RUN]


def test_a_run_passes_over_gaps_and_ends_on_the_centre():
    assert signals([1] * 4 + [np.nan] * 3 + [1] * 4, flat(11)).tolist() == [""] * 10 + [RUN]
    assert signals([1] * 4 + [0] + [1] * 4, flat(9)).tolist() == [""] * 9
    assert signals([0] * 9, flat(9)).tolist() == [""] * 9


def test_beyond_the_limits_comes_before_the_run():
    assert signals([1] * 7 + [5, 1], flat(9)).tolist() == [""] * 7 + [BEYOND, RUN]


def test_each_point_is_held_against_its_own_limits():
    limits = Limits(np.zeros(2), np.array([-3.0, -1.0]), np.array([3.0, 1.0]))
    assert signals([2, 2], limits).tolist() == ["", BEYOND]


def test_missing_points_and_limits_fire_nothing():
    nothing = Limits(*(np.full(9, np.nan) for _ in range(3)))
    assert signals([5.0] * 9, nothing).tolist() == [""] * 9
    assert signals([np.nan] * 9, flat(9)).tolist() == [""] * 9


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ([1, -1, 2], "routine"),
        ([1, -1, 5], "exceptional"),
        ([5, 5, 1], "exceptional"),
        ([5, 5, -5], "exceptional"),
        ([5, 5, 5], "shifted"),
        ([-5, 1, -5, 1, -5, 1], "shifted"),
        ([-5, 1, -5, 1, -5, 1, -1], "exceptional"),
        ([1] * 7, "routine"),
        ([1] * 8, "shifted"),
        ([1] * 7 + [5], "shifted"),
        ([1] * 8 + [-1] * 3, "shifted"),
        ([np.nan, 5, np.nan], "exceptional"),
        ([np.nan] * 3, "unknown"),
        ([], "unknown"),
    ],
)
def test_the_verdict_on_the_points_after(after, verdict):
    values = [5, -1] * 6 + list(after)
    assert signal_after(values, flat(len(values)), np.arange(len(values)) >= 12) == verdict


def test_a_run_that_reaches_into_the_points_after_is_a_shift_and_one_that_ended_before_is_not():
    values = np.array([1.0] * 9 + [-1.0])
    assert signal_after(values[:9], flat(9), np.arange(9) == 8) == "shifted"
    assert signal_after(values, flat(10), np.arange(10) == 9) == "routine"


def test_without_limits_nothing_is_known():
    values, after = np.arange(9.0), np.arange(9) > 4
    assert signal_after(values, xmr_limits(values, ~after), after) == "unknown"


def test_routine_points_are_called_exceptional_as_rarely_as_three_sigma_promise():
    """27 of 10,000 normal points lie beyond three sigma; limits from 2,000 points leave that between 20 and 36."""
    rng = np.random.default_rng(8)
    values = rng.normal(size=(100, 4000))
    rate = np.mean([(signals(x, xmr_limits(x, np.arange(4000) < 2000))[2000:] == BEYOND).mean() for x in values])
    assert_allclose(rate, 2 * stats.norm.sf(3), rtol=0.3)


def test_limits_from_the_shortest_baseline_call_at_most_three_routine_points_in_a_hundred_exceptional():
    rng = np.random.default_rng(10)
    baseline = np.arange(36) < MIN_BASELINE
    rate = np.mean([(signals(x, xmr_limits(x, baseline)) == BEYOND)[~baseline].mean() for x in rng.normal(size=(2000, 36))])
    assert 2 * stats.norm.sf(3) < rate < 0.03


def test_eight_in_a_row_come_as_rarely_as_heads_do():
    """With a known centre the chance that a run of at least eight ends at a point is 2 / 2^8."""
    x = np.random.default_rng(9).normal(size=200_000)
    wide = flat(len(x), half=99)
    assert_allclose((signals(x, wide) == RUN).mean(), 2 / 2**8, rtol=0.1)
