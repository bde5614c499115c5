"""The templates of all pages and their style: light enough to be had without a notebook."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import jinja2

from kpikit import words

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> jinja2.Environment:
    """The templates, with everything escaped that is not marked as a page's own HTML."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"capital": words.capital, "amount": words.amount}
    return found


def seen(value: Any) -> Any:
    """A text in which a mark stands for whatever acts without being seen; anything else as it is.

    >>> seen("invoice\u202egnp.exe"), seen(1)
    ('invoice�gnp.exe', 1)
    """
    return words.visible(value) if isinstance(value, str) else value


def style(*further: str) -> str:
    """The style sheet, to stand inside a page, and what further sheets add to it."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", *further))


def printed_style(title: str, confidential: str = "", *further: str) -> str:
    """The style sheets of a page that is printed too: in the margin of every sheet of paper its title, the line that says who may
    read it, and its number.
    """
    rules = (
        f"@page {{ @top-left {{ content: {css_text(title)}; }} @bottom-left {{ content: {css_text(confidential)}; }} }}\n"
        "@page :first { @top-left { content: none; } }\n"
    )
    return style(*further, "print.css") + rules


def css_text(text: str) -> str:
    """A text as a style sheet holds it: every letter by its number, so that nothing in it can end the text or the sheet.

    >>> css_text("ab")
    '"\\\\61 \\\\62 "'
    """
    return '"' + "".join(f"\\{ord(letter):x} " for letter in " ".join(words.visible(text).split())) + '"'


def data_uri(mime: str, content: bytes) -> str:
    """Content as an address that a page holds in itself."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"
