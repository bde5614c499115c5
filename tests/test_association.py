"""Association: expected pairs given how much was bought, against exact counting; lifts against walks and other libraries."""

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from kpikit.stats.association import Moments, expected_together, followed, lift_together, size_bands


def exact_pairs(weights, size):
    """The chance of each product and of each pair in a basket of a size, over all baskets that there can be."""
    baskets = list(itertools.combinations(range(len(weights)), size))
    chance = np.array([np.prod([weights[item] for item in basket]) for basket in baskets])
    chance /= chance.sum()
    pairs = np.zeros((len(weights), len(weights)))
    for basket, p in zip(baskets, chance, strict=True):
        pairs[np.ix_(basket, basket)] += p
    return np.diag(pairs).copy(), pairs - np.diag(np.diag(pairs))


@pytest.mark.parametrize(("size", "off"), [(2, 1e-3), (3, 0.02), (4, 0.04), (6, 0.02)])
def test_expected_pairs_are_those_of_all_baskets_of_a_size(size, off):
    weights = np.array([1, 1, 2, 2, 3, 4, 5, 8, 1.5, 2.5])
    single, pairs = exact_pairs(weights, size)
    told = expected_together(1e4 * single[:, None], [1e4], [size])
    mask = ~np.eye(len(weights), dtype=bool)
    assert (told / 1e4)[mask] == pytest.approx(pairs[mask], rel=off)


def test_what_a_basket_holds_beside_a_product_is_its_size_less_one():
    single, _ = exact_pairs(np.array([1, 2, 3, 4, 5, 6.0]), 4)
    told = expected_together(500 * single[:, None], [500], [4])
    assert told.sum(axis=1) == pytest.approx(3 * 500 * single, rel=1e-6)


def test_a_basket_of_one_product_holds_no_pair():
    assert expected_together([[3], [4]], [7], [1]).tolist() == [[0, 0], [0, 0]]


def test_products_that_are_not_looked_at_take_their_places():
    single, pairs = exact_pairs(np.ones(10), 2)
    told = expected_together(900 * single[:3, None], [900], [2])
    assert told[0, 1] == pytest.approx(900 * pairs[0, 1], rel=0.11)  # of the seven others nobody says that they differ


def test_sizes_beyond_twelve_share_bands():
    assert len(set(size_bands(range(1, 41)))) == 12 + 8
    assert (np.diff(size_bands(range(1, 200))) >= 0).all()


def walked(baskets, a, b):
    """The influence of each customer on the count and its expectation, added up basket by basket."""
    x, ga, gb, h = (dict.fromkeys(baskets, 0.0) for _ in range(4))
    for customer, orders in baskets.items():
        for order in orders:
            x[customer] += a in order and b in order
            ga[customer] += (len(order) - 1) * (a in order)
            gb[customer] += (len(order) - 1) * (b in order)
            h[customer] += len(order) * (len(order) - 1)
    volume = sum(h.values())
    pa, pb = sum(ga.values()) / volume, sum(gb.values()) / volume
    level = {c: pb * ga[c] + pa * gb[c] - pa * pb * h[c] for c in baskets}
    return x, ga, gb, h, level


def shop(seed=3, customers=40):
    rng = np.random.default_rng(seed)
    return {
        c: [set(rng.choice(6, rng.integers(1, 5), replace=False)) for _ in range(rng.integers(1, 6))] for c in range(customers)
    }


def test_the_interval_of_a_lift_adds_up_customer_by_customer():
    baskets, expected = shop(), np.full((2, 2), 9.0)
    x, ga, gb, h, level = walked(baskets, 0, 1)
    x, ga, gb, h, level = (np.array(list(part.values())) for part in (x, ga, gb, h, level))

    def square(value):
        return np.array([[0, value], [value, 0]], dtype=float)

    moments = Moments(
        square(x @ x), np.array([[0, x @ ga], [x @ gb, 0]]), np.array([[0, x @ gb], [x @ ga, 0]]), square(x @ h), square(ga @ gb),
        np.array([ga.sum(), gb.sum()]), np.array([ga @ ga, gb @ gb]), np.array([ga @ h, gb @ h]), h.sum(), h @ h,
    )  # fmt: skip
    told = lift_together(square(x.sum()), expected, moments)
    influence = x / x.sum() - level / level.sum()
    factor = np.exp(1.959964 * np.sqrt(influence @ influence))
    assert told.value[0, 1] == pytest.approx(x.sum() / 9)
    assert [told.low[0, 1], told.high[0, 1]] == pytest.approx([x.sum() / 9 / factor, x.sum() / 9 * factor], rel=1e-5)
    difference = x - 9 / level.sum() * level
    z = (x.sum() - 9) / np.sqrt(max(difference @ difference, 9))
    assert told.p_value[0, 1] == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert told.low[1, 0] == pytest.approx(told.low[0, 1])


