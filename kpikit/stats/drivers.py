"""Drivers: a regularised logistic model, judged only on rows that it has not seen."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kpikit.stats.encoding import Column, Encoded, encode
from kpikit.stats.intervals import CONFIDENCE, Floats

FOLDS, INNER = 5, 3
STRENGTHS = tuple(10.0**power for power in (-4, -3, -2, -1))  # scikit-learn's C: the smaller, the more is shrunk
CHOSEN_ON = 20_000  # rows on which the strength is chosen; the fit itself takes them all
SHUFFLES = 4
EDGE = 1e-6  # probabilities stay off 0 and 1


class NoModels(ImportError):
    """scikit-learn is not installed."""


@dataclass(frozen=True, eq=False)
class Fold:
    """One fit: the encoding learned from its training rows, the coefficients, and which rows it had not seen."""

    encoded: Encoded
    weights: Floats
    intercept: float
    unseen: NDArray[np.bool_]
    strength: float

    @property
    def scores(self) -> Floats:
        """The log odds of every row."""
        return np.asarray(self.encoded.matrix @ self.weights + self.intercept)


class Told(NamedTuple):
    """Out-of-fold probabilities of the known rows, those of the plain rate, and the folds."""

    probability: Floats
    baseline: Floats
    folds: list[Fold]


def cross_validated(columns: Sequence[Column], yes: Floats, *, seed: int = 1) -> Told:
    """The model's probabilities of rows that it has not seen; rows whose `yes` is NaN get the mean of all folds.

    L2-penalised logistic regression; the strength of the penalty is chosen by cross-validation inside each training part
    (nested: Varma and Simon 2006, doi 10.1186/1471-2105-7-91). Raises NoModels without scikit-learn.
    """
    fold_of = _folds(yes, FOLDS, seed)
    folds = [_fit(columns, yes, fold_of, number, seed) for number in range(FOLDS)]
    scores = np.mean([fold.scores for fold in folds], axis=0)
    baseline = np.full(len(yes), np.nanmean(yes))
    for number, fold in enumerate(folds):
        scores[fold.unseen] = fold.scores[fold.unseen]
        baseline[fold.unseen] = yes[(fold_of >= 0) & (fold_of != number)].mean()
    return Told(special.expit(scores).clip(EDGE, 1 - EDGE), baseline, folds)


def _folds(yes: Floats, count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each row, both outcomes spread evenly; -1 where the outcome is not known."""
    rng, found = np.random.Generator(np.random.PCG64(seed)), np.full(len(yes), -1, dtype=np.int64)
    for outcome in (0, 1):
        rows = rng.permutation(np.flatnonzero(yes == outcome))
        found[rows] = np.arange(len(rows)) % count
    return found


def _fit(columns: Sequence[Column], yes: Floats, fold_of: NDArray[np.int64], number: int, seed: int) -> Fold:
    training = (fold_of >= 0) & (fold_of != number)
    encoded = encode(columns, training)
    x, y = encoded.matrix[training], yes[training]
    if not x.shape[1]:
        return Fold(encoded, np.zeros(0), float(special.logit(y.mean())), fold_of == number, STRENGTHS[0])
    model = _model()
    with _one_thread():
        strength = _strength(model, x[:CHOSEN_ON], y[:CHOSEN_ON], seed)
        weights, intercept = _logistic(model, x, y, strength)
    return Fold(encoded, weights, intercept, fold_of == number, strength)


def _strength(model: Any, x: Floats, y: Floats, seed: int) -> float:
    """The strength with the least log loss on the inner folds."""
    inner = _folds(y, INNER, seed)
    losses = np.zeros(len(STRENGTHS))
    for number in range(INNER):
        seen, unseen = inner != number, inner == number
        for place, strength in enumerate(STRENGTHS):
            weights, intercept = _logistic(model, x[seen], y[seen], strength)
            losses[place] += log_losses(y[unseen], special.expit(x[unseen] @ weights + intercept)).sum()
    return STRENGTHS[int(np.argmin(losses.round(6)))]


def _logistic(model: Any, x: Floats, y: Floats, strength: float) -> tuple[Floats, float]:
    fitted = model(C=strength, solver="newton-cholesky", tol=1e-6, max_iter=50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: the penalty holds every coefficient finite
        fitted.fit(x, y)
    return np.asarray(fitted.coef_[0], dtype=float), float(fitted.intercept_[0])


def _model() -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise NoModels(str(error)) from error
    return LogisticRegression


def _one_thread() -> Any:
    """Small matrices are quicker on one core: several that wait for each other cost more than they save."""
    return import_module("threadpoolctl").threadpool_limits(1, user_api="blas")  # comes with scikit-learn


def log_losses(yes: Floats, probability: Floats) -> Floats:
    """Minus the log of the probability that was given to what came."""
    safe = probability.clip(EDGE, 1 - EDGE)
    return np.asarray(-np.where(yes == 1, np.log(safe), np.log1p(-safe)))


def gain(yes: Floats, probability: Floats, other: Floats) -> tuple[float, float, float]:
    """How much log loss a row is saved against other probabilities, with its limits from the spread of the rows' savings."""
    saved = log_losses(yes, other) - log_losses(yes, probability)
    half = float(special.ndtri((1 + CONFIDENCE) / 2) * saved.std(ddof=1) / np.sqrt(len(saved)))
    return float(saved.mean()), float(saved.mean() - half), float(saved.mean() + half)


def auc(yes: Floats, probability: Floats) -> tuple[float, float, float]:
    """The area under the ROC curve with its limits (DeLong et al. 1988, doi 10.2307/2531595), ties counted half.

    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))[0]
    0.75
    """
    ones, zeros = probability[yes == 1], probability[yes == 0]
    above, below = _placements(ones, zeros), 1 - _placements(zeros, ones)
    value = float(above.mean())
    variance = above.var(ddof=1) / len(ones) + below.var(ddof=1) / len(zeros)
    half = float(special.ndtri((1 + CONFIDENCE) / 2) * np.sqrt(variance))
    return value, max(value - half, 0.0), min(value + half, 1.0)


def _placements(of: Floats, among: Floats) -> Floats:
    ordered = np.sort(among)
    return (np.searchsorted(ordered, of, "left") + np.searchsorted(ordered, of, "right")) / (2 * len(among))


def calibration_z(yes: Floats, probability: Floats) -> float:
    """Spiegelhalter's z (1986, doi 10.1002/sim.4780050506): far from 0 where probabilities are not what they say."""
    spread = ((1 - 2 * probability) ** 2 * probability * (1 - probability)).sum()
    return float(((yes - probability) * (1 - 2 * probability)).sum() / np.sqrt(spread))


def importances(columns: Sequence[Column], yes: Floats, folds: Sequence[Fold], *, seed: int = 1) -> Floats:
    """By column and fold, how much log loss a row costs when the column's values are dealt out anew among the unseen rows.

    Permutation importance (Breiman 2001, doi 10.1023/A:1010933404324) on rows that the fit has not seen.
    """
    rng, cost = np.random.Generator(np.random.PCG64(seed)), np.zeros((len(columns), len(folds)))
    for place, fold in enumerate(folds):
        matrix, y = fold.encoded.matrix[fold.unseen], yes[fold.unseen]
        told = matrix @ fold.weights + fold.intercept
        plain = log_losses(y, special.expit(told)).mean()
        for column in range(len(columns)):
            own = fold.encoded.owner == column
            share = matrix[:, own] @ fold.weights[own]
            for _ in range(SHUFFLES):
                cost[column, place] += log_losses(y, special.expit(told - share + rng.permutation(share))).mean() - plain
    return cost / SHUFFLES
