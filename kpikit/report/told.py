"""Told: all that a report says, in the order in which it is said; every format is written from it, and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.report.made_from import NO_BYTES, Inputs
from kpikit.report.notebook import Executed
from kpikit.report.sections import sections_of
from kpikit.words.counting import counting_sentences

#: of a before/after, what the story tells under "What changed"; the rest stands in the analysis
STORY_PARTS = ("leading", "origin", "signal", "course")
BEFORE_AFTER = "before_after"
#: how the story calls what an answer says
SAID = {BEFORE_AFTER: "What changed", "scorecard": "Where it stands"}
Tile = tuple[str, str, str]  # name, value, remark
UNDER_LEAD = slice(1, 3)  # the sentences of another question's answer that stand under the bottom line
#: parameters that a report tells elsewhere than among the parameters
TOLD_ELSEWHERE = ("situation", "finding", "actions", "reported_outcome", "learned", "data_note", "title", "keep", "asks")


@dataclass(frozen=True)
class Origin:
    """Where a report's numbers come from; added by the template, never by a cell."""

    notebook: str
    parameters: Mapping[str, Any]
    inputs: Inputs
    counts: str = ""  # the hash of what was measured, where a table in a database has no bytes

    @property
    def hashes(self) -> list[tuple[str, str]]:
        """What the report was made from, each with its SHA-256."""
        told = self.inputs.hashes
        return [(name, f"{self.counts} ({NO_BYTES})" if value == NO_BYTES else value) for name, value in told]


@dataclass(frozen=True)
class Shown:
    """A chart that the notebook showed: what is drawn as plain values, the numbers behind it, and its pictures."""

    kind: str
    spec: Mapping[str, Any]
    table: pd.DataFrame
    png: bytes
    svg: str

    @property
    def alt(self) -> str:
        """The chart in words, for those who do not see it."""
        return str(self.spec["alt"])

    @property
    def says(self) -> str:
        """A sentence that says what it shows."""
        return str(self.spec["says"])


@dataclass(frozen=True)
class Told:
    """A report's content: the values that the notebook showed, and what is told of them. Nothing in it is computed anew.

    `since` is what changed since the last report, `of` the grid that it is a part of; `logo` is a file, where the case names one;
    `sections` are those of the notebook as HTML: the `text` of each, what was `shown` under it, and its `code`.
    """

    name: str
    case: Mapping[str, Any]
    series: Mapping[str, Any]
    answer: Mapping[str, Any]
    charts: Sequence[Shown]
    origin: Origin
    since: Mapping[str, Any]
    of: str = ""
    logo: Path | None = None
    sections: Sequence[Mapping[str, Any]] = ()

    @property
    def title(self) -> str:
        """What the reader sees first."""
        return str(self.case["title"])

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The plain values that all sentences are rendered from."""
        found: Mapping[str, Any] = self.answer["verdict"]
        return found

    @property
    def headline(self) -> str:
        """The bottom line: one sentence."""
        return str(self.answer["headline"])

    @property
    def part(self) -> str:
        """Which part of the table it is about, in words; empty where it is about the whole."""
        return words.part_said(self.case.get("only", {}))

    @property
    def under_lead(self) -> list[str]:
        """What stands right under the bottom line."""
        return _under_lead(self.answer)

    @property
    def tiles(self) -> list[dict[str, str]]:
        """The few numbers that are read first: `name`, `value` and `remark`."""
        return tiles(self.verdict, self.answer["question"])

    @property
    def story(self) -> list[dict[str, Any]]:
        """The titled parts of the story, each with its `texts`."""
        return _story(self.case, self.answer)

    @property
    def checks(self) -> list[Mapping[str, Any]]:
        """All checks: `name`, `passed` (None where it could not be looked at) and `sentence`."""
        return list(self.answer["checks"])

    @property
    def open_checks(self) -> list[Mapping[str, Any]]:
        """The checks that ask for attention or could not be made: what cannot be said."""
        return [check for check in self.checks if check["passed"] is not True]

    @property
    def counted(self) -> list[str]:
        """How it was counted, in a few sentences."""
        return counting_sentences(self.case, self.series, self.answer)

    @property
    def table(self) -> pd.DataFrame:
        """The answer's own table, as it was rounded for the notebook."""
        return frame_of(self.answer["table"])


def frame_of(table: Mapping[str, Any]) -> pd.DataFrame:
    """A frame as a notebook's values hold it: its columns and rows."""
    return pd.DataFrame(table["rows"], columns=table["columns"])


