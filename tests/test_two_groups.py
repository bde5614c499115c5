"""kpikit.stats.two_groups: against published numbers, likelihoods maximised by brute force and exact symmetries."""

import numpy as np
import pytest
from conftest import assert_published, counts, ends, published
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from scipy.special import xlog1py, xlogy

from kpikit.stats.intervals import wilson
from kpikit.stats.two_groups import (
    agresti_caffo,
    fieller,
    koopman,
    log_ratio,
    miettinen_nurminen,
    miettinen_nurminen_ratio,
    newcombe,
)

CALM = settings(deadline=None, derandomize=True, max_examples=60)
Z = stats.norm.ppf(0.975)
DIFFERENCES = [newcombe, agresti_caffo, miettinen_nurminen]
RATIOS = [koopman, miettinen_nurminen_ratio, log_ratio]
EDGES = [
    (0, 5, 0, 5),
    (5, 5, 5, 5),
    (0, 5, 5, 5),
    (5, 5, 0, 5),
    (0, 5, 2, 5),
    (5, 5, 2, 5),
    (2, 5, 0, 7),
    (2, 7, 5, 5),
    (5, 5, 60, 1000),
    (0, 1, 1, 1),
    (7, 18, 1, 18),
    (56, 70, 48, 80),
    (3, 10**6, 40, 10**6),
]


@st.composite
def two_groups(draw, most=10**4):
    n1, n2 = (draw(st.integers(1, most)) for _ in range(2))
    return draw(st.integers(0, n1)), n1, draw(st.integers(0, n2)), n2


# published limits


@published("diff_ci.newcombe")
def test_newcombe_gives_the_published_limits(vector):
    assert_published(newcombe(*counts(vector)), vector)


@published("diff_ci.miettinen_nurminen")
def test_miettinen_and_nurminen_give_the_published_limits(vector):
    assert_published(miettinen_nurminen(*counts(vector)), vector)


@published("diff_ci.agresti_caffo")
def test_agresti_and_caffo_give_the_published_limits(vector):
    assert_published(agresti_caffo(*counts(vector)), vector)


@published("fagerland2015_7_34_vs_1_34_diff")
@pytest.mark.parametrize("method", [agresti_caffo, newcombe])
def test_each_difference_of_a_trial_has_its_published_limits(vector, method):
    assert_published(method(*counts(vector)), vector, vector["expected"][method.__name__])


@published("ratio_ci.koopman")
def test_koopman_gives_the_published_limits(vector):
    assert_published(koopman(*counts(vector)), vector)


@published("ratio_ci.miettinen_nurminen")
def test_miettinen_and_nurminen_give_the_published_limits_of_a_ratio(vector):
    assert_published(miettinen_nurminen_ratio(*counts(vector)), vector)


@published("ratio_ci.adjusted_log")
def test_the_adjusted_log_gives_the_published_limits(vector):
    assert_published(log_ratio(*counts(vector)), vector)


@published("relative_lift.fieller")
def test_fieller_gives_the_published_limits(vector):
    groups = [vector["inputs"][name] for name in ("treatment", "control")]
    moments = [moment for group in groups for moment in (group["mean"], group["sd"] / np.sqrt(group["n"]))]
    assert_published(fieller(*moments), vector)


@pytest.mark.parametrize(
    ("method", "groups", "printed"),
    [
        (newcombe, (7, 34, 1, 34), [0.1765, 0.0189, 0.3404]),
        (agresti_caffo, (7, 34, 1, 34), [0.1765, 0.0116, 0.3217]),
        (miettinen_nurminen, (0, 16, 15, 72), [-0.2083, -0.3164, -0.0056]),
        (koopman, (7, 34, 1, 34), [7.0, 1.2209, 42.5757]),
        (miettinen_nurminen_ratio, (7, 34, 1, 34), [7.0, 1.2086, 43.0330]),
        (log_ratio, (7, 34, 1, 34), [7.0, 0.9241, 27.0523]),
    ],
)
def test_each_method_has_the_four_digits_of_the_authors_package(method, groups, printed):
    """Perondi 2004 and Ritland 2007, as printed by contingencytables, tests/testthat/test-ch4.R."""
    assert [round(float(x), 4) for x in method(*groups)] == printed


# score limits by brute force


