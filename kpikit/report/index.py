"""The index of all runs: verdict, band and a small picture of each, failed ones with their reason. It reads records alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kpikit.report.placing import settle, written_beside
from kpikit.report.record import CATALOGUE, Record, read_records
from kpikit.report.templating import environment, style

FAILED = "Not made"


@dataclass(frozen=True)
class Entry:
    """One report on the page, or all that belong to one grid: a record, the address of its page, and the grid's parts."""

    record: Record
    link: str
    parts: tuple[Entry, ...] = ()


def write_index(out: Path) -> Path:
    """Writes `index.html` of a folder of reports from the records of their last runs; returns its path.

    The same records give the same bytes. Raises ReportError where the disk is full.
    """
    found = read_records(out)
    grids = {record.of for record in found}  # whose own records stand for overviews, not for reports
    reports = [record for record in found if record.name not in grids]
    page = environment().get_template("index.html.j2").render(
        sections=list(_sections(found, out)), count=len(reports), failed=sum(not record.passed for record in reports),
        style=style(), catalogue=_page(out, CATALOGUE),
    )  # fmt: skip
    with written_beside(out / "index.html") as draft:
        draft.write_text(page, encoding="utf-8", errors="xmlcharrefreplace", newline="\n")
        settle(draft)
    return out / "index.html"


def _sections(found: Sequence[Record], out: Path) -> Iterator[tuple[str, list[Entry]]]:
    """What failed, then what was made under the question that it asks, in the order of the alphabet."""
    failed = [Entry(record, _page(out, record.name)) for record in found if not record.passed]
    if failed:
        yield FAILED, failed
    entries = _entries([record for record in found if record.passed], out)
    for asked in sorted({entry.record.question for entry in entries}):
        yield asked, [entry for entry in entries if entry.record.question == asked]


def _entries(made: Sequence[Record], out: Path) -> list[Entry]:
    """One entry for each report and for each grid, by name; a grid's reports stand behind its own entry."""
    parts = {grid: [record for record in made if record.of == grid] for grid in {record.of for record in made} - {""}}
    heads = {record.name: record for record in made if not record.of}
    heads |= {grid: heads.get(grid, _overview(grid, behind)) for grid, behind in parts.items()}
    return [
        Entry(record, _page(out, name), tuple(Entry(part, _page(out, part.name)) for part in parts.get(name, ())))
        for name, record in sorted(heads.items())
    ]


def _overview(grid: str, parts: Sequence[Record]) -> Record:
    """What stands for a grid that has no record of its own: the title that its reports share, and the picture of the first."""
    first = parts[0]
    title = first.title if len({part.title for part in parts}) == 1 else grid
    return Record(grid, True, title=title, question=first.question, data_note=first.data_note, thumbnail=first.thumbnail)


def _page(out: Path, name: str) -> str:
    """The address of a report's page where one stands: after a failed run it is an earlier one."""
    return f"{quote(name)}/index.html" if (out / name / "index.html").exists() else ""
