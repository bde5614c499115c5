"""kpikit.stats.counts: against the published regression of Sicily's smoking ban, closed forms and statsmodels' own dispersion."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import VECTORS, published
from numpy.testing import assert_allclose
from scipy import stats

from kpikit.stats.counts import log_step

SICILY = Path(__file__).parents[1].parent / "shared" / "data" / "sicily.csv"
Z = stats.norm.ppf(0.975)


def sicily():
    """Events, standardised population, and the design: level, ban, month; the vector holds them for all its models."""
    inputs = next(vector for vector in VECTORS if vector["name"] == "bernal2017_sicily_poisson")["inputs"]
    columns = {name: np.array(inputs[name], dtype=float) for name in ("month", "aces", "time", "smokban", "stdpop")}
    assert len(columns["aces"]) == inputs["sha_check"]["rows"]
    assert columns["aces"].sum() == inputs["sha_check"]["sum_aces"]
    return columns, np.column_stack([np.ones(59), columns["smokban"], columns["time"]])


def seasonal(columns, design):
    """The harmonics in the order of the published coefficients: both sines, then both cosines."""
    turns = 2 * np.pi * columns["month"] / 12
    return np.column_stack([design, np.sin(turns), np.sin(2 * turns), np.cos(turns), np.cos(2 * turns)])


def coefficient(told):
    """Of a ratio, and its standard error."""
    return float(np.log(told.value)), float(np.log(told.high / told.low) / (2 * Z))


def made_up(seed=1, spread=1.0, points=24):
    """Counts that vary `spread` times as much as Poisson's, over a growing exposure, with a step."""
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(points), np.arange(points) >= points // 2, np.arange(points) / points])
    exposure = rng.uniform(500, 900, points)
    mean = exposure * np.exp(design @ [-2, 0.2, 0.1])
    return rng.negative_binomial(mean / (spread - 1), 1 / spread) if spread > 1 else rng.poisson(mean), exposure, design


@published("bernal2017_sicily_poisson")
def test_the_smoking_ban_of_sicily_has_the_published_ratio(vector):
    columns, design = sicily()
    expected, near = vector["expected"], vector["tolerance"]
    told = log_step(columns["aces"], columns["stdpop"], design, 1, dispersion=1.0)
    assert_allclose([*told], expected["rr"], rtol=0, atol=near)
    for column in range(3):
        found = coefficient(log_step(columns["aces"], columns["stdpop"], design, column, dispersion=1.0))
        assert_allclose(found, [expected["coef"][column], expected["se"][column]], rtol=0, atol=5e-7)


@published("bernal2017_sicily_seasonal")
def test_the_smoking_ban_with_its_season_has_the_published_ratio_and_dispersion(vector):
    columns, design = sicily()
    design, expected, near = seasonal(columns, design), vector["expected"], vector["tolerance"]
    ban, time, *waves = (log_step(columns["aces"], columns["stdpop"], design, column) for column in (1, 2, 3, 4, 5, 6))
    assert_allclose(ban.value, expected["rr"], rtol=0, atol=near)
    assert_allclose([ban.low, ban.high], expected["rr_ci"], rtol=0, atol=near)
    assert_allclose(coefficient(ban), [expected["smokban"], expected["smokban_se"]], rtol=0, atol=near)
    assert_allclose(coefficient(time), [expected["time"], expected["time_se"]], rtol=0, atol=near)
    assert_allclose([coefficient(wave)[0] for wave in waves], expected["harmonics"], rtol=0, atol=near)
    assert_allclose(time.value**12, expected["trend_per_year"], rtol=0, atol=near)
    bare = log_step(columns["aces"], columns["stdpop"], design, 1, dispersion=1.0)
    assert_allclose((coefficient(ban)[1] / coefficient(bare)[1]) ** 2, expected["dispersion"], rtol=0, atol=near)


@pytest.mark.skipif(not SICILY.exists() or not VECTORS, reason="the real data is not there")
def test_the_file_of_sicily_holds_the_published_columns():
    columns, _ = sicily()
    rows = pd.read_csv(SICILY)
    for name, values in columns.items():
        assert_allclose(rows[name], values, rtol=0, atol=0)


def test_a_step_between_two_periods_is_the_ratio_of_their_rates():
    """Closed form: the logarithm of the ratio has the variance 1 / events before + 1 / events after."""
    counts, exposure = np.array([20.0, 25, 60, 30]), np.array([100.0, 150, 200, 90])
    design = np.column_stack([np.ones(4), [0, 0, 1, 1]])
    told = log_step(counts, exposure, design, 1, dispersion=1.0)
    ratio, half = (90 / 290) / (45 / 250), Z * np.sqrt(1 / 90 + 1 / 45)
    assert_allclose([*told], [ratio, ratio * np.exp(-half), ratio * np.exp(half)], rtol=1e-6)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.999])
def test_limits_lie_as_far_out_as_the_confidence_says(confidence):
    counts, exposure, design = made_up()
    usual, other = (log_step(counts, exposure, design, 1, 2.0, level) for level in (0.95, confidence))
    stretch = stats.norm.ppf((1 + confidence) / 2) / Z
    assert_allclose(np.log(other.high / other.low), stretch * np.log(usual.high / usual.low), rtol=1e-10)
    assert_allclose(other.value, usual.value, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_counts_that_vary_more_than_poisson_have_pearsons_dispersion(seed):
    """Of statsmodels, scale="X2" divides the same sum by the same degrees of freedom."""
    counts, exposure, design = made_up(seed, spread=6.0)
    fit = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(scale="X2")
    assert fit.scale > 1
    for column in range(3):
        found = coefficient(log_step(counts, exposure, design, column))
        assert_allclose(found, [fit.params[column], fit.bse[column]], rtol=1e-7)


def test_counts_that_vary_less_than_poisson_keep_its_variance():
    _, exposure, design = made_up()
    counts = np.round(exposure * np.exp(design @ [-2, 0.2, 0.1]))
    assert sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(scale="X2").scale < 1
    assert log_step(counts, exposure, design, 1) == log_step(counts, exposure, design, 1, dispersion=1.0)


def test_a_given_dispersion_is_taken_as_it_is():
    counts, exposure, design = made_up(spread=6.0)
    one, quarter = (coefficient(log_step(counts, exposure, design, 1, dispersion=given)) for given in (1.0, 0.25))
    assert_allclose(quarter, [one[0], one[1] / 2], rtol=1e-10)


def test_exposure_in_another_unit_changes_nothing():
    counts, exposure, design = made_up(spread=6.0)
    for unit in (1e-5, 1e5):
        assert_allclose(log_step(counts, unit * exposure, design, 1), log_step(counts, exposure, design, 1), rtol=1e-7)


def test_the_ratio_turned_round_has_the_limits_turned_round():
    counts, exposure, design = made_up(spread=6.0)
    turned = design * [1, -1, 1] + [0, 1, 0]
    told, back = log_step(counts, exposure, design, 1), log_step(counts, exposure, turned, 1)
    assert_allclose(back, [1 / told.value, 1 / told.high, 1 / told.low], rtol=1e-8)


@pytest.mark.parametrize("points", [2, 3])
def test_points_that_leave_nothing_over_are_refused(points):
    counts, exposure, design = made_up()
    with pytest.raises(ValueError) as refused:
        log_step(counts[:points], exposure[:points], design[:points], 1)
    assert str(refused.value) == f"{points} points cannot carry 3 parameters"
