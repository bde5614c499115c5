"""kpikit.stats.regression: against published fits of Proposition 99, textbook GLS, a naive restricted likelihood and numeric integration."""

import numpy as np
import pytest
import statsmodels.api as sm
from conftest import published
from numpy.testing import assert_allclose
from scipy import integrate, linalg, stats

from kpikit.stats.regression import (
    AUTOCORRELATIONS,
    Fitted,
    averaged,
    fitted,
    likely_autocorrelation,
    p_values,
    weighted,
    whitened,
)

ALONE = np.zeros(1)
POINTS = 20
PLACE = np.arange(POINTS, dtype=float)
DESIGN = np.column_stack([np.ones(POINTS), PLACE, PLACE >= 13])
CONTRASTS = np.array([[0, 0, 1], [0, 1, 0], [1, 13, 0.5]])


def correlation(points, rho):
    return linalg.toeplitz(rho ** np.arange(points))


def noisy(seed, rows=1, points=POINTS, rho=0.5):
    """Rows of AR(1) noise, drawn from their exact covariance."""
    root = np.linalg.cholesky(correlation(points, rho))
    return np.random.default_rng(seed).standard_normal((rows, points)) @ root.T


def restricted_likelihood(y, design, covariance):
    """Harville 1974, with the variance profiled out, up to a constant."""
    inverse = np.linalg.inv(covariance)
    information = design.T @ inverse @ design
    left = y - design @ np.linalg.solve(information, design.T @ inverse @ y)
    freedom = len(y) - design.shape[1]
    determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return -0.5 * determinants - 0.5 * freedom * np.log(left @ inverse @ left)


def assert_fits(told, expected, **tolerance):
    for name in ("weights", "values", "errors", "spread"):
        assert_allclose(getattr(told, name), getattr(expected, name), err_msg=name, **tolerance)


def proposition_99(vector):
    """Packs by year, and the design that its source names."""
    packs = np.array(vector["inputs"]["california_packs"])
    years = np.arange(1970, 1970 + len(packs))
    after = years >= vector["inputs"]["interruption"]
    return packs, years, after, np.column_stack([np.ones(len(packs)), years - 1970, after, after * (years - 1989)])


@published("prop99_segmented_ols")
def test_without_autocorrelation_it_is_ordinary_least_squares(vector):
    packs, _, _, design = proposition_99(vector)
    told = fitted(packs, design, np.eye(4), autocorrelations=ALONE)
    assert_allclose(told.values[0, 0], vector["expected"]["coef"], rtol=0, atol=vector["tolerance"])
    assert_allclose(told.errors[0, 0], vector["expected"]["se"], rtol=0, atol=vector["tolerance"])
    assert told.freedom == 31 - 4


@published("prop99_itsa_newey_west_lag1")
def test_a_sum_of_coefficients_is_a_contrast(vector):
    """Its standard errors are Newey and West's and are not looked at."""
    packs, _, _, design = proposition_99(vector)
    contrasts = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 1]])
    expected = [*vector["expected"]["coef"], vector["expected"]["posttrend"]]
    told = fitted(packs, design, contrasts, autocorrelations=ALONE)
    assert_allclose(told.values[0, 0], expected, rtol=0, atol=vector["tolerance"])


@published("prop99_growth_curve_its")
def test_the_trend_of_before_and_the_mean_gap_to_it_are_those_published(vector):
    """A column for each point after takes it out of the fit; its coefficient is its gap to the continued trend."""
    packs, years, after, _ = proposition_99(vector)
    design = np.column_stack([np.ones(len(packs)), years, np.eye(len(packs))[:, after]])
    contrasts = np.vstack([np.eye(design.shape[1])[:2], np.r_[0, 0, np.full(after.sum(), 1 / after.sum())]])
    told, expected = fitted(packs, design, contrasts, autocorrelations=ALONE), vector["expected"]
    found = [*told.values[0, 0], told.errors[0, 0, 1]]
    printed = [expected[name] for name in ("intercept", "slope", "mean_gap", "slope_se")]
    assert_allclose(found, printed, rtol=0, atol=vector["tolerance"])


@pytest.mark.parametrize("rho", [-0.4, 0.0, 0.6, 0.95])
def test_at_each_autocorrelation_it_is_textbook_least_squares_with_the_exact_covariance(rho):
    y = 3 + 0.2 * PLACE + noisy(1)[0]
    told = fitted(y, DESIGN, CONTRASTS, autocorrelations=np.array([rho]))
    fit = sm.GLS(y, DESIGN, sigma=correlation(POINTS, rho)).fit()
    textbook = fit.t_test(CONTRASTS)
    assert_allclose(told.values[0, 0], textbook.effect, rtol=1e-9)
    assert_allclose(told.errors[0, 0], textbook.sd.ravel(), rtol=1e-9)
    assert_allclose(told.spread[0, 0], np.sqrt(fit.scale), rtol=1e-9)


