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

    @property
    def names(self) -> list[str]:
        """The columns of the checked table: one a role, one a segment."""
        return [*self.roles, *(name for name in self.segments if name not in self.roles)]


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
