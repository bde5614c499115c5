"""The scan: many groups against all others, one chance for any false alarm."""

import math
from itertools import combinations

import numpy as np
import pytest

from kpikit.stats.scanning import scan


def log_likelihood(x, n):
    """Of a binomial at its own rate, walked in plain Python."""
    return sum(count * math.log(count / n) for count in (x, n - x) if count)


def test_the_ratio_is_that_of_two_rates_against_one():
    told = scan([[1, 0]], [40, 60], [10, 6], draws=9)
    assert told.ratio[0] == pytest.approx(log_likelihood(10, 40) + log_likelihood(6, 60) - log_likelihood(16, 100))
    assert told.side[0] == 1


def test_with_one_group_the_p_value_is_that_of_the_exact_permutation_test():
    """All ways to deal 6 outcomes out among 4 and 8 customers, counted one by one."""
    sizes, x = (4, 8), 4
    ways = {k: math.comb(4, k) * math.comb(8, 6 - k) for k in range(5)}
    ratios = {k: log_likelihood(k, 4) + log_likelihood(6 - k, 8) - log_likelihood(6, 12) for k in ways}
    exact = sum(way for k, way in ways.items() if ratios[k] >= ratios[x] - 1e-9) / sum(ways.values())
    told = scan([[1, 0]], sizes, [x, 6 - x], draws=19_999)
    assert told.p_value[0] == pytest.approx(exact, abs=0.01)


def test_with_several_overlapping_groups_the_p_value_is_that_of_the_largest_ratio_of_any():
    """Every choice of the 3 that did, among 9 customers in three parts, is one table of the reference."""
    part = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    members = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    sizes, own = np.array([3, 3, 3]), np.array([3, 0, 0])

    def ratios(x):
        return [
            log_likelihood(m @ x, m @ sizes) + log_likelihood(3 - m @ x, 9 - m @ sizes) - log_likelihood(3, 9) for m in members
        ]

    dealt = [max(ratios(np.bincount([part[i] for i in chosen], minlength=3))) for chosen in combinations(range(9), 3)]
    exact = [np.mean([most >= ratio - 1e-9 for most in dealt]) for ratio in ratios(own)]
    assert scan(members, sizes, own, draws=19_999).p_value == pytest.approx(exact, abs=0.015)


def test_without_anything_to_find_at_most_5_of_100_searches_call_something_clear():
    rng = np.random.default_rng(5)
    members = np.eye(24, dtype=bool)
    sizes = rng.integers(5, 80, 24)
    alarms = sum(scan(members, sizes, rng.binomial(sizes, 0.12), seed=i, draws=499).p_value.min() < 0.05 for i in range(400))
    assert alarms <= 400 * 0.05 + 2.33 * math.sqrt(400 * 0.05 * 0.95)


def test_a_seed_gives_the_same_p_values_again():
    first, again, other = (scan(np.eye(3), [30, 40, 50], [9, 4, 5], seed=seed, draws=199).p_value for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_a_group_of_nobody_or_of_everybody_is_never_clear():
    told = scan([[0, 0], [1, 1]], [20, 30], [9, 1], draws=99)
    assert told.ratio.tolist() == [0, 0]
    assert told.p_value.tolist() == [1, 1]
