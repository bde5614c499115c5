"""kpikit.stats.decomposition: against Das Gupta's printed tables, Welch's t interval and the closure of the parts."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from kpikit.stats.decomposition import dasgupta, jackknifed, kitagawa, reverses

CALM = settings(deadline=None, derandomize=True, max_examples=60)
FILE = Path(__file__).parents[1].parent / "shared" / "stats_vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
RATES = {
    "a*b": lambda a, b: a * b,
    "a-b": lambda a, b: a - b,
    "a*b*c*d*e": lambda a, b, c, d, e: a * b * c * d * e,
    "sum(a*b*c)": lambda a, b, c: (a * b * c).sum(),
}


def published(method):
    """The vectors of a method, each a parameter; none where the file is absent."""
    found = [vector for vector in VECTORS if vector["method"] == method]
    return pytest.mark.parametrize("vector", found, ids=[vector["name"] for vector in found])


def parts(effects):
    return np.array([x.sum(axis=-1) for x in effects])


def change(n0, d0, n1, d1):
    return np.sum(n1) / np.sum(d1) - np.sum(n0) / np.sum(d0)


def close(actual, expected, effects):
    """Equal to twelve digits of the terms, or of ten where they cancel: that is all that adding leaves."""
    assert_allclose(actual, expected, rtol=0, atol=1e-12 * (10 + np.abs(np.concatenate(effects, axis=None)).sum()))


@st.composite
def two_sides(draw, most=6, largest=10**12):
    size = draw(st.integers(1, most))
    columns = []
    for _ in range(2):
        d = draw(st.lists(st.one_of(st.just(0), st.integers(1, largest)), min_size=size, max_size=size).filter(any))
        columns += [np.array([draw(st.integers(0, largest)) if x else 0 for x in d], dtype=float), np.array(d, dtype=float)]
    return columns


@published("decompose.kitagawa")
def test_rate_and_mix_of_published_cells_are_those_derived_from_them(vector):
    male, female = (np.array(vector["inputs"][group], dtype=float) for group in ("male", "female"))
    effects = kitagawa(male[:, 0], male.sum(axis=1), female[:, 0], female.sum(axis=1))
    found = {"total": parts(effects).sum(), "mix": effects.mix.sum(), "rate": effects.rate.sum()}
    for name, expected in vector["expected"].items():
        assert_allclose(found[name], expected, rtol=0, atol=vector["tolerance"])
    assert reverses(male[:, 0], male.sum(axis=1), female[:, 0], female.sum(axis=1))


@published("decompose.dasgupta")
def test_effects_of_factors_are_those_that_das_gupta_printed(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    found = dasgupta(RATES[inputs["rate"]], inputs["pop1"], inputs["pop2"])
    effects = expected["effects"]
    assert_allclose(
        found.effects, list(effects.values()) if isinstance(effects, dict) else effects, rtol=0, atol=vector["tolerance"]
    )
    crude = [float(RATES[inputs["rate"]](*map(np.asarray, inputs[side]))) for side in ("pop1", "pop2")]
    assert_allclose(crude, expected["crude"], rtol=0, atol=vector["tolerance"])
    if "standardised" in expected:
        assert_allclose(np.transpose([found.before, found.after]), list(expected["standardised"].values()), rtol=0, atol=1e-12)


@published("simpson.crude_and_stratum")
def test_the_kidney_stones_reverse_as_their_published_rates_do(vector):
    """Charig 1986: keyhole surgery is worse in both strata and better in total."""
    opened, keyhole = (np.array(vector["inputs"][group], dtype=float).T for group in ("open", "percutaneous"))
    effects, rates = kitagawa(*opened, *keyhole), vector["expected"]
    assert_allclose(parts(effects).sum(), rates["pcnl_all"] - rates["open_all"], rtol=0, atol=2 * vector["tolerance"])
    assert rates["pcnl_small"] < rates["open_small"] and rates["pcnl_large"] < rates["open_large"]
    assert (effects.rate < 0).all()
    assert reverses(*opened, *keyhole)


def test_a_change_by_hand():
    """Shares move from 1/2, 1/2 to 1/4, 3/4, rates from 0.4, 0.1 to 0.5, 0.1; the mean of totals is (0.25 + 0.2) / 2."""
    effects = kitagawa([40, 10], [100, 100], [25, 15], [50, 150])
    assert_allclose(effects.rate, [0.375 * 0.1, 0], atol=1e-15)
    assert_allclose(effects.mix, [-0.25 * (0.45 - 0.225), 0.25 * (0.1 - 0.225)], atol=1e-15)
    assert_array_equal(effects.entry_exit, [0, 0])


def test_segments_that_come_and_go_have_only_an_entry_or_an_exit():
    """Before 20/100 stays and 40/100 leaves, total 0.3; after 30/100 stays and 90/300 enters, total 0.3."""
    effects = kitagawa([20, 40, 0], [100, 100, 0], [30, 0, 90], [100, 0, 300])
    assert_allclose(effects.rate, [0.1, 0, 0], atol=1e-15)
    assert_allclose(effects.mix, [0, 0, 0], atol=1e-15)
    assert_allclose(effects.entry_exit, [0, -(0.3 - 0.2), 0.3 - 0.3], atol=1e-15)


def test_where_every_segment_is_new_the_whole_change_is_entry_and_exit():
    effects = kitagawa([20, 0], [100, 0], [0, 50], [0, 100])
    assert_array_equal(effects.rate, [0, 0])
    assert_array_equal(effects.mix, [0, 0])
    assert_allclose(effects.entry_exit, [0.15, 0.15], atol=1e-15)


def test_a_numerator_without_denominator_is_counted_as_entry_or_exit():
    effects = kitagawa([20, 5], [100, 0], [20, 0], [100, 100])
    assert_allclose(parts(effects).sum(), 0.1 - 0.25, atol=1e-15)
    assert_array_equal(effects.rate, [0, 0])


def test_a_side_without_denominator_has_no_effects():
    for effect in kitagawa([0, 0], [0, 0], [1, 2], [3, 4]):
        assert np.isnan(effect).all()
    assert not reverses([0, 0], [0, 0], [1, 2], [3, 4])


def test_each_leading_axis_is_decomposed_by_itself():
    rng = np.random.default_rng(3)
    n0, n1 = rng.integers(0, 50, (2, 4, 3, 5))
    d0, d1 = rng.integers(0, 2, (2, 4, 3, 5)) * rng.integers(50, 90, (2, 4, 3, 5))
    together = kitagawa(n0, d0, n1, d1)
    for at in np.ndindex(4, 3):
        for whole, alone in zip(together, kitagawa(n0[at], d0[at], n1[at], d1[at]), strict=True):
            assert_array_equal(whole[at], alone)


@CALM
@given(two_sides())
def test_rate_mix_and_entry_add_up_to_the_change(sides):
    effects = kitagawa(*sides)
    n0, d0, n1, d1 = sides
    scale = (*effects, n0.sum() / d0.sum(), n1.sum() / d1.sum())
    close(parts(effects).sum(), change(*sides), [np.ravel(x) for x in scale])


@CALM
@given(two_sides())
def test_swapping_the_sides_turns_every_sign(sides):
    effects, swapped = kitagawa(*sides), kitagawa(*sides[2:], *sides[:2])
    for there, back in zip(effects, swapped, strict=True):
        close(there, -back, effects)


@CALM
@given(two_sides(), st.sampled_from([0.001, 0.01, 2.0, 1000.0]))
def test_the_unit_of_a_quantity_scales_effects_and_changes_nothing_else(sides, unit):
    n0, d0, n1, d1 = sides
    effects = kitagawa(*sides)
    for effect, same, larger in zip(
        effects, kitagawa(*(x * unit for x in sides)), kitagawa(n0 * unit, d0, n1 * unit, d1), strict=True
    ):
        close(same, effect, effects)
        close(larger / unit, effect, effects)


@CALM
@given(two_sides(most=1))
def test_one_segment_has_no_mix(sides):
    effects = kitagawa(*sides)
    assert effects.mix == 0 and effects.entry_exit == 0


@CALM
@given(two_sides())
def test_a_segment_that_does_not_stay_has_no_rate_effect_and_one_that_stays_no_entry(sides):
    effects, stays = kitagawa(*sides), (sides[1] > 0) & (sides[3] > 0)
    assert not effects.rate[~stays].any() and not effects.mix[~stays].any() and not effects.entry_exit[stays].any()


@CALM
@given(two_sides(largest=10**4))
def test_rate_and_mix_are_das_guptas_effects_of_rates_and_shares(sides):
    n0, d0, n1, d1 = (x + 1 for x in sides)
    effects = kitagawa(n0, d0, n1, d1)
    factors = dasgupta(lambda share, rate: (share * rate).sum(), [d0 / d0.sum(), n0 / d0], [d1 / d1.sum(), n1 / d1])
    scale = [*effects, n0 / d0, n1 / d1]
    close(effects.mix.sum(), factors.effects[0], scale)
    close(effects.rate.sum(), factors.effects[1], scale)


def test_with_one_segment_and_even_periods_the_jackknife_is_welchs_t_interval():
    """The pooled rate is then a mean, whose jackknife variance is s^2 / T."""
    before, after = np.array([3.0, 5, 4, 6]), np.array([7.0, 9, 8, 7.5, 12, 6])
    columns = [x[:, None] for x in (before, np.ones(4), after, np.ones(6))]
    for confidence in (0.8, 0.95):
        found = jackknifed(*columns, confidence=confidence)
        expected = stats.ttest_ind(after, before, equal_var=False).confidence_interval(confidence)
        for interval in (found.change, found.totals.rate, *[found.segments.rate]):
            assert_allclose(np.ravel([interval.low, interval.high]), [expected.low, expected.high], rtol=1e-12)
    assert found.totals.mix.low == found.totals.mix.high == 0


def test_the_jackknife_leaves_out_one_period_of_one_side_at_a_time():
    rng = np.random.default_rng(5)
    d0, d1 = rng.integers(50, 90, (4, 3)), rng.integers(50, 90, (5, 3))
    d0[:, 2], d1[:, 1] = 0, [0, 0, 70, 0, 0]
    n0, n1 = rng.binomial(d0, 0.3), rng.binomial(d1, 0.5)
    found, value = jackknifed(n0, d0, n1, d1), kitagawa(n0.sum(0), d0.sum(0), n1.sum(0), d1.sum(0))
    for name in ("rate", "mix", "entry_exit"):
        less0 = [getattr(kitagawa(*(np.delete(x, i, 0).sum(0) for x in (n0, d0)), n1.sum(0), d1.sum(0)), name) for i in range(4)]
        less1 = [getattr(kitagawa(n0.sum(0), d0.sum(0), *(np.delete(x, i, 0).sum(0) for x in (n1, d1))), name) for i in range(5)]
        for interval, fold in ((getattr(found.segments, name), np.array), (getattr(found.totals, name), lambda x: np.sum(x, -1))):
            v0, v1 = (fold(less).var(axis=0, ddof=1) * (len(less) - 1) ** 2 / len(less) for less in (less0, less1))
            with np.errstate(invalid="ignore"):
                width = stats.t.ppf(0.975, (v0 + v1) ** 2 / (v0**2 / 3 + v1**2 / 4)) * np.sqrt(v0 + v1)
            assert_allclose(interval.value, fold(getattr(value, name)), atol=1e-15)
            assert_allclose(interval.high - interval.value, np.nan_to_num(width), rtol=1e-9, atol=1e-15)
            assert_allclose(interval.value - interval.low, np.nan_to_num(width), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("first", "second"), [(1, 5), (5, 1), (1, 1)])
def test_a_side_of_one_period_has_effects_and_no_limits(first, second):
    found = jackknifed(np.full((first, 2), 3), np.full((first, 2), 10), np.full((second, 2), 4), np.full((second, 2), 10))
    assert_allclose(found.change.value, 0.1)
    for interval in (found.change, *found.totals, *found.segments):
        assert np.isnan(interval.low).all() and np.isnan(interval.high).all() and not np.isnan(interval.value).any()


def test_a_side_without_periods_says_nothing():
    assert np.isnan(jackknifed(np.ones((0, 2)), np.ones((0, 2)), np.ones((3, 2)), np.ones((3, 2))).change).all()


def test_the_interval_of_the_rate_effect_holds_the_truth_about_as_often_as_it_says():
    """Rates of 0.3 and 0.5 rise by 0.05 with random sizes; 95 of 100 are promised, 600 draws leave +-2 points."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(600):
        d0, d1 = (rng.poisson((400, 600), (12, 2)) for _ in range(2))
        n0, n1 = rng.binomial(d0, (0.3, 0.5)), rng.binomial(d1, (0.35, 0.55))
        rate = jackknifed(n0, d0, n1, d1).totals.rate
        held += bool(rate.low <= 0.05 <= rate.high)
    assert 0.925 <= held / 600 <= 0.975


