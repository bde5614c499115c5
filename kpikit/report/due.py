"""due: which cases are overdue for review as of a day. Reads case files, their logs and the heads of definitions; no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kpikit import words
from kpikit.cases import Case, case_ids, nearest, read_case
from kpikit.cases.files import CASES
from kpikit.cases.log import REVIEW, read_log, until
from kpikit.cases.reviewing import NEVER, Review
from kpikit.catalog.folders import place_of
from kpikit.catalog.heads import read_head
from kpikit.errors import CaseError, DefinitionError, KpikitError
from kpikit.moments import CADENCES, as_moment

HEAD = ("case", "KPI", "every", "owner", "last review", "due", "overdue")
NOTHING = "-"


@dataclass(frozen=True)
class Reviewed:
    """A case with its KPI (empty where its question needs none), its review, and by how many days that is overdue."""

    case_id: str
    kpi: str
    review: Review
    overdue: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The case as a row of texts."""
        last, due = (words.day(day) if day else NOTHING for day in (self.review.last, self.review.due))
        late = words.counted(self.overdue, "day") if self.overdue else ""
        return (self.case_id, self.kpi or NOTHING, self.review.every, self.review.owner or NOTHING, last, due, late)


@dataclass(frozen=True)
class Due:
    """Every case as of a day, the most overdue first, and why those that cannot be read could not."""

    as_of: date
    cases: tuple[Reviewed, ...]
    broken: tuple[str, ...] = ()

    @property
    def overdue(self) -> int:
        """How many cases are overdue."""
        return sum(case.overdue > 0 for case in self.cases)

    @property
    def lines(self) -> list[str]:
        """A table in lines, and how many are overdue."""
        rows = [HEAD, *(case.cells for case in self.cases)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        are = words.agreed(min(self.overdue or 2, len(self.cases)), "is", "are")
        return [
            *table,
            f"{self.overdue} of {words.counted(len(self.cases), 'case')} {are} overdue as of {words.day(self.as_of)}.",
        ]


def due(as_of: date | str, folder: Path | None = None) -> Due:
    """The review of every case of a folder (default: the nearest `data/cases`) as of a day.

    A case without a KPI and without `review_every` is never due. Raises CaseError where there is no such folder or no case.
    """
    day, place = as_moment(as_of).date(), folder or nearest(CASES)
    if place is None or not place.is_dir():
        raise CaseError(f"no folder of cases '{place or CASES}'; name one with --cases")
    names = case_ids(place)
    if not names:
        raise CaseError(f"{place}: it holds no case; write one with kpikit new-case TABLE, or name another folder with --cases")
    found, broken = [], []
    for name in names:
        try:
            found.append(_reviewed(read_case(place / f"{name}.toml"), day))
        except (KpikitError, OSError) as error:
            broken.append(f"{name}: {error}")
    return Due(day, tuple(sorted(found, key=_order)), tuple(broken))


def _reviewed(case: Case, day: date) -> Reviewed:
    held = tuple(entry.date for entry in until(read_log(case), day) if entry.kind == REVIEW)
    cadence, owner = _of_kpi(case) if case.kpi else (NEVER, "")
    taken = as_moment(case.as_of).date()
    review = Review(case.review_every or cadence, case.owner or owner, taken, held, case.calendar)
    return Reviewed(case.id, case.kpi, review, review.days_overdue(day))


def _of_kpi(case: Case) -> tuple[str, str]:
    """The cadence and the owner that the definition of a case's KPI names."""
    head = read_head(place_of(case.kpi, *case.definitions))
    if head.cadence not in CADENCES:
        raise DefinitionError(f"{head.id}: cadence is '{head.cadence}'; it is one of {', '.join(CADENCES)}")
    return head.cadence, head.owner


def _order(case: Reviewed) -> tuple[int, date, str]:
    return -case.overdue, case.review.due or date.max, case.case_id
