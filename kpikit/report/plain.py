"""The report of a notebook that asks no case: its text and outputs as a page, its figures, its record."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nh3

from kpikit.report.cells import png, sections
from kpikit.report.notebook import Executed
from kpikit.report.record import Record
from kpikit.report.templating import environment, printed_style
from kpikit.report.told import Origin

HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
QUESTION = "Notebooks of your own"  # under this heading the index lists them


def plain_page(executed: Executed, provenance: Origin, warnings: Sequence[str]) -> str:
    """The whole page as HTML text: title, what has to be looked at, the parameters given, what the notebook says and showed."""
    title, told = _titled(executed, provenance.notebook)
    template = environment().get_template("plain.html.j2")
    return template.render(
        title=title, warnings=warnings, sections=told, provenance=provenance, figures=any(_pngs(executed)),
        style=printed_style(title),
    )  # fmt: skip


def write_figures(executed: Executed, folder: Path) -> list[Path]:
    """Writes every PNG that was shown into a folder, made where there is any; returns their paths, in order."""
    written = []
    for number, picture in enumerate(_pngs(executed), start=1):
        folder.mkdir(exist_ok=True)
        written.append(folder / f"{number}.png")
        written[-1].write_bytes(picture)
    return written


def plain_record(executed: Executed, name: str, notebook: str, warnings: Sequence[str]) -> Record:
    """How such a run ended; `notebook` is its file's name, which is its title where no heading is."""
    title, _ = _titled(executed, notebook)
    picture = "figures/1.png" if any(_pngs(executed)) else ""
    return Record(name, True, title=title, warnings=tuple(warnings), picture=picture, question=QUESTION)


def _pngs(executed: Executed) -> list[bytes]:
    return [found for cell in executed.node.cells for output in cell.get("outputs", []) if (found := png(output))]


def _titled(executed: Executed, name: str) -> tuple[str, list[dict[str, Any]]]:
    """The first heading of the text, and the sections without it; the metadata's title is whatever anybody wrote there."""
    told = sections(executed.node.cells)
    for section in told:
        if found := HEADING.search(section["text"]):
            section["text"] = section["text"].replace(found[0], "", 1).strip()
            return html.unescape(nh3.clean(found[2], tags=set())).strip() or name, told
    return name, told
