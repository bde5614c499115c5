"""Tables of a deck: native ones, as wide as their texts ask for, over as many slides as their rows need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Inches, Pt

from kpikit.figures.chart import INK
from kpikit.report.formats.deck_look import BODY, inches, rgb
from kpikit.report.formats.deck_text import Box, clean, line_count, one_line, shortened

SIZES = (14, 12, 11, 10)
SPLIT = 2  # the size of a table that needs several slides anyway
BOLD = 0.62  # of its size: the width of a bold letter
PAD = 0.2  # inches beside a cell's text
LETTERS = 46  # of a cell, that widen its column
ONE_LINE = 110  # letters of all columns together up to which no cell is broken
LONGEST = 200  # letters that a cell holds
ROWS = 12  # that a slide should hold, so that a table is small enough to be read and large enough to be one
Row = Sequence[str]


def texts_of(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of texts as a slide can hold them, without columns that hold nothing."""
    filled = frame.loc[:, [any(str(cell) for cell in frame[name]) for name in frame]]
    told = filled.map(lambda cell: shortened("\n".join(map(one_line, clean(cell).split("\n"))), LONGEST))
    flat = told.map(one_line)
    wide = sum(max([len(str(name)), *flat.iloc[:, at].str.len()]) for at, name in enumerate(flat))
    names = [shortened(one_line(name), LETTERS) for name in told.columns]
    return (flat if wide <= ONE_LINE else told).set_axis(names, axis=1)


def laid_out(frame: pd.DataFrame) -> tuple[list[float], int]:
    """The widths of a table's columns in inches, so that no word is broken, and the size of its letters."""
    columns = [[str(name), *map(str, frame.iloc[:, at])] for at, name in enumerate(frame)]
    words = [max(len(word) for cell in cells for word in cell.split() or [""]) for cells in columns]
    lines = [min(max(len(line) for cell in cells for line in cell.split("\n")), LETTERS) for cells in columns]
    found = []
    for size in SIZES:
        letter = size * BOLD / 72
        least = [PAD + letter * word for word in words]
        more = [letter * max(line - word, 0) + 0.01 for line, word in zip(lines, words, strict=True)]
        share = max(BODY.width - sum(least), 0.0) / sum(more)
        scale = min(BODY.width / sum(least), 1.0)  # of words that are wider than the slide
        found.append(([scale * low + share * part for low, part in zip(least, more, strict=True)], size))
        if scale == 1 and sum(_heights(frame.head(ROWS), *found[-1])) <= BODY.height:
            return found[-1]
    return found[SPLIT if sum(PAD + SIZES[SPLIT] * BOLD / 72 * word for word in words) <= BODY.width else -1]


def by_slide(frame: pd.DataFrame, widths: Sequence[float], size: int) -> list[pd.DataFrame]:
    """The rows of a table that fit one slide each."""
    head, *heights = _heights(frame, widths, size)
    ends, high = [0], head
    for number, height in enumerate(heights):
        if high + height > BODY.height and number > ends[-1]:
            ends.append(number)
            high = head
        high += height
    return [frame.iloc[start:end] for start, end in zip(ends, [*ends[1:], len(frame)], strict=True)]


def _heights(frame: pd.DataFrame, widths: Sequence[float], size: int) -> list[float]:
    """How high the head and each row stand, in inches."""
    rows = [[str(name) for name in frame.columns], *frame.to_numpy().tolist()]
    return [
        max(line_count(cell, width - PAD, size) for cell, width in zip(row, widths, strict=True)) * size * 1.2 / 72 + 0.12
        for row in rows
    ]


def draw_table(slide: Any, frame: pd.DataFrame, widths: Sequence[float], size: int, alt: str) -> None:
    """The table on a slide, its first row marked as its head."""
    heights = _heights(frame, widths, size)
    box = Box(BODY.left, BODY.top, BODY.width, sum(heights))
    shape = slide.shapes.add_table(len(frame) + 1, len(frame.columns), *inches(box))
    shape.name = "Table"
    shape._element.nvGraphicFramePr.cNvPr.set("descr", clean(alt))
    for column, width in zip(shape.table.columns, widths, strict=True):
        column.width = Inches(width)
    rows = [[str(name) for name in frame.columns], *frame.to_numpy().tolist()]
    for number, (row, height, texts) in enumerate(zip(shape.table.rows, heights, rows, strict=True)):
        row.height = Inches(height)
        for cell, text in zip(row.cells, texts, strict=True):
            _fill(cell, text, size, head=number == 0)


def _fill(cell: Any, text: str, size: int, *, head: bool) -> None:
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.margin_left = cell.margin_right = Inches(PAD / 2)
    cell.margin_top = cell.margin_bottom = Inches(0.04)
    cell.text_frame.text = text
    for run in (run for paragraph in cell.text_frame.paragraphs for run in paragraph.runs):
        run.font.size, run.font.bold = Pt(size), head
        if not head:
            run.font.color.rgb = rgb(INK)
