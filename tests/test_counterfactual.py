"""kpikit.stats.counterfactual: exact on noiseless histories, against Proposition 99, and against a naive route with exact covariances."""

import numpy as np
import pytest
import statsmodels.api as sm
from conftest import published
from numpy.testing import assert_allclose, assert_array_equal
from scipy import linalg, optimize, stats

from kpikit.stats.counterfactual import (
    LEAST,
    LEAST_NOISE,
    Baseline,
    base_of,
    baseline_of,
    continued,
    differences,
    effect_alone,
    scale_of,
    segmented,
    synthetic_weights,
)
from kpikit.stats.designs import going_on, one_each
from kpikit.stats.intervals import Interval
from kpikit.stats.regression import AUTOCORRELATIONS, averaged, fitted, p_values

PLACE = np.arange(48, dtype=float)
BEFORE, AFTER = PLACE < 36, PLACE >= 36
LEVEL, TREND, SEASONAL = Baseline(False, False, ()), Baseline(True, False, ()), Baseline(True, True, ())
WAVE = np.array([0.0, 3, -1, 4, 1, -5, 9, -2, 6, -5, 3, -5])[np.arange(48) % 12] / 100
LINE = 0.2 + 0.003 * PLACE + WAVE
EVEN = np.ones(48)
pytestmark = pytest.mark.filterwarnings("error")


def correlation(points, rho):
    return linalg.toeplitz(rho ** np.arange(points))


def noisy(seed, rows=1, points=48, rho=0.4):
    """Rows of AR(1) noise of standard deviation 1, made from their exact covariance."""
    root = np.linalg.cholesky(correlation(points, rho))
    return np.random.default_rng(seed).standard_normal((rows, points)) @ root.T


def told_by(mixture, freedom):
    """Mean, limits and two-sided p-value of weighted Student's t: (weight, value, error) each."""
    weight, value, error = (np.array(part) for part in zip(*mixture, strict=True))
    weight = np.exp(weight - weight.max())
    weight = weight / weight.sum()

    def below(at):
        return float(weight @ stats.t.cdf(at, freedom, value, error))

    span = value.min() - 1e4 * error.max(), value.max() + 1e4 * error.max()
    ends = [optimize.brentq(lambda at, mass=mass: below(at) - mass, *span, xtol=1e-14) for mass in (0.025, 0.975)]
    return [weight @ value, *ends], 2 * min(below(0), 1 - below(0))


def naive_fits(values, before, design):
    """For each autocorrelation: its restricted log-likelihood on the before-points alone, their fit, and the whole correlation."""
    for rho in AUTOCORRELATIONS:
        whole = correlation(len(values), rho)
        inside = whole[np.ix_(before, before)]
        fit = sm.GLS(values[before], design[before], sigma=inside).fit()
        inverse = np.linalg.inv(inside)
        information = design[before].T @ inverse @ design[before]
        determinants = np.linalg.slogdet(inside)[1] + np.linalg.slogdet(information)[1]
        yield -0.5 * determinants - 0.5 * fit.df_resid * np.log(fit.scale), fit, whole


def predicted(values, before, after, design, share):
    """The effect by the best linear prediction of the after-points (Goldberger 1962), averaged over the autocorrelations."""
    mixture = []
    for likelihood, fit, whole in naive_fits(values, before, design):
        carried = whole[np.ix_(after, before)] @ np.linalg.inv(whole[np.ix_(before, before)])
        gap = values[after] - design[after] @ fit.params - carried @ (values[before] - design[before] @ fit.params)
        new = design[after] - carried @ design[before]
        covariance = (
            fit.scale * (whole[np.ix_(after, after)] - carried @ whole[np.ix_(before, after)]) + new @ fit.cov_params() @ new.T
        )
        mixture.append((likelihood, share @ gap, np.sqrt(share @ covariance @ share)))
    return told_by(mixture, before.sum() - design.shape[1])


def same(one, other, **tolerance):
    """Every part of two results alike."""
    for name in one._fields:
        assert_allclose(getattr(one, name), getattr(other, name), err_msg=name, **tolerance)


def proposition_99(vector):
    packs = np.array(vector["inputs"]["california_packs"])
    years = np.arange(1970, 1970 + len(packs))
    return packs, years, years < 1989, years >= 1989


# What is continued


