"""What else moved? The other KPIs of a case, told as hypotheses: their p-values are adjusted for how many were looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.questions.before_after import before_after
from kpikit.series import KpiSeries
from kpikit.stats.diagnosis import tail_of
from kpikit.stats.intervals import CONFIDENCE
from kpikit.stats.multiple import holm

CLEAR_AT = 0.05


def exploratory(others: Mapping[str, KpiSeries], changed_on: date | str, **choices: Any) -> Answer:
    """Each other KPI against what would have gone on, with Holm's adjusted p-value (Holm 1979): one KPI of a case is primary.

    `choices` are those of before_after; target, benchmark and money belong to the primary KPI and are not asked of the others.
    """
    own = {name: value for name, value in choices.items() if name not in ("target", "benchmark", "money")}
    answers = [before_after(series, changed_on, **own) for series in others.values()]
    effects = [answer.verdict["effect"] for answer in answers]
    adjusted = holm([p_value_of(answer.verdict) for answer in answers])
    units = [answer.verdict["unit"] for answer in answers]
    table = pd.DataFrame(
        {
            "KPI": [answer.verdict["name"] for answer in answers],
            **_changes(effects, units),
            "adjusted p": [words.written(f"{p:.3f}") if np.isfinite(p) else "not known" for p in adjusted],
            "moved": ["hypothesis" if p < CLEAR_AT else "no" for p in adjusted],
        }
    )
    moved = [str(name) for name, p in zip(table["KPI"], adjusted, strict=True) if p < CLEAR_AT]
    verdict = {"unit": units[0] if units else "percent", "looked_at": len(answers), "moved": moved, "changed_on": str(changed_on)}
    check = Check("one primary KPI", None, "These were looked at beside it; their p-values are adjusted (Holm 1979).")
    return Answer("exploratory", verdict, table, (check,) if answers else ())


def _changes(effects: Sequence[Mapping[str, Any]], units: Sequence[str]) -> dict[str, list[Any]]:
    """The changes with their limits as numbers of one unit; as texts where the KPIs differ in their unit."""
    if len(set(units)) > 1:
        return {"change": [words.sized(effect, unit, CONFIDENCE) for effect, unit in zip(effects, units, strict=True)]}
    ends = {"change": "value", "change_low": "low", "change_high": "high"}
    return {column: [effect[name] for effect in effects] for column, name in ends.items()}


def p_value_of(verdict: Mapping[str, Any]) -> float:
    """The p-value of a before/after's leading estimate; of the plain change, the one that belongs to its interval."""
    lead = next(estimate for estimate in verdict["estimates"] if estimate["leads"])
    if lead["p_value"] is not None:
        return float(lead["p_value"])
    if lead["low"] is None or lead["high"] is None:
        return float("nan")
    return tail_of(lead["value"], (lead["high"] - lead["low"]) / 2)
