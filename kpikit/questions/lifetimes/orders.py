"""What a buyer is worth: how often he comes back (BG/NBD) times what he spends (gamma-gamma)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.lifetimes.terms import MONTH, Terms, Z, by_spread, cost_of, forecast_check, forecast_of, head, money_checks
from kpikit.questions.verdicts import known
from kpikit.shapes.purchases import Purchases
from kpikit.stats.buying import alive, chance_of, expected_purchases, fit_buying, further_purchases
from kpikit.stats.intervals import Floats
from kpikit.stats.likelihood import Fit
from kpikit.stats.spending import correlation, fit_spending, mean_amount

WEEK = 7  # days; the models' time
MOST_X = 7  # repeat purchases told apart, so many and more are one group
UNRELATED = 0.2  # a correlation that the model of spending can bear
LEAST = 50  # repeat customers whose spending a model is fitted to


def of_orders(shape: Purchases, terms: Terms, claim: float) -> Answer:
    """The answer about a table of orders. Raises CaseError where nobody bought again."""
    buying = _fitted(shape.whole)
    spending = _spending(shape)
    orders = _orders(buying, terms)
    brought = _brought(shape, buying, spending, terms)
    forecast, groups = _forecast(shape)
    verdict = head(shape, "orders", shape.customers, terms) | {"model": _named(buying, ("r", "alpha", "a", "b"))}
    verdict |= {"orders": by_spread(*orders[-1]), "further": _further(shape, buying, spending, terms), "forecast": forecast}
    verdict |= {"again": int(shape.whole.loc[shape.whole["x"] > 0, "customers"].sum()), "spending": spending}
    worth, cost = (None, None) if brought is None else _worth(brought, terms)
    verdict |= {"value": worth, "cost": cost}
    nothing = {"claim": claim, "state": "cannot be told", "added": None, "extra": None, "base": None}
    verdict |= {"staying": None, "naive": None, "worth": None, "claim": nothing}
    checks = (*_checks(verdict, terms), *shape.table_checks)
    more = {"forecast": groups, "fit": _fit_table(shape, buying)}
    return Answer("lifetime", verdict, _course(orders, brought, terms), checks, more, shape.source)


def _fitted(rows: pd.DataFrame, known_by: str = "") -> Fit:
    if not (rows["x"] > 0).any():
        raise CaseError("lifetime: nobody bought on a second day; how often customers come back cannot be told yet")
    fit = fit_buying(rows["x"], rows["t_x"] / WEEK, rows["T"] / WEEK, rows["customers"])
    if not fit.bounded:
        many = words.counted(int(rows["customers"].sum()), "customer")
        why = "too few, or too much alike in how often they buy, for the model to be bounded"
        raise CaseError(f"lifetime: {many}{known_by} are {why}; what one is worth cannot be told from these orders yet")
    return fit


def _named(fit: Fit, names: tuple[str, ...]) -> dict[str, Any]:
    return dict(zip(names, fit.parameters.tolist(), strict=True)) | {"log_likelihood": fit.log_likelihood}


def _orders(fit: Fit, terms: Terms) -> Floats:
    """By the end of each month how many more purchases a new customer has made, and its standard error."""
    weeks = terms.edges / WEEK
    return np.column_stack([expected_purchases(fit.parameters, weeks), fit.spread(lambda p: expected_purchases(p, weeks))])


def _spending(shape: Purchases) -> dict[str, Any] | None:
    """The mean amount of a later purchase by gamma-gamma, of the first by its mean, and whether how often goes with how much."""
    rows, (n, total, squares) = shape.spending, shape.first
    count = int(rows["customers"].sum())
    if count < LEAST or n < 2:
        return None
    mean = rows["spent"] / rows["x"]
    fit = fit_spending(rows["x"], mean, rows["customers"])
    later, error = mean_amount(fit.parameters), float(fit.spread(lambda p: np.array([mean_amount(p)]))[0])
    if not np.isfinite([later, error]).all():
        return None
    first, spread = total / n, float(np.sqrt(max(squares - total**2 / n, 0.0) / (n - 1) / n))
    together = correlation(rows["x"], mean, rows["customers"])
    told = {"customers": count, "correlation": known(together), **_named(fit, ("p", "q", "gamma"))}
    return told | {
        "later": by_spread(later, error),
        "later_error": error,
        "first": by_spread(first, spread),
        "first_error": spread,
    }


def _brought(shape: Purchases, fit: Fit, spending: Mapping[str, Any] | None, terms: Terms) -> Floats | None:
    """By the end of each month what a new customer has brought, the first purchase included, and its standard error."""
    if spending is None:
        return None
    counts, kept = terms.counts, 1.0 if terms.margin is None else terms.margin

    def counted(parameters: Floats) -> Floats:
        return np.append(0.0, np.cumsum(np.diff(expected_purchases(parameters, terms.edges / WEEK)) * counts))

    orders, error = counted(fit.parameters), fit.spread(counted)
    later = spending["later"]["value"]
    spread = np.sqrt((kept * spending["first_error"]) ** 2 + (later * error) ** 2 + (orders * spending["later_error"]) ** 2)
    return np.column_stack([kept * spending["first"]["value"] + orders * later, spread])


def _further(shape: Purchases, fit: Fit, spending: Mapping[str, Any] | None, terms: Terms) -> dict[str, Any]:
    """What the customers of today will do: how many are still alive, their purchases within the horizon and what these bring."""
    x, t_x, T = shape.whole["x"], shape.whole["t_x"] / WEEK, shape.whole["T"] / WEEK
    n = shape.whole["customers"].to_numpy(dtype=float)

    def summed(parameters: Floats) -> Floats:
        more = further_purchases(parameters, terms.days / WEEK, x, t_x, T)
        return np.array([(n * more).sum(), (n * alive(parameters, x, t_x, T)).sum()])

    values, errors = summed(fit.parameters), fit.spread(summed)
    worth = None if spending is None else float(values[0]) * spending["later"]["value"] * (terms.margin or 1.0)
    return {"orders": by_spread(values[0], errors[0]), "alive": by_spread(values[1], errors[1]), "worth": worth}


def _worth(brought: Floats, terms: Terms) -> tuple[dict[str, Any], dict[str, Any] | None]:
    worth = by_spread(*brought[-1])
    return worth, cost_of(terms, worth, brought[:, 0])


def _course(orders: Floats, brought: Floats | None, terms: Terms) -> pd.DataFrame:
    """By month how many more purchases a new customer has made and what he has brought, with limits."""
    rows = {"month": [round(edge / MONTH, 1) for edge in terms.edges]}
    for name, part in (("orders", orders), ("worth", brought)):
        if part is not None:
            value, error = part.T
            rows |= {name: value, f"{name}_low": value - Z * error, f"{name}_high": value + Z * error}
    return pd.DataFrame(rows)


def _forecast(shape: Purchases) -> tuple[dict[str, Any], pd.DataFrame]:
    """What the model, fitted to what was known at the cut, said of the purchases after it; by purchases until then."""
    rows, held = shape.before, (shape.until - shape.cut).days
    fit = _fitted(rows, f" known on {words.day(shape.cut)}, before the held-out days,")
    n, later = (rows[name].to_numpy(dtype=float) for name in ("customers", "later"))
    group = np.minimum(rows["x"].to_numpy(), MOST_X)

    def predicted(parameters: Floats) -> Floats:
        more = further_purchases(parameters, held / WEEK, rows["x"], rows["t_x"] / WEEK, rows["T"] / WEEK)
        return np.asarray(np.bincount(group, n * more, MOST_X + 1), dtype=float)

    said, counts = predicted(fit.parameters), np.bincount(group, n, MOST_X + 1)
    came, squares = np.bincount(group, later, MOST_X + 1), np.bincount(group, rows["later_squares"], MOST_X + 1)
    there = counts > 0
    sizes = np.where(there, counts, 1.0)
    half = Z * np.sqrt(np.maximum(squares / sizes - (came / sizes) ** 2, 0.0) / np.maximum(sizes - 1, 1))
    names = [f"{x}{' or more' if x == MOST_X else ''}" for x in range(MOST_X + 1)]
    columns = {"group": names, "customers": counts.astype(int), "predicted": said / sizes, "actual": came / sizes}
    ends = {"actual_low": np.maximum(came / sizes - half, 0.0), "actual_high": came / sizes + half}
    error = fit.spread(lambda p: np.array([predicted(p).sum()]))[0]
    luck = np.sqrt(squares.sum() - came.sum() ** 2 / counts.sum())
    told = {"what": "repeat purchases", "held_days": held, "customers": int(counts.sum())}
    answer = forecast_of(float(said.sum()), float(np.hypot(error, luck)), float(came.sum()), **told)
    return answer, pd.DataFrame(columns | ends)[there].reset_index(drop=True)


def _fit_table(shape: Purchases, fit: Fit) -> pd.DataFrame:
    """How many customers made 0, 1, ... repeat purchases, and how many the model says."""
    rows = shape.whole
    group = np.minimum(rows["x"].to_numpy(), MOST_X)
    spans = rows.groupby("T")["customers"].sum()
    chances = (chance_of(fit.parameters, MOST_X - 1, spans.index.to_numpy() / WEEK) * spans.to_numpy()[:, None]).sum(axis=0)
    model = np.append(chances, spans.sum() - chances.sum())
    return pd.DataFrame({"x": range(MOST_X + 1), "seen": np.bincount(group, rows["customers"], MOST_X + 1), "model": model})


def _together(spending: Mapping[str, Any]) -> Check:
    """Whether how often goes with how much, which the model of spending takes as unrelated."""
    name, together = "how often and how much", spending["correlation"]
    if together is None:
        return Check(name, True, "All repeat customers buy as often, or spend as much on average: nothing can be related.")
    said = f"Among {words.amount(spending['customers'])} repeat customers how often and how much are correlated by "
    said += f"{words.written(f'{together:+.2f}')}; the model of spending takes them as unrelated."
    return Check(name, abs(together) <= UNRELATED, said)


def _checks(verdict: Mapping[str, Any], terms: Terms) -> list[Check]:
    checks, spending = [forecast_check(verdict["forecast"])], verdict["spending"]
    if spending is None:
        said = "The table holds no amounts, too few repeat customers who paid, or amounts too far apart for a mean: "
        said += "nothing is said about money."
        checks.append(Check("spending", None, said))
    else:
        checks += [_together(spending), *money_checks(terms)]
    said = "Nothing tells a customer's first order in the table from the first order ever: old customers look new."
    return [
        *checks,
        Check("first order", None, said),
        Check("upgrades", None, "Orders name no plan: upgrading is not looked at."),
    ]
