"""How long customers stay: the product limit against statsmodels, sBG against what was published."""

import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.duration.survfunc import SurvfuncRight

from kpikit.stats.staying import fit_staying, kaplan_meier, share_at, survival

#: Fader and Hardie (2007), doi 10.1002/dir.20074, tables 1 and 3: customers who are left after 0, 1, ... 7 years
COHORTS = {
    "regular": ([1000, 631, 468, 382, 326, 289, 262, 241], (0.704, 1.182), -1680.3),
    "high end": ([1000, 869, 743, 653, 593, 551, 517, 491], (0.668, 3.806), -1611.2),
}
#: the same cohorts after 8, 9, ... 12 years, which the model did not see
LATER = {"regular": [223, 207, 194, 183, 173], "high end": [468, 445, 427, 409, 394]}


@pytest.mark.parametrize("name", COHORTS)
def test_the_published_parameters_are_found(name):
    there, parameters, log_likelihood = COHORTS[name]
    fit = fit_staying(-np.diff(there), [0] * 6 + [there[-1]])
    assert tuple(fit.parameters.round(3)) == parameters
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.06)


@pytest.mark.parametrize("name", COHORTS)
def test_what_came_later_is_foreseen(name):
    told = 1000 * survival(np.array(COHORTS[name][1]), np.arange(8, 13))
    assert np.abs(told - LATER[name]).max() < 25


def test_the_share_that_survives_is_the_mean_over_chances_of_leaving():
    leave = stats.beta(0.7, 1.2)
    for renewals in (1, 4, 2.5):
        mean = integrate.quad(lambda p, n=renewals: (1 - p) ** n * leave.pdf(p), 0, 1)[0]
        assert float(survival(np.array([0.7, 1.2]), renewals)) == pytest.approx(mean, rel=1e-6)


def test_who_was_last_seen_early_counts_for_as_long_as_he_was_seen():
    """Half of a cohort seen for three years alone: the fit lies near that of the whole, not near one of early leavings."""
    there = np.array(COHORTS["regular"][0]) / 2
    lost, kept = -np.diff(there), np.append(np.zeros(6), there[-1])
    short = np.where(np.arange(7) < 3, lost, 0)
    early = np.zeros(7)
    early[2] = there[3]
    fit = fit_staying(lost + short, kept + early)
    assert fit.parameters == pytest.approx(COHORTS["regular"][1], rel=0.05)


@pytest.fixture
def lives():
    rng = np.random.default_rng(1)
    time = rng.integers(1, 40, 300)
    return time, rng.integers(0, 2, 300)


def test_the_product_limit_and_its_variance_are_those_of_statsmodels(lives):
    time, left = lives
    ours, theirs = kaplan_meier(time, left), SurvfuncRight(time, left)
    assert ours.time.tolist() == theirs.surv_times.tolist()
    assert ours.value == pytest.approx(theirs.surv_prob)
    assert ours.at_risk == pytest.approx(theirs.n_risk)
    inner = (ours.value > 0) & (ours.value < 1)
    z = 1.959963984540054
    spread = theirs.surv_prob_se / (theirs.surv_prob * np.abs(np.log(theirs.surv_prob)))
    assert ours.low[inner] == pytest.approx((theirs.surv_prob ** np.exp(z * spread))[inner])
    assert ours.high[inner] == pytest.approx((theirs.surv_prob ** np.exp(-z * spread))[inner])


def test_rows_that_are_alike_may_be_counted_together(lives):
    time, left = lives
    pairs, n = np.unique(np.column_stack([time, left]), axis=0, return_counts=True)
    assert kaplan_meier(*pairs.T, n).value == pytest.approx(kaplan_meier(time, left).value)


def test_the_share_at_a_time_is_that_after_the_last_leaving():
    curve = kaplan_meier([1, 2, 2, 3], [1, 1, 0, 0])
    assert share_at(curve, [0, 0.9, 1, 1.5, 2, 99]).tolist() == [1, 1, 0.75, 0.75, 0.5, 0.5]


def test_where_all_have_left_no_limits_are_told():
    curve = kaplan_meier([1, 2], [1, 1])
    assert curve.value.tolist() == [0.5, 0.0]
    assert np.isnan(curve.low[-1])
    assert np.isnan(curve.high[-1])
