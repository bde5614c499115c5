"""Overview: the reports of a grid on one page and in one table; every number is taken from what the reports hold."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kpikit import words
from kpikit.report.formats import print_page
from kpikit.report.formula_free import formula_free
from kpikit.report.placing import written_aside
from kpikit.report.record import Job, Record
from kpikit.report.templating import environment, printed_style
from kpikit.words.grids import WAYS, by_columns, grid_sentences

CLEAR_AT = 0.05
#: question -> where its verdict holds the number that reports are sorted by, what that is called, and its unit if not the KPI's
MEASURES: dict[str, tuple[str, str, str]] = {
    "before_after": ("effect", "effect", ""), "scorecard": ("", "value", ""), "tree": ("", "value", ""),
    "segments": ("", "share", ""), "funnel": ("overall", "share that reached the end", ""), "targets": ("today", "value", ""),
    "feedback": ("response", "share that answered", ""), "lifetime": ("value", "worth of a new customer", "money"),
}  # fmt: skip
ENDS = ("value", "low", "high")


@dataclass(frozen=True)
class Line:
    """One report of a grid: what it is about, how it ended, and of one that was made its answer; `adjusted` is its p-value."""

    values: Mapping[str, str]
    record: Record
    answer: Mapping[str, Any]
    adjusted: float | None = None

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The plain values of the answer; none of a report that failed."""
        found: Mapping[str, Any] = self.answer.get("verdict", {})
        return found

    @property
    def compares(self) -> bool:
        """Whether it is about a change."""
        return "effect" in self.verdict

    @property
    def measure(self) -> dict[str, float | None]:
        """The number that reports of its question are sorted by, with its interval; empty where there is none."""
        where, _, _ = MEASURES.get(self.answer.get("question", ""), ("none", "", ""))
        told = self.verdict.get(where) if where else self.verdict
        return {end: told.get(end) for end in ENDS} if isinstance(told, Mapping) and _is_number(told.get("value")) else {}

    @property
    def unit(self) -> str:
        """The unit of its measure."""
        return MEASURES.get(self.answer.get("question", ""), ("", "", ""))[2] or str(self.verdict.get("unit", ""))

    @property
    def said(self) -> tuple[str, str]:
        """Its measure and the interval as people write them; nothing where there is none."""
        if not (told := self.measure):
            return "", ""
        write = words.change if self.compares else words.level
        return write(told["value"], self.unit), words.between(told["low"], told["high"], self.unit, signed=self.compares)

    @property
    def about(self) -> list[str]:
        """What it is about, as a page can hold it."""
        return [words.shortened(value) for value in self.values.values()]

    @property
    def clear(self) -> bool:
        """Whether its interval leaves out no change."""
        return self.verdict.get("direction") in ("rose", "fell")

    @property
    def lasts(self) -> bool:
        """Whether that still holds after the correction for the number of comparisons."""
        return self.clear and self.adjusted is not None and self.adjusted < CLEAR_AT


def write_overview(grid: Job, values: Sequence[Mapping[str, str]], records: Sequence[Record]) -> Record:
    """Writes `out/<grid>/index.html`, `overview.csv` and, where it is asked for, the page as PDF, from the reports of a grid and
    how they ended; returns its own record. There is no deck and no workbook of it: the CSV holds every number.

    `values` are those that jobs_of made the reports of, `records` theirs in the same order. Nothing is measured again.
    """
    read = [_line(grid.out, dict(of), record) for of, record in zip(values, records, strict=True)]
    lines = sorted(_adjusted(read), key=_place)
    told = _told(lines)
    sentences = grid_sentences(told)
    with written_aside(grid.out / grid.name) as folder:
        page = _page(grid.out, lines, told, sentences)
        (folder / "index.html").write_text(page, encoding="utf-8")
        if "pdf" in grid.to:
            print_page(page, folder / f"{grid.name}.pdf")
        _write_table(lines, told, folder / "overview.csv")
    return _record(grid.name, lines, sentences)


def _line(out: Path, values: Mapping[str, str], record: Record) -> Line:
    """The line of a report, read from its folder; one whose answer cannot be read failed."""
    if not record.passed:
        return Line(values, record, {})
    try:
        answer = json.loads((out / record.name / "answer.json").read_text(encoding="utf-8"))
        return Line(values, record, {name: answer[name] for name in ("question", "headline", "verdict")})
    except (OSError, ValueError, LookupError, TypeError):
        lost = "its folder holds no answer that can be read; make it again with --force"
        return Line(values, replace(record, passed=False, reason=lost), {})


def _adjusted(lines: Sequence[Line]) -> list[Line]:
    """The lines with the p-values of their changes after Benjamini and Hochberg's correction for how many there are."""
    if not any(line.compares for line in lines):
        return [*lines]
    from kpikit.questions.exploratory import p_value_of
    from kpikit.stats.multiple import benjamini_hochberg

    adjusted = benjamini_hochberg([p_value_of(line.verdict) if line.compares else float("nan") for line in lines])
    return [replace(line, adjusted=None if p != p else float(p)) for line, p in zip(lines, adjusted.tolist(), strict=True)]


def _place(line: Line) -> tuple[bool, bool, float, list[str]]:
    """Made before failed, measured before unmeasured, the largest first; the names decide between equals."""
    value = line.measure.get("value")
    return not line.record.passed, value is None, -(value or 0.0), list(line.values.values())


