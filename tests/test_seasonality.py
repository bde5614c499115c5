"""Is there a season: the regression against plain least squares, STL against statsmodels, and how often noise is taken for one."""

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.tsa.seasonal import STL

from kpikit.stats.designs import going_on
from kpikit.stats.regression import AUTOCORRELATIONS, fitted
from kpikit.stats.seasonality import decomposed, season_of, strength

PHASES = np.arange(60) % 12
USED = np.ones(60, dtype=bool)
BASE = going_on(60, 12, trend=True, season=False)
PEAK = np.where(PHASES >= 10, 2.0, 0.0)


def hanging(seed, rho, points=60):
    noise = np.random.default_rng(seed).standard_normal(points)
    for place in range(1, points):
        noise[place] = rho * noise[place - 1] + np.sqrt(1 - rho**2) * noise[place]
    return noise


def test_without_autocorrelation_the_contrasts_are_those_of_plain_least_squares(monkeypatch):
    monkeypatch.setattr("kpikit.stats.seasonality.AUTOCORRELATIONS", np.array([0.0]))
    monkeypatch.setattr("kpikit.stats.seasonality.fitted", lambda *given: fitted(*given, autocorrelations=np.array([0.0])))
    values = hanging(1, 0.0) + PEAK
    named = np.arange(12) >= 10
    told = season_of(values, USED, PHASES, 12, BASE, named)
    # independently: one column a month, no level, and a trend
    plain = sm.OLS(values, np.column_stack([np.eye(12)[PHASES], np.arange(60)])).fit()
    weights = np.append(np.where(named, 1 / 2, -1 / 10), 0.0)
    peak = plain.t_test(weights)
    assert float(told.named.value) == pytest.approx(peak.effect[0])
    assert (float(told.named.low), float(told.named.high)) == pytest.approx(tuple(peak.conf_int()[0]))
    none = sm.OLS(values, np.column_stack([np.ones(60), np.arange(60)])).fit()
    assert told.p_value == pytest.approx(plain.compare_f_test(none)[1])
    assert told.by_phase.value == pytest.approx(plain.params[:12] - plain.params[:12].mean())
    each = plain.t_test(np.append(np.eye(12)[3] - 1 / 12, 0.0)).conf_int(alpha=0.05 / 12)[0]
    assert (told.by_phase.low[3], told.by_phase.high[3]) == pytest.approx(tuple(each))
    other = plain.t_test(np.append(np.where(np.arange(12) == 3, 1.0, -1 / 11), 0.0)).effect[0]
    assert told.top.value[3] == pytest.approx(other)


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_noise_is_taken_for_a_season_as_seldom_as_it_says(rho):
    found = [season_of(hanging(seed, rho), USED, PHASES, 12, BASE).p_value < 0.05 for seed in range(80)]
    assert sum(found) <= 10  # 5 % of 80 is 4; more than 10 has a chance of 1 in 300


def test_a_peak_is_found_and_its_interval_holds_it():
    told = [season_of(hanging(seed, 0.2) + PEAK, USED, PHASES, 12, BASE, np.arange(12) >= 10) for seed in range(40)]
    assert sum(each.p_value < 0.05 for each in told) >= 36
    assert sum(float(each.named.low) <= 2 <= float(each.named.high) for each in told) >= 35


def test_missing_points_say_nothing():
    values, used = hanging(3, 0.2) + PEAK, USED.copy()
    used[[5, 30]] = False
    spoiled = np.where(used, values, 1e6)
    spoiled[~used] = np.nan
    other = season_of(np.where(used, values, -50.0), used, PHASES, 12, BASE)
    assert season_of(spoiled, used, PHASES, 12, BASE).by_phase.value == pytest.approx(other.by_phase.value)


def test_a_point_far_off_is_set_aside_and_named():
    values = hanging(4, 0.2) + PEAK
    values[29] -= 30
    told = season_of(values, USED, PHASES, 12, BASE)
    assert told.odd.tolist() == [29]
    assert abs(told.by_phase.value[29 % 12]) < 2


def test_the_parts_are_those_of_statsmodels():
    values = hanging(5, 0.2) + PEAK + 0.05 * np.arange(60)
    told, other = decomposed(values, 12), STL(values, period=12, seasonal=13, robust=True).fit()
    for own, theirs in ((told.trend, other.trend), (told.season, other.seasonal), (told.rest, other.resid)):
        assert own == pytest.approx(np.asarray(theirs))
    assert told.trend + told.season + told.rest == pytest.approx(values)


def test_the_strength_of_a_season_is_one_without_a_rest_and_none_without_a_season():
    wave = np.sin(np.arange(48) * np.pi / 6)
    assert strength(wave, np.zeros(48)) == 1.0
    assert strength(np.zeros(48), wave) == 0.0
    # var(rest) = 1/4 var(wave), at right angles: 1 - .25 / 1.25
    assert strength(wave, np.cos(np.arange(48) * np.pi / 6) / 2) == pytest.approx(0.8)


def test_every_autocorrelation_is_weighed():
    assert len(AUTOCORRELATIONS) == len(fitted(hanging(1, 0.2), BASE, np.eye(2)).weights)
