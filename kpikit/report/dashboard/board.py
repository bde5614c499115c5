"""Board: a case measured now, a part of it and up to a period where that is asked for, ready to be laid out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.answer import Answer
from kpikit.cases import Case, find_case
from kpikit.errors import CaseError, KpikitError
from kpikit.measuring import measure_also, measure_case
from kpikit.measuring.related import measure_related
from kpikit.report.scored import scored
from kpikit.series import KpiSeries

ASKED = ("scorecard", "before_after")
PERIODS = 36  # that can be chosen as the last one, and that a small chart draws
Part = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Board:
    """The answer to `scorecard` about a case, and the periods and parts that can be chosen instead."""

    case: Case
    answer: Answer
    periods: tuple[str, ...]
    parts: tuple[Part, ...]

    def course(self, name: str) -> list[dict[str, Any]]:
        """The last periods of a measure, each with its counts and value, oldest first."""
        courses = self.answer.more["courses"]
        rows = courses[courses["measure"] == name].tail(PERIODS)
        return [{**dict(row), "period": words.when(row["period"])} for _, row in rows.iterrows()]


def board(case: Case, part: Part | None = None, until: str = "") -> Board:
    """A case's board; `until` is the text of one of its periods, which is then the last one that is known.

    Raises CaseError and TableError as its report would fail.
    """
    refuse_unshown(case)
    whole = measure_case(case)
    known = {words.when(period): period.end_time.date() for period in whole.total().usable["period"].tail(PERIODS)}
    asked = case if case.question == "scorecard" else replace(case, question="scorecard", asks={})
    if part:
        asked = replace(asked, only={**asked.only, part[0]: part[1]})
    if until in known:
        asked = replace(asked, as_of=known[until])
    series = whole if asked.as_of == case.as_of and not part else measure_case(asked)
    answer = scored(asked, series, measure_also(asked), measure_related(asked))
    return Board(asked, answer, tuple(reversed(known)), _parts(whole))


def refuse_unshown(case: Case) -> None:
    """CaseError for a case whose measures do not stand on a board."""
    if case.question not in ASKED:
        raise CaseError(f"{case.id}: it asks '{case.question}'; a dashboard shows a {words.listed(ASKED, 'or')}")


def _parts(series: KpiSeries) -> tuple[Part, ...]:
    """The values of each segment column, by which the table can be cut."""
    return tuple((name, str(value)) for name in series.segments for value in sorted(series.counts[name].dropna().unique()))


def written_on(case: Case) -> str:
    """When the case's table was last written, in UTC; empty where it is no file of its own."""
    place = case.folder / case.table
    if not place.is_file():
        return ""
    return datetime.fromtimestamp(place.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M UTC")


def why(error: Exception, case: str) -> str:
    """An error as people may read it: without the folders of this machine, of which no more than a name is left."""
    said = (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error)
    place = Path(case)
    with suppress(KpikitError):
        place = find_case(case)
    for home in (place.absolute().parent, place.resolve().parent):
        for folder in filter(lambda path: path.name, (home, home.parent)):  # all that a case's table may lie in by itself
            found = rf"(?<![\w./\\-]){re.escape(str(folder))}({re.escape(os.sep)}|(?![\w-]))"
            said = re.sub(found, partial(_shortened, folder.name), said)
    return said


def _shortened(name: str, found: re.Match[str]) -> str:
    return "" if found[1] else name


def standing(row: Mapping[str, Any]) -> dict[str, Any]:
    """A measure as a card tells it: every cell a text, with the words that carry what a mark or a hue shows."""
    since, unit = row["since"], row["unit"]
    known = since is not None and row["adjusted"] is not None
    changed = "clearly changed" if row["clear"] else "no clear change" if known else "not judged yet"
    return {
        "name": row["name"], "own": row["own"], "at": row["at"], "value": words.level(row["value"], unit),
        "span": words.between(row["low"], row["high"], unit, signed=False),
        "counts": _counts(row), "band": row["band"] or "", "sure": row["clear"], "changed": changed,
        "mark": {"rose": "▲", "fell": "▼"}.get(since["direction"], "■") if since and row["clear"] else "■",
        "change": f"{words.change(since['change']['value'], unit)} since {words.the(since['before'])}" if since else "",
        "signal": row["signal"], "loud": row["signal"] not in ("routine", "not known"),
        "target": _mark(row, "target"), "benchmark": _mark(row, "benchmark"),
        "review": words.due_said(row["review"]), "late": bool(row["review"]["overdue"]), "owner": row["review"]["owner"],
    }  # fmt: skip


def _counts(row: Mapping[str, Any]) -> str:
    if row["grows"]:
        return f"{words.amount(row['numerator'])} after {words.amount(row['denominator'])}"
    return words.counts_of(row, unit=row["unit"]) if row["numerator_name"] else ""


def _mark(row: Mapping[str, Any], name: str) -> str:
    mark = row[name]
    return f"{name} {words.level(mark['value'], row['unit'])}: {mark['state']}" if mark else ""
