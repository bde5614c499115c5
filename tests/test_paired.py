"""kpikit.stats.paired: against published numbers, likelihoods maximised by brute force and exact symmetries."""

import numpy as np
import pytest
from conftest import assert_published, counts, ends, published
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import xlogy

from kpikit.stats.paired import mcnemar, newcombe_paired, tango
from kpikit.stats.two_groups import newcombe

CALM = settings(deadline=None, derandomize=True, max_examples=100)
Z = stats.norm.ppf(0.975)
METHODS = [newcombe_paired, tango]
EDGES = [
    (20, 12, 2, 16),
    (4, 9, 3, 16),
    (7, 25, 2, 68),
    (5, 0, 0, 5),
    (0, 5, 0, 0),
    (0, 0, 5, 0),
    (0, 5, 5, 0),
    (5, 5, 0, 0),
    (0, 0, 4, 6),
    (3, 1, 0, 0),
    (10**6, 30, 50, 10**6),
]


@st.composite
def moves(draw, most=10**4):
    four = [draw(st.integers(0, most)) for _ in range(4)]
    assume(sum(four) > 0)
    return four


# published limits


@published("paired_diff_ci.newcombe_m10")
def test_newcombe_gives_the_published_limits_of_pairs(vector):
    assert_published(newcombe_paired(*counts(vector)), vector)


@published("paired_diff_ci.tango")
def test_tango_gives_the_published_limits(vector):
    assert_published(tango(*counts(vector)), vector)


@pytest.mark.parametrize(("method", "limits"), [(newcombe_paired, [-0.1186, -0.0046]), (tango, [-0.1240, -0.0054])])
def test_each_method_of_pairs_has_the_four_digits_of_the_authors_package(method, limits):
    """Cavo 2012, as printed by contingencytables (Fagerland, Lydersen and Laake), tests/testthat/test-ch8.R."""
    assert [round(float(x), 4) for x in method(59, 6, 16, 80)] == [-0.0621, *limits]


def test_mcnemars_mid_p_has_the_six_digits_of_the_authors_package():
    """Cavo 2012, as printed by contingencytables, tests/testthat/test-ch8.R."""
    assert round(float(mcnemar(6, 16)), 6) == 0.034690


# limits by another route


def squared_score(four, change):
    """Of the observed difference at the likeliest cells that differ by `change`."""
    _, b, c, _ = four
    n = sum(four)

    def unlikely(p21):
        p12, stayed = p21 + change, 1 - 2 * p21 - change
        return -sum(xlogy(x, max(p, 0.0)) for x, p in ((b, p12), (c, p21), (n - b - c, stayed)))

    grid = np.linspace(max(0.0, -change), (1 - change) / 2, 2001)
    at = int(np.argmin([unlikely(p21) for p21 in grid]))
    bounds = grid[max(at - 1, 0)], grid[min(at + 1, 2000)]
    p21 = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-14}).x
    p21 = min((p21, *bounds), key=unlikely)
    return (b - c - n * change) ** 2 / (n * (2 * p21 + change - change**2))


@pytest.mark.parametrize("four", EDGES)
def test_a_limit_of_tango_lies_z_standard_errors_from_what_was_seen(four):
    for limit in ends(tango(*four)):
        if abs(limit) < 1:  # at -1 and 1 the data themselves are the limit
            assert squared_score(four, limit) == pytest.approx(Z**2, rel=1e-4)


def test_tangos_limits_are_wilsons_where_nothing_moved():
    """None of n moved: the upper limit of a share of none, z^2 / (n + z^2), either way."""
    assert_allclose(ends(tango(5, 0, 0, 7)), [-(Z**2) / (12 + Z**2), Z**2 / (12 + Z**2)])


@CALM
@given(moves())
def test_tango_excludes_zero_exactly_when_mcnemars_chi_squared_does(four):
    _, b, c, _ = four
    assume(b + c > 0)
    low, high = ends(tango(*four))
    assume(min(abs(low), abs(high)) > 1e-9)
    assert (not low < 0 < high) == ((b - c) ** 2 / (b + c) > Z**2)


def test_pairs_without_correlation_are_as_good_as_two_groups():
    for a, b, c, d in ((6, 3, 4, 2), (5, 5, 5, 5), (30, 10, 60, 20)):
        assert_allclose(ends(newcombe_paired(a, b, c, d)), ends(newcombe(a + b, a + b + c + d, a + c, a + b + c + d)), rtol=1e-12)


