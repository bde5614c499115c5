"""Reading, Checked: what is to be read of a table, and what came of it, on whatever engine it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from kpikit.answer import Check
from kpikit.tables.how import How
from kpikit.tables.keep import Keep

CELLS = ("count", "quantity")  # what is read as a number
DUPLICATE, HASH = "__alike", "__hash"


@dataclass(frozen=True)
class Reading:
    """What is to be read: the columns of each role, the segments, the rules that keep rows, and how the table is written."""

    kind: str
    roles: Mapping[str, Sequence[str]]
    segments: tuple[str, ...]
    keep: tuple[Keep, ...]
    how: How
    features: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns of the checked table: one a role, one a segment, one a feature."""
        return [*dict.fromkeys((*self.roles, *self.segments, *self.features))]

    @property
    def time(self) -> str | None:
        """The role that says when; None of a table without dates."""
        return next((role for role in ("period", "date") if role in self.roles), None)

    def segment_read_as(self, name: str) -> str:
        """How a segment or feature is read: cut numbers as numbers, features as text that may be missing."""
        if name in self.segments:
            return "quantity" if self.how.cuts.get(name) else "text"
        return "text?"


@dataclass(frozen=True)
class Checked:
    """A table whose every value was understood: `frame` holds one column a role and one a segment, of the rows that are kept.

    `duplicates` counts on demand the rows that repeat another in every column; it also tells where the first stand and what
    they hold. `facts` are the least and greatest values, where the reading has seen them already.
    """

    frame: nw.LazyFrame[Any]
    grain: str | None
    rows_read: int
    removed: tuple[tuple[Keep, int], ...]
    notes: tuple[Check, ...]
    duplicates: Callable[[], tuple[int, list[str], list[str]]]
    facts: Mapping[str, Any] | None = None
