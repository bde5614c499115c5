"""What each arm came to against the control: as it stands, adjusted for what was before, matched, difference in differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from kpikit.questions.arms.width import Width
from kpikit.shapes.contacts import TARGETED, Contacts
from kpikit.stats.contrasts import CellSums, contrasts, pooled, slope_within
from kpikit.stats.intervals import Floats, difference, wilson

PLAIN, ADJUSTED, MATCHED, TWICE = "as it stands", "adjusted for before", "matched", "difference in differences"
WIDEST = 6.0  # standard errors up to which a quantile is told apart from certainty
LEAST_IN_CELL = 2  # customers on each side of a stratum that can be matched


@dataclass(frozen=True)
class Estimate:
    """One arm against the control by one method; `factor` standard errors make the interval."""

    method: str
    value: float
    error: float
    low: float
    high: float
    p_value: float
    spread: float
    matched: float = 1.0

    @property
    def clear(self) -> bool:
        """Whether the interval holds no 0."""
        return self.low > 0 or self.high < 0


def column(contacts: Contacts, **weights: float) -> Floats:
    """Weights by the names of the columns."""
    return np.array([weights.get(name, 0.0) for name in contacts.columns])


def by_arm(contacts: Contacts, keep: NDArray[np.bool_] | None = None) -> CellSums:
    """The sums of the whole arms, in their order; of the cells that `keep` names alone."""
    here = np.ones(len(contacts.cells), dtype=bool) if keep is None else keep
    groups = [(contacts.cells["arm"] == arm).to_numpy() & here for arm in contacts.arms]
    return pooled(contacts.sums, np.array(groups, dtype=float))


def against_control(count: int, arm: int) -> Floats:
    """The weights of an arm's mean less the control's."""
    weights = np.zeros((1, count))
    weights[0, [0, arm]] = -1, 1
    return weights


def estimates(contacts: Contacts, arm: int, width: Width, measure: str) -> list[Estimate]:
    """The estimates of an arm's difference in `measure`, the one that leads first."""
    return _methods(contacts, arm, width, measure)[::-1]


def _methods(contacts: Contacts, arm: int, width: Width, measure: str) -> list[Estimate]:
    """From the plainest to the one that leads."""
    plain, sums = column(contacts, **{measure: 1.0}), by_arm(contacts)
    weights = against_control(len(contacts.arms), arm)
    found = [_plain(contacts, sums, weights, arm, width, measure)]
    before = "before" in contacts.columns
    if contacts.design == TARGETED:
        matched, share = matching(contacts, arm)
        if before or contacts.segments:
            found.append(_told(MATCHED, contacts.sums, matched, plain, width, share))
        if before and measure == "amount":
            found.append(_told(TWICE, sums, weights, column(contacts, amount=1.0, before=-1.0), width))
        return found
    if before:
        slope = slope_within(sums, plain, column(contacts, before=1.0))
        found.append(_told(ADJUSTED, sums, weights, plain - slope * column(contacts, before=1.0), width))
    return found


def _plain(contacts: Contacts, sums: CellSums, weights: Floats, arm: int, width: Width, measure: str) -> Estimate:
    """The difference as it stands: Newcombe's interval for shares of independent customers, else linearised."""
    told = _told(PLAIN, sums, weights, column(contacts, **{measure: 1.0}), width)
    factor = width.factor(told.error, told.spread) if told.error > 0 else 0.0
    if measure != "outcome" or contacts.accounts is not None or not 0 < factor < WIDEST:
        return told
    surely = 2 * float(special.ndtr(factor)) - 1
    yes, of = sums.totals[:, contacts.columns.index(measure)], sums.totals[:, 0]
    apart = difference(wilson(yes[arm], of[arm], surely), wilson(yes[0], of[0], surely))
    return Estimate(PLAIN, told.value, told.error, float(apart.low), float(apart.high), told.p_value, told.spread)


def _told(method: str, sums: CellSums, weights: Floats, columns: Floats, width: Width, matched: float = 1.0) -> Estimate:
    told = contrasts(sums, weights, columns)
    value, error = float(told.value[0]), float(told.error[0])
    spread = spread_of(sums, weights, columns)
    if not error > 0:
        return Estimate(method, value, error, np.nan, np.nan, np.nan, spread, matched)
    half = width.factor(error, spread) * error
    p = width.p_value((value / error) ** 2, 1, error, spread)
    return Estimate(method, value, error, value - half, value + half, p, spread, matched)


def spread_of(sums: CellSums, weights: Floats, columns: Floats) -> float:
    """One customer's standard deviation on the control's side of a contrast, what users of one account share included."""
    control = np.where(weights < 0, -weights, 0.0)
    size = float(sums.totals[(control > 0)[0], 0].sum())
    return float(contrasts(sums, control, columns).error[0] * np.sqrt(size))


def matching(contacts: Contacts, arm: int) -> tuple[Floats, float]:
    """Weights of the cells that set an arm's customers beside controls of the same segments and level before.

    Each stratum weighs as many of the arm's customers as it holds (the effect on those who were chosen); the second value is
    the share of them that have at least two controls.
    """
    cells, size = contacts.cells, contacts.sums.totals[:, 0]
    keys = cells.drop(columns="arm").apply(tuple, axis=1)
    weights = np.zeros((1, len(cells)))
    places = {(name, key): place for place, (name, key) in enumerate(zip(cells["arm"], keys, strict=True))}
    own = size[(cells["arm"] == contacts.arms[arm]).to_numpy()].sum()
    for key in dict.fromkeys(keys):
        sent, kept = (places.get((contacts.arms[which], key)) for which in (arm, 0))
        if sent is None or kept is None or min(size[sent], size[kept]) < LEAST_IN_CELL:
            continue
        weights[0, sent], weights[0, kept] = size[sent], -size[sent]
    used = float(weights[weights > 0].sum())
    return (weights / used if used else weights), used / float(own)


def as_dict(estimate: Estimate) -> dict[str, Any]:
    """An estimate as plain values."""
    names = ("method", "value", "error", "low", "high", "p_value", "matched")
    told = {name: getattr(estimate, name) for name in names}
    return {name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in told.items()}