def test_with_a_scale_it_is_least_squares_with_that_much_variance_at_each_point():
    scale = np.random.default_rng(2).uniform(0.5, 2, POINTS)
    y = 3 + 0.2 * PLACE + scale * noisy(2)[0]
    told = fitted(y, DESIGN, CONTRASTS, scale, autocorrelations=np.array([0.6]))
    fit = sm.GLS(y, DESIGN, sigma=np.outer(scale, scale) * correlation(POINTS, 0.6)).fit()
    assert_allclose(told.values[0, 0], fit.t_test(CONTRASTS).effect, rtol=1e-9)
    assert_allclose(told.errors[0, 0], fit.t_test(CONTRASTS).sd.ravel(), rtol=1e-9)


def test_autocorrelations_count_by_their_restricted_likelihood():
    y = noisy(3)[0]
    told = fitted(y, DESIGN, CONTRASTS)
    naive = np.array([restricted_likelihood(y, DESIGN, correlation(POINTS, rho)) for rho in AUTOCORRELATIONS])
    assert_allclose(np.diff(np.log(told.weights[:, 0])), np.diff(naive), rtol=0, atol=1e-8)
    assert_allclose(told.weights.sum(axis=0), 1, rtol=1e-12)


def test_a_point_with_its_own_column_says_nothing():
    """Gaps keep their width: the fit is that of the points left over, with the covariance that their distances give."""
    y, used = noisy(4)[0], ~np.isin(PLACE, [2, 7, 8, 15])
    told = fitted(y, np.column_stack([DESIGN, np.eye(POINTS)[:, ~used]]), np.pad(CONTRASTS, ((0, 0), (0, 4))))
    naive = []
    for at, rho in enumerate(AUTOCORRELATIONS):
        covariance = correlation(POINTS, rho)[np.ix_(used, used)]
        naive.append(restricted_likelihood(y[used], DESIGN[used], covariance))
        textbook = sm.GLS(y[used], DESIGN[used], sigma=covariance).fit().t_test(CONTRASTS)
        assert_allclose(told.values[at, 0], textbook.effect, rtol=1e-8)
        assert_allclose(told.errors[at, 0], textbook.sd.ravel(), rtol=1e-8)
    assert_allclose(np.diff(np.log(told.weights[:, 0])), np.diff(naive), rtol=0, atol=1e-8)
    assert told.freedom == used.sum() - 3


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.6, 0.95])
def test_whitened_errors_are_independent_and_alike(rho):
    by = whitened(np.eye(6), rho).T
    assert_allclose(by @ (correlation(6, rho) / (1 - rho**2)) @ by.T, np.eye(6), atol=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_between_the_limits_lies_the_stated_mass(confidence):
    fit = fitted(noisy(5, rho=0.8), DESIGN, CONTRASTS)
    told = averaged(fit, confidence)
    for contrast in range(3):
        ends = told.low[0, contrast], told.high[0, contrast]

        def density(at, contrast=contrast):
            shares = stats.t.pdf(at, fit.freedom, fit.values[:, 0, contrast], fit.errors[:, 0, contrast])
            return float(fit.weights[:, 0] @ shares)

        assert_allclose(integrate.quad(density, *ends, limit=200)[0], confidence, atol=1e-7)
        assert_allclose(integrate.quad(density, -np.inf, ends[0], limit=200)[0], (1 - confidence) / 2, atol=1e-7)
        assert_allclose(told.value[0, contrast], fit.weights[:, 0] @ fit.values[:, 0, contrast], rtol=1e-12)


@pytest.mark.parametrize("points", [4, 6, POINTS])
def test_one_autocorrelation_alone_gives_students_t(points):
    fit = fitted(noisy(6)[:, :points], DESIGN[:points, :2] + 1, np.eye(2), autocorrelations=np.array([0.3]))
    told = averaged(fit, 0.9)
    assert_allclose(told[1:], stats.t.interval(0.9, points - 2, told.value, fit.errors[0]), rtol=1e-9)
    assert_allclose(p_values(fit), 2 * stats.t.sf(np.abs(told.value / fit.errors[0]), points - 2), rtol=1e-9)


def test_limits_are_found_where_the_autocorrelations_disagree_altogether():
    """Half the mass lies at 0, half at 100: 2.5 in 100 of all is 5 in 100 of either half."""
    each = np.array([[[0.0]], [[100.0]]])
    told = averaged(Fitted(np.full((2, 1), 0.5), each, np.full((2, 1, 1), 0.01), np.ones((2, 1)), 30))
    reach = 0.01 * stats.t.ppf(0.95, 30)
    assert_allclose(np.ravel(told), [50, -reach, 100 + reach], rtol=1e-6)


def test_a_p_value_is_the_confidence_at_which_a_limit_reaches_0():
    fit = fitted(noisy(7, 5), DESIGN, CONTRASTS[:1])
    for row, p_value in enumerate(p_values(fit)[:, 0]):
        told = averaged(fit, 1 - p_value)
        assert_allclose(min(abs(told.low[row, 0]), abs(told.high[row, 0])), 0, atol=1e-10)


def test_an_effect_of_exactly_nothing_has_a_p_value_of_1():
    """A series and its mirror image: the step between them cannot lean to either side."""
    y = np.r_[noisy(8)[0, :9], 0.5]
    mirrored = np.r_[y, y[::-1]]
    fit = fitted(mirrored, np.column_stack([np.ones(20), np.arange(20) >= 10]), np.array([[0, 1]]))
    assert_allclose(p_values(fit), 1, atol=1e-9)
    assert_allclose(averaged(fit).value, 0, atol=1e-12)


def test_each_row_is_fitted_by_itself():
    rows = noisy(9, 4) * np.array([[1], [10], [0.01], [3]])
    together = fitted(rows, DESIGN, CONTRASTS)
    for row in range(4):
        alone = fitted(rows[row], DESIGN, CONTRASTS)
        cut = together._replace(**{name: getattr(together, name)[:, row : row + 1] for name in together._fields[:-1]})
        assert_fits(cut, alone, rtol=1e-10)


def test_values_in_another_unit_give_estimates_in_that_unit():
    y = noisy(10)
    told, scaled = fitted(y, DESIGN, CONTRASTS), fitted(-1e6 * y, DESIGN, CONTRASTS)
    expected = told._replace(values=-1e6 * told.values, errors=1e6 * told.errors, spread=1e6 * told.spread)
    assert_fits(scaled, expected, rtol=1e-9)
    assert_allclose(p_values(scaled), p_values(told), rtol=1e-9)


def test_what_the_design_explains_moves_only_the_contrasts_that_it_touches():
    y, added = noisy(11), np.array([5.0, -0.3, 0.0])
    told, more = fitted(y, DESIGN, CONTRASTS), fitted(y + DESIGN @ added, DESIGN, CONTRASTS)
    assert_fits(more, told._replace(values=told.values + CONTRASTS @ added), rtol=1e-8, atol=1e-10)
    assert_allclose(more.values[:, :, 0], told.values[:, :, 0], rtol=0, atol=1e-9)


def test_no_fit_goes_under_the_least_variance_of_a_point():
    y = noisy(12) * 1e-3
    told = fitted(y, DESIGN, CONTRASTS, least=4.0)
    assert_allclose(told.spread, 2, rtol=1e-12)
    for at, rho in enumerate(AUTOCORRELATIONS):
        inverse = np.linalg.inv(correlation(POINTS, rho))
        covariance = 4 * np.linalg.inv(DESIGN.T @ inverse @ DESIGN)
        assert_allclose(told.errors[at, 0] ** 2, np.diag(CONTRASTS @ covariance @ CONTRASTS.T), rtol=1e-8)


def test_a_least_variance_under_what_the_points_show_changes_nothing():
    y = noisy(13)
    told = fitted(y, DESIGN, CONTRASTS)
    assert_fits(fitted(y, DESIGN, CONTRASTS, least=0.99 * told.spread.min() ** 2), told, rtol=1e-12)


@pytest.mark.parametrize("scaled", [False, True])
def test_a_fixed_sum_has_the_variance_of_correlated_points(scaled):
    """Of c'y the variance is c'Rc s2; with a scale D that is c'DRDc s2."""
    y, by = noisy(14)[0], np.random.default_rng(14).standard_normal((2, POINTS))
    scale = np.linspace(0.5, 2, POINTS) if scaled else None
    fit = fitted(y, DESIGN, CONTRASTS, scale)
    told = weighted(y, by, fit, scale)
    size = np.diag(np.ones(POINTS) if scale is None else scale)
    for at, rho in enumerate(AUTOCORRELATIONS):
        assert_allclose(told.values[at, 0], by @ y, rtol=1e-12)
        variance = np.diag(by @ size @ correlation(POINTS, rho) @ size @ by.T) * fit.spread[at, 0] ** 2
        assert_allclose(told.errors[at, 0] ** 2, variance, rtol=1e-10)
    assert_allclose(averaged(told).value[0], by @ y, rtol=1e-12)
    assert_allclose(told.weights, fit.weights)


def test_the_likely_autocorrelation_is_the_weighted_mean():
    fit = fitted(noisy(15, 2), DESIGN, CONTRASTS)
    sure = np.zeros_like(fit.weights)
    sure[[3, 5], [0, 0]], sure[10, 1] = 0.5, 1
    assert_allclose(likely_autocorrelation(fit._replace(weights=sure)), [AUTOCORRELATIONS[[3, 5]].mean(), AUTOCORRELATIONS[10]])


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_long_series_show_their_autocorrelation(rho):
    rows = noisy(16, 5, points=600, rho=rho)
    fit = fitted(rows, np.ones((600, 1)), np.ones((1, 1)))
    assert_allclose(likely_autocorrelation(fit), rho, atol=0.12)


@pytest.mark.parametrize("points", [2, 3])
def test_points_that_leave_nothing_over_are_refused(points):
    with pytest.raises(ValueError) as refused:
        fitted(np.ones(points), DESIGN[:points], CONTRASTS)
    assert str(refused.value) == f"{points} points cannot carry 3 parameters"