def _told(lines: Sequence[Line]) -> dict[str, Any]:
    """What is counted over all lines, for the sentences."""
    made = [line for line in lines if line.record.passed]
    ways = Counter(line.verdict["direction"] for line in made if line.compares)
    return {
        "columns": list(lines[0].values), "made": len(made), "failed": len(lines) - len(made),
        "name": made[0].verdict["name"] if made else "", "measure": _measure_name(made),
        "ends": _ends([line for line in made if line.measure and not line.compares]),
        "directions": {way: ways[way] for way in WAYS if ways[way]},
        "compared": sum(line.adjusted is not None for line in made), "clear": sum(line.clear for line in made),
        "lasting": sum(line.lasts for line in made),
    }  # fmt: skip


def _measure_name(made: Sequence[Line]) -> str:
    return MEASURES[made[0].answer["question"]][1] if made and made[0].measure else ""


def _ends(lines: Sequence[Line]) -> list[dict[str, str]]:
    """The largest and the smallest of several numbers, and what each is about."""
    return [{"of": ", ".join(line.about), "value": line.said[0]} for line in (lines[0], lines[-1])] if len(lines) > 1 else []


def _record(name: str, lines: Sequence[Line], sentences: Sequence[str]) -> Record:
    """How the grid ended, for the index: it is there where one of its reports is."""
    first = lines[0].record
    if not first.passed:
        return Record(name, False, f"none of its {words.counted(len(lines), 'report')} was made; of the first: {first.reason}")
    failed = [f"report failed: {line.record.part}: {line.record.reason}" for line in lines if not line.record.passed]
    return Record(
        name, True, title=first.title, headline=" ".join(sentences[:2]), data_note=first.data_note, question=first.question,
        warnings=tuple(failed), thumbnail=first.thumbnail,
    )  # fmt: skip


def _page(out: Path, lines: Sequence[Line], told: Mapping[str, Any], sentences: Sequence[str]) -> str:
    made = [line for line in lines if line.record.passed]
    first, scale = lines[0], _scale(made)
    compares, sure = bool(told["directions"]), first.verdict.get("confidence")
    rows = [_row(line, scale, out) for line in lines]
    title, confidential = first.record.title or "No report was made", first.record.confidential
    return environment().get_template("overview.html.j2").render(
        title=title, by=by_columns(told["columns"]), note=first.record.data_note, told=told,
        as_of=first.verdict.get("as_of", ""), sure=words.interval_of(sure) if sure else "interval", sentences=sentences,
        compares=compares, span=(5 if compares else 2) + 2 * bool(told["measure"]), rows=rows,
        confidential=confidential, style=printed_style(title, confidential, "report.css", "overview.css"),
    )  # fmt: skip


def _row(line: Line, scale: tuple[float, float], out: Path) -> dict[str, Any]:
    """A line as the page shows it: every cell a text, and where its interval is drawn."""
    verdict, unit = line.verdict, line.unit
    link = f"../{quote(line.record.name)}/index.html" if (out / line.record.name / "index.html").exists() else ""
    return {
        "line": line, "link": link, "drawn": _drawn(line.measure, scale), "grade": _grade(line),
        "before": words.level(verdict["before"]["value"], unit) if line.compares else "",
        "after": words.level(verdict["after"]["value"], unit) if line.compares else "",
        "way": str(verdict.get("direction", "")) + (", may be luck" if line.clear and not line.lasts else ""),
    }  # fmt: skip


def _scale(lines: Sequence[Line]) -> tuple[float, float]:
    """From where to where the numbers of all lines lie; changes are seen against none."""
    ends = [end for line in lines for end in line.measure.values() if end is not None]
    zero = [0.0] if any(line.compares for line in lines) else []
    return min([*ends, *zero], default=0.0), max([*ends, *zero], default=0.0)


def _drawn(measure: Mapping[str, float | None], scale: tuple[float, float]) -> dict[str, float]:
    """Where a number, its limits and zero lie on the scale of all lines, in hundredths of its width."""
    lowest, highest = scale
    if not measure or lowest == highest:
        return {}
    told = {
        **{name: end for name, end in measure.items() if end is not None},
        **({"zero": 0.0} if lowest <= 0 <= highest else {}),
    }
    return {name: round(2 + 96 * (end - lowest) / (highest - lowest), 2) for name, end in told.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _write_table(lines: Sequence[Line], told: Mapping[str, Any], place: Path) -> None:
    """The same numbers as CSV, one row a report; what is not known is empty."""
    rows = [_cells(line, told["measure"], compares=bool(told["directions"])) for line in lines]
    with place.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(map(formula_free, [*told["columns"], *rows[0]]))
        for line, row in zip(lines, rows, strict=True):
            table.writerow(map(formula_free, [*line.values.values(), *row.values()]))


def _cells(line: Line, measure: str, *, compares: bool) -> dict[str, Any]:
    verdict, told = line.verdict, {"report": line.record.name, "made": "yes" if line.record.passed else "no"}
    sides = {side: verdict.get(side, {}).get("value") for side in ("before", "after")} if compares else {}
    number = {measure if end == "value" else end: line.measure.get(end) for end in ENDS} | {"unit": line.unit} if measure else {}
    found = {"direction": verdict.get("direction"), "adjusted p": line.adjusted, "grade": _grade(line)} if compares else {}
    said = {"band": line.record.band, "headline": line.answer.get("headline"), "reason": line.record.reason}
    return {**told, **sides, **number, **found, **said}


def _grade(line: Line) -> str:
    return str(line.verdict.get("grade", {}).get("grade", "")) if line.compares else ""
