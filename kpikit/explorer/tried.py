"""Tried: what was looked at so far. It only grows: what was seen cannot be unseen."""

from __future__ import annotations

from collections import Counter
from datetime import date

from kpikit import words
from kpikit.explorer.look import Look
from kpikit.stats.intervals import CONFIDENCE
from kpikit.words.exploring import tried_sentences

AFTER_LOOKING = "after looking"


class Tried:
    """The looks that were answered, how often each date was seen, and what that makes of the next one."""

    def __init__(self, date_chosen: str) -> None:
        self.looks: Counter[Look] = Counter()
        self.dates: Counter[date] = Counter()
        self._date_chosen = date_chosen

    def add(self, look: Look) -> None:
        """One more answer was seen."""
        self.looks[look] += 1
        self.dates[look.changed_on] += 1

    def chosen_for(self, changed_on: date) -> str:
        """How a date counts as chosen: after looking, once the answer at any other one was seen; else as the case says."""
        return AFTER_LOOKING if {*self.dates} - {changed_on} else self._date_chosen

    @property
    def sentences(self) -> list[str]:
        """What was tried, in words; nothing where it was one look."""
        seen = {words.day(when): times for when, times in sorted(self.dates.items())}
        return tried_sentences(seen, len(self.looks), CONFIDENCE)
