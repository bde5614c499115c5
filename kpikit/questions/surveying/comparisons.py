"""Comparisons: who answers, who names what, and what moved; one family, so that any false alarm among all is bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit.questions.surveying.strata import strata_of
from kpikit.shapes.survey import AFTER, BEFORE, Survey
from kpikit.stats.disclosure import LEAST
from kpikit.stats.intervals import CONFIDENCE
from kpikit.stats.multiple import holm
from kpikit.stats.paired import mcnemar, newcombe_paired
from kpikit.stats.survey import fisher
from kpikit.stats.two_groups import newcombe

CLEAR_AT = 0.05
RESPONSE, SEGMENT, MOVED = "response", "segment", "moved"
COLUMNS = ["about", "column", "group", "reason", "count", "of", "other_count", "other_of"]


def comparisons(survey: Survey) -> pd.DataFrame:
    """Every comparison that may be called clear, as rows: counts of both groups, `change` with limits, `adjusted_p` and `clear`.

    The first group is a segment against all other people asked, or after against before. P-values are exact (Fisher, or McNemar's
    mid-p where the same customers answered twice) and adjusted together (Holm 1979); the limits hold together (Newcombe 1998 at
    Bonferroni's level).
    """
    rows = pd.DataFrame([*_responses(survey), *_segments(survey), *_moves(survey)], columns=COLUMNS)
    p, ends = _compared(rows, survey.paired)
    rows["p"], rows["change"], rows["change_low"], rows["change_high"] = p, *ends
    rows["adjusted_p"] = holm(p)
    return rows.assign(clear=rows["adjusted_p"] < CLEAR_AT)


def _responses(survey: Survey) -> Iterator[tuple[Any, ...]]:
    """Of each group: who answered, of those asked, against all others."""
    rows = survey.asked[survey.asked["side"] == survey.side]
    for name, value, own, rest in _groups(survey, rows):
        if min(own["asked"].sum(), rest["asked"].sum()) >= LEAST:
            counts = [int(part[kind].sum()) for part in (own, rest) for kind in ("answered", "asked")]
            yield (RESPONSE, name, value, "", *counts)


def _segments(survey: Survey) -> Iterator[tuple[Any, ...]]:
    """Of each group and reason: who named it, of those who answered, against all others."""
    rows, named = (part[part["side"] == survey.side] for part in (survey.asked, survey.named))
    reasons = sorted(named["reason"].unique())
    for name, value, own, rest in _groups(survey, rows):
        gave, others = int(own["answered"].sum()), int(rest["answered"].sum())
        if min(gave, others) < LEAST:
            continue
        for reason in reasons:
            told = named[named["reason"] == reason]
            here = int(told.loc[told[name] == value, "customers"].sum())
            yield (SEGMENT, name, value, reason, here, gave, int(told["customers"].sum()) - here, others)


def _groups(survey: Survey, rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame, pd.DataFrame]]:
    """Each segment's values with their rows and the rest; of two values the first alone, as the other is its mirror."""
    for name in survey.segments:
        values = sorted(rows[name].unique())
        for value in values[: 1 if len(values) == 2 else None] if len(values) > 1 else []:
            yield name, value, rows[rows[name] == value], rows[rows[name] != value]


def _moves(survey: Survey) -> Iterator[tuple[Any, ...]]:
    """Of each reason: who named it after the change, against who named it before."""
    if survey.changed_on is None:
        return
    if survey.paired is not None:
        for row in survey.paired.to_dict("records"):
            after, before = (int(row["both"] + row[name]) for name in ("after_only", "before_only"))
            yield (MOVED, "", "", row["reason"], after, int(row["answered"]), before, int(row["answered"]))
        return
    sides = {side: strata_of(survey, side, ()) for side in (AFTER, BEFORE)}
    for reason in sorted({*sides[AFTER].named.index, *sides[BEFORE].named.index}):
        counts = [(int(told.named.sum(axis=1).get(reason, 0)), int(told.answered.sum())) for told in sides.values()]
        yield (MOVED, "", "", reason, *counts[0], *counts[1])


def _compared(rows: pd.DataFrame, paired: pd.DataFrame | None) -> tuple[np.ndarray, list[np.ndarray]]:
    """The p-value of each row, and its change with its limits."""
    x1, n1, x2, n2 = (rows[name].to_numpy(dtype=int) for name in ("count", "of", "other_count", "other_of"))
    level = 1 - (1 - CONFIDENCE) / max(len(rows), 1)
    p, ends = fisher(list(x1), list(n1), list(x2), list(n2)), [np.array(end) for end in newcombe(x1, n1, x2, n2, level)]
    if paired is not None and len(paired):
        own = rows["about"].to_numpy() == MOVED
        both, before, after = (paired[name].to_numpy() for name in ("both", "before_only", "after_only"))
        p[own] = mcnemar(after, before)
        told = newcombe_paired(both, after, before, paired["answered"].to_numpy() - both - before - after, level)
        for end, new in zip(ends, told, strict=True):
            end[own] = new
    return p, ends


def told_of(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A comparison in plain values; counts under five, and what tells them, are left out."""
    few = min(row["count"], row["other_count"]) < LEAST
    shares = {"value": row["count"] / row["of"], "other": row["other_count"] / row["other_of"]}
    numbers = {"count": int(row["count"]), "other_count": int(row["other_count"]), **shares}
    numbers |= {name: float(row[name]) for name in ("change", "change_low", "change_high")}
    told = dict.fromkeys(numbers) if few else numbers
    kept = {
        "of": int(row["of"]),
        "other_of": int(row["other_of"]),
        "p_value": float(row["adjusted_p"]),
        "clear": bool(row["clear"]),
    }
    return told | kept | {"more": bool(shares["value"] > shares["other"])}


def segment_of(row: Mapping[Any, Any]) -> str:
    """A group as tables name it: its column and its value."""
    return f"{row['column']}: {row['group']}".replace("_", " ")


def clear_groups(survey: Survey, family: pd.DataFrame, about: str) -> set[tuple[str, str]]:
    """Group and reason of each clear comparison; of a column of two values the other one too, which is its mirror."""
    found: set[tuple[str, str]] = set()
    for row in family[(family["about"] == about) & family["clear"]].to_dict("records"):
        values = survey.asked.loc[survey.asked["side"] == survey.side, row["column"]].unique()
        groups = values if len(values) == 2 else [row["group"]]
        found |= {(segment_of({"column": row["column"], "group": group}), str(row["reason"])) for group in groups}
    return found