FACTORS = st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=1, max_size=5)


@CALM
@given(FACTORS)
def test_das_guptas_effects_add_up_to_the_change(factors):
    before, after = zip(*factors, strict=True)
    found = dasgupta(lambda *x: np.prod(x) + x[0] ** 2, before, after)
    expected = (np.prod(after) + after[0] ** 2) - (np.prod(before) + before[0] ** 2)
    largest = max(abs(x) for pair in factors for x in pair) + 1
    assert_allclose(found.effects.sum(), expected, rtol=0, atol=1e-12 * largest ** max(2, len(factors)))


def test_das_guptas_effects_are_the_mean_over_all_orders_of_change():
    before, after = (0.2, 3.0, 1.5, 7.0), (0.7, 2.0, 2.5, 5.0)

    def rate(a, b, c, d):
        return a * b / c + np.sqrt(d) * a

    total = np.zeros(4)
    for order in permutations(range(4)):
        now = list(before)
        for factor in order:
            start = rate(*now)
            now[factor] = after[factor]
            total[factor] += rate(*now) - start
    assert_allclose(dasgupta(rate, before, after).effects, total / 24, rtol=1e-12)


def test_das_guptas_effects_of_a_rate_by_segment_come_by_segment():
    found = dasgupta(lambda share, rate: share * rate, [[0.5, 0.5], [0.4, 0.1]], [[0.25, 0.75], [0.5, 0.1]])
    assert_allclose(found.effects, [[-0.25 * 0.45, 0.25 * 0.1], [0.375 * 0.1, 0]], atol=1e-15)


def test_factors_that_differ_in_number_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        dasgupta(RATES["a*b"], [1, 2], [1])


def test_nothing_reverses_where_total_or_rates_stand_still():
    assert not reverses([40, 10], [100, 100], [20, 15], [50, 150])  # mix alone
    assert not reverses([50, 50], [100, 100], [60, 40], [100, 100])  # rates cancel
    assert not reverses([24, 28], [60, 40], [32, 18], [40, 60])  # +0.4 and -0.4 of mean share 1/2: only rounding is left
    assert not reverses([30, 20], [100, 100], [44, 28], [110, 110])  # both rise


def test_reversal_is_told_for_each_leading_axis():
    charig = ([81, 192], [87, 263], [234, 55], [270, 80])
    same = ([81, 192], [87, 263], [81, 192], [87, 263])
    assert reverses(*np.stack([charig, same], axis=1)).tolist() == [True, False]
