"""The sections of an executed question's notebook, as HTML: its prose, its figures with their words, the numbers folded."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from kpikit import words
from kpikit.answer import MIME, readable_html
from kpikit.report.behind import numbers, shown_behind
from kpikit.report.cells import clean, figure, output_html, scrolled, sections
from kpikit.report.notebook import Executed
from kpikit.report.templating import data_uri

if TYPE_CHECKING:
    from kpikit.report.told import Shown

#: what is there for who wants it: a plain frame, and a KPI's long card
CARD = 'class="kpikit card"'
FOLDED = {'class="dataframe"': "the numbers", CARD: "the definition, its variants and its 12 attributes"}
#: what a before/after says beside its table: the levels of its ends, the relative change, marks and window
BESIDE = {"before_after": ("ends", "relative", "seen", "marks", "window")}
BEHIND, SENTENCE = '<details class="behind', '<div class="shown"><p>'
HEADING = re.compile(r"<(/?)h([1-5])>")


def sections_of(executed: Executed, charts: Sequence[Shown]) -> list[dict[str, Any]]:
    """The notebook's sections without title and story, told already; of the first answer, told first, only the table."""
    left, answer = iter(charts), executed.first("answer")

    def show(output: Mapping[str, Any]) -> str:
        return "" if shown_behind(output, charts) else _output(output, left, answer)

    found = sections(executed.node.cells[1:], show, _tells("case"))
    return [
        {**section, "text": HEADING.sub(_one_lower, section["text"]), "shown": _said_first(section["shown"]),
         "aside": _aside(section["shown"])} for section in found
    ]  # fmt: skip


def _said_first(shown: Sequence[str]) -> list[str]:
    """What was shown, with the sentence that says what a figure shows before the numbers behind it."""
    told = [*shown]
    for place, output in enumerate(told[:-1]):
        picture, mark, behind = output.partition(BEHIND)
        if mark and told[place + 1].startswith(SENTENCE):
            told[place : place + 2] = [picture, told[place + 1] + mark + behind]
    return told


def _aside(shown: Sequence[str]) -> bool:
    """Whether a section is there to look things up on the screen: its card is no part of what is printed."""
    return bool(shown) and all(CARD in output for output in shown)


def _one_lower(heading: re.Match[str]) -> str:
    """A heading of the notebook under the page's own: they stay in order."""
    return f"<{heading[1]}h{int(heading[2]) + 1}>"


def _tells(kind: str) -> Callable[[Any], bool]:
    """Whether a cell shows a value of a kind."""
    return lambda cell: any(output.get("data", {}).get(MIME, {}).get("type") == kind for output in cell.get("outputs", ()))


def _output(output: Mapping[str, Any], charts: Iterator[Shown], answer: Mapping[str, Any]) -> str:
    data = output.get("data", {})
    shown = data.get(MIME, {})
    if shown.get("type") == "answer" and shown["question"] == answer["question"]:
        frame = pd.DataFrame(shown["table"]["rows"], columns=shown["table"]["columns"])
        beside = "".join(f"<p>{html.escape(text)}</p>" for text in _beside(shown))
        return beside + scrolled(clean(readable_html(frame, shown["verdict"]["unit"])))
    if shown.get("type") == "chart":
        chart = next(charts)
        return figure(chart.alt, data_uri("image/svg+xml", chart.svg.encode())) + numbers(chart, answer["verdict"]["unit"])
    if 'class="dataframe"' in data.get("text/html", "") and "<td" not in data["text/html"]:
        return ""  # of an empty frame only the names of its columns would be seen
    folded = next((name for mark, name in FOLDED.items() if mark in data.get("text/html", "")), "")
    return f"<details><summary>{folded}</summary>{output_html(output)}</details>" if folded else output_html(output)


def _beside(answer: Mapping[str, Any]) -> list[str]:
    return list(filter(None, (words.PARTS[part](answer["verdict"]) for part in BESIDE.get(answer["question"], ()))))
