"""Shrinkage: rates drawn towards what all groups share, the more the fewer are counted."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from kpikit.stats.shrinkage import AROUND, GRID, shrunk, shrunk_values

COUNT, NOBS = [12, 9, 30, 3, 5], [100, 120, 150, 40, 14]


def walked(count, nobs):
    """The same model by another road: each rate on a fine grid, betabinom and beta densities of scipy, plain loops."""
    rates = np.linspace(0, 1, 4001)[1:-1]
    density = np.zeros((len(count), len(rates)))
    for k in range(GRID):
        place = (k + 0.5) / GRID
        drawn = 3 * place**2 - 2 * place**3
        strength = float(np.median(nobs)) * drawn / (1 - drawn)
        weights = [n / (1 + (n - 1) / (strength + 1)) for n in nobs]
        centre = sum(w * x / n for w, x, n in zip(weights, count, nobs, strict=True)) / sum(weights)
        error = (centre * (1 - centre) * sum(weights)) ** -0.5
        for step in AROUND:
            odds = centre / (1 - centre) * np.exp(step * error)
            a, b = odds / (1 + odds) * strength, strength / (1 + odds)
            likelihood = (
                error * place * (1 - place) * np.prod([stats.betabinom(n, a, b).pmf(x) for x, n in zip(count, nobs, strict=True)])
            )
            for group, (x, n) in enumerate(zip(count, nobs, strict=True)):
                density[group] += likelihood * stats.beta(a + x, b + n - x).pdf(rates)
    density /= density.sum(axis=1, keepdims=True)
    below = density.cumsum(axis=1)
    return (
        density @ rates,
        [rates[np.searchsorted(row, 0.025)] for row in below],
        [rates[np.searchsorted(row, 0.975)] for row in below],
    )


def test_values_and_limits_are_those_of_a_walk_over_a_grid_of_rates():
    told = shrunk(COUNT, NOBS)
    value, low, high = walked(COUNT, NOBS)
    assert_allclose(told.value, value, atol=1e-4)
    assert_allclose(told.low, low, atol=1e-3)
    assert_allclose(told.high, high, atol=1e-3)
    assert_allclose(shrunk_values(COUNT, NOBS), told.value)


def test_each_rate_lies_between_its_own_and_that_of_the_whole_and_small_groups_move_farther():
    told = shrunk([60, 12, 5], [400, 100, 14])
    whole = 77 / 514
    for value, raw in zip(told.value, (60 / 400, 12 / 100, 5 / 14), strict=True):
        assert min(raw, whole) - 0.005 <= value <= max(raw, whole) + 0.005
    assert told.from_whole[2] > told.from_whole[1] > told.from_whole[0]


def test_groups_that_differ_by_far_more_than_luck_hardly_move():
    told = shrunk([100, 500, 900], [1000, 1000, 1000])
    assert_allclose(told.value, [0.1, 0.5, 0.9], atol=0.005)


def test_the_limits_hold_the_true_rates_about_as_often_as_they_say():
    rng, held = np.random.default_rng(3), []
    for _ in range(300):
        nobs = rng.integers(8, 120, 8)
        rates = rng.beta(6, 44, 8)
        told = shrunk(rng.binomial(nobs, rates), nobs)
        held += [*((told.low <= rates) & (rates <= told.high))]
    assert 0.925 <= np.mean(held) <= 0.975


def test_over_all_groups_the_shrunk_rates_lie_nearer_to_the_truth_than_the_raw_ones():
    """The reason for it all (James and Stein 1961; Efron and Morris 1975)."""
    rng, raw, drawn = np.random.default_rng(4), 0.0, 0.0
    for _ in range(100):
        nobs, rates = rng.integers(8, 120, 8), rng.beta(6, 44, 8)
        count = rng.binomial(nobs, rates)
        raw += ((count / nobs - rates) ** 2).sum()
        drawn += ((shrunk_values(count, nobs) - rates) ** 2).sum()
    assert drawn < 0.7 * raw


@pytest.mark.parametrize(("count", "nobs"), [([1], [0]), ([3], [2]), ([-1], [2])])
def test_impossible_counts_are_refused(count, nobs):
    with pytest.raises(ValueError, match="each group counts from 0 to as many as it holds, and holds at least 1"):
        shrunk(count, nobs)


def test_groups_in_which_all_or_none_did_have_limits_inside_0_and_1():
    told = shrunk([0, 0, 0], [10, 20, 5])
    assert np.all((told.low >= 0) & (told.high < 0.35) & (told.value > 0))
    assert_allclose(shrunk([10, 20, 5], [10, 20, 5]).value, 1 - told.value)
