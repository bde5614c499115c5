"""What can be seen: the smallest change in a month, a quarter, a year, and how long the needed one takes to show."""

from __future__ import annotations

from typing import Any

import numpy as np

from kpikit.questions.aims.history import KNOWN, PER_YEAR, History
from kpikit.questions.verdicts import known
from kpikit.stats.intervals import Floats
from kpikit.stats.visible import visible_amount, visible_rate, visible_share

SPANS = {"day": (7, 28, 91), "week": (1, 4, 13, 52), "month": (1, 3, 12), "quarter": (1, 4), "year": (1,)}
FURTHEST = {"day": 365, "week": 156, "month": 60, "quarter": 20, "year": 10}  # periods after that are looked at


def smallest_by_length(history: History, period: str, *, falls: bool) -> Floats:
    """The smallest visible change by how many periods after are pooled (1, 2, ...), against the last year before, pooled."""
    after = np.arange(1, FURTHEST[period] + 1, dtype=float)
    last = np.flatnonzero(history.used)[-PER_YEAR[period] :]
    n, d = history.numerators[last].sum(), history.denominators[last].sum()
    if history.noise not in KNOWN:
        if not history.told or history.deviation <= 0:
            return np.full(len(after), np.nan)
        return visible_amount(history.deviation, np.full(len(after), len(last)), after, np.full(len(after), history.freedom))
    size, later = d / history.dispersion, after * float(history.denominators[last[-1]]) / history.dispersion
    build = visible_share if history.noise == "binomial" else visible_rate
    return build(np.full(len(after), n / d), np.full(len(after), size), later, falls=falls)


def visible_of(history: History, period: str, gap: float, *, falls: bool) -> dict[str, Any]:
    """Plain values: the smallest change of each span, its whole course, and after how many periods `gap` would be seen."""
    smallest = smallest_by_length(history, period, falls=falls)
    seen = np.flatnonzero(smallest <= abs(gap)) if gap else np.empty(0)
    return {
        "spans": [{"periods": span, "change": known(smallest[span - 1])} for span in SPANS[period]],
        "course": [known(value) for value in smallest],
        "after": int(seen[0]) + 1 if len(seen) else None,
        "furthest": len(smallest), "before": int(min(history.used.sum(), PER_YEAR[period])),
        "dispersion": history.dispersion if history.noise in KNOWN and history.told else None,
    }  # fmt: skip
