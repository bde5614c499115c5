"""Contrasts of cell means: one algebra, checked against textbook formulas and against statsmodels."""

import numpy as np
import pytest

from kpikit.stats.contrasts import CellSums, Told, contrasts, heterogeneity, pooled, slope_within


def cells_of(cell, unit, *columns):
    """The sums that the engine would bring, made row by row."""
    values = np.column_stack([np.ones(len(cell)), *columns])
    units, row = np.unique(unit, return_inverse=True)
    sums = np.zeros((len(units), max(cell) + 1, values.shape[1]))
    for place, (one, other) in enumerate(zip(row, cell, strict=True)):
        sums[one, other] += values[place]
    return CellSums(sums.sum(axis=0), np.einsum("gav,gbw->avbw", sums, sums), len(units))


@pytest.fixture
def sample():
    draw = np.random.default_rng(3)
    unit = np.repeat(np.arange(120), 3)
    cell = np.repeat(draw.integers(0, 2, 120), 3)
    shared = np.repeat(draw.normal(0, 1, 120), 3)
    x = draw.normal(5, 2, 360)
    y = 2 + 0.7 * cell + 0.5 * x + shared + draw.normal(0, 1, 360)
    return cell, unit, y, x


def test_independent_units_give_the_difference_of_two_means_with_its_usual_error(sample):
    cell, _, y, _ = sample
    told = contrasts(cells_of(cell, np.arange(360), y), [[-1, 1]], [0, 1])
    a, b = y[cell == 1], y[cell == 0]
    assert told.value[0] == pytest.approx(a.mean() - b.mean())
    assert told.error[0] ** 2 == pytest.approx((a.var() / len(a) + b.var() / len(b)) * 360 / 359)


def test_shared_units_give_the_error_of_a_regression_clustered_by_them(sample):
    from statsmodels.regression.linear_model import OLS

    cell, unit, y, _ = sample
    told = contrasts(cells_of(cell, unit, y), [[-1, 1]], [0, 1])
    design = np.column_stack([np.ones(360), cell])
    fit = OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False})
    assert told.value[0] == pytest.approx(fit.params[1])
    assert told.error[0] == pytest.approx(fit.bse[1] * np.sqrt(120 / 119))


def test_units_with_users_in_both_cells_are_kept_together():
    y = np.array([1.0, 2, 3, 4])
    told = contrasts(cells_of([0, 1, 0, 1], [0, 0, 1, 1], y), [[-1, 1]], [0, 1])
    assert told.error[0] == pytest.approx(0.0)  # each pair differs by 1, whatever the pairs share


def test_the_slope_is_that_of_a_regression_within_the_cells(sample):
    from statsmodels.regression.linear_model import OLS

    cell, _, y, x = sample
    slope = slope_within(cells_of(cell, np.arange(360), y, x), [0, 1, 0], [0, 0, 1])
    within = OLS(y, np.column_stack([np.ones(360), cell, x])).fit().params[2]
    assert slope == pytest.approx(within, rel=0.01)  # the sums of the arms weigh by n / (n - 1)


def test_adjusting_takes_out_the_noise_that_was_there_before(sample):
    cell, _, y, x = sample
    sums = cells_of(cell, np.arange(360), y, x)
    slope = slope_within(sums, [0, 1, 0], [0, 0, 1])
    plain, adjusted = (contrasts(sums, [[-1, 1]], [0, 1, -by]) for by in (0.0, slope))
    assert adjusted.error[0] < 0.9 * plain.error[0]


def test_pooled_cells_are_the_cells_of_the_whole(sample):
    cell, unit, y, _ = sample
    fine = cells_of(cell * 2 + (np.arange(360) % 2), unit, y)
    whole = pooled(fine, [[1, 1, 0, 0], [0, 0, 1, 1]])
    straight = cells_of(cell, unit, y)
    assert whole.totals == pytest.approx(straight.totals)
    assert whole.products == pytest.approx(straight.products)


def test_heterogeneity_of_independent_estimates_is_cochrans_q():
    value, variance = np.array([0.1, 0.3, 0.2]), np.array([0.01, 0.02, 0.005])
    centre = (value / variance).sum() / (1 / variance).sum()
    q, freedom, _ = heterogeneity(Told(value, np.diag(variance)))
    assert (q, freedom) == (pytest.approx(((value - centre) ** 2 / variance).sum()), 2)


def test_one_level_or_none_that_varies_cannot_differ():
    assert np.isnan(heterogeneity(Told(np.array([1.0]), np.eye(1)))[2])
    assert np.isnan(heterogeneity(Told(np.array([1.0, 2]), np.diag([1.0, 0])))[2])
