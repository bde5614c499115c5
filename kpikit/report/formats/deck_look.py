"""The look of a deck: 16 to 9, in the colors of the house; and its file, which knows no clock."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml.ns import qn
from pptx.util import Inches

from kpikit.figures.chart import ACCENT, HUE, INK, MUTED
from kpikit.report.formats.deck_text import Box

WIDE, HIGH = 13.333, 7.5  # inches
TITLE, BODY = Box(0.6, 0.4, 12.1, 1.3), Box(0.6, 1.9, 12.1, 4.75)
COVER, UNDER = Box(0.6, 2.3, 12.1, 1.6), Box(0.6, 4.0, 12.1, 2.2)
FOOTER, NUMBER = Box(0.6, 6.9, 10.6, 0.35), Box(11.7, 6.9, 1.0, 0.35)
PLACES = {"title": TITLE, "body": BODY, "ftr": FOOTER, "sldNum": NUMBER, "ctrTitle": COVER, "subTitle": UNDER}
KEPT = (0, 1, 5)  # layouts of python-pptx's template: title slide, title and content, title only
LANGUAGE, FONT = "en-US", "Arial"
#: the theme's colors, so that what somebody adds by hand fits
THEME = {"dk1": INK, "dk2": INK, "accent1": HUE, "accent2": ACCENT, "accent3": MUTED, "accent4": INK}
SPOKEN = tuple(qn(f"a:{name}") for name in ("rPr", "defRPr", "endParaRPr"))  # what can name its language
START = (1980, 1, 1, 0, 0, 0)  # of every file in the package: a deck made twice is the same bytes


def rgb(color: str) -> RGBColor:
    """A color of the house as python-pptx names it."""
    return RGBColor.from_string(color.lstrip("#").upper())


def place(shape: Any, box: Box) -> None:
    """Puts a shape where it belongs."""
    shape.left, shape.top, shape.width, shape.height = inches(box)


def inches(box: Box) -> tuple[Inches, Inches, Inches, Inches]:
    """A place as python-pptx takes it."""
    return Inches(box.left), Inches(box.top), Inches(box.width), Inches(box.height)


def dress(deck: Any) -> list[Any]:
    """Dresses python-pptx's template; returns its layouts for a first slide, for texts, and with a title alone."""
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    every = list(deck.slide_layouts)
    for number, layout in enumerate(every):
        if number not in KEPT:
            deck.slide_layouts.remove(layout)
    master = deck.slide_master
    for owner in (master, *deck.slide_layouts):
        _arrange(owner, everything=owner is master)
    _style_master(master._element)
    _color_theme(master.part.part_related_by(RT.THEME))
    for owner, kind in ((deck.part, RT.PRINTER_SETTINGS), (deck.part.package, RT.THUMBNAIL)):
        for name in [name for name, rel in owner._rels.items() if rel.reltype == kind]:
            owner._rels.pop(name)
    return [every[number] for number in KEPT]


def _arrange(owner: Any, *, everything: bool) -> None:
    """Places of a master, and of a layout those that it has of its own; without the date, which would be the clock's."""
    for shape in list(owner.placeholders):
        kind = shape._element.find(".//" + qn("p:ph")).get("type")
        if kind == "dt":
            shape._element.getparent().remove(shape._element)
        elif kind in PLACES and (everything or shape._element.find(".//" + qn("a:xfrm")) is not None):
            place(shape, PLACES[kind])
        if kind in ("ftr", "subTitle"):
            for level in shape._element.iter(qn("a:lvl1pPr")):
                level.set("algn", "l")


def _style_master(master: Any) -> None:
    """Titles at the left; first paragraphs plain, second ones with a point."""
    styles = (("title", 1), ("body", 1), ("body", 2))
    heading, plain, point = (master.find(f".//{qn(f'p:{name}Style')}/{qn(f'a:lvl{level}pPr')}") for name, level in styles)
    heading.set("algn", "l")
    for body in master.iter(qn("a:bodyPr")):
        if body.find(qn("a:normAutofit")) is not None:
            body.set("anchor", "t")
    plain.set("marL", "0")
    plain.set("indent", "0")
    plain.remove(plain.find(qn("a:buFont")))
    plain.replace(plain.find(qn("a:buChar")), etree.Element(qn("a:buNone")))
    point.set("marL", "285750")
    point.find(qn("a:buChar")).set("char", "•")


def _color_theme(part: Any) -> None:
    theme = etree.fromstring(part.blob)
    for name, color in THEME.items():
        found = theme.find(f".//{qn(f'a:{name}')}")
        for child in list(found):
            found.remove(child)
        etree.SubElement(found, qn("a:srgbClr"), val=color.lstrip("#"))
    for latin in theme.find(f".//{qn('a:fontScheme')}").iter(qn("a:latin")):
        latin.set("typeface", FONT)
    part._blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)


def saved(deck: Any) -> bytes:
    """The deck's file, with its language on every text, and without the time at which it was written."""
    for part in deck.part.package.iter_parts():
        for text in part._element.iter(qn("a:r")) if hasattr(part, "_element") else ():
            text.get_or_add_rPr()
        for text in part._element.iter(*SPOKEN) if hasattr(part, "_element") else ():
            text.set("lang", LANGUAGE)
    written, timeless = io.BytesIO(), io.BytesIO()
    deck.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, START)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return timeless.getvalue()
