"""kpikit.stats.power: against R's power.prop.test, Stata, and counting rejections."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from kpikit.stats.power import power_two, size_two, smallest_change

CALM = settings(deadline=None, derandomize=True, max_examples=100)
FILE = Path(__file__).parents[1].parent / "shared" / "stats_vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
SHARE = st.integers(1, 999).map(lambda x: x / 1000)
RATIO = st.sampled_from([0.2, 1.0, 3.0])


def published(method, convention):
    """The vectors of a method and convention, each a parameter; none where the file is absent."""
    found = [vector for vector in VECTORS if vector["method"] == method and convention in vector["inputs"]["convention"]]
    return pytest.mark.parametrize("vector", found, ids=[vector["name"] for vector in found])


@published("power.two_prop", "strict=FALSE")
def test_power_is_that_of_r(vector):
    """R 4.5, power.prop.test."""
    i = vector["inputs"]
    assert_allclose(power_two(i["p1"], i["p2"], i["n"], i["alpha"]), vector["expected"], rtol=0, atol=vector["tolerance"])


@published("mde.two_prop", "strict=FALSE")
def test_the_smallest_change_is_that_of_r(vector):
    """R 4.5, power.prop.test, which prints p2."""
    i = vector["inputs"]
    found = i["p1"] + smallest_change(i["p1"], i["n"], i["power"], i["alpha"])
    assert_allclose(found, vector["expected"], rtol=0, atol=vector["tolerance"])


@published("samplesize.two_prop", "strict=FALSE")
def test_the_size_is_that_of_r(vector):
    """R 4.5, power.prop.test."""
    i = vector["inputs"]
    assert_allclose(size_two(i["p1"], i["p2"], i["power"], i["alpha"]), vector["expected"], rtol=0, atol=vector["tolerance"])


@published("power.two_prop", "both tails")
def test_power_is_statas_less_the_rejections_on_the_wrong_side(vector):
    """Stata, power twoproportions, counts both tails."""
    i = vector["inputs"]
    none = np.sqrt((i["p1"] + i["p2"]) * (1 - (i["p1"] + i["p2"]) / 2))
    some = np.sqrt(i["p1"] * (1 - i["p1"]) + i["p2"] * (1 - i["p2"]))
    wrong_side = stats.norm.cdf((-np.sqrt(i["n"]) * (i["p2"] - i["p1"]) - stats.norm.ppf(0.975) * none) / some)
    found = power_two(i["p1"], i["p2"], i["n"], i["alpha"])
    assert_allclose(found + wrong_side, vector["expected"], rtol=0, atol=vector["tolerance"])
    assert wrong_side < 3e-6


def test_power_is_the_share_of_tests_that_reject():
    """100,000 pairs of groups of 400 and 1200, the pooled z test done on each; binomial noise is 0.0015."""
    rng = np.random.default_rng(2)
    x1, x2 = rng.binomial(400, 0.30, 100_000), rng.binomial(1200, 0.38, 100_000)
    pooled = (x1 + x2) / 1600
    z = (x2 / 1200 - x1 / 400) / np.sqrt(pooled * (1 - pooled) * (1 / 400 + 1 / 1200))
    assert_allclose((z > stats.norm.ppf(0.975)).mean(), power_two(0.30, 0.38, 400, ratio=3), atol=0.008)


@CALM
@given(SHARE, SHARE, RATIO)
def test_it_does_not_matter_which_group_is_called_the_first(p1, p2, ratio):
    assert_allclose(power_two(p1, p2, 90, ratio=ratio), power_two(p2, p1, 90 * ratio, ratio=1 / ratio), rtol=1e-9)
    assert_allclose(power_two(p1, p2, 90, ratio=ratio), power_two(1 - p1, 1 - p2, 90, ratio=ratio), rtol=1e-9)


@CALM
@given(SHARE, SHARE, st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([0.05, 0.001]), RATIO)
def test_the_size_has_the_power_that_was_asked_for(p1, p2, power, alpha, ratio):
    assume(p1 != p2)
    n = size_two(p1, p2, power, alpha, ratio)
    assert_allclose(power_two(p1, p2, n, alpha, ratio), power, rtol=1e-9)


@CALM
@given(SHARE, st.integers(2, 10**7), st.sampled_from([0.5, 0.8, 0.95]), RATIO)
def test_the_smallest_change_has_the_power_that_was_asked_for_and_no_smaller_one_has(p1, n, power, ratio):
    rise = smallest_change(p1, n, power, ratio=ratio)
    if np.isnan(rise):
        assert power_two(p1, 1, n, ratio=ratio) < power
    else:
        assert_allclose(power_two(p1, p1 + rise, n, ratio=ratio), power, rtol=1e-6)
        assert (power_two(p1, p1 + rise * np.linspace(0.01, 0.999, 50), n, ratio=ratio) < power).all()


def test_the_smallest_fall_is_the_smallest_rise_of_the_complement():
    fall = smallest_change(1 - 0.2, 500)
    assert_allclose(power_two(0.2, 0.2 - fall, 500), 0.8, rtol=1e-9)


def test_arguments_broadcast():
    assert power_two([0.1, 0.2], 0.3, [[50], [60], [70]]).shape == (3, 2)
    assert size_two([0.1, 0.2], 0.3, [[0.8], [0.9], [0.95]]).shape == (3, 2)
    assert smallest_change([0.1, 0.2], [[50], [60], [70]]).shape == (3, 2)
    assert smallest_change([0.1, 0.2], [[50], [60], [70]])[2, 1] == smallest_change(0.2, 70)


def test_the_edges():
    assert power_two(0, 1, 50) == 1
    assert power_two(0, 1, 1) == 0
    assert np.isnan(power_two(0, 0, 50)) and np.isnan(power_two(1, 1, 50))
    assert np.isnan(size_two(0.3, 0.3))
    assert np.isnan(smallest_change(1, 50)) and np.isnan(smallest_change(0.99, 50)) and np.isnan(smallest_change(0.5, 0))
    assert np.isnan(smallest_change(np.nan, 50))
