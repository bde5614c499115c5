"""BG/NBD and gamma-gamma: against what was published of CDNOW, and against the integrals that the formulas solve."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from kpikit.stats.buying import alive, chance_of, expected_purchases, fit_buying, further_purchases, log_likelihood
from kpikit.stats.likelihood import Fit
from kpikit.stats.spending import correlation, fit_spending, mean_amount

PUBLISHED = np.array([0.2426, 4.4135, 0.7929, 2.4258])  # r, alpha, a, b
spec = find_spec("lifetimes")
FOLDER = Path(spec.submodule_search_locations[0]) / "datasets" if spec else None
needs_cdnow = pytest.mark.skipif(FOLDER is None, reason="Lifetimes is not installed")


@pytest.fixture(scope="module")
def cdnow():
    return pd.read_csv(FOLDER / "cdnow_customers_summary_with_transactions.csv")


@pytest.fixture(scope="module")
def fitted(cdnow):
    return fit_buying(cdnow["x"], cdnow["t_x"], cdnow["T"])


@needs_cdnow
def test_the_published_parameters_of_cdnow_are_found(cdnow, fitted):
    assert len(cdnow) == 2357
    assert fitted.parameters.round(4).tolist() == PUBLISHED.tolist()
    assert fitted.log_likelihood == pytest.approx(-9582.43, abs=0.01)


@needs_cdnow
def test_days_give_the_parameters_of_weeks_with_alpha_in_days(cdnow, fitted):
    by_day = fit_buying(cdnow["x"], cdnow["t_x"] * 7, cdnow["T"] * 7)
    assert by_day.parameters == pytest.approx(fitted.parameters * [1, 7, 1, 1], rel=1e-3)
    weekly, daily = (fit.log_likelihood for fit in (fitted, by_day))
    assert daily == pytest.approx(weekly - np.log(7) * cdnow["x"].sum(), abs=1e-3)


@needs_cdnow
def test_customers_who_are_alike_may_be_counted_together(cdnow, fitted):
    alike = cdnow.groupby(["x", "t_x", "T"]).size().reset_index(name="n")
    assert len(alike) < len(cdnow)
    assert fit_buying(alike["x"], alike["t_x"], alike["T"], alike["n"]).parameters == pytest.approx(fitted.parameters, rel=1e-4)


def test_the_published_example_of_a_known_customer_is_met():
    """Fader, Hardie and Lee (2005), "Implementing the BG/NBD model in Excel": x = 2, t_x = 30.43, T = 38.86, 39 weeks ahead."""
    assert round(float(further_purchases(PUBLISHED, 39, 2, 30.43, 38.86)), 3) == 1.226


def mixed(parameters, likelihood):
    """The mean over customers of a likelihood of their rate and their chance of leaving, by Gaussian quadrature."""
    r, alpha, a, b = parameters
    rate, of_rate = special.roots_genlaguerre(80, r - 1)
    leave, of_leave = special.roots_jacobi(80, b - 1, a - 1)
    values = likelihood(rate[:, None] / alpha, (1 + leave[None, :]) / 2)
    return float((of_rate @ values @ of_leave) / (of_rate.sum() * of_leave.sum()))


@pytest.mark.parametrize(("x", "t_x", "T"), [(0, 0.0, 10.0), (2, 4.0, 10.0), (3, 10.0, 10.0)])
def test_the_likelihood_is_the_mean_over_rates_and_chances_of_leaving(x, t_x, T):
    parameters = np.array([1.4, 3.0, 1.3, 2.2])

    def one(rate, leave):
        stayed = (1 - leave) ** x * rate**x * np.exp(-rate * T)
        return stayed + (leave * (1 - leave) ** (x - 1) * rate**x * np.exp(-rate * t_x) if x else 0.0)

    told = log_likelihood(parameters, *(np.array([v], dtype=float) for v in (x, t_x, T, 1)))
    assert np.exp(told) == pytest.approx(mixed(parameters, one), rel=1e-6)
    stayed = mixed(parameters, lambda rate, leave: (1 - leave) ** x * rate**x * np.exp(-rate * T))
    assert float(alive(parameters, x, t_x, T)) == pytest.approx(stayed / np.exp(told), rel=1e-6)


@pytest.mark.parametrize("a", [0.4, 1.0, 1.6])
def test_chances_add_up_to_one_and_their_mean_is_what_is_expected(a):
    parameters = np.array([0.7, 3.0, a, 2.0])
    chances = chance_of(parameters, 400, np.array([12.0]))[0]
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ np.arange(401) == pytest.approx(float(expected_purchases(parameters, 12.0)), rel=1e-6)


def test_what_is_expected_of_a_new_customer_is_what_those_of_an_earlier_day_did_and_will_do():
    """E[X(T + t)] = E[X(T)] + E[E[Y(t) | x, t_x, T]]: simulated histories stand in for the outer mean."""
    parameters, rng = np.array([1.2, 3.0, 0.8, 2.5]), np.random.default_rng(5)
    r, alpha, a, b = parameters
    rate, leave = rng.gamma(r, 1 / alpha, 40_000), rng.beta(a, b, 40_000)
    x, t_x = np.zeros(40_000), np.zeros(40_000)
    at, there = rng.exponential(1 / rate), np.ones(40_000, dtype=bool)
    while (going := there & (at <= 10)).any():
        x[going], t_x[going] = x[going] + 1, at[going]
        there[going] = rng.random(going.sum()) >= leave[going]
        at[going] += rng.exponential(1 / rate[going])
        there &= at <= 10
    later = further_purchases(parameters, 8, x, t_x, 10.0).mean()
    whole, before = (float(expected_purchases(parameters, t)) for t in (18, 10))
    assert x.mean() == pytest.approx(before, rel=0.02)
    assert later == pytest.approx(whole - before, rel=0.02)


def test_a_long_history_stays_finite():
    more = further_purchases(PUBLISHED, 52, [0, 500, 5000], [0, 400, 1000], [400, 400, 1000])
    assert np.isfinite(more).all()
    assert (more >= 0).all()


@needs_cdnow
def test_the_published_spending_of_cdnow_is_found(cdnow):
    again = cdnow[cdnow["x"] > 0]
    fit = fit_spending(again["x"], again["zbar"])
    assert len(again) == 946
    assert fit.parameters[:2] == pytest.approx([6.25, 3.74], abs=0.01)
    assert fit.parameters[2] == pytest.approx(15.44, abs=0.02)
    assert mean_amount(fit.parameters) == pytest.approx(35.1, abs=0.1)
    assert correlation(again["x"], again["zbar"]) == pytest.approx(0.11, abs=0.005)  # Fader, Hardie and Lee (2005), JMR


@needs_cdnow
def test_other_money_gives_the_same_spending_in_it(cdnow):
    again = cdnow[cdnow["x"] > 0]
    dollars, cents = (fit_spending(again["x"], again["zbar"] * factor) for factor in (1, 100))
    assert cents.parameters == pytest.approx(dollars.parameters * [1, 1, 100], rel=1e-3)


def test_a_mean_that_the_spread_of_customers_does_not_bound_is_infinite():
    assert mean_amount(np.array([5.0, 0.9, 10.0])) == np.inf


def test_the_delta_method_is_exact_where_the_logarithm_is_linear():
    fit = Fit(np.array([2.0, 3.0]), np.diag([0.04, 0.09]), 0.0)
    assert fit.spread(lambda p: np.log(p[:1] * p[1:])) == pytest.approx([np.sqrt(0.13)], rel=1e-6)


@needs_cdnow
def test_the_spread_is_that_of_samples_of_customers(cdnow):
    rng, some = np.random.default_rng(3), cdnow.iloc[:600]
    told = fit_buying(some["x"], some["t_x"], some["T"]).spread(lambda p: expected_purchases(p, np.array([52.0])))[0]
    seen = []
    for _ in range(10):
        drawn = some.iloc[rng.integers(0, len(some), len(some))]
        seen.append(float(expected_purchases(fit_buying(drawn["x"], drawn["t_x"], drawn["T"]).parameters, 52.0)))
    assert 0.5 < np.std(seen, ddof=1) / told < 1.9
