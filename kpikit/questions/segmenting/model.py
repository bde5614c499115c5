"""The model: which columns, measured before the window, tell who upgrades; what it is worth on customers it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit import words
from kpikit.errors import CaseError
from kpikit.shapes.customers import OUTCOME, Customers
from kpikit.stats.disclosure import LEAST
from kpikit.stats.drivers import FOLDS, NoModels, Told, auc, calibration_z, cross_validated, gain, importances, log_losses
from kpikit.stats.encoding import Column
from kpikit.stats.intervals import Floats, wilson
from kpikit.stats.shrinkage import shrunk_values

FEWEST = 30  # of either outcome, for a model
MOST_TEXTS = 50  # values of a column of texts
TOO_GOOD = 0.9  # area under the curve of a single column: what nobody can know before
GROUPS = 10
TOP = 0.1


@dataclass(frozen=True, eq=False)
class Model:
    """A cross-validated model: its columns, the outcomes (NaN where not known) and its out-of-fold probabilities."""

    columns: list[Column]
    yes: Floats
    told: Told

    @property
    def known(self) -> NDArray[np.bool_]:
        """The customers whose window is over."""
        return np.isfinite(self.yes)

    @property
    def seen(self) -> tuple[Floats, Floats, Floats]:
        """Outcome, probability and baseline of the customers whose outcome is known."""
        return self.yes[self.known], self.told.probability[self.known], self.told.baseline[self.known]

    @property
    def trusted(self) -> bool:
        """Whether it clearly tells more than the plain rate, on customers that it has not seen."""
        return gain(*self.seen)[1] > 0


def why_none(customers: Customers) -> str:
    """Why there is no model; empty where there is one."""
    if not customers.features:
        return "the case names no columns that were measured before"
    yes = customers.people[OUTCOME]
    fewest = int(min((yes == 1).sum(), (yes == 0).sum()))
    return f"a model needs {FEWEST} customers of either outcome, and there are {fewest} of one" if fewest < FEWEST else ""


def model_of(customers: Customers, seed: int) -> Model | None:
    """The cross-validated model; None where there is none. CaseError without scikit-learn, or for a column it cannot read."""
    if why_none(customers):
        return None
    columns = [_column(name, customers.people[name]) for name in customers.features]
    yes = customers.people[OUTCOME].to_numpy(dtype=float)
    try:
        return Model(columns, yes, cross_validated(columns, yes, seed=seed))
    except NoModels as error:
        raise CaseError(
            "segments: the drivers need scikit-learn, which is not installed; pip install kpikit[models], "
            "or take 'features' out of [asks]"
        ) from error


def _column(name: str, values: pd.Series) -> Column:
    """Numbers where every value is one, else texts."""
    there = values.notna()
    numbers = pd.to_numeric(values.astype(str).where(there), errors="coerce").astype(float)
    if bool((numbers.notna() & np.isfinite(numbers)).eq(there).all()):
        return Column(name, numbers.to_numpy(), True)
    if (several := int(values.nunique())) > MOST_TEXTS:
        raise CaseError(
            f"segments: the column '{name}' holds {words.amount(several)} different texts, at the most {MOST_TEXTS} are taken; "
            "group them, or write numbers with a decimal point"
        )
    return Column(
        name, np.array([str(value) if ok else None for value, ok in zip(values, there, strict=True)], dtype=object), False
    )


def scores(model: Model, customers: Customers) -> dict[str, Any]:
    """The honest score of the model, of the plain rate and of the best single segment: all on customers not seen."""
    yes, told, plain = model.seen
    cut, by_segment = _best_segment(model, customers)
    rows = {"the model": told, f"the best single segment ({cut})": by_segment, "the rate of all": plain}
    area, saved, against = auc(yes, told), gain(yes, told, plain), gain(yes, told, by_segment)
    table = [
        {"prediction": name, "log loss": log_losses(yes, p).mean(), "Brier score": ((yes - p) ** 2).mean(), "AUC": auc(yes, p)[0]}
        for name, p in rows.items()
    ]
    table[-1]["AUC"] = 0.5  # its folds differ by a hair, which orders nobody
    named = dict(zip(("value", "low", "high"), area, strict=True))
    return {
        "table": pd.DataFrame(table).round(4), "auc": named, "trusted": saved[1] > 0, "gain": saved[0] / table[-1]["log loss"],
        "cut": cut, "beats_segment": against[1] > 0, "top": _top(yes, told), "z": calibration_z(yes, told),
    }  # fmt: skip


def _best_segment(model: Model, customers: Customers) -> tuple[str, Floats]:
    """The segment whose shrunk rates, learned on the other folds, foretell best; chosen after looking, in its favour."""
    tried = {name: _by_segment(model, customers.people[name].astype(str).to_numpy()) for name in customers.segments}
    yes = model.seen[0]
    best = min(tried, key=lambda name: log_losses(yes, tried[name]).mean())
    return best, tried[best]


def _by_segment(model: Model, levels: NDArray[Any]) -> Floats:
    told = model.told.baseline.copy()
    for fold in model.told.folds:
        seen = model.known & ~fold.unseen
        counts = pd.DataFrame({"level": levels[seen], "yes": model.yes[seen]}).groupby("level")["yes"].agg(["sum", "count"])
        rates = dict(zip(counts.index, shrunk_values(counts["sum"], counts["count"]), strict=True))
        own = fold.unseen & np.isin(levels, list(rates))
        told[own] = [rates[level] for level in levels[own]]
    return told[model.known]


def _top(yes: Floats, told: Floats) -> dict[str, Any] | None:
    """Of the tenth with the highest probabilities: how many, and how many of them upgraded; None where too few."""
    size = int(len(yes) * TOP)
    order = np.argsort(told, kind="stable")
    reached = int(yes[order[len(order) - size :]].sum())
    if not size or _tells_few(order, yes, len(order) - size):
        return None
    return {
        "customers": size,
        "upgraded": reached,
        "value": reached / size,
        "share": reached / yes.sum(),
        "by_chance": size * yes.mean(),
    }


def _tells_few(order: NDArray[np.int64], yes: Floats, start: int) -> bool:
    """Whether the rows from a place on, or what they leave of the groups that are shown, hold under LEAST of either outcome."""
    ends = np.cumsum([0, *(len(rows) for rows in _groups(order, yes))])
    apart = [yes[order[min(start, end) : max(start, end)]] for end in ends if end != start]
    return any(min(part.sum(), (1 - part).sum()) < LEAST for part in apart)


def calibration(model: Model) -> pd.DataFrame:
    """Groups of rising probability: how many were foretold to upgrade, and how many did; every group is large enough to show."""
    yes, told, _ = model.seen
    order = _groups(np.argsort(told, kind="stable"), yes)
    rows = pd.DataFrame({
        "group": range(1, len(order) + 1), "customers": [len(rows) for rows in order],
        "upgraded": [int(yes[rows].sum()) for rows in order],
        "expected": [float(told[rows].mean()) for rows in order],
    })  # fmt: skip
    for name, limits in zip(("rate", "rate_low", "rate_high"), wilson(rows["upgraded"], rows["customers"]), strict=True):
        rows[name] = limits
    return rows


def _groups(order: NDArray[np.int64], yes: Floats) -> list[NDArray[np.int64]]:
    """Rows of rising probability in groups of about one size."""
    groups = min(GROUPS, max(int(min(yes.sum(), (1 - yes).sum()) // (2 * LEAST)), 1))
    return _merged(np.array_split(order, groups), yes)


def _merged(groups: Sequence[NDArray[np.int64]], yes: Floats) -> list[NDArray[np.int64]]:
    """Groups joined to their neighbours until each holds LEAST of either outcome."""
    told: list[NDArray[np.int64]] = []
    for rows in groups:
        if told and min(yes[told[-1]].sum(), (1 - yes[told[-1]]).sum()) < LEAST:
            told[-1] = np.concatenate([told[-1], rows])
        else:
            told.append(rows)
    if len(told) > 1 and min(yes[told[-1]].sum(), (1 - yes[told[-1]]).sum()) < LEAST:
        told[-2:] = [np.concatenate(told[-2:])]
    return told


def drivers(model: Model, seed: int) -> pd.DataFrame:
    """One row a column, the most telling first: what one step of it does to the odds, and in how many folds it helped."""
    cost = importances(model.columns, model.yes, model.told.folds, seed=seed)
    rows = [_driver(model, place) | _weight(cost, place) for place in range(len(model.columns))]
    table = pd.DataFrame(rows).sort_values(["weight", "driver"], ascending=[False, True], kind="stable", ignore_index=True)
    table["share"] = table["weight"].clip(lower=0) / max(table["weight"].clip(lower=0).sum(), 1e-12)
    return table[["driver", "step", "odds_ratio", "odds_ratio_low", "odds_ratio_high", "share", "folds", "stable"]]


def _weight(cost: Floats, place: int) -> dict[str, Any]:
    helped = int((cost[place] > 0).sum())
    return {"weight": float(cost[place].mean()), "folds": f"{helped} of {FOLDS}", "stable": helped == FOLDS}


def _driver(model: Model, place: int) -> dict[str, Any]:
    """The odds ratio of a column over the folds: a number's by standard deviation, a text's by its most telling value."""
    column, odds = model.columns[place], _log_odds(model, place)
    label = max(odds, key=lambda name: (_telling(model, place, name) * abs(np.mean(odds[name])), name), default="")
    values = np.exp(odds.get(label, [0.0]))
    spread = next((e.spread[i] for e, i in _places(model, place, label)), 1.0)
    step = f"{words.amount(round(spread, 2))} more" if label == column.name else label.removeprefix(f"{column.name} ")
    return {
        "driver": column.name.replace("_", " "), "step": step or "does not vary",
        "odds_ratio": float(np.exp(np.log(values).mean())),
        "odds_ratio_low": float(values.min()), "odds_ratio_high": float(values.max()),
    }  # fmt: skip


def _telling(model: Model, place: int, label: str) -> float:
    """How much a matrix column varies among the customers: a rare value tells little, however far it lies."""
    return float(np.mean([encoded.matrix[:, at].std() for encoded, at in _places(model, place, label)]))


def _places(model: Model, place: int, label: str) -> list[tuple[Any, int]]:
    found = [(fold.encoded, list(fold.encoded.labels)) for fold in model.told.folds]
    return [(encoded, labels.index(label)) for encoded, labels in found if label in labels]


def _log_odds(model: Model, place: int) -> dict[str, list[float]]:
    """Of each matrix column that stems from a column, its coefficient in each fold; of texts against their mean."""
    told: dict[str, list[float]] = {}
    for fold in model.told.folds:
        own = np.flatnonzero(fold.encoded.owner == place)
        centre = 0.0 if model.columns[place].numeric else float(fold.weights[own].mean()) if len(own) else 0.0
        for at in own:
            told.setdefault(fold.encoded.labels[at], []).append(float(fold.weights[at]) - centre)
    return told


def too_good(model: Model) -> list[str]:
    """Columns that alone tell the outcome better than anything known before can."""
    yes = model.yes[model.known]
    return [column.name for column in model.columns if _alone(column, model, yes) > TOO_GOOD]


def _alone(column: Column, model: Model, yes: Floats) -> float:
    values = pd.Series(column.values[model.known])
    if column.numeric:
        told = values.fillna(values.mean()).to_numpy(dtype=float)
        return max(area := auc(yes, np.nan_to_num(told))[0], 1 - area)
    levels = values.fillna("(missing)")
    return auc(yes, pd.Series(yes).groupby(levels.to_numpy()).transform("mean").to_numpy())[0]


def plain_scores(told: Mapping[str, Any]) -> dict[str, Any]:
    """The scores as a verdict holds them."""
    return {name: value for name, value in told.items() if name != "table"}
