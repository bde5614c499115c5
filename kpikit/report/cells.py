"""What a notebook's cells say and showed, as HTML in which nothing acts: text, outputs, the code to fold behind them."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mistune
import nh3

from kpikit.report.templating import data_uri

#: what a displayed object may bring into a page; everything else, and every attribute but these, is taken out
TAGS = {
    "div", "p", "span", "strong", "em", "b", "i", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "h1", "h2", "h3", "h4", "h5", "h6", "code", "pre", "details", "summary", "figure", "figcaption",
}  # fmt: skip
ATTRIBUTES = {"*": {"class"}, "th": {"class", "scope", "colspan", "rowspan"}, "td": {"class", "colspan", "rowspan"}}
NOT_DESCRIBED = "a figure without a description"
PNG = "image/png"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PART = re.compile(r"<(thead|tbody)[^>]*>.*?</\1>", re.DOTALL)
UNSCOPED = re.compile(r"<th(?=[ >])(?![^>]*\bscope=)")
EMPTY = re.compile(r"<th[^>]*>\s*</th>")
TEXT = re.compile(r">[^<]+")
LONG_WORD = re.compile(r"[^\s<>&;]{41,}")  # pushes the other columns off a sheet of paper
LETTERS = re.compile(r".{20}")  # after which it may go on below; numbers are shorter, and never broken


def clean(fragment: str) -> str:
    """HTML that a notebook displayed, without scripts, styles, links, images and forms; each header says what it heads.

    >>> clean("<p onclick='x()'>good<script>bad()</script></p>")
    '<p>good</p>'
    """
    return PART.sub(_headed, nh3.clean(fragment, tags=TAGS, attributes=ATTRIBUTES, link_rel=None))


def _headed(part: re.Match[str]) -> str:
    """A part of a table whose headers name their column or row; an empty one, as pandas writes over its index, is none."""
    side = "col" if part[1] == "thead" else "row"
    return EMPTY.sub("<td></td>", UNSCOPED.sub(f'<th scope="{side}"', TEXT.sub(_breakable, part[0])))


def _breakable(text: re.Match[str]) -> str:
    """A text whose very long words may be broken."""
    return LONG_WORD.sub(lambda word: LETTERS.sub(r"\g<0><wbr>", word[0]), text[0])


def scrolled(fragment: str) -> str:
    """What a notebook displayed; a table in it, which may be wider than the page, can be scrolled without a mouse."""
    reached = ' role="group" aria-label="table" tabindex="0"' if "<table" in fragment else ""
    return f'<div class="shown"{reached}>{fragment}</div>'


def markdown(source: str) -> str:
    """The HTML of a text cell; HTML inside it is shown as text."""
    return clean(str(mistune.create_markdown(escape=True, plugins=["table"])(source)))


def figure(alt: str, address: str) -> str:
    """A picture with its description."""
    return f'<figure tabindex="0"><img alt="{html.escape(alt)}" src="{address}"></figure>'


def output_html(output: Mapping[str, Any]) -> str:
    """What an output showed: a PNG, else cleaned HTML, else its text; empty where it has none of them.

    Other kinds, as diagrams, scripts, formulas, SVG and widgets, are shown by the text that comes with them.
    """
    if picture := png(output):
        return figure(described(output), data_uri(PNG, picture))
    data = output.get("data", {})
    if shown := _text(data.get("text/html")):
        return scrolled(clean(shown))
    text = _text(data.get("text/plain")) or _text(output.get("text"))
    return f"<pre>{html.escape(text)}</pre>" if text else ""


def png(output: Mapping[str, Any]) -> bytes:
    """The PNG that an output showed, empty where there is none; what only says that it is one is none."""
    try:
        content = base64.b64decode(_text(output.get("data", {}).get(PNG)))
    except (binascii.Error, ValueError):
        return b""
    return content if content.startswith(SIGNATURE) else b""


def described(output: Mapping[str, Any]) -> str:
    """The description that came with a figure."""
    told = output.get("metadata", {}).get(PNG, {})
    return (_text(told.get("alt")) if isinstance(told, Mapping) else "") or NOT_DESCRIBED


def sections(
    cells: Iterable[Any],
    show: Callable[[Mapping[str, Any]], str] = output_html,
    told_already: Callable[[Any], bool] = lambda cell: False,
) -> list[dict[str, Any]]:
    """The sections of a notebook, each the `text` of a cell, what was `shown` under it, and its `code`.

    Of a cell that tells what is `told_already`, only the code stays; its heading goes.
    """
    found: list[dict[str, Any]] = [{"text": "", "shown": [], "code": []}]
    for cell in cells:
        if cell.cell_type == "markdown":
            found.append({"text": markdown(cell.source), "shown": [], "code": []})
        elif told_already(cell):
            found = found[:-1] or found
            found[-1]["code"].append(cell.source)
        elif cell.cell_type == "code" and cell.source.strip():
            found[-1]["code"].append(cell.source)
            found[-1]["shown"] += filter(None, map(show, cell.outputs))
    return found


def _text(value: Any) -> str:
    """A text of an output, which may come in lines; what a cell put there that is none is nothing."""
    return value if isinstance(value, str) else "".join(map(str, value)) if isinstance(value, list) else ""
