"""Why don't they upgrade? Coded reasons of those who answered, what the silent could change, who names what, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kpikit import words
from kpikit.answer import Answer
from kpikit.errors import CaseError
from kpikit.questions.surveying.checking import checks_of
from kpikit.questions.surveying.comparisons import CLEAR_AT, MOVED, RESPONSE, SEGMENT, comparisons, segment_of, told_of
from kpikit.questions.surveying.showing import moves_shown, pairs_shown, response_shown, shown
from kpikit.questions.surveying.strata import Strata, strata_of, weighing
from kpikit.questions.verdicts import known
from kpikit.shapes.survey import BEFORE, Survey
from kpikit.stats.disclosure import LEAST, hidden
from kpikit.stats.intervals import CONFIDENCE, wilson
from kpikit.stats.multiple import holm
from kpikit.stats.paired import mcnemar
from kpikit.stats.survey import silent_bounds, together


def feedback(survey: Survey, *, beside: Mapping[str, Any] | None = None) -> Answer:
    """Which reasons are named most, how far the silent could change that, which segment names what, and what moved.

    With a change the reasons are those given since. Shares are of those who answered, with limits that hold together, and
    weighted to all asked where segments allow it. Groups under 5 people are hidden. `beside` are rates by segment to stand beside
    the response. Raises CaseError where under 5 answered, or `beside` names a segment that is not there.
    """
    whole, weighted = strata_of(survey, survey.side, ()), weighing(survey, survey.side)
    if whole.answered.sum() < LEAST:
        raise CaseError(
            f"feedback: {int(whole.answered.sum())} answered; under {LEAST} every number would point at single people"
        )
    reasons, family = _reasons(whole, weighted, survey.single_choice), comparisons(survey)
    verdict = _head(survey, whole, weighted) | {
        "reasons": [_told(row) for row in reasons.to_dict("records")], "top": _top(whole, weighted, reasons),
        "groups": int((family["about"] == RESPONSE).sum()), "response_by": _response_by(family), "pairs": _pairs(family),
        "moved": _moved(survey, family), "looked_at": len(family),
    }  # fmt: skip
    response = response_shown(survey, family, beside or {})
    more = {"response": response, "pairs": pairs_shown(survey, family), "moved": moves_shown(family)}
    return Answer("feedback", verdict, shown(verdict), (*checks_of(survey, verdict), *survey.table_checks), more, survey.source)


def _head(survey: Survey, whole: Strata, weighted: Strata | None) -> dict[str, Any]:
    asked, answered = int(whole.asked.sum()), int(whole.answered.sum())
    rate = dict(zip(("value", "low", "high"), map(float, wilson(answered, asked)), strict=True))
    return {
        "name": "Why they do not upgrade", "unit": "percent", "confidence": CONFIDENCE, "as_of": words.day(survey.as_of),
        "changed_on": None if survey.changed_on is None else words.day(survey.changed_on), "asked": asked, "answered": answered,
        "response": rate, "single_choice": survey.single_choice, "several": survey.several, "twice": survey.twice,
        "paired": survey.paired is not None, "segments": list(survey.segments),
        "weighted_by": list(weighted.by) if weighted else [],
    }  # fmt: skip


def _reasons(whole: Strata, weighted: Strata | None, single_choice: bool) -> pd.DataFrame:
    """Each reason: how many named it, its share of the answers, weighted to all asked, and its bounds; the most named first."""
    names = list(whole.named.index)
    counts = whole.named.sum(axis=1).to_numpy(dtype=float)
    asked, answered = float(whole.asked.sum()), float(whole.answered.sum())
    rows = pd.DataFrame({"reason": names, "customers": counts.astype(int)})
    rows["share"], rows["share_low"], rows["share_high"] = together(counts, answered, len(names))
    rows["least"], rows["most"] = silent_bounds(counts, answered, asked)
    for name, end in zip(
        ("weighted", "weighted_low", "weighted_high"), (weighted or whole).shares(names, len(names)), strict=True
    ):
        rows[name] = end if weighted else np.nan
    rows["lead"] = rows["weighted"].fillna(rows["share"])
    lines = [(0, list(range(1, len(counts) + 1)))] if single_choice else []  # of one choice the shares add up, and tell the last
    small, others = hidden(np.append(answered, counts)[:, None], lines)
    return rows.assign(hidden=(small | others)[1:]).sort_values(["lead", "reason"], ascending=[False, True], ignore_index=True)


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A reason in plain values; of one that under five named, its name alone."""
    numbers = {
        str(name): known(value) if name != "customers" else int(value)
        for name, value in row.items()
        if name not in ("reason", "hidden")
    }
    if row["hidden"]:
        numbers = dict.fromkeys(numbers)
    return {"reason": row["reason"], "hidden": bool(row["hidden"]), **numbers}


def _top(whole: Strata, weighted: Strata | None, reasons: pd.DataFrame) -> dict[str, Any]:
    """The reason that leads, whether it clearly does (by those who named one of two alone), and the one that leads unweighted."""
    top, *others = reasons["reason"]
    raw = str(reasons.sort_values(["share", "reason"], ascending=[False, True])["reason"].iloc[0])
    first = {"reason": str(top), "raw": raw}
    if not others:
        return first | {"second": None, "gap": None, "p_value": None, "clear": None}
    if weighted:
        gaps, p = weighted.gaps(top, others)
    else:
        both = [whole.both(top, other).sum() for other in others]
        alone = [(whole.counts(top).sum() - b, whole.counts(other).sum() - b) for other, b in zip(others, both, strict=True)]
        p = np.array([float(mcnemar(*pair)) for pair in alone])
        gaps = np.array([(one - other) / whole.answered.sum() for one, other in alone])
    adjusted = holm(p)
    return first | {
        "second": str(others[0]),
        "gap": float(gaps[0]),
        "p_value": float(adjusted.max()),
        "clear": bool((adjusted < CLEAR_AT).all()),
    }


def _response_by(family: pd.DataFrame) -> list[dict[str, Any]]:
    """The groups that answer clearly more or less than all others."""
    rows = family[(family["about"] == RESPONSE) & family["clear"]].sort_values("p", kind="stable")
    return [{"segment": segment_of(row), **told_of(row)} for row in rows.to_dict("records")]


def _pairs(family: pd.DataFrame) -> dict[str, Any]:
    """How many pairs of group and reason were compared, and those that stand out."""
    rows = family[family["about"] == SEGMENT]
    clear = rows[rows["clear"]].sort_values("p", kind="stable").to_dict("records")
    return {
        "looked_at": len(rows),
        "clear": [{"segment": segment_of(row), "reason": row["reason"], **told_of(row)} for row in clear],
    }


def _moved(survey: Survey, family: pd.DataFrame) -> dict[str, Any] | None:
    """What moved from before to after the change; None without one."""
    if survey.changed_on is None:
        return None
    rows = family[family["about"] == MOVED].sort_values("p", kind="stable").to_dict("records")
    before = strata_of(survey, BEFORE, ())
    counts = {"asked_before": int(before.asked.sum()), "answered_before": int(before.answered.sum())}
    return counts | {"reasons": [{"reason": row["reason"], **told_of(row)} for row in rows]}
