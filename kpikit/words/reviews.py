"""When a KPI was last reviewed, when it is due next, whose it is, and whether that is overdue: a review -> words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kpikit.words.writing import agreed, counted

Verdict = Mapping[str, Any]
NO_REVIEW = "none planned"


def due_said(review: Verdict) -> str:
    """The day on which the next review is due, and by how much it is overdue.

    >>> due_said({"next": "2026-02-01"}), due_said({"next": "2026-01-09", "overdue": 6})
    ('2026-02-01', '2026-01-09, overdue by 6 days')
    """
    late = review.get("overdue", 0)
    return f"{review['next'] or NO_REVIEW}" + (f", overdue by {counted(late, 'day')}" if late else "")


def last_said(review: Verdict) -> str:
    """The day of the last review, or that the log holds none."""
    return review.get("last") or "none in the log"


def review_sentence(verdict: Verdict) -> str:
    """When it is looked at next, and by whom, and when that was last done."""
    review = verdict["review"]
    by = f" by {review['owner']}" if review["owner"] else ""
    if review["next"] is None:
        return f"No further review is planned{_held(review, '; the last one was on')}."
    every = f"It is reviewed every {review['cadence']}{by}{_held(review, ', last on')}; as of {verdict['as_of']} the next review"
    if late := review.get("overdue", 0):
        return f"{every}, due on {review['next']}, is overdue by {counted(late, 'day')}."
    return f"{every} is due on {review['next']}."


def held_sentence(review: Verdict) -> str:
    """When the last review was, as a sentence of its own; empty where the log holds none."""
    return f"The last review was on {review['last']} ({_number(review)})." if review.get("last") else ""


def _held(review: Verdict, how: str) -> str:
    return f"{how} {review['last']} ({_number(review)})" if review.get("last") else ""


def _number(review: Verdict) -> str:
    return f"{counted(review['held'], 'review')} {agreed(review['held'], 'is', 'are')} in the log"


def next_review(review: Verdict) -> str:
    """The next review behind a decision: when and by whom; empty where none is planned."""
    by = f" by {review['owner']}" if review["owner"] else ""
    if review["next"] is None:
        return ""
    if late := review.get("overdue", 0):
        return f" The next review{by} was due on {review['next']}, {counted(late, 'day')} ago."
    return f" Next review{by} on {review['next']}."


def look_again(review: Verdict) -> str:
    """When to look again, as the end of a sentence."""
    if review["next"] is None:
        return "no further review is planned"
    late = review.get("overdue", 0)
    return f"look again now, the review was due on {review['next']}" if late else f"look again on {review['next']}"


def first_due(reviews: Iterable[Verdict]) -> Verdict:
    """The review that is due first; one that is never due comes last."""
    return min(reviews, key=lambda review: (review["next"] is None, review["next"] or ""))
