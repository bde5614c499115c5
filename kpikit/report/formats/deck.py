"""A deck: slides of 16 to 9 in the colors of the house, each with its message as title, its notes, a footer and a number."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from kpikit import words
from kpikit.figures.chart import HUE, INK, MUTED
from kpikit.report.formats.deck_look import BODY, COVER, LANGUAGE, TITLE, dress, inches, place, rgb, saved
from kpikit.report.formats.deck_tables import by_slide, draw_table, laid_out, texts_of
from kpikit.report.formats.deck_text import (
    LONGEST,
    Box,
    Line,
    body_size,
    clean,
    height_of,
    line_count,
    one_line,
    pages,
    shortened,
    title_size,
)

LOGO = Box(10.4, 0.5, 2.3, 1.1)
LOOKS = {"plain": (0, INK, False), "point": (1, INK, False), "heading": (0, MUTED, True)}  # level, color, bold
CARD, CARD_HIGH, GAP = "#eef3f8", 1.75, 0.2
FEW = 4  # cards side by side, up to which their letters are larger
FOOT = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
MOST_ROWS = 40  # of a table; the report's own holds them all
CAPTION_SIZES, CAPTION_HIGH, CAPTION_LETTERS = (14, 12, 11), 1.3, 620


class Deck:
    """A presentation that is filled slide by slide, and saved once."""

    def __init__(self, footer: str, made_on: datetime) -> None:
        self.made_on, self._footer, self._titles = made_on, one_line(footer), dict[str, int]()
        self._deck = Presentation()
        self._layouts = dress(self._deck)
        self._captions: dict[int, tuple[list[Line], int, Box]] = {}

    def cover(self, title: str, lines: Sequence[str], notes: str, logo: Path | None, logo_of: str) -> None:
        """The first slide: title, what stands under it, and a logo."""
        slide = self._slide(0, title, notes, COVER)
        _write(slide.placeholders[1].text_frame, [Line(text) for text in lines], 20)
        if logo:
            fit_picture(slide, logo, LOGO, f"Logo of {logo_of}" if logo_of else "Logo", right=True)
        self._foot(slide)

    def texts(self, title: str, lines: Sequence[Line], notes: str) -> None:
        """One slide of paragraphs, or several where they do not fit one."""
        every = pages(lines, BODY) if lines else [[]]
        size = min(body_size(part, BODY) for part in every)
        for number, part in enumerate(every, start=1):
            slide = self._slide(1 if part else 2, title + _of(number, len(every)), notes)
            if part:
                _write(slide.placeholders[1].text_frame, part, size)
            self._foot(slide)

    def cards(self, title: str, tiles: Sequence[tuple[str, str, str]], lines: Sequence[Line], notes: str) -> None:
        """The few numbers that are read first, and paragraphs under them; those that do not fit go on to another slide."""
        slide = self._slide(1, title, notes)
        body = slide.placeholders[1]
        top = BODY.top + (1.95 if tiles else 0)
        box = Box(BODY.left, top, BODY.width, BODY.top + BODY.height - top)
        first, *rest = pages(lines, box)
        place(body, box)
        _write(body.text_frame, first, body_size(first, box))
        for number, tile in enumerate(tiles):
            _card(slide, tile, number, len(tiles))
        slide.shapes._spTree.append(body._element)  # read after the numbers that stand above it
        self._foot(slide)
        if rest:
            self.texts(f"{title} (further)", [line for page in rest for line in page], notes)

    def drawn(self, title: str, caption: str, notes: str) -> tuple[Any, Box]:
        """A slide for a chart with a caption under it; returns the slide, and the place that is left for the chart."""
        slide = self._slide(2, title, notes)
        caption = shortened(one_line(caption), CAPTION_LETTERS)
        lines = [Line(caption)] if caption else []
        size = next((size for size in CAPTION_SIZES if height_of(lines, BODY.width, size) <= CAPTION_HIGH), CAPTION_SIZES[-1])
        high = height_of(lines, BODY.width, size)
        box = Box(BODY.left, BODY.top - 0.1, BODY.width, BODY.height - high)
        self._captions[slide.slide_id] = (lines, size, Box(BODY.left, box.top + box.height, BODY.width, high + 0.1))
        return slide, box

    def captioned(self, slide: Any) -> None:
        """Puts the caption under what was drawn, and ends the slide."""
        lines, size, box = self._captions.pop(slide.slide_id)
        if lines:
            _write(_text_box(slide, box, "Caption"), lines, size, MUTED)
        self._foot(slide)

    def table(self, title: str, frame: pd.DataFrame, alt: str, notes: str) -> None:
        """A native table over as many slides as its rows need; of very many the first, and how many there are beside them."""
        told = texts_of(frame.head(MOST_ROWS))
        widths, size = laid_out(told)
        parts = by_slide(told, widths, size)
        for number, part in enumerate(parts, start=1):
            slide = self._slide(2, title + _of(number, len(parts)), notes)
            draw_table(slide, part, widths, size, alt)
            if number == len(parts) and len(frame) > MOST_ROWS:
                more = f"and {words.amount(len(frame) - MOST_ROWS)} more rows in the report's own table"
                _write(_text_box(slide, Box(BODY.left, 6.5, BODY.width, 0.35), "More rows"), [Line(more)], 12, MUTED)
            self._foot(slide)

    def save(self, file: Path, properties: dict[str, str]) -> None:
        """Writes the deck: the same bytes whenever it is made."""
        core = self._deck.core_properties
        for name, text in properties.items():
            setattr(core, name, shortened(one_line(text), 250))
        core.created = core.modified = self.made_on
        core.revision, core.language = 1, LANGUAGE
        file.write_bytes(saved(self._deck))

    def _slide(self, layout: int, title: str, notes: str, box: Box = TITLE) -> Any:
        """A slide with its message; a message that was told before gets a number, as no two slides are called the same."""
        slide = self._deck.slides.add_slide(self._layouts[layout])
        text = one_line(title)
        self._titles[text] = seen = self._titles.get(text, 0) + 1
        whole = text if seen == 1 else f"{text} ({seen})"
        said = shortened(whole, LONGEST)
        size = title_size(said, box) if box is TITLE else 36 if len(said) < 80 else 28
        _write(slide.shapes.title.text_frame, [Line(said)], size, bold=True)
        slide.notes_slide.notes_text_frame.text = clean((whole + "\n\n" if said != whole else "") + notes)
        return slide

    def _foot(self, slide: Any) -> None:
        """Footer and number, which python-pptx leaves on the layout."""
        for shape in slide.slide_layout.placeholders:
            if shape.placeholder_format.type in FOOT:
                slide.shapes._spTree.append(deepcopy(shape._element))
        footer = next(shape for shape in slide.placeholders if shape.placeholder_format.type == PP_PLACEHOLDER.FOOTER)
        _write(footer.text_frame, [Line(shortened(self._footer, 140))], 10, MUTED)


def _text_box(slide: Any, box: Box, name: str) -> Any:
    shape = slide.shapes.add_textbox(*inches(box))
    shape.name = name
    shape.text_frame.word_wrap = True
    return shape.text_frame


def _write(frame: Any, lines: Iterable[Line], size: float, color: str = "", *, bold: bool = False) -> None:
    """Paragraphs at a size that was chosen to fit; PowerPoint is not asked to shrink them."""
    frame.auto_size = MSO_AUTO_SIZE.NONE
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        level, own, strong = LOOKS[line.look]
        paragraph.level = level
        paragraph.space_before = Pt(0 if number == 0 else 0.4 * size)
        _run(paragraph, one_line(line.text), size, color or own, bold=bold or strong)


def _card(slide: Any, tile: Sequence[str], number: int, count: int) -> None:
    """A number with its name above it and a remark under it."""
    width = (BODY.width - GAP * (count - 1)) / count
    box = Box(BODY.left + number * (width + GAP), BODY.top, width, CARD_HIGH)
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *inches(box))
    shape.name = f"Number {number + 1}"
    shape._element.remove(shape._element.find(qn("p:style")))  # which brings a shadow
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(CARD)
    shape.line.fill.background()
    frame = shape.text_frame
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, MSO_ANCHOR.TOP
    name, value, remark = (one_line(text) for text in tile)
    large = next((size for size in (30, 26, 22, 18, 15) if line_count(value, width - GAP, size * 1.15) == 1), 13)
    small = 12 if count <= FEW else 11
    left = (CARD_HIGH * 72 - 10) / (1.2 * small) - large / small - min(line_count(name, width - GAP, small), 2)
    rows = ((name, small, MUTED, 2), (value, large, HUE, 2), (remark, small, INK, int(left)))
    for row, (text, size, color, most) in enumerate(rows):
        paragraph = frame.add_paragraph() if row else frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.LEFT
        _run(paragraph, _to_fit(text, width - GAP, size, most), size, color, bold=color == HUE)


def _to_fit(text: str, width: float, size: float, most: int) -> str:
    """A text cut to its most lines."""
    while line_count(text, width, size) > most:
        text = shortened(text, len(text) * 4 // 5)
    return text


def _run(paragraph: Any, text: str, size: float, color: str, *, bold: bool) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, rgb(color)


def _of(number: int, count: int) -> str:
    return f" ({number} of {count})" if count > 1 else ""


def fit_picture(slide: Any, file: Path | bytes, box: Box, alt: str, *, right: bool = False) -> None:
    """A picture as large as its place lets it be, in its middle or at its right end."""
    whole = (Inches(box.left), Inches(box.top))
    picture = slide.shapes.add_picture(io.BytesIO(file) if isinstance(file, bytes) else str(file), *whole)
    scale = min(Inches(box.width) / picture.width, Inches(box.height) / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    free = Inches(box.width) - picture.width
    picture.left = Inches(box.left) + (free if right else free // 2)
    picture._element.nvPicPr.cNvPr.set("descr", clean(alt))