def test_a_trend_needs_8_points_and_a_season_3_cycles():
    for count, expected in [(1, LEVEL), (7, LEVEL), (8, TREND), (35, TREND), (36, SEASONAL)]:
        assert baseline_of(np.zeros(48), count > PLACE, 12) == expected
    assert baseline_of(np.zeros(48), PLACE < 11, 4) == TREND
    assert baseline_of(np.zeros(48), PLACE < 12, 4) == SEASONAL
    assert baseline_of(np.zeros(48), BEFORE, 1) == TREND


def test_only_points_before_tell_the_baseline():
    bent = 0.2 + 0.01 * PLACE - 0.03 * np.maximum(PLACE - 15, 0) + 0.001 * noisy(1)[0]
    assert baseline_of(bent, BEFORE & (PLACE < 30), 12) == Baseline(True, False, (15,))
    step = np.where(AFTER, 100.0, 0.0)
    aside = ~np.isin(PLACE, [3, 20, 31])
    assert baseline_of(bent + step + np.where(aside, 0, 1e3), BEFORE & aside & (PLACE < 34), 12).bends == (15,)


def test_beyond_its_last_bend_the_trend_stands_for_itself():
    """Columns: level, trend, two hinges, a step after the second."""
    expected = [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 2, 1, 0, 0], [1, 3, 2, 0, 0], [1, 4, 3, 1, 1], [1, 5, 4, 2, 1]]
    assert_array_equal(base_of(6, 12, Baseline(True, False, (1, 3))), expected)
    assert_array_equal(base_of(3, 2, Baseline(True, True, ())), [[1, 0, 0], [1, 1, 1], [1, 2, 0]])


# The baseline continued


def test_a_noiseless_line_with_season_and_step_is_told_exactly():
    told = continued(LINE + 0.05 * AFTER, BEFORE, AFTER, 12, EVEN, SEASONAL)
    assert_allclose(told.effect.value, 0.05, atol=1e-10)
    assert_allclose(told.by_point.value, np.full(12, 0.05), atol=1e-10)
    assert_allclose(told.halves.value, 0, atol=1e-10)
    assert_allclose(told.slope.value, 0.003, atol=1e-11)
    assert_allclose(told.line, LINE, atol=1e-10)
    assert told.freedom == 36 - 13


def test_points_that_follow_their_baseline_to_the_last_digit_say_nothing_about_the_noise():
    told = continued(LINE + 0.05 * AFTER, BEFORE, AFTER, 12, EVEN, SEASONAL)
    for part in (told.effect, told.by_point, told.halves, told.slope):
        assert np.isnan(part.low).all()
        assert np.isnan(part.high).all()
    same(continued(np.zeros(48), BEFORE, AFTER, 12, EVEN, LEVEL).effect, Interval(0, np.nan, np.nan))


def test_where_the_sampling_noise_is_known_even_a_noiseless_line_has_limits():
    told = continued(LINE + 0.05 * AFTER, BEFORE, AFTER, 12, EVEN, SEASONAL, np.full(48, 1e-4))
    assert_allclose(told.effect.value, 0.05, atol=1e-9)
    assert told.effect.low < 0.05 - 1e-3
    assert told.effect.high > 0.05 + 1e-3


def test_a_noiseless_effect_is_told_point_by_point_and_weighed():
    """Of 4 points 1, 2, 3, 6 with weights 1, 1, 2, 4 the mean is 33 / 8; the halves' means are 3 / 2 and 30 / 6."""
    before, after, effect = PLACE < 30, (PLACE >= 30) & (PLACE < 34), np.zeros(48)
    effect[30:34], weights = [1, 2, 3, 6], np.r_[np.full(30, 99.0), 1, 1, 2, 4, np.full(14, np.nan)]
    told = continued(2 + 0.1 * PLACE + effect, before, after, 12, weights, TREND)
    assert_allclose(told.by_point.value, [1, 2, 3, 6], atol=1e-9)
    assert_allclose(told.effect.value, 33 / 8, atol=1e-9)
    assert_allclose(told.halves.value, 5 - 1.5, atol=1e-9)


