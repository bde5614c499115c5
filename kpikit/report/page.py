"""One HTML page a report: offline, no script, the story first, the notebook after it, where it came from last."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd

from kpikit import words
from kpikit.answer import MIME, readable_html
from kpikit.report.cells import clean, figure, output_html, sections
from kpikit.report.notebook import Executed
from kpikit.report.templating import data_uri, environment, style
from kpikit.report.told import BEFORE_AFTER, Shown, Told

#: what is there for who wants it: the plain frame behind a figure, and a KPI's long card
FOLDED = {'class="dataframe"': "the numbers", 'class="kpikit card"': "the definition, its variants and its 12 attributes"}


def report_page(told: Told, executed: Executed) -> str:
    """The whole page as HTML text."""
    template = environment().get_template("report.html.j2")
    sections = _sections(executed, iter(told.charts))
    return template.render(told=told, sections=sections, style=style(), of=quote(told.of))


def _beside(answer: Mapping[str, Any]) -> list[str]:
    """What a before/after says beside its table: the levels of its ends, the relative change, marks and window."""
    parts = ("ends", "relative", "seen", "marks", "window") if answer["question"] == BEFORE_AFTER else ()
    return list(filter(None, (words.PARTS[part](answer["verdict"]) for part in parts)))


def _sections(executed: Executed, charts: Iterator[Shown]) -> list[dict[str, Any]]:
    """The notebook's sections, without title and story, told already; of the first answer, told first, only the table."""
    told_above = executed.first("answer")["question"]
    return sections(
        executed.node.cells[1:],
        lambda output: _output(output, charts, told_above),
        lambda cell: cell.cell_type == "code" and _tells(cell, "case"),
    )


def _tells(cell: Any, kind: str) -> bool:
    return any(output.get("data", {}).get(MIME, {}).get("type") == kind for output in cell.outputs)


def _output(output: Mapping[str, Any], charts: Iterator[Shown], told_above: str) -> str:
    data = output.get("data", {})
    shown = data.get(MIME, {})
    if shown.get("type") == "answer" and shown["question"] == told_above:
        frame = pd.DataFrame(shown["table"]["rows"], columns=shown["table"]["columns"])
        beside = "".join(f"<p>{html.escape(text)}</p>" for text in _beside(shown))
        return f'{beside}<div class="shown">{clean(readable_html(frame, shown["verdict"]["unit"]))}</div>'
    if shown.get("type") == "chart":
        chart = next(charts)
        return figure(chart.alt, data_uri("image/svg+xml", chart.svg.encode()))
    folded = next((name for mark, name in FOLDED.items() if mark in data.get("text/html", "")), "")
    return f"<details><summary>{folded}</summary>{output_html(output)}</details>" if folded else output_html(output)
