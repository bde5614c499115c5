"""Rates along a chain of steps, where it loses most, and how groups differ: independent units and clusters."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from kpikit.stats.intervals import clustered_ratio, wilson
from kpikit.stats.losses import Products, groups_apart, losses_apart, rate_of, rates_apart


def clustered(seed, customers=120):
    """Counts by customer at three steps, each at most the one before."""
    rng = np.random.default_rng(seed)
    first = rng.integers(1, 6, customers)
    chance = rng.beta(2, 2, customers)  # customers differ
    second = rng.binomial(first, chance)
    return np.stack([first, second, rng.binomial(second, chance)], axis=1).astype(float)


def products(own, whole=None):
    whole = own if whole is None else whole
    there = own[:, 0] > 0
    return Products(own.T @ own, own.T @ whole, whole.T @ whole, int(there.sum()))


@pytest.mark.parametrize(("last", "first"), [(1, 0), (2, 1), (2, 0)])
def test_a_rate_of_clusters_has_the_interval_of_a_clustered_ratio(last, first):
    each = clustered(1)
    told = rate_of(each.sum(axis=0), last, first, products(each))
    expected = clustered_ratio(each[:, last], each[:, first], np.arange(len(each)))
    np.testing.assert_allclose(np.array(told), np.array(expected), rtol=1e-12)


def test_clusters_of_one_unit_that_all_went_on_have_wilsons_limits():
    each = np.ones((30, 2))
    told = rate_of(each.sum(axis=0), 1, 0, products(each))
    np.testing.assert_allclose(np.array(told), np.array(wilson(30, 30)))


def test_two_groups_are_compared_by_the_n_minus_1_chi_square_and_newcombes_interval():
    told = groups_apart(np.array([100.0, 30]), np.array([120.0, 60]), 1)
    plain = stats.chi2_contingency([[30, 70], [60, 60]], correction=False).statistic
    assert told.p_value == pytest.approx(stats.chi2.sf(plain * 219 / 220, 1), rel=1e-12)
    limits = confint_proportions_2indep(30, 100, 60, 120, method="newcomb", compare="diff")
    assert (told.low, told.high) == pytest.approx(limits, abs=1e-10)


def test_small_expected_counts_are_compared_exactly():
    told = groups_apart(np.array([6.0, 2]), np.array([400.0, 4]), 1)
    assert told.p_value == pytest.approx(stats.fisher_exact([[2, 4], [4, 396]]).pvalue)


def test_of_fewer_than_five_nothing_is_said():
    assert all(np.isnan(groups_apart(np.array([4.0, 2]), np.array([100.0, 50]), 1)))


def test_the_largest_loss_is_compared_by_a_binomial_of_one_half():
    told = losses_apart(np.array([1000.0, 600, 300, 250]), 1, 2)
    assert told.value == 100
    exact = 2 * stats.binom.sf(400, 700, 0.5) + stats.binom.pmf(400, 700, 0.5)  # mid-p
    assert told.p_value == pytest.approx(exact, rel=1e-9)


def test_the_interval_of_two_losses_is_that_of_a_paired_difference():
    told = losses_apart(np.array([1000.0, 600, 300, 250]), 1, 2)
    each = np.repeat([1, -1, 0], [400, 300, 300])
    half = 1.959963985 * each.std() * np.sqrt(1000)
    assert (told.low, told.high) == pytest.approx((100 - half, 100 + half))


def test_of_clusters_the_difference_of_two_groups_is_linearised_over_all_they_share():
    """By the influence of each customer, written out; some customers have units in both groups."""
    one, other = clustered(2), clustered(3)
    one[80:] = 0
    other[:40] = 0
    told = groups_apart(one.sum(axis=0), other.sum(axis=0), 2, products(one, one + other))
    ends = [(x[:, 2] - x[:, 2].sum() / x[:, 1].sum() * x[:, 1]) / x[:, 1].sum() for x in (one, other)]
    error = np.sqrt(((ends[0] - ends[1]) ** 2).sum())
    assert told.high - told.value == pytest.approx(1.959963985 * error)
    assert told.p_value == pytest.approx(2 * stats.norm.sf(abs(told.value) / error))


def test_of_clusters_two_losses_and_two_rates_differ_by_the_spread_between_customers():
    each = clustered(4)
    lost = losses_apart(each.sum(axis=0), 1, 2, products(each))
    gaps = (each[:, 0] - each[:, 1]) - (each[:, 1] - each[:, 2])
    assert lost.value == gaps.sum()
    assert lost.p_value == pytest.approx(2 * stats.norm.sf(abs(gaps.sum()) / np.sqrt((gaps**2).sum())))
    rates = rates_apart(each.sum(axis=0), 1, 2, products(each))
    first, second, third = each.sum(axis=0)
    moved = (each[:, 1] - second / first * each[:, 0]) / first - (each[:, 2] - third / second * each[:, 1]) / second
    assert rates.high - rates.value == pytest.approx(1.959963985 * np.sqrt((moved**2).sum()))


def test_the_interval_of_a_clustered_rate_difference_has_its_coverage():
    """Two groups of the same customers, who differ: no true difference, 5 of 100 intervals leave out 0."""
    missed = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        chance, size = rng.beta(1, 3, 150), rng.integers(0, 4, (2, 150))
        sides = [np.stack([n, rng.binomial(n, chance)], axis=1).astype(float) for n in size]
        told = groups_apart(sides[0].sum(axis=0), sides[1].sum(axis=0), 1, products(sides[0], sides[0] + sides[1]))
        missed += told.p_value < 0.05
    assert 0.02 * 400 <= missed <= 0.09 * 400
