"""Shares of a survey of which a part stayed silent, against other libraries, hand-made sums and exact arguments."""

from itertools import product
from math import comb

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.proportion import multinomial_proportions_confint

from kpikit.stats.intervals import wilson
from kpikit.stats.survey import fisher, poststratified, silent_bounds, together, weighted_gap


@pytest.mark.parametrize("counts", [[56, 72, 73], [91, 49, 37, 43], [1, 0, 9], [5, 5]])
def test_the_intervals_of_one_choice_are_those_of_goodman(counts):
    found = np.transpose(together(counts, sum(counts), len(counts))[1:])
    assert_allclose(found, multinomial_proportions_confint(counts, method="goodman"), atol=1e-12)


def test_one_share_alone_has_wilson_s_interval():
    assert_allclose(together(30, 100, 1), wilson(30, 100))
    assert_allclose(together(30, 100, 0), wilson(30, 100))


def test_the_bounds_are_what_the_silent_could_make_of_it():
    asked, answered = 7, 4
    for named in range(answered + 1):
        possible = [(named + silent) / asked for silent in range(asked - answered + 1)]
        assert_allclose(silent_bounds(named, answered, asked), (min(possible), max(possible)))
    assert_allclose(silent_bounds(3, 10, 10), (0.3, 0.3))


def test_a_weighted_share_counts_each_group_as_it_was_asked():
    """Of 100 and 300 asked 60 % and 20 % named it: (60 + 60) of 400."""
    assert float(poststratified([30, 10], [50, 50], [100, 300]).value) == pytest.approx(0.3)


def test_where_all_answered_alike_the_weights_change_nothing():
    raw, weighted = wilson(60, 200), poststratified([30, 30], [100, 100], [500, 500])
    assert float(weighted.value) == pytest.approx(0.3)
    assert float(weighted.high - weighted.low) == pytest.approx(float(raw.high - raw.low), rel=0.02)


def test_a_weighted_interval_holds_the_share_as_often_as_it_says():
    """Two groups, one of which answers three times as often; 4,000 seeded surveys."""
    rng, asked, answered, share = np.random.default_rng(5), np.array([400, 600]), np.array([240, 120]), np.array([0.6, 0.2])
    named = rng.binomial(answered, share, size=(4000, 2))
    told = poststratified(named, answered, asked)
    held = (told.low <= 0.36) & (told.high >= 0.36)
    assert 0.94 <= held.mean() <= 0.965
    assert wilson(named.sum(axis=1), 360).low.mean() > 0.36  # the raw share's does not


def test_a_weighted_share_of_none_or_all_is_still_in_doubt():
    none, full = poststratified([0, 0], [20, 10], [50, 50]), poststratified([20, 10], [20, 10], [50, 50])
    assert (float(none.value), float(none.low)) == (0.0, 0.0) and 0.05 < float(none.high) < 0.25
    assert (float(full.value), float(full.high)) == (1.0, 1.0) and 0.75 < float(full.low) < 0.95


def test_a_gap_is_the_weighted_difference_of_the_two_shares():
    first, second, both = np.array([20, 30]), np.array([10, 24]), np.array([6, 4])
    gap, _ = weighted_gap(first - both, second - both, [50, 100], [300, 100])
    shares = [float(poststratified(named, [50, 100], [300, 100]).value) for named in (first, second)]
    assert float(gap) == pytest.approx(shares[0] - shares[1])


def test_the_p_value_of_a_gap_is_that_of_luck_where_there_is_none():
    rng, answered = np.random.default_rng(9), np.array([120, 240])
    draws = [rng.multinomial(n, [0.2, 0.2, 0.6], size=4000)[:, :2] for n in answered]
    _, p = weighted_gap(np.stack([d[:, 0] for d in draws], 1), np.stack([d[:, 1] for d in draws], 1), answered, [500, 500])
    assert 0.04 <= (p < 0.05).mean() <= 0.06
    assert float(weighted_gap([0, 0], [0, 0], [5, 5], [9, 9])[1]) == 1.0


def test_an_exact_p_value_is_the_sum_of_the_tables_no_likelier():
    for x1, x2 in product(range(6), range(5)):
        told = x1 + x2
        chance = {k: comb(5, k) * comb(4, told - k) / comb(9, told) for k in range(max(0, told - 4), min(5, told) + 1)}
        exact = sum(p for p in chance.values() if p <= chance[x1] * (1 + 1e-7))
        assert float(fisher([x1], [5], [x2], [4])[0]) == pytest.approx(exact)


def test_of_an_empty_group_there_is_no_p_value():
    assert np.isnan(fisher([0, 1], [0, 3], [2, 1], [4, 3])).tolist() == [True, False]
