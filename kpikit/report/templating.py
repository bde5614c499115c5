"""The templates of all pages and their style: light enough to be had without a notebook."""

from __future__ import annotations

import base64
from pathlib import Path

import jinja2

from kpikit import words

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> jinja2.Environment:
    """The templates, with everything escaped that is not marked as a page's own HTML."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["capital"] = words.capital
    return found


def style(*further: str) -> str:
    """The style sheet, to stand inside a page, and what further sheets add to it."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", *further))


def data_uri(mime: str, content: bytes) -> str:
    """Content as an address that a page holds in itself."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"
