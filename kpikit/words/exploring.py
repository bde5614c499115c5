"""What an explorer says: what is looked at, and how much was looked at before it, which is a part of the evidence."""

from __future__ import annotations

from collections.abc import Mapping

from kpikit.words.locales import written
from kpikit.words.writing import counted, listed


def looked_title(name: str, changed_on: str, *parts: str) -> str:
    """The title of what is looked at, as a question.

    >>> looked_title("Upgrade Rate", "2025-07-01", "region: Europe", "")
    'Did Upgrade Rate change on 2025-07-01 (region: Europe)?'
    """
    told = ", ".join(filter(None, parts))
    return f"Did {name} change on {changed_on}{f' ({told})' if told else ''}?"


def tried_sentences(dates: Mapping[str, int], looks: int, confidence: float) -> list[str]:
    """How many dates were looked at, and how many combinations of all that can be chosen; nothing where it was one.

    >>> tried_sentences({"2025-06-10": 1, "2025-07-01": 2}, 3, 0.95)[0]
    'You looked at 2 dates of the change, most often at 2025-07-01 (2 times). A date that is found so is chosen after looking: \
the evidence is weak at the best.'
    >>> tried_sentences({"2025-06-10": 1}, 2, 0.95)
    ['You looked at 2 combinations of KPI, segment, periods and date. Where nothing moved at all, one or more of 2 independent \
ones would still look moved, at 95%, with a chance of 10%.']
    """
    return [*_dates_said(dates), *_looks_said(looks, confidence)]


def _dates_said(dates: Mapping[str, int]) -> list[str]:
    if len(dates) < 2:
        return []
    most = max(dates.values())
    favorites = listed(f"{when}" for when, times in dates.items() if times == most)
    times = f"{counted(most, 'time')}{' each' if favorites.count('-') > 2 else ''}"
    often = f", most often at {favorites} ({times})" if most > 1 else ""
    found = "A date that is found so is chosen after looking: the evidence is weak at the best."
    return [f"You looked at {counted(len(dates), 'date')} of the change{often}. {found}"]


def _looks_said(looks: int, confidence: float) -> list[str]:
    if looks < 2:
        return []
    luck = written(f"{1 - confidence**looks:.0%}")
    sure = written(f"{confidence:.0%}")
    many = f"You looked at {counted(looks, 'combination')} of KPI, segment, periods and date"
    return [f"{many}. Where nothing moved at all, one or more of {looks} independent ones would still look moved, at {sure}, "
            f"with a chance of {luck}."]  # fmt: skip
