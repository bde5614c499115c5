"""Texts of a deck: what may stand in its XML, how large it can be where it stands, and where it is broken over slides."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kpikit import words

SENTENCE = re.compile(r"(?<=[.!?])\s+(?=['\"A-Z0-9])")
WIDE = 0.53  # of its size: the width of a letter, on average; a bold text of capitals is wider, most are narrower
HIGH = 1.2  # of its size: the height of a line
BEFORE = 0.4  # of its size: the room before a paragraph
TITLE_SIZES, BODY_SIZES = (28, 24, 20, 18), (20, 18, 16, 14, 12)
READABLE = 14  # the smallest size of a text that goes on over several slides
LONGEST = 390  # letters of a title; the notes hold it whole


@dataclass(frozen=True)
class Line:
    """A paragraph: plain, a point of a list, or a heading over others."""

    text: str
    look: str = "plain"  # plain | point | heading


@dataclass(frozen=True)
class Box:
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float


def clean(text: object) -> str:
    """A text as XML can hold it, in which nothing turns the direction of what follows."""
    return words.visible(str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n"))


def one_line(text: object) -> str:
    """A cleaned text without line breaks."""
    return " ".join(clean(text).split())


def first_sentence(text: str) -> tuple[str, str]:
    """A text's first sentence, and the rest.

    >>> first_sentence("It rose by 6.7 pp. The rest is told below.")
    ('It rose by 6.7 pp.', 'The rest is told below.')
    """
    first, *rest = SENTENCE.split(one_line(text), maxsplit=1)
    return first, "".join(rest)


def shortened(text: str, letters: int) -> str:
    """A text with its end left out where it is too long."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def line_count(text: str, width: float, size: float) -> int:
    """How many lines a text takes at a width in inches and a size in points; letters of the Far East count twice."""
    letters = max(int(width * 72 / (size * WIDE)), 1)
    wide = sum(mark > "\u2e7f" for mark in text)
    wrapped = sum(max(len(textwrap.wrap(part, letters)), 1) for part in text.split("\n"))
    return max(wrapped, -(-(len(text) + wide) // letters) if wide else 0)


def height_of(lines: Sequence[Line], width: float, size: float) -> float:
    """How high paragraphs stand, in inches."""
    rows = sum(line_count(line.text, width - (0.3 if line.look == "point" else 0), size) for line in lines)
    return (rows * HIGH + len(lines) * BEFORE) * size / 72


def title_size(text: str, box: Box) -> int:
    """The largest size at which a title fits its place."""
    return next((size for size in TITLE_SIZES if line_count(text, box.width, size) * size * HIGH / 72 <= box.height), 16)


def body_size(lines: Sequence[Line], box: Box) -> int:
    """The largest size at which paragraphs fit their place, else the smallest."""
    return next((size for size in BODY_SIZES if height_of(lines, box.width, size) <= box.height), BODY_SIZES[-1])


def pages(lines: Sequence[Line], box: Box) -> list[list[Line]]:
    """The paragraphs by slide, on as few slides as can be read, in letters as large as these few allow."""
    if height_of(lines, box.width, BODY_SIZES[-1]) <= box.height:
        return [list(lines)]
    fewest = len(_split(lines, box, READABLE))
    return next(parts for size in BODY_SIZES if len(parts := _split(lines, box, size)) == fewest)


def _split(lines: Sequence[Line], box: Box, size: int) -> list[list[Line]]:
    """The paragraphs that fit a slide each at a size; a heading stays with what follows it."""
    found: list[list[Line]] = [[]]
    for line in (part for whole in lines for part in _cut(whole, box, size)):
        if found[-1] and height_of([*found[-1], line], box.width, size) > box.height:
            found.append([found[-1].pop()] if found[-1][-1].look == "heading" and len(found[-1]) > 1 else [])
        found[-1].append(line)
    return found


def _cut(line: Line, box: Box, size: int) -> list[Line]:
    """A paragraph in parts that each fit a slide."""
    letters = int(box.width * 72 / (size * WIDE)) * int(box.height * 72 / (size * HIGH) * 0.8)
    return [replace(line, text=part) for part in textwrap.wrap(line.text, letters) or [line.text]]
