"""Segments by interaction: whether an arm's effect differs between the levels of a segment, Holm over all that were looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpikit.questions.arms.effects import against_control, by_arm, column, spread_of
from kpikit.questions.arms.width import Width
from kpikit.shapes.contacts import Contacts
from kpikit.stats.contrasts import CellSums, Told, contrasts, heterogeneity
from kpikit.stats.multiple import holm

SECONDARY = 0.01  # segments come after the arms: together they are wrong in 6 of 100 campaigns without an effect at the most
LEAST, LEAST_EVENTS = 30, 5  # customers on each side of a level, and of each outcome in it, that it is looked at with


def segment_effects(contacts: Contacts, width: Width) -> pd.DataFrame:
    """One row an arm, segment and level: difference and interval, and the p-value of the segment's interaction with the arm."""
    tests = [_tested(contacts, arm, segment, width) for arm in range(1, len(contacts.arms)) for segment in contacts.segments]
    if not tests:
        return pd.DataFrame(columns=["arm", "segment", "level", "customers", "difference", "difference_low", "difference_high"])
    adjusted = holm([test["p_value"].iloc[0] for test in tests])
    rows = [test.assign(adjusted=p, differs=bool(p < SECONDARY)) for test, p in zip(tests, adjusted, strict=True)]
    return pd.concat(rows, ignore_index=True)


def _tested(contacts: Contacts, arm: int, segment: str, width: Width) -> pd.DataFrame:
    levels = list(dict.fromkeys(sorted(contacts.cells[segment])))
    sums = [by_arm(contacts, (contacts.cells[segment] == level).to_numpy()) for level in levels]
    enough = np.array([_enough(contacts, part, arm) for part in sums])
    told = _levels(contacts, arm, segment, levels)
    used = Told(told.value[enough], told.covariance[np.ix_(enough, enough)])
    q, freedom, p = heterogeneity(used)
    if np.isfinite(p):
        error, spread = (
            float(used.error.mean()),
            spread_of(by_arm(contacts), against_control(len(contacts.arms), arm), _column(contacts)),
        )
        p = Width(1, width.looks, width.look).p_value(q, freedom, error, spread)
    shared = Width(max(int(enough.sum()), 1), 1, 1)
    half = shared.factor(1.0, 1.0) * np.where(enough, told.error, np.nan)
    value = np.where(enough, told.value, np.nan)
    size = [int(part.totals[[0, arm], 0].sum()) for part in sums]
    return pd.DataFrame({
        "arm": contacts.arms[arm], "segment": segment, "level": levels,
        "customers": np.where(enough, size, np.nan), "difference": value, "difference_low": value - half,
        "difference_high": value + half, "p_value": p,
    })  # fmt: skip


def _column(contacts: Contacts) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(column(contacts, **{contacts.measure: 1.0}))


def _levels(contacts: Contacts, arm: int, segment: str, levels: list[str]) -> Told:
    """The differences at all levels, with their covariance: users of one account may be at several."""
    rows = []
    size = contacts.sums.totals[:, 0]
    for level in levels:
        at = (contacts.cells[segment] == level).to_numpy()
        sides = [np.where(at & (contacts.cells["arm"] == contacts.arms[side]).to_numpy(), size, 0.0) for side in (arm, 0)]
        rows.append(sides[0] / max(sides[0].sum(), 1) - sides[1] / max(sides[1].sum(), 1))
    return contrasts(contacts.sums, np.array(rows), _column(contacts))


def _enough(contacts: Contacts, sums: CellSums, arm: int) -> bool:
    """Whether a level holds enough customers, and enough of each outcome, to be looked at."""
    both = sums.totals[[0, arm]]
    if both[:, 0].min() < LEAST:
        return False
    if contacts.measure != "outcome":
        return True
    yes = both[:, contacts.columns.index("outcome")].sum()
    return bool(min(yes, both[:, 0].sum() - yes) >= LEAST_EVENTS)
