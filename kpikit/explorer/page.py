"""The parts of the view as HTML: every text of the data is escaped, every picture has its words and its table."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

from kpikit import words
from kpikit.answer import Answer, readable_html
from kpikit.figures.chart import Chart

TOLD = 4  # sentences that stand open: the bottom line, how sure it is, what to do, what leads
STYLE = """<style>
.kpikit-explore { max-width: 72rem; }
.kpikit-explore p { margin: .4em 0; line-height: 1.45; max-width: 60rem; }
.kpikit-explore .headline { font-size: 1.15em; font-weight: 600; }
.kpikit-explore .notice, .kpikit-explore .refused { padding: .5em .8em; border-left: 4px solid #b3541e; background: #fdf3ec;
  color: #1f2933; }
.kpikit-explore .refused { border-color: #a12622; background: #fdeeee; }
.kpikit-explore img { max-width: 100%; height: auto; }
.kpikit-explore figure { margin: .5em 0; min-height: 20rem; }
.kpikit-explore figcaption { max-width: 60rem; }
.kpikit-explore summary { cursor: pointer; font-weight: 600; padding: .3em 0; }
.kpikit-explore .scroll { overflow-x: auto; }
.kpikit-explore table { border-collapse: collapse; margin: .4em 0; }
.kpikit-explore th, .kpikit-explore td { text-align: left; vertical-align: top; padding: .2em .8em .2em 0; }
.kpikit-explore tr.look td:first-child { font-weight: 700; }
.kpikit-explore textarea { font-family: monospace; }
</style>"""


def headline_html(text: str) -> str:
    """The bottom line, announced when it changes."""
    return f'<p class="headline" role="status" aria-live="polite">{escape(text)}</p>'


def refused_html(text: str) -> str:
    """Why there is no answer, announced at once."""
    return f'<p class="refused" role="alert">{escape(text)}</p>'


def verdict_html(answer: Answer) -> str:
    """What stands under the bottom line; all else, and the table of segments, can be unfolded."""
    first, rest = answer.sentences[1:TOLD], answer.sentences[TOLD:]
    table = readable_html(answer.table, answer.verdict["unit"]) if len(answer.table) else ""
    return _paragraphs(first) + _folded("All that it says, by segment", _paragraphs(rest) + _scrolled(table, "By segment"))


def checks_html(answer: Answer) -> str:
    """All checks, those that ask for attention told by their number."""
    marks = [check.mark for check in answer.checks]
    told = words.listed(f"{marks.count(mark)} {said}" for mark, said in (("look", "to look at"), ("passed", "passed"),
                        ("not checked", "not checked")) if mark in marks)  # fmt: skip
    return _folded(f"Checks: {told}", _scrolled(answer.checklist._repr_html_(), "Checks"))


def figure_html(chart: Chart) -> str:
    """The picture with its words, what it shows, and the numbers behind it."""
    picture = f'<img src="data:image/png;base64,{b64encode(chart.preview()).decode()}" alt="{escape(chart.alt)}">'
    table = readable_html(chart.table, str(chart.spec["unit"]))
    numbers = _folded("The numbers behind it", _scrolled(table, "The numbers behind the figure"))
    marked = _folded("Events and decisions", chart.remarks._repr_html_()) if chart.remarks.rows else ""
    return f"<figure>{picture}<figcaption>{_paragraphs([chart.says])}</figcaption></figure>{marked}{numbers}"


def message_html(text: str) -> str:
    """What became of a button that was pressed, announced."""
    return f'<p role="status" aria-live="polite">{escape(text)}</p>'


def notice_html(sentences: Iterable[str]) -> str:
    """What was tried, where it takes something back from the answer."""
    told = " ".join(sentences)
    return f'<p class="notice">{escape(told)}</p>' if told else ""


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _folded(title: str, html: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{html}</details>"


def _scrolled(table: str, name: str) -> str:
    """A table that may be wider than the window: it can be reached and moved by the keyboard."""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(name)}">{table}</div>' if table else ""