def squared_score(groups, variance_of, line):
    """Of the observed gap x1 / n1 - slope * x2 / n2 - shift at the likeliest shares on the line p1 = shift + slope * p2."""
    x1, n1, x2, n2 = groups
    shift, slope = line

    def unlikely(p2):
        p1 = min(max(shift + slope * p2, 0.0), 1.0)
        return -sum(xlogy(x, p) + xlog1py(n - x, -p) for x, n, p in ((x1, n1, p1), (x2, n2, p2)))

    least, most = max(0.0, -shift / slope), min(1.0, (1 - shift) / slope)
    grid = np.linspace(least, most, 2001)
    at = int(np.argmin([unlikely(p2) for p2 in grid]))
    bounds = grid[max(at - 1, 0)], grid[min(at + 1, 2000)]
    p2 = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-14}).x
    p2 = min((p2, *bounds), key=unlikely)
    p1 = shift + slope * p2
    gap = x1 / n1 - slope * x2 / n2 - shift
    return gap**2 / variance_of(p1 * (1 - p1) / n1 + slope**2 * p2 * (1 - p2) / n2, n1 + n2)


def as_it_is(variance, n):
    return variance


def unbiased(variance, n):
    return variance * n / (n - 1)


@pytest.mark.parametrize("groups", EDGES)
def test_a_limit_of_the_difference_lies_z_standard_errors_from_what_was_seen(groups):
    for limit in ends(miettinen_nurminen(*groups)):
        if abs(limit) < 1:  # at -1 and 1 the data themselves are the limit
            assert squared_score(groups, unbiased, (limit, 1.0)) == pytest.approx(Z**2, rel=1e-4)


@pytest.mark.parametrize("groups", EDGES)
@pytest.mark.parametrize(("method", "variance_of"), [(koopman, as_it_is), (miettinen_nurminen_ratio, unbiased)])
def test_a_limit_of_the_ratio_lies_z_standard_errors_from_what_was_seen(groups, method, variance_of):
    for limit in ends(method(*groups)):
        if 0 < limit < np.inf:
            assert squared_score(groups, variance_of, (0.0, limit)) == pytest.approx(Z**2, rel=1e-4)


@pytest.mark.parametrize("x", [0, 1, 7, 34])
def test_against_a_share_known_for_sure_the_limits_are_wilsons(x):
    alone, half = wilson(x, 34), (10**14, 2 * 10**14)
    for method in (newcombe, miettinen_nurminen):
        assert_allclose(ends(method(x, 34, *half)), [alone.low - 0.5, alone.high - 0.5], atol=1e-6)
    for method in (koopman, miettinen_nurminen_ratio):
        assert_allclose(ends(method(x, 34, *half)), [alone.low / 0.5, alone.high / 0.5], atol=1e-6)


def test_agresti_and_caffo_is_walds_interval_of_one_more_yes_and_no_in_each_group():
    half = Z * np.sqrt(0.5 * 0.5 / 12 + 0.25 * 0.75 / 20)
    estimate = agresti_caffo(5, 10, 4, 18)
    assert_allclose(ends(estimate), [0.25 - half, 0.25 + half])
    assert estimate.value == pytest.approx(5 / 10 - 4 / 18)


@CALM
@given(st.floats(-50, 50), st.floats(0.01, 20), st.floats(0.01, 50), st.floats(0.01, 20))
def test_fiellers_limits_are_the_ratios_at_which_the_means_lie_z_standard_errors_apart(mean1, se1, mean2, se2):
    def gap(ratio):
        return (mean1 - ratio * mean2) ** 2 - Z**2 * (se1**2 + ratio**2 * se2**2)

    lift = fieller(mean1, se1, mean2, se2)
    assert lift.low <= lift.value <= lift.high
    if mean2 < 1.001 * Z * se2:  # a second mean that may be 0 bounds no ratio on both sides
        return
    ratio, far = mean1 / mean2, 10.0
    while gap(ratio - far) < 0 or gap(ratio + far) < 0:
        far *= 10
    roots = [brentq(gap, ratio - far, ratio, xtol=1e-12), brentq(gap, ratio, ratio + far, xtol=1e-12)]
    assert_allclose(ends(lift), np.array(roots) - 1, rtol=1e-5, atol=1e-7)


def test_fieller_bounds_nothing_away_from_zero_where_the_second_mean_may_be_zero():
    assert fieller(5, 1, 1, 1).high == np.inf
    assert fieller(-5, 1, 1, 1).low == -np.inf
    assert ends(fieller(0, 1, 1, 1)) == [-np.inf, np.inf]
    assert np.isnan([*fieller(5, 1, 0, 1)]).all()
    assert np.isnan([*fieller(5, 1, -2, 1)]).all()


# symmetries


@CALM
@given(two_groups())
def test_swapping_the_groups_flips_the_signs_of_a_difference(groups):
    for method in DIFFERENCES:
        there, back = method(*groups, 0.9), method(*groups[2:], *groups[:2], 0.9)
        assert_allclose([-back.value, -back.high, -back.low], [there.value, there.low, there.high], rtol=1e-9, atol=1e-12)


@CALM
@given(two_groups())
def test_counting_the_noes_flips_the_signs_of_a_difference(groups):
    x1, n1, x2, n2 = groups
    for method in DIFFERENCES:
        yes, no = method(*groups), method(n1 - x1, n1, n2 - x2, n2)
        assert_allclose([-no.value, -no.high, -no.low], [yes.value, yes.low, yes.high], rtol=1e-9, atol=1e-12)


