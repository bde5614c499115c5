"""What can be seen at all: published powers, limits that need no program, and chance itself."""

import numpy as np
import pytest
from scipy import special, stats

from kpikit.stats.power import power_two
from kpikit.stats.visible import visible_amount, visible_rate, visible_share


def test_the_published_smallest_change_of_shares_comes_back():
    # R power.prop.test(n = 50, p1 = .5, power = .9) gives p2 = 0.8026; at 80 % its power.prop.test(p1=.5, p2=.75) needs n = 57.67
    assert float(visible_share(0.5, 57.67344, 57.67344)) == pytest.approx(0.25, abs=1e-4)


def test_a_fall_of_a_share_is_the_rise_of_its_complement():
    assert float(visible_share(0.3, 400, 100, falls=True)) == pytest.approx(float(visible_share(0.7, 400, 100)))


def test_the_change_found_has_a_power_of_eighty_percent():
    change = float(visible_share(0.17, 20_000, 5_000))
    assert float(power_two(0.17, 0.17 + change, 20_000, ratio=0.25)) == pytest.approx(0.8, abs=1e-6)


def test_a_rate_of_rare_events_is_a_share_cut_into_many_pieces():
    pieces = 100_000
    share = visible_share(0.2 / pieces, 1000 * pieces, 300 * pieces) * pieces
    assert float(visible_rate(0.2, 1000, 300)) == pytest.approx(float(share), rel=1e-4)


def test_a_fall_of_a_rate_is_found_by_its_own_formula():
    change, level, before, after = float(visible_rate(0.2, 1000, 500, falls=True)), 0.2, 1000, 500
    later = level - change
    pooled = (before * level + after * later) / (before + after)
    none, some = np.sqrt(pooled * (1 / before + 1 / after)), np.sqrt(level / before + later / after)
    assert special.ndtr((change - special.ndtri(0.975) * none) / some) == pytest.approx(0.8, abs=1e-6)


def test_no_rate_can_fall_by_more_than_it_is():
    assert np.isnan(visible_rate(0.2, 10, 5, falls=True))


def test_an_amount_needs_the_two_quantiles_of_its_own_degrees_of_freedom():
    need = stats.t.ppf(0.975, 12) + stats.t.ppf(0.8, 12)
    assert float(visible_amount(0.02, 12, 4, 12)) == pytest.approx(need * 0.02 * np.sqrt(1 / 12 + 1 / 4))


def test_chance_finds_the_rate_that_can_be_seen_four_times_in_five():
    rng = np.random.default_rng(1)
    change = float(visible_rate(0.15, 5000, 1500))
    early, late = rng.poisson(0.15 * 5000, 20_000) / 5000, rng.poisson((0.15 + change) * 1500, 20_000) / 1500
    pooled = (early * 5000 + late * 1500) / 6500
    found = (late - early) / np.sqrt(pooled * (1 / 5000 + 1 / 1500)) > special.ndtri(0.975)
    assert found.mean() == pytest.approx(0.8, abs=0.015)
