"""customers_to_approach: the ranked list, which no answer, notebook or report ever holds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.errors import CaseError
from kpikit.questions.segmenting.model import Model, model_of, why_none
from kpikit.shapes.customers import OPEN, Customers
from kpikit.stats.drivers import Fold
from kpikit.stats.encoding import Column
from kpikit.stats.intervals import Floats

REASONS = 2


def customers_to_approach(customers: Customers, *, seed: int = 1) -> pd.DataFrame:
    """Who has not upgraded yet, the likeliest first: customer, probability, reasons. It names people: keep it apart.

    The probability is that of upgrading in such a window, out of fold; a reason is a column that lifts it over the average
    customer's. Raises CaseError where there is no model, or one that tells no more than the rate of all: its order would be
    chance.
    """
    model = model_of(customers, seed)
    if model is None:
        raise CaseError(f"segments: no list can be made: {why_none(customers)}")
    if not model.trusted:
        raise CaseError(
            "segments: no list is made: on customers that it has not seen the model tells no more than the rate of all, "
            "so its order would be no better than chance"
        )
    rows = pd.DataFrame({"customer": customers.people["customer"], "probability": model.told.probability.round(4)})
    rows["reasons"] = _reasons(model)
    still = rows[customers.people[OPEN].to_numpy()]
    return still.sort_values(["probability", "customer"], ascending=[False, True], ignore_index=True)


def _reasons(model: Model) -> list[str]:
    """What lifts each customer's probability most, in words."""
    folds = model.told.folds
    lifts = np.mean([_lifts(fold, model.columns) for fold in folds], axis=0)
    for fold in folds:
        lifts[fold.unseen] = _lifts(fold, model.columns)[fold.unseen]
    most = np.argsort(-lifts, axis=1, kind="stable")[:, :REASONS]
    texts = [_texts(column) for column in model.columns]
    return ["; ".join(texts[place][row] for place in most[row] if lifts[row, place] > 0.01) for row in range(len(lifts))]


def _lifts(fold: Fold, columns: list[Column]) -> Floats:
    """By customer and column, how far its log odds lie over those of the average customer."""
    own = fold.encoded.matrix * fold.weights
    own = own - own.mean(axis=0)
    return np.column_stack([own[:, fold.encoded.owner == place].sum(axis=1) for place in range(len(columns))])


def _texts(column: Column) -> list[str]:
    name = column.name.replace("_", " ")
    if not column.numeric:
        return [f"{name}: {value}" if value is not None else f"{name} not known" for value in column.values]
    average = words.amount(round(float(np.nanmean(column.values)), 1))
    told = (f"{name} {words.amount(value)} (average {average})" for value in column.values)
    return [f"{name} not known" if np.isnan(value) else text for text, value in zip(told, column.values, strict=True)]