def told_of(
    name: str, executed: Executed, charts: Sequence[Shown], origin: Origin, since: Mapping[str, Any], of: str,
    logo: Path | None = None,
) -> Told:  # fmt: skip
    """What a notebook that ran to its end tells."""
    case, series, answer = executed.first("case"), executed.measured, executed.first("answer")
    return Told(name, case, series, answer, charts, origin, since or {}, of, logo, sections_of(executed, charts))


def tiles(verdict: Mapping[str, Any], question: str) -> list[dict[str, str]]:
    """The few numbers of a verdict that are read first, each with its name and a remark."""
    told = words.tiles(question, verdict) or [*_change_tiles(verdict), *_side_tiles(verdict), *_level_tiles(verdict)]
    return [dict(zip(("name", "value", "remark"), tile, strict=True)) for tile in told]


def _change_tiles(verdict: Mapping[str, Any]) -> list[Tile]:
    """Of a change: how large it is, how sure, what it is worth."""
    if "effect" not in verdict:
        return []
    effect = ("effect", words.change(verdict["effect"]["value"], verdict["unit"]), _span(verdict, verdict["effect"], signed=True))
    evidence = ("evidence", verdict["grade"]["grade"], f"at the most {verdict['grade']['cap']} by this design")
    return [effect, evidence, *filter(None, [words.worth_tile(verdict)])]


def _side_tiles(verdict: Mapping[str, Any]) -> list[Tile]:
    """The value over all, before and after, as far as there are such."""
    unit, shown = verdict["unit"], []
    if overall := verdict.get("overall"):
        shown.append(("overall", words.level(overall["value"], unit), words.counts_of(overall, unit=unit)))
    for name in ("before", "after"):
        if part := verdict.get(name):
            many = part["periods"] > 1 and verdict["counts"] in ("flow", "stock")
            added = f", added over {words.counted(part['periods'], verdict['period'])}" if many else ""
            band = f"; {words.band_named(said, verdict)}" if (said := words.side_band(part)) else ""
            span = f"{name}, {part['first']} to {part['last']}"
            shown.append((span, words.level(part["value"], unit), words.counts_of(part, unit=unit) + added + band))
    return shown


def _level_tiles(verdict: Mapping[str, Any]) -> list[Tile]:
    """Of where a KPI stands: the value, its band and the next review."""
    if "at" not in verdict:
        return []
    value = (verdict["at"], words.level(verdict["value"], verdict["unit"]), _span(verdict, verdict, signed=False))
    return [value, ("band", verdict["band"] or "none published", f"next review {words.due_said(verdict['review'])}")]


def _span(verdict: Mapping[str, Any], ends: Mapping[str, Any], *, signed: bool) -> str:
    span = words.between(ends["low"], ends["high"], verdict["unit"], signed=signed)
    return f"{words.interval_of(verdict['confidence'])} {span}" if span else "no interval"


def _under_lead(answer: Mapping[str, Any]) -> list[str]:
    """What stands right under the bottom line, and is not told again in the story."""
    verdict = answer["verdict"]
    if answer["question"] == BEFORE_AFTER:
        return _under_change(verdict)
    return [words.stale_sentence(verdict)] if verdict.get("behind") else answer["sentences"][UNDER_LEAD]


def _under_change(verdict: Mapping[str, Any]) -> list[str]:
    """The change, where the bottom line is the level over all; how sure it is, what to do, and on what it depends."""
    moved = [words.moved_sentence(verdict)] if verdict.get("overall") else []
    start = [words.depends_sentence(verdict)] if verdict["start"] else []
    return [*moved, words.grade_sentence(verdict), words.decision_sentence(verdict), *start]


def _story(case: Mapping[str, Any], answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Situation, found, done, changed, worth: told by the case and by the answer's own sentences."""
    verdict = answer["verdict"]
    worth = words.worth_sentence(verdict) if answer["question"] == BEFORE_AFTER and verdict.get("worth") else ""
    compared = answer["question"] == BEFORE_AFTER
    told = [words.PARTS[part](verdict) for part in STORY_PARTS] if compared else answer["sentences"][1:]
    said = [text for text in told if text not in _under_lead(answer)]
    reported = f"Reported, not computed here: {case['reported_outcome']}" if case.get("reported_outcome") else ""
    parts = [
        ("Situation", [case.get("situation", "")]), ("What was found", [case.get("finding", "")]),
        ("What was done", case.get("actions", [])), (SAID.get(answer["question"], "What the data say"), said),
        ("What it was worth", [worth, reported]), ("What was learned", [case.get("learned", "")]),
    ]  # fmt: skip
    return [{"title": title, "texts": list(filter(None, texts))} for title, texts in parts if any(texts)]