def two_strata():
    """A is product 0, B product 1: of each stratum with A and B, with A, with B without A, without A."""
    cells = [(12, 40, 15, 120), (9, 20, 30, 90)]
    first = np.array([[n1 for _, n1, _, _ in cells], [0, 0]])
    later = np.array([[0, 0], [a + b for a, _, b, _ in cells]])
    did = np.zeros((2, 2, 2))
    did[:, 0, 1] = [a for a, *_ in cells]
    tables = [np.array([[a, n1 - a], [b, n0 - b]]) for a, n1, b, n0 in cells]
    return cells, followed(first, later, np.zeros((2, 2, 2)), did, [n1 + n0 for _, n1, _, n0 in cells]), tables


def test_the_ratio_of_those_who_follow_is_the_one_of_mantel_and_haenszel():
    _, told, tables = two_strata()
    assert told.lift.value[0, 1] == pytest.approx(StratifiedTable(tables).riskratio_pooled)


def test_its_interval_is_that_of_greenland_and_robins():
    cells, told, _ = two_strata()
    n = [n1 + n0 for _, n1, _, n0 in cells]
    up = sum((n1 * n0 * (a + b) - a * b * t) / t**2 for (a, n1, b, n0), t in zip(cells, n, strict=True))
    left = sum(a * n0 / t for (a, n1, b, n0), t in zip(cells, n, strict=True))
    right = sum(b * n1 / t for (a, n1, b, n0), t in zip(cells, n, strict=True))
    factor = np.exp(1.959964 * np.sqrt(up / left / right))
    assert [told.lift.low[0, 1], told.lift.high[0, 1]] == pytest.approx([left / right / factor, left / right * factor], rel=1e-5)


@pytest.mark.parametrize("did", [0, 1, 2, 12, 16, 20])
@pytest.mark.parametrize(("began", "got"), [(60, 40), (100, 24), (30, 80)])
def test_with_one_stratum_its_p_value_is_that_of_fisher(did, began, got):
    counts = np.zeros((1, 2, 2))
    counts[0, 0, 1] = did
    told = followed([[began], [0]], [[0], [got]], np.zeros((1, 2, 2)), counts, [400])
    exact = stats.hypergeom(400, got, began)
    p_value = min(1, 2 * min(exact.sf(did - 1), exact.cdf(did)))
    assert told.expected[0, 1] == pytest.approx(6)
    assert told.lift.p_value[0, 1] == pytest.approx(p_value, rel=1e-6 if p_value < 0.04 else 0.15)


def test_with_strata_its_p_value_is_that_of_all_tables_with_their_margins():
    cells, told, _ = two_strata()
    (a1, n1, b1, m1), (a2, n2, b2, m2) = cells
    one, two = stats.hypergeom(n1 + m1, a1 + b1, n1), stats.hypergeom(n2 + m2, a2 + b2, n2)
    upper = sum(one.pmf(i) * two.pmf(j) for i in range(60) for j in range(60) if i + j >= a1 + a2)
    assert told.lift.p_value[0, 1] == pytest.approx(2 * upper)


def test_whom_the_first_order_brought_the_second_product_is_not_at_risk():
    both = np.zeros((1, 2, 2))
    both[0, 0, 1] = both[0, 1, 0] = 10
    did = np.zeros((1, 2, 2))
    did[0, 0, 1] = 5
    told = followed([[30], [25]], [[0], [15]], both, did, [100])
    assert told.at_risk[0, 1] == 20
    assert told.lift.value[0, 1] == pytest.approx((5 / 20) / (10 / 55))


def test_where_nobody_is_at_risk_nothing_is_known():
    told = followed([[10], [10]], [[0], [0]], np.zeros((1, 2, 2)), np.zeros((1, 2, 2)), [10])
    assert np.isnan(told.lift.value[0, 1])
    assert np.isnan(told.lift.p_value[0, 1])
