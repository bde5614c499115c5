"""Drivers: encoding learned from training rows, out-of-fold probabilities, honest scores."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from kpikit.stats import drivers
from kpikit.stats.drivers import NoModels, auc, calibration_z, cross_validated, gain, importances
from kpikit.stats.encoding import Column, encode

sklearn = pytest.importorskip("sklearn")


def drawn(seed, slope=1.0, rows=600):
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, rows))
    yes = (rng.random(rows) < 1 / (1 + np.exp(1.5 - slope * x))).astype(float)
    return [Column("x", x, True), Column("noise", noise, True)], yes


def test_the_area_under_the_curve_is_that_of_scikit_learn():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(2)
    yes, told = rng.integers(0, 2, 200).astype(float), rng.random(200).round(1)
    assert auc(yes, told)[0] == pytest.approx(roc_auc_score(yes, told))


def test_the_interval_of_the_area_is_that_of_a_plain_walk_over_all_pairs():
    """DeLong's variance from the placements, counted pair by pair."""
    yes, told = np.array([1, 1, 1, 0, 0, 0, 0.0]), np.array([0.9, 0.4, 0.6, 0.5, 0.2, 0.4, 0.1])
    ones, zeros = told[yes == 1], told[yes == 0]
    won = [[1 if a > b else 0.5 if a == b else 0 for b in zeros] for a in ones]
    above, below = [np.mean(row) for row in won], [np.mean([row[i] for row in won]) for i in range(4)]
    half = 1.959964 * np.sqrt(np.var(above, ddof=1) / 3 + np.var(below, ddof=1) / 4)
    value, low, high = auc(yes, told)
    assert (value, low, high) == pytest.approx((np.mean(above), np.mean(above) - half, min(np.mean(above) + half, 1)), abs=1e-6)


def test_no_row_is_foretold_by_a_fit_that_has_seen_it():
    columns, yes = drawn(1)
    told = cross_validated(columns, yes)
    assert_allclose(sum(fold.unseen.astype(int) for fold in told.folds), 1)
    for fold in told.folds:
        assert_allclose(told.probability[fold.unseen], 1 / (1 + np.exp(-fold.scores[fold.unseen])))
        assert_allclose(told.baseline[fold.unseen], yes[~fold.unseen].mean())


def test_a_fold_is_fitted_as_scikit_learn_fits_the_rows_it_saw():
    from sklearn.linear_model import LogisticRegression

    columns, yes = drawn(3)
    fold = cross_validated(columns, yes).folds[0]
    seen = ~fold.unseen
    x = np.column_stack([(c.values - c.values[seen].mean()) / c.values[seen].std() for c in columns])
    fit = LogisticRegression(C=fold.strength, tol=1e-10, max_iter=1000).fit(x[seen], yes[seen])
    assert_allclose(fold.weights, fit.coef_[0], atol=1e-4)


def test_a_column_that_matters_is_found_and_one_that_does_not_is_not():
    columns, yes = drawn(4)
    told = cross_validated(columns, yes)
    assert gain(yes, told.probability, told.baseline)[1] > 0
    cost = importances(columns, yes, told.folds)
    assert (cost[0] > 0).all()
    assert cost[0].mean() > 20 * abs(cost[1].mean())


def test_columns_of_noise_do_not_beat_the_plain_rate():
    beaten = 0
    for seed in range(15):
        columns, yes = drawn(seed, slope=0.0, rows=200)
        told = cross_validated(columns, yes, seed=seed)
        beaten += gain(yes, told.probability, told.baseline)[1] > 0
    assert beaten <= 2  # under 1 expected of 15


def test_rows_whose_outcome_is_not_known_are_learned_from_by_no_fold():
    columns, yes = drawn(5)
    hidden = yes.copy()
    hidden[:50] = np.nan
    plain = [Column(c.name, c.values[50:], True) for c in columns]
    known, less = cross_validated(columns, hidden), cross_validated(plain, yes[50:])
    assert_allclose(known.probability[50:], less.probability)
    assert np.isfinite(known.probability[:50]).all()


def test_calibration_of_probabilities_that_are_true_is_near_zero_and_of_others_is_not():
    rng = np.random.default_rng(6)
    true = rng.uniform(0.05, 0.4, 4000)
    yes = (rng.random(4000) < true).astype(float)
    assert abs(calibration_z(yes, true)) < 2.6
    assert abs(calibration_z(yes, true / 2)) > 5


def test_what_is_missing_stands_at_the_mean_with_an_indicator_and_rare_texts_together():
    numbers = Column("n", np.array([1.0, 3.0, np.nan, 5.0]), True)
    training = np.array([True, True, True, False])
    told = encode([numbers], training)
    assert told.labels == ("n", "n is missing")
    assert told.matrix.tolist() == [[-1, 0], [1, 0], [0, 1], [3, 0]]
    texts = np.array(["a"] * 30 + ["b"] * 30 + ["c"] * 12 + ["d"] * 12 + [None] * 25, dtype=object)
    assert encode([Column("t", texts, False)], np.ones(109, dtype=bool)).labels == (
        "t is (missing)", "t is a", "t is b", "t is other",
    )  # fmt: skip


def test_a_column_that_does_not_vary_says_nothing():
    told = encode(
        [Column("n", np.ones(50), True), Column("t", np.array(["a"] * 50, dtype=object), False)], np.ones(50, dtype=bool)
    )
    assert told.matrix.shape == (50, 0)


def test_without_scikit_learn_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(NoModels):
        drivers._model()