def test_a_broken_line_is_continued_beyond_its_last_bend():
    line = 5 + 0.1 * PLACE - 0.3 * np.maximum(PLACE - 10, 0) + 0.4 * np.maximum(PLACE - 22, 0)
    baseline = baseline_of(line, BEFORE & (PLACE < 34), 12)
    assert baseline == Baseline(True, False, (10, 22))
    told = continued(line + 7 * AFTER, BEFORE, AFTER, 12, EVEN, baseline)
    assert_allclose(told.effect.value, 7, atol=1e-8)
    assert_allclose(told.slope.value, 0.1 - 0.3 + 0.4, atol=1e-9)
    assert_allclose(told.line, line, atol=1e-8)


@pytest.mark.parametrize("baseline", [LEVEL, TREND, SEASONAL, Baseline(True, False, (14,))])
def test_an_effect_is_the_distance_to_the_best_prediction_averaged_over_autocorrelations(baseline):
    values, weights = LINE + 0.02 * noisy(2)[0], np.linspace(1, 3, 48)
    told = continued(values, BEFORE, AFTER, 12, weights, baseline)
    expected, p_value = predicted(values, BEFORE, AFTER, base_of(48, 12, baseline), weights[AFTER] / weights[AFTER].sum())
    assert_allclose([*told.effect], expected, rtol=1e-7, atol=1e-10)
    assert_allclose(told.p_value, p_value, rtol=1e-6)


@pytest.mark.parametrize("noise", [None, np.linspace(1, 9, 48) * 1e-4])
def test_an_effect_asked_for_alone_is_the_same(noise):
    for values in (LINE + 0.02 * noisy(18)[0], LINE + 0.05 * AFTER):
        for baseline in (LEVEL, SEASONAL, Baseline(True, False, (14,))):
            before, after, weights = BEFORE & (PLACE != 7), AFTER & (PLACE != 36), PLACE + 1
            told = continued(values, before, after, 12, weights, baseline, noise)
            effect, freedom = effect_alone(values, before, after, 12, weights, baseline, noise)
            assert_allclose([*effect], [*told.effect], rtol=1e-7, atol=1e-9)
            assert freedom == told.freedom == before.sum() - base_of(48, 12, baseline).shape[1]


def test_an_effect_alone_is_refused_with_fewer_than_3_points_before():
    with pytest.raises(ValueError) as refused:
        effect_alone(LINE, PLACE < 2, AFTER, 12, EVEN, LEVEL)
    assert str(refused.value) == "2 points before cannot tell the noise; 3 are the least"


def test_gaps_keep_their_width():
    aside = np.isin(PLACE, [4, 5, 17, 34, 35, 36, 40])
    before, after = BEFORE & ~aside, AFTER & ~aside
    values = LINE + 0.02 * noisy(3)[0]
    told = continued(values, before, after, 12, EVEN, TREND)
    expected, p_value = predicted(values, before, after, base_of(48, 12, TREND), np.full(after.sum(), 1 / after.sum()))
    assert_allclose([*told.effect], expected, rtol=1e-7, atol=1e-10)
    assert_allclose(told.p_value, p_value, rtol=1e-6)


@pytest.mark.parametrize("wild", [0.0, 1e6, np.nan, np.inf])
def test_points_aside_do_not_matter_whatever_their_value(wild):
    aside = np.isin(PLACE, [4, 5, 34, 35, 40])
    before, after = BEFORE & ~aside, AFTER & ~aside
    values, noise = LINE + 0.02 * noisy(4)[0], np.full(48, 1e-4)
    strange, unknown = np.where(aside, wild, values), np.where(aside, np.nan, noise)
    same(continued(strange, before, after, 12, EVEN, SEASONAL), continued(values, before, after, 12, EVEN, SEASONAL))
    same(
        continued(strange, before, after, 12, EVEN, TREND, unknown).effect,
        continued(np.where(aside, 0, values), before, after, 12, EVEN, TREND, np.where(aside, 0, noise)).effect,
    )
    assert_array_equal(segmented(strange, before, after, 12, TREND), segmented(values, before, after, 12, TREND))
    contrast = np.where(after, 1 / after.sum(), -1 / before.sum())
    ours, theirs = (differences(y, before, after, contrast, np.ones((48, 1))) for y in (strange, values))
    assert_array_equal(ours[0], theirs[0])
    assert ours[1] == theirs[1]
    assert differences(values, before, after, contrast + 9 * aside, np.ones((48, 1))) == ours