@CALM
@given(two_groups())
def test_swapping_the_groups_turns_a_ratio_over(groups):
    for method in RATIOS:
        there, back = method(*groups, 0.9), method(*groups[2:], *groups[:2], 0.9)
        with np.errstate(divide="ignore"):
            assert_allclose([1 / back.high, 1 / back.low], ends(there), rtol=1e-9)


@CALM
@given(two_groups())
def test_both_scores_agree_whether_the_groups_differ(groups):
    """At no difference the likeliest shares are the same, whether a difference or a ratio is asked for."""
    assume(groups[0] + groups[2] > 0)
    moved, ratio = miettinen_nurminen(*groups), miettinen_nurminen_ratio(*groups)
    assume(min(abs(moved.low), abs(moved.high)) > 1e-9)  # on zero itself the last bit of a float decides
    assert (moved.low > 0) == (ratio.low > 1)
    assert (moved.high < 0) == (ratio.high < 1)


# where limits lie


@CALM
@given(two_groups())
def test_limits_of_a_difference_lie_between_minus_one_and_one_and_hold_their_value(groups):
    for method in DIFFERENCES:
        value, low, high = method(*groups)
        assert -1 <= low <= value <= high <= 1
        assert low < high


@CALM
@given(two_groups())
def test_limits_of_a_ratio_are_not_negative_and_hold_their_value(groups):
    x1, _, x2, _ = groups
    for method in RATIOS:
        value, low, high = method(*groups)
        if x2 > 0:
            assert 0 <= low <= value <= high < np.inf
            assert low < high
        elif x1 > 0:
            assert np.isnan(value)
            assert 0 < low < high == np.inf
        else:
            assert np.isnan([value, low, high]).all()


@pytest.mark.parametrize("method", RATIOS)
def test_a_ratio_of_none_starts_at_zero_and_one_to_none_ends_nowhere(method):
    assert ends(method(0, 10, 5, 10))[0] == 0.0
    assert ends(method(5, 10, 0, 10))[1] == np.inf


@pytest.mark.parametrize("method", DIFFERENCES + RATIOS)
def test_nobody_in_a_group_leaves_nothing_to_say(method):
    for groups in ((0, 0, 3, 5), (3, 5, 0, 0), (0, 0, 0, 0), (np.nan, 5, 3, 5)):
        assert np.isnan([*method(*groups)]).all()


@pytest.mark.parametrize("method", DIFFERENCES)
def test_all_against_none_ends_at_one_exactly(method):
    assert float(method(12, 12, 0, 9).high) == 1.0
    assert float(method(0, 9, 12, 12).low) == -1.0


# more units, more confidence, columns


@CALM
@given(two_groups(most=500), st.integers(2, 50))
def test_more_units_at_the_same_shares_narrow_a_difference(groups, times):
    for method in DIFFERENCES:
        few, many = (method(*(k * count for count in groups)) for k in (1, times))
        assert many.high - many.low < few.high - few.low


@CALM
@given(two_groups(most=500), st.integers(2, 50))
def test_more_units_at_the_same_shares_narrow_a_ratio(groups, times):
    x1, _, x2, _ = groups
    for method in RATIOS:
        few, many = (method(*(k * count for count in groups)) for k in (1, times))
        if x1 > 0:
            assert many.low > few.low
        if x2 > 0:
            assert many.high < few.high


@pytest.mark.parametrize("method", DIFFERENCES + RATIOS)
def test_more_confidence_widens_an_interval_of_two_groups(method):
    widths = [float(np.ptp(ends(method(36, 154, 12, 77, level)))) for level in (0.5, 0.8, 0.95, 0.99)]
    assert widths == sorted(set(widths))


def test_more_confidence_widens_a_lift():
    widths = [float(np.ptp(ends(fieller(6, 0.3, 5, 0.2, level)))) for level in (0.5, 0.8, 0.95, 0.99)]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("method", DIFFERENCES + RATIOS)
def test_columns_of_two_groups_agree_with_their_rows(method):
    rows = [*EDGES, (0, 0, 3, 5)]
    column = method(*np.array(rows).T)
    assert column.value.dtype == column.low.dtype == column.high.dtype == np.float64
    assert_allclose(np.array(column).T, [[float(part) for part in method(*row)] for row in rows], rtol=1e-12, atol=1e-15)


def test_one_group_is_compared_with_many():
    for method in DIFFERENCES + RATIOS:
        assert method([[1], [2]], 10, [3, 4, 5], 12).low.shape == (2, 3)
    assert fieller([[1], [2]], 0.1, [3, 4, 5], 0.1).low.shape == (2, 3)