def test_a_weak_positive_correlation_of_pairs_is_not_counted():
    """20 x 5 - 15 x 6 is 10, less than half of 46 (Newcombe's correction for continuity); 6 x 15 - 20 x 5 is not corrected."""
    assert_allclose(ends(newcombe_paired(20, 15, 6, 5)), ends(newcombe(35, 46, 26, 46)), rtol=1e-12)
    against = newcombe_paired(15, 20, 5, 6)
    apart = newcombe(35, 46, 20, 46)
    assert against.high - against.low > apart.high - apart.low


@pytest.mark.parametrize(("b", "c"), [(1, 7), (6, 16), (0, 1), (0, 9), (12, 2), (400, 500)])
def test_mcnemar_is_the_binomial_test_less_the_chance_of_the_sample(b, c):
    exact = stats.binomtest(b, b + c).pvalue
    assert float(mcnemar(b, c)) == pytest.approx(exact - stats.binom.pmf(b, b + c, 0.5))


@pytest.mark.parametrize("b", [0, 1, 8, 10**6])
def test_as_many_moves_one_way_as_the_other_are_no_sign_of_anything(b):
    assert float(mcnemar(b, b)) == 1.0


def test_mcnemar_of_the_unknown_is_missing():
    assert np.isnan(mcnemar([np.nan, 3], [3, np.nan])).all()


@CALM
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_mcnemar_is_a_chance_and_does_not_mind_the_direction(b, c):
    assert 0 <= mcnemar(b, c) <= 1
    assert mcnemar(b, c) == mcnemar(c, b)


def test_the_further_apart_the_moves_the_smaller_the_p_value():
    b = np.arange(51)
    assert (np.diff(mcnemar(b, 100 - b)) > 0).all()


# symmetries


@CALM
@given(moves())
def test_swapping_the_times_flips_the_signs(four):
    a, b, c, d = four
    for method in METHODS:
        there, back = method(a, b, c, d, 0.9), method(a, c, b, d, 0.9)
        assert_allclose([-back.value, -back.high, -back.low], [there.value, there.low, there.high], rtol=1e-9, atol=1e-12)


@CALM
@given(moves())
def test_counting_the_noes_of_pairs_flips_the_signs(four):
    a, b, c, d = four
    for method in METHODS:
        yes, no = method(a, b, c, d), method(d, c, b, a)
        assert_allclose([-no.value, -no.high, -no.low], [yes.value, yes.low, yes.high], rtol=1e-9, atol=1e-12)


# where limits lie


@CALM
@given(moves())
def test_limits_of_pairs_lie_between_minus_one_and_one_and_hold_their_value(four):
    for method in METHODS:
        value, low, high = method(*four)
        assert -1 <= low <= value <= high <= 1
        assert low < high


@pytest.mark.parametrize("method", METHODS)
def test_pairs_that_all_move_one_way_end_at_one_exactly(method):
    assert float(method(0, 12, 0, 0).high) == 1.0
    assert float(method(0, 0, 12, 0).low) == -1.0


@pytest.mark.parametrize("method", METHODS)
def test_no_pairs_leave_nothing_to_say(method):
    assert np.isnan([*method(0, 0, 0, 0)]).all()
    assert np.isnan([*method(np.nan, 1, 2, 3)]).all()


# more units, more confidence, columns


@CALM
@given(moves(most=500), st.integers(2, 50))
def test_more_pairs_at_the_same_shares_narrow_the_interval(four, times):
    for method in METHODS:
        few, many = (method(*(k * count for count in four)) for k in (1, times))
        assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize("method", METHODS)
def test_more_confidence_widens_an_interval_of_pairs(method):
    widths = [float(np.ptp(ends(method(20, 12, 2, 16, level)))) for level in (0.5, 0.8, 0.95, 0.99)]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("method", METHODS)
def test_columns_of_pairs_agree_with_their_rows(method):
    rows = [*EDGES, (0, 0, 0, 0)]
    column = method(*np.array(rows).T)
    assert column.value.dtype == column.low.dtype == column.high.dtype == np.float64
    assert_allclose(np.array(column).T, [[float(part) for part in method(*row)] for row in rows], rtol=1e-12, atol=1e-15)
    assert method([[1], [2]], 10, [3, 4, 5], 12).low.shape == (2, 3)


def test_columns_of_moves_agree_with_their_rows():
    b, c = np.array([0, 1, 6]), np.array([5, 7, 16])
    column = mcnemar(b, c)
    assert column.dtype == np.float64
    assert_allclose(column, [float(mcnemar(x, y)) for x, y in zip(b, c, strict=True)], rtol=1e-12)