def test_only_the_shares_of_the_after_weights_matter():
    values, rng = LINE + 0.02 * noisy(5)[0], np.random.default_rng(5)
    weights = rng.uniform(1, 9, 48)
    told = continued(values, BEFORE, AFTER, 12, weights, TREND)
    same(continued(values, BEFORE, AFTER, 12, 1e4 * weights, TREND), told, rtol=1e-12)
    same(continued(values, BEFORE, AFTER, 12, np.where(AFTER, weights, np.nan), TREND), told)
    assert_allclose(told.effect.value, np.average(told.by_point.value, weights=weights[AFTER]), rtol=1e-12)
    lonely = continued(values, BEFORE, AFTER, 12, (PLACE == 40).astype(float) + 1e-300 * AFTER, TREND)
    assert_allclose([*lonely.effect], [end[4] for end in told.by_point], rtol=1e-7)


@pytest.mark.parametrize("points", [1, 3, 4, 5])
def test_halves_are_compared_from_4_points_after_on(points):
    after = AFTER & (36 + points > PLACE)
    told = continued(LINE + 0.02 * noisy(6)[0], BEFORE, after, 12, EVEN, TREND)
    assert np.isfinite(np.ravel(told.halves)).all() == (points >= 4)
    if points >= 4:
        by_hand = told.by_point.value[points // 2 :].mean() - told.by_point.value[: points // 2].mean()
        assert_allclose(told.halves.value, by_hand, rtol=1e-9)


def test_a_level_has_no_slope_and_everything_else_is_finite():
    values = LINE + 0.02 * noisy(7)[0]
    for baseline in (LEVEL, TREND, SEASONAL, Baseline(True, True, (12,)), Baseline(True, False, (10, 20))):
        for noise in (None, np.full(48, 1e-4), np.r_[0.0, np.full(46, 1e-4), np.nan]):
            told = continued(values, BEFORE, AFTER, 12, EVEN, baseline, noise)
            assert np.isnan(np.ravel(told.slope)).all() == (not baseline.trend)
            for part in (*told.effect, *told.by_point, *told.halves, *told.line, told.p_value, told.autocorrelation):
                assert np.isfinite(part).all()
            for part in (told.effect, told.by_point, told.halves):
                assert (part.low < part.value).all()
                assert (part.value < part.high).all()


def test_what_the_baseline_explains_changes_no_effect():
    values = 0.02 * noisy(8)[0]
    told, more = (continued(y, BEFORE, AFTER, 12, EVEN, SEASONAL) for y in (values, values + 5 + 0.3 * PLACE + 2 * WAVE))
    for part in ("effect", "by_point", "halves", "p_value", "autocorrelation"):
        assert_allclose(getattr(more, part), getattr(told, part), rtol=1e-7, atol=1e-10, err_msg=part)
    assert_allclose(more.line, np.array(told.line) + 5 + 0.3 * PLACE + 2 * WAVE, rtol=1e-8)
    assert_allclose(more.slope, np.array(told.slope) + 0.3, rtol=1e-8)


def test_a_turned_sign_turns_the_interval_and_another_unit_stretches_it():
    values, noise = LINE + 0.02 * noisy(9)[0], np.linspace(1, 5, 48) * 1e-4
    told, turned = (
        continued(y, BEFORE, AFTER, 12, EVEN, TREND, known) for y, known in ((values, noise), (-100 * values, 1e4 * noise))
    )
    assert_allclose(turned.effect, [-100 * told.effect.value, -100 * told.effect.high, -100 * told.effect.low], rtol=1e-8)
    assert_allclose(turned.p_value, told.p_value, rtol=1e-8)


def test_time_read_backwards_gives_the_same_effect():
    values = LINE + 0.02 * noisy(10)[0]
    for baseline in (LEVEL, TREND, SEASONAL):
        told = continued(values, BEFORE, AFTER, 12, EVEN, baseline)
        back = continued(values[::-1], BEFORE[::-1], AFTER[::-1], 12, EVEN, baseline)
        assert_allclose(back.effect, told.effect, rtol=1e-7)
        assert_allclose(back.by_point.low, told.by_point.low[::-1], rtol=1e-6)
        assert_allclose(back.halves, [-told.halves.value, -told.halves.high, -told.halves.low], rtol=1e-6)
        if baseline.trend:
            assert_allclose(back.slope, [-told.slope.value, -told.slope.high, -told.slope.low], rtol=1e-6)


def test_fewer_than_3_points_before_are_refused():
    with pytest.raises(ValueError) as refused:
        continued(LINE, PLACE < 2, AFTER, 12, EVEN, LEVEL)
    assert str(refused.value) == "2 points before cannot tell the noise; 3 are the least"
    assert np.isfinite(np.ravel(continued(LINE, PLACE < LEAST, AFTER, 12, EVEN, LEVEL).effect)).all()


def test_a_baseline_with_more_columns_than_points_before_is_refused():
    with pytest.raises(ValueError) as refused:
        continued(LINE, PLACE < 13, AFTER, 12, EVEN, SEASONAL)
    assert str(refused.value) == "48 points cannot carry 48 parameters"


# Known sampling noise


def test_variance_beyond_the_sampling_noise_is_added_alike_to_all():
    """Of a plain mean the moment estimate is that of Hedges 1983: the sample variance less the mean of the known ones."""
    rng = np.random.default_rng(11)
    values, known = rng.standard_normal(30), rng.uniform(0.01, 0.5, 30)
    beyond = values.var(ddof=1) - known.mean()
    assert beyond > 0
    scale, least = scale_of(values, np.ones((30, 1)), known)
    assert_allclose(scale**2, (known + beyond) / (known + beyond).mean(), rtol=1e-10)
    assert_allclose(least, LEAST_NOISE * known.mean(), rtol=1e-12)


def test_points_that_vary_less_than_sampling_makes_them_keep_their_sampling_variances():
    known = np.linspace(1, 4, 30)
    scale, _ = scale_of(1e-3 * noisy(12, points=30)[0], np.ones((30, 1)), known)
    assert_allclose(scale**2, known / known.mean(), rtol=1e-12)


def test_without_known_noise_all_points_count_alike():
    scale, least = scale_of(LINE, np.ones((48, 1)), None)
    assert_array_equal(scale, EVEN)
    assert least == 0
    for nothing in (np.zeros(48), np.full(48, np.nan)):
        assert_array_equal(scale_of(LINE, np.ones((48, 1)), nothing)[0], EVEN)


def test_points_after_tell_nothing_about_the_noise():
    values, noise = LINE + 0.02 * noisy(17)[0], np.linspace(1, 9, 48) * 1e-5
    told, moved = (continued(y, BEFORE, AFTER, 12, EVEN, TREND, noise) for y in (values, values + AFTER * (PLACE - 40)))
    assert_allclose(moved.by_point, np.array(told.by_point) + PLACE[36:] - 40, rtol=1e-8)
    assert_allclose(moved.line, told.line, rtol=1e-9)


def test_even_noise_under_what_the_points_show_changes_nothing():
    values = LINE + 0.02 * noisy(13)[0]
    told = continued(values, BEFORE, AFTER, 12, EVEN, SEASONAL)
    same(continued(values, BEFORE, AFTER, 12, EVEN, SEASONAL, np.full(48, 1e-6)), told, rtol=1e-9)


def test_points_closer_together_than_sampling_lets_them_be_keep_half_its_variance():
    """With the least variance reached at every autocorrelation, the limits grow as the root of the noise and no faster."""
    values = LINE + 1e-5 * noisy(14)[0]
    narrow, wide = (continued(values, BEFORE, AFTER, 12, EVEN, SEASONAL, np.full(48, noise)).effect for noise in (0.01, 0.04))
    assert_allclose(wide.high - wide.value, 2 * (narrow.high - narrow.value), rtol=1e-6)
    assert_allclose(wide.value, narrow.value, rtol=1e-9)
    flat = np.zeros(48)
    flat[::2] = 1e-9
    told = continued(flat, BEFORE, AFTER, 1, EVEN, LEVEL, np.full(48, 0.01)).effect
    independent = stats.t.ppf(0.975, 35) * np.sqrt(LEAST_NOISE * 0.01 * (1 / 36 + 1 / 12))
    assert told.high - told.value < independent < narrow.high - narrow.value


# Other estimators


def test_segmented_regression_without_noise_is_exact():
    values = LINE + np.where(AFTER, 0.04 - 0.007 * (PLACE - 36), 0)
    told = segmented(values, BEFORE, AFTER, 12, SEASONAL)
    assert_allclose(told.value, [0.04, -0.007], atol=1e-9)
    assert told.low.shape == (2,)


def test_in_segmented_regression_a_point_that_is_hardly_known_hardly_counts():
    values = LINE + np.where(AFTER, 0.04 - 0.007 * (PLACE - 36), 0) + 3 * (PLACE == 20)
    told = segmented(values, BEFORE, AFTER, 12, TREND, np.where(PLACE == 20, 1e8, 1e-2))
    calm = segmented(values - 3 * (PLACE == 20), BEFORE, AFTER, 12, TREND)
    assert_allclose(told.value, calm.value, atol=0.01)


def test_segmented_regression_steps_at_the_first_point_after_a_transition():
    after = PLACE >= 39
    told = segmented(LINE + np.where(after, 0.04 - 0.007 * (PLACE - 39), 0), BEFORE, after, 12, SEASONAL)
    assert_allclose(told.value, [0.04, -0.007], atol=1e-9)


@published("prop99_segmented_ols")
def test_segmented_regression_averages_the_textbook_fits(vector):
    """Each autocorrelation's fit is statsmodels'; that without autocorrelation is the published one."""
    packs, years, before, after = proposition_99(vector)
    design = np.column_stack([np.ones(31), years - 1970, after, after * (years - 1989)])
    fits = [*naive_fits(packs, np.ones(31, dtype=bool), design)]
    plain = fits[int(np.abs(AUTOCORRELATIONS).argmin())][1]
    assert_allclose(plain.params, vector["expected"]["coef"], rtol=0, atol=vector["tolerance"])
    told = segmented(packs, before, after, 1, TREND)
    for place in (0, 1):
        expected, _ = told_by([(weight, fit.params[2 + place], fit.bse[2 + place]) for weight, fit, _ in fits], 27)
        assert_allclose([end[place] for end in told], expected, rtol=1e-6)


def test_a_slope_from_2_points_after_is_refused():
    with pytest.raises(ValueError) as refused:
        segmented(LINE, BEFORE, AFTER & (PLACE < 38), 12, TREND)
    assert str(refused.value) == "2 points after cannot tell a slope; 3 are the least"


@published("prop99_did_vs_nevada_1984_1993")
def test_california_against_nevada_is_the_published_difference_in_differences(vector):
    packs, years, before, after = proposition_99(vector)
    nevada, expected = np.array(vector["inputs"]["nevada_packs"]), vector["expected"]
    before, after = before & (years >= 1984), after & (years <= 1993)
    contrast = np.where(after, 1 / after.sum(), 0) - np.where(before, 1 / before.sum(), 0)
    told = {name: differences(gap, before, after, contrast, np.ones((31, 1)))[0].value for name, gap in
            (("treated_change", packs), ("control_change", nevada), ("did", packs - nevada))}  # fmt: skip
    for name, value in told.items():
        assert_allclose(value, expected[name], rtol=0, atol=vector["tolerance"], err_msg=name)
    assert_allclose(nevada[before].mean(), expected["control_before"], rtol=0, atol=vector["tolerance"])


@published("prop99_naive_before_after_1984_1993")
def test_five_years_after_less_five_before_is_the_published_change(vector):
    packs, years, before, after = proposition_99(vector)
    before, after = before & (years >= 1984), after & (years <= 1993)
    contrast = np.where(after, 1 / after.sum(), 0) - np.where(before, 1 / before.sum(), 0)
    told, p_value = differences(packs, before, after, contrast, np.ones((31, 1)))
    assert_allclose(told.value, vector["expected"]["change"], rtol=0, atol=vector["tolerance"])
    assert told.low < told.value < told.high
    assert 0 < p_value < 1


@published("prop99_growth_curve_its")
def test_californias_trend_is_continued_as_the_best_prediction_does_it(vector):
    """The published gap takes the years for independent; averaged over autocorrelations it differs, inside the interval."""
    packs, _, before, after = proposition_99(vector)
    told = continued(packs, before, after, 1, np.ones(31), TREND)
    expected, p_value = predicted(packs, before, after, base_of(31, 1, TREND), np.full(12, 1 / 12))
    assert_allclose([*told.effect], expected, rtol=1e-6)
    assert_allclose(told.p_value, p_value, rtol=1e-5)
    assert told.effect.low < vector["expected"]["mean_gap"] < told.effect.high


def test_a_difference_has_the_noise_of_the_points_before():
    """Of c'y the variance is c'Rc s2 of each autocorrelation's fit to the before-points."""
    values, aside = LINE + 0.02 * noisy(15)[0], np.isin(PLACE, [7, 8, 36])
    before, after = BEFORE & ~aside, AFTER & ~aside
    contrast = np.random.default_rng(15).standard_normal(48) * ~aside
    design = going_on(48, 12, trend=False, season=True)
    told, p_value = differences(values, before, after, contrast, design)
    mixture = [
        (likelihood, contrast @ values, np.sqrt(fit.scale * contrast @ whole @ contrast))
        for likelihood, fit, whole in naive_fits(values, before, design)
    ]
    expected, expected_p = told_by(mixture, before.sum() - 12)
    assert_allclose([*told], expected, rtol=1e-7)
    assert_allclose(p_value, expected_p, rtol=1e-6)


# Synthetic control


@pytest.mark.parametrize("seed", range(5))
def test_weights_of_controls_add_up_to_1_and_none_is_negative(seed):
    rng = np.random.default_rng(seed)
    weights = synthetic_weights(rng.standard_normal(24), rng.standard_normal((24, 6)))
    assert_allclose(weights.sum(), 1, rtol=1e-12)
    assert (weights >= 0).all()


@pytest.mark.parametrize("mix", [[0.2, 0.5, 0.0, 0.3], [0.0, 0.0, 1.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
def test_a_mix_of_controls_is_recovered_whatever_its_level_and_unit(mix):
    controls = np.random.default_rng(16).standard_normal((24, 4))
    assert_allclose(synthetic_weights(controls @ mix, controls), mix, atol=1e-9)
    shifted = 1e5 * controls + np.array([1, 2, 3, 4])
    assert_allclose(synthetic_weights(1e5 * controls @ mix - 700, shifted), mix, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_no_other_mix_of_controls_runs_more_like_the_treated(seed):
    rng = np.random.default_rng(seed)
    treated, controls = rng.standard_normal(24).cumsum(), rng.standard_normal((24, 5)).cumsum(axis=0)
    y, x = treated - treated.mean(), controls - controls.mean(axis=0)
    best = optimize.minimize(
        lambda mix: ((y - x @ mix) ** 2).sum(), np.full(5, 0.2), jac=lambda mix: -2 * x.T @ (y - x @ mix), bounds=[(0, 1)] * 5,
        constraints={"type": "eq", "fun": lambda mix: mix.sum() - 1}, options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    weights = synthetic_weights(treated, controls)
    assert_allclose(weights, best.x, atol=1e-5)
    assert ((y - x @ weights) ** 2).sum() <= best.fun * (1 + 1e-6)


# How often the interval holds


def course_of(before, after, season):
    points = np.arange(before + after)
    baseline = Baseline(True, season, ())
    base = base_of(len(points), 12, baseline)
    design = np.column_stack([base, one_each(points >= before)])
    contrast = np.r_[np.zeros(base.shape[1]), np.full(after, 1 / after)][None, :]
    return points < before, points >= before, baseline, design, contrast


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
@pytest.mark.parametrize(("before", "after", "season"), [(24, 6, False), (36, 12, True)])
def test_few_intervals_of_nothing_leave_out_0(before, after, season, rho):
    """False alarms over 2,000 histories: 5 in 100 are promised, between 1.5 and 8 are let pass. Plain least squares raises 5 to 29."""
    _, _, _, design, contrast = course_of(before, after, season)
    histories = noisy(1993, 2000, before + after, rho)
    alarms = (p_values(fitted(histories, design, contrast)) < 0.05).mean()
    assert 0.015 <= alarms <= 0.08


@pytest.mark.parametrize(("before", "after", "season"), [(24, 6, False), (36, 12, True)])
def test_the_interval_that_was_counted_is_that_of_the_continued_baseline(before, after, season):
    on, off, baseline, design, contrast = course_of(before, after, season)
    histories = noisy(1993, 3, before + after, 0.6)
    fit = fitted(histories, design, contrast)
    for row, history in enumerate(histories):
        told = continued(history, on, off, 12, np.ones(before + after), baseline)
        assert_allclose([*told.effect], [end[row, 0] for end in averaged(fit)], rtol=1e-7, atol=1e-9)
        assert_allclose(told.p_value, p_values(fit)[row, 0], rtol=1e-7)
