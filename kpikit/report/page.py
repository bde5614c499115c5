"""One HTML page a report: offline, no script, the story first, the notebook after it, where it came from last."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd

from kpikit import words
from kpikit.answer import MIME, readable_html
from kpikit.report.cells import clean, figure, output_html, sections
from kpikit.report.made_from import NO_BYTES, Inputs
from kpikit.report.notebook import Executed
from kpikit.report.templating import data_uri, environment, style

#: of a before/after, what the story tells under "What changed"; the rest stands in the analysis
STORY_PARTS = ("leading", "origin", "signal", "course")
BEFORE_AFTER = "before_after"
#: how the story calls what an answer says
SAID = {BEFORE_AFTER: "What changed", "scorecard": "Where it stands"}
CAVEATS = 3  # sentences of another question's answer up to which they stand under the bottom line
#: what is there for who wants it: the plain frame behind a figure, and a KPI's long card
FOLDED = {'class="dataframe"': "the numbers", 'class="kpikit card"': "the definition, its variants and its 12 attributes"}


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


def report_page(
    executed: Executed, figures: Iterable[str], provenance: Origin, since: Mapping[str, Any] | None = None, of: str = ""
) -> str:
    """The whole page as HTML text; `figures` are the SVGs of its charts, in order, `since` what changed since the last one.

    `of` is the grid that the report is a part of: the page leads to its overview.
    """
    case, series, answer = executed.first("case"), executed.measured, executed.first("answer")
    template = environment().get_template("report.html.j2")
    return template.render(
        case=case, series=series, answer=answer, verdict=answer["verdict"], tiles=tiles(answer["verdict"], answer["question"]),
        story=_story(case, answer), under_lead=_under_lead(answer), sections=_sections(executed, iter(figures)),
        provenance=provenance, since=since or {}, style=style(), part=words.part_said(case.get("only", {})), of=quote(of),
        open_checks=[check for check in answer["checks"] if check["passed"] is not True],
    )  # fmt: skip


def tiles(verdict: Mapping[str, Any], question: str) -> list[dict[str, str]]:
    """The few numbers of a verdict that are read first, each with its name and a remark."""
    if own := words.tiles(question, verdict):
        return [dict(zip(("name", "value", "remark"), tile, strict=True)) for tile in own]
    unit = verdict["unit"]
    shown = (
        [("overall", words.level(overall["value"], unit), words.counts_of(overall, unit=unit))]
        if (overall := verdict.get("overall"))
        else []
    )
    for name in ("before", "after"):
        if part := verdict.get(name):
            many = part["periods"] > 1 and verdict["counts"] in ("flow", "stock")
            added = f", added over {words.counted(part['periods'], verdict['period'])}" if many else ""
            band = f"; {part['band']}" if part["band"] else ""
            shown.append(
                (
                    f"{name}, {part['first']} to {part['last']}",
                    words.level(part["value"], unit),
                    words.counts_of(part, unit=unit) + added + band,
                )
            )
    if "effect" in verdict:
        shown.append(("effect", words.change(verdict["effect"]["value"], unit), _span(verdict, verdict["effect"], signed=True)))
        shown.append(("evidence", verdict["grade"]["grade"], f"at the most {verdict['grade']['cap']} by this design"))
    if "at" in verdict:
        shown.append((verdict["at"], words.level(verdict["value"], unit), _span(verdict, verdict, signed=False)))
        shown.append(("band", verdict["band"] or "none published", f"next review {words.due_said(verdict['review'])}"))
    return [dict(zip(("name", "value", "remark"), tile, strict=True)) for tile in shown]


def _span(verdict: Mapping[str, Any], ends: Mapping[str, Any], *, signed: bool) -> str:
    span = words.between(ends["low"], ends["high"], verdict["unit"], signed=signed)
    return f"{verdict['confidence']:.0%} interval {span}" if span else "no interval"


def _under_lead(answer: Mapping[str, Any]) -> list[str]:
    """What stands right under the bottom line: the change, where the bottom line is the level over all, grade and decision."""
    verdict = answer["verdict"]
    moved = [words.moved_sentence(verdict)] if answer["question"] == BEFORE_AFTER and verdict.get("overall") else []
    return moved + _caveats(answer)


def _caveats(answer: Mapping[str, Any]) -> list[str]:
    """What must stand right under the bottom line: how sure it is, what to do, and what takes something back from it."""
    verdict = answer["verdict"]
    if answer["question"] != BEFORE_AFTER:
        return [words.stale_sentence(verdict)] if verdict.get("behind") else answer["sentences"][1:CAVEATS]
    start = [words.depends_sentence(verdict)] if verdict["start"] else []
    return [words.grade_sentence(verdict), words.decision_sentence(verdict), *start]


def _story(case: Mapping[str, Any], answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Situation, found, done, changed, worth: told by the case and by the answer's own sentences."""
    verdict = answer["verdict"]
    worth = words.worth_sentence(verdict) if answer["question"] == BEFORE_AFTER and verdict.get("worth") else ""
    compared = answer["question"] == BEFORE_AFTER
    told = [words.PARTS[part](verdict) for part in STORY_PARTS] if compared else answer["sentences"][1:]
    said = [text for text in told if text not in _caveats(answer)]
    reported = f"Reported, not computed here: {case['reported_outcome']}" if case.get("reported_outcome") else ""
    parts = [
        ("Situation", [case.get("situation", "")]), ("What was found", [case.get("finding", "")]),
        ("What was done", case.get("actions", [])), (SAID.get(answer["question"], "What the data say"), said),
        ("What it was worth", [worth, reported]), ("What was learned", [case.get("learned", "")]),
    ]  # fmt: skip
    return [{"title": title, "texts": list(filter(None, texts))} for title, texts in parts if any(texts)]


def _beside(answer: Mapping[str, Any]) -> list[str]:
    """What a before/after says beside its table: the levels of its ends, the relative change, marks and window."""
    parts = ("ends", "relative", "seen", "marks", "window") if answer["question"] == BEFORE_AFTER else ()
    return list(filter(None, (words.PARTS[part](answer["verdict"]) for part in parts)))


def _sections(executed: Executed, figures: Iterator[str]) -> list[dict[str, Any]]:
    """The notebook's sections, without title and story, told already; of the first answer, told first, only the table."""
    told_above = executed.first("answer")["question"]
    return sections(
        executed.node.cells[1:],
        lambda output: _output(output, figures, told_above),
        lambda cell: cell.cell_type == "code" and _tells(cell, "case"),
    )


def _tells(cell: Any, kind: str) -> bool:
    return any(output.get("data", {}).get(MIME, {}).get("type") == kind for output in cell.outputs)


def _output(output: Mapping[str, Any], figures: Iterator[str], told_above: str) -> str:
    data = output.get("data", {})
    shown = data.get(MIME, {})
    if shown.get("type") == "answer" and shown["question"] == told_above:
        frame = pd.DataFrame(shown["table"]["rows"], columns=shown["table"]["columns"])
        beside = "".join(f"<p>{html.escape(text)}</p>" for text in _beside(shown))
        return f'{beside}<div class="shown">{clean(readable_html(frame, shown["verdict"]["unit"]))}</div>'
    if shown.get("type") == "chart":
        return figure(data["text/plain"], data_uri("image/svg+xml", next(figures).encode()))
    folded = next((name for mark, name in FOLDED.items() if mark in data.get("text/html", "")), "")
    return f"<details><summary>{folded}</summary>{output_html(output)}</details>" if folded else output_html(output)
