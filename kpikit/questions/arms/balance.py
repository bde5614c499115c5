"""Whether the groups were alike before: standardised differences, as they stand and after matching."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpikit.questions.arms.effects import against_control, by_arm, column, matching
from kpikit.shapes.contacts import TARGETED, Contacts
from kpikit.stats.assignment import standardised
from kpikit.stats.contrasts import contrasts

Bools = NDArray[np.bool_]

ALIKE = 0.1  # standard deviations (Austin 2009): beyond it groups are not alike
MOST = 20  # characteristics that are compared


def balance(contacts: Contacts) -> pd.DataFrame:
    """One row an arm and characteristic: its standardised difference as it stands, and matched where targets were chosen."""
    rows: list[dict[str, Any]] = []
    for arm in range(1, len(contacts.arms)):
        name = contacts.arms[arm]
        rows += [
            {"arm": name, "what": what, **_numbers(contacts, arm, what)}
            for what in ("before", "earlier")
            if what in contacts.columns
        ]
        for segment in contacts.segments:
            for level in sorted(set(contacts.cells[segment]))[:MOST]:
                rows.append({"arm": name, "what": f"{segment}: {level}", **_shares(contacts, arm, segment, level)})
    return pd.DataFrame(rows, columns=["arm", "what", "as it stands", "matched"])


def _numbers(contacts: Contacts, arm: int, what: str) -> dict[str, float]:
    """Of a number: the difference of means in standard deviations of one customer."""
    columns, sums = column(contacts, **{what: 1.0}), by_arm(contacts)
    count = len(contacts.arms)
    sides = [contrasts(sums, np.eye(count)[[side]], columns) for side in (arm, 0)]
    variances = [float(side.covariance[0, 0]) * float(sums.totals[which, 0]) for side, which in zip(sides, (arm, 0), strict=True)]
    apart = contrasts(sums, against_control(count, arm), columns).value[0]
    found = {"as it stands": float(standardised(apart, *variances)), "matched": np.nan}
    if contacts.design == TARGETED:
        weights, share = matching(contacts, arm)
        if share > 0:
            found["matched"] = float(standardised(contrasts(contacts.sums, weights, columns).value[0], *variances))
    return found


def _shares(contacts: Contacts, arm: int, segment: str, level: str) -> dict[str, float]:
    """Of a level of a segment: the difference of its shares."""
    at = (contacts.cells[segment] == level).to_numpy()
    size = contacts.sums.totals[:, 0]
    sides = [(contacts.cells["arm"] == contacts.arms[which]).to_numpy() for which in (arm, 0)]
    shares = [float(size[side & at].sum() / size[side].sum()) for side in sides]
    variances = [share * (1 - share) for share in shares]
    found = {"as it stands": float(standardised(shares[0] - shares[1], *variances)), "matched": np.nan}
    if contacts.design == TARGETED:
        found["matched"] = float(standardised(_matched_share(contacts, arm, at), *variances))
    return found


def _matched_share(contacts: Contacts, arm: int, at: Bools) -> float:
    weights, _ = matching(contacts, arm)
    return float(weights[0][at].sum())
