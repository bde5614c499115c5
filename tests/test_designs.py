"""kpikit.stats.designs: columns written out, least squares by brute force, and broken lines whose bends are known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import linalg

from kpikit.stats.designs import BEND_AT, SCANNED, TWO_BENDS_AT, bends_of, gains, going_on, one_each

PLACE = np.arange(40, dtype=float)
ALL = np.ones(40, dtype=bool)
INSIDE = range(7, 32)  # places with 8 points on either side
WAVE = 0.02 * np.sin(2 * np.pi * PLACE / 12) - 0.01 * np.cos(2 * np.pi * 3 * PLACE / 12)


def correlation(points, rho):
    return linalg.toeplitz(rho ** np.arange(points))


def noisy(seed, rows, points, rho):
    root = np.linalg.cholesky(correlation(points, rho))
    return np.random.default_rng(seed).standard_normal((rows, points)) @ root.T


def broken(*at, slopes=(0.01, -0.02, 0.03), points=40):
    place = np.arange(points)
    return 0.2 + slopes[0] * place + sum(turn * np.maximum(place - bend, 0) for turn, bend in zip(slopes[1:], at, strict=False))


def bends(line, usable=ALL, *, season=False):
    """Those of one line, as a list."""
    (found,) = bends_of(line, usable, 12, season=season)
    return list(found)


def squares(y, design, rho):
    """Residual sum of squares of independent errors, by the Cholesky root of the exact covariance."""
    root = np.linalg.cholesky(correlation(len(y), rho) / (1 - rho**2))
    y, design = np.linalg.solve(root, y), np.linalg.solve(root, design)
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


def test_the_columns_are_level_trend_hinges_and_all_phases_but_the_first():
    assert_array_equal(
        going_on(7, 3, (2, 4), trend=True, season=True),
        [
            [1, 0, 0, 0, 0, 0],
            [1, 1, 0, 0, 1, 0],
            [1, 2, 0, 0, 0, 1],
            [1, 3, 1, 0, 0, 0],
            [1, 4, 2, 0, 1, 0],
            [1, 5, 3, 1, 0, 1],
            [1, 6, 4, 2, 0, 0],
        ],
    )


@pytest.mark.parametrize(("trend", "season", "width"), [(False, False, 1), (True, False, 2), (False, True, 12), (True, True, 13)])
def test_a_design_has_only_the_columns_asked_for(trend, season, width):
    design = going_on(40, 12, trend=trend, season=season)
    assert design.shape == (40, width)
    assert np.linalg.matrix_rank(design) == width
    assert_array_equal(design[:, 0], 1)


def test_every_marked_point_has_its_own_column():
    assert_array_equal(one_each(np.array([False, True, False, True])), [[0, 0], [1, 0], [0, 0], [0, 1]])
    assert one_each(np.zeros(4, dtype=bool)).shape == (4, 0)


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.8])
def test_a_gain_is_what_a_column_takes_off_the_residual_squares(rho):
    rng = np.random.default_rng(1)
    rows, more = rng.standard_normal((3, 40)), rng.standard_normal((40, 4))
    design = going_on(40, 12, trend=True, season=True)
    left, told = gains(rows, design, more, rho)
    for row in range(3):
        assert_allclose(left[row], squares(rows[row], design, rho), rtol=1e-9)
        by_hand = [left[row] - squares(rows[row], np.column_stack([design, column]), rho) for column in more.T]
        assert_allclose(told[row], by_hand, rtol=1e-7, atol=1e-9)


def test_a_column_that_the_design_holds_already_gains_nothing():
    design = going_on(40, 12, trend=True, season=True)
    _, told = gains(
        np.random.default_rng(2).standard_normal((2, 40)), design, design[:, [0, 1, 5]] @ np.array([[1], [2], [3]]), 0.4
    )
    assert_array_equal(told, [[0], [0]])


@pytest.mark.parametrize("bend", [7, 12, 20, 31])
def test_a_broken_line_bends_where_it_breaks(bend):
    assert bends(broken(bend)) == [bend]
    assert bends(1e6 - 1e7 * broken(bend)) == [bend]


@pytest.mark.parametrize("places", [(10, 22), (8, 16), (12, 31), (15, 25)])
def test_a_line_that_breaks_twice_bends_twice(places):
    assert bends(broken(*places)) == list(places)


def test_a_season_on_a_broken_line_hides_no_bend():
    assert bends(broken(14) + WAVE, season=True) == [14]


def likelihood(line, *at):
    """Twice the profile log-likelihood of a line with bends at these places, every autocorrelation looked at."""
    design = going_on(len(line), 12, at, trend=True, season=False)
    return max(np.log(1 - rho**2) - (len(line) - 2) * np.log(squares(line, design, rho)) for rho in SCANNED)


def test_a_rise_fall_and_rise_is_found_though_neither_bend_shows_alone():
    """Of all places one bend gains too little to be believed."""
    line = broken(13, 26, slopes=(0.01, -0.025, 0.025)) + 0.02 * noisy(3, 1, 40, 0.0)[0]
    assert max(likelihood(line, bend) for bend in INSIDE) - likelihood(line) < BEND_AT
    found = bends(line)
    assert len(found) == 2
    assert likelihood(line, *found) - likelihood(line) >= TWO_BENDS_AT


def test_points_that_are_not_usable_have_no_say_in_the_bends():
    usable = ~np.isin(PLACE, [3, 19, 20, 33])
    line = broken(18) + 0.005 * noisy(4, 1, 40, 0.3)[0]
    wild = np.where(usable, line, 1e3)
    assert bends(wild, usable) == bends(line, usable) != []


def test_a_line_bends_in_any_unit_and_from_either_end():
    """The least squares of a hinge are the same read backwards: the straight line takes up the difference."""
    line = broken(16) + 0.01 * noisy(5, 1, 40, 0.3)[0]
    found = bends(line)
    assert len(found) == 1
    assert bends(3 - 2000 * line + 5 * PLACE) == found
    assert bends(line[::-1]) == [39 - bend for bend in found]


def test_a_noisy_line_bends_where_it_is_likeliest():
    """By brute force: every place, every autocorrelation, the profile likelihood of the exact covariance."""
    line = broken(22) + 0.02 * noisy(6, 1, 40, 0.3)[0]
    assert bends(line) == [max(INSIDE, key=lambda bend: likelihood(line, bend))]


@pytest.mark.parametrize(
    "line", [np.zeros(40), np.full(40, 1 / 3), 0.3 - 0.007 * PLACE, 1e6 + 7 * PLACE, 0.3 + 0.01 * PLACE + WAVE]
)
def test_rounding_bends_no_straight_line(line):
    assert bends(line, season=True) == []


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
@pytest.mark.parametrize(("points", "season"), [(24, False), (36, False), (36, True)])
def test_noise_bends_few_straight_lines(points, season, rho):
    """At most 5 in 100, as the threshold was simulated to."""
    lines = 0.15 + 0.001 * np.arange(points) + 0.011 * noisy(7, 100, points, rho)
    assert bends_of(lines, np.ones(points, dtype=bool), 12, season=season).count(()) >= 95


def test_a_stretch_too_short_for_two_sides_has_no_bend():
    for points in range(1, 16):
        assert bends(broken(points // 2, points=points), np.ones(points, dtype=bool)) == []


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_bends_that_are_barely_believed_are_so_in_any_unit(unit):
    lines = broken(13, 26, slopes=(0.01, -0.025, 0.025)) + 0.04 * noisy(9, 40, 40, 0.0)
    found = bends_of(lines, ALL, 12, season=False)
    assert 0 < found.count(()) < 40
    assert bends_of(unit * lines, ALL, 12, season=False) == found


def test_two_bends_keep_their_distance_and_are_no_nearer_to_the_ends():
    lines = broken(14, 17, slopes=(0.01, -0.05, 0.05)) + 0.01 * noisy(8, 20, 40, 0.3)
    found = bends_of(lines, ALL, 12, season=False)
    assert all(later - earlier >= 8 for earlier, later in (pair for pair in found if len(pair) == 2))
    assert all(7 <= bend <= 31 for pair in found for bend in pair)
    assert any(found)


def test_each_line_has_its_own_bends():
    lines = np.array([broken(12), broken(30) * 1e4, broken(), broken(12, 24)])
    assert bends_of(lines, ALL, 12, season=False) == [(12,), (30,), (), (12, 24)]
