"""The PDF, read back: it says what the page says, it is tagged and dated, nothing is fetched, and it is the same each time."""

import re
import socket
from html import unescape
from itertools import chain

import pandas as pd
import pypdf
import pytest
from pango import PANGO, WITHOUT
from PIL import Image
from told_again import told_by

from kpikit.answer import readable_html
from kpikit.report.cells import clean, scrolled
from kpikit.report.page import report_page
from kpikit.report.templating import printed_style

if not PANGO:
    pytest.skip(WITHOUT, allow_module_level=True)
from kpikit.report.formats import pdf

CONFIDENTIAL = 'Confidential: "for" <the> board \\ only'
SPACES = re.compile(r"\s+")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    logo = tmp_path_factory.mktemp("logo") / "logo.png"
    Image.new("RGB", (60, 20), "navy").save(logo)
    return told_by("targets", logo=logo, confidential=CONFIDENTIAL, author="Ada Lovelace")


@pytest.fixture(scope="module")
def place(told, tmp_path_factory):
    place = tmp_path_factory.mktemp("pdf") / "a.pdf"
    pdf.write(told, place)
    return place


@pytest.fixture(scope="module")
def read(place):
    return pypdf.PdfReader(place)


@pytest.fixture(scope="module")
def pages(read):
    return [bare(page.extract_text()) for page in read.pages]


def bare(text):
    """A text without its spaces, which lines of a page break elsewhere."""
    return SPACES.sub("", unescape(text))


def tagged(element, kind):
    """The elements of a kind below one of the structure, in order."""
    element = element.get_object()
    if not isinstance(element, dict):
        return []
    found = [element] if element.get("/S") == kind else []
    below = element.get("/K", [])
    return found + [one for child in (below if isinstance(below, list) else [below]) for one in tagged(child, kind)]


def titles(outline):
    return list(chain.from_iterable(titles(one) if isinstance(one, list) else [one["/Title"]] for one in outline))


def test_it_says_the_bottom_line_the_tiles_the_checks_and_how_it_was_counted(told, pages):
    text = "".join(pages)
    assert bare(told.headline) in pages[0]
    for tile in told.tiles:
        assert bare(tile["value"]) in pages[0]
    for said in [*told.counted, *(check["sentence"] for check in told.checks)]:
        assert bare(said).replace("-", "") in text.replace("-", "")


def test_every_figure_is_described_in_the_order_in_which_it_stands(told, read):
    root = read.trailer["/Root"]["/StructTreeRoot"]
    assert [figure["/Alt"] for figure in tagged(root, "/Figure")] == [
        f"Logo of {told.case['client']}", *(chart.alt for chart in told.charts),
    ]  # fmt: skip


def test_it_is_tagged_and_bears_its_language_title_author_and_the_day_of_the_data(told, read):
    root = read.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_object().get_data()
    said = read.metadata
    assert (said.title, said.author, said.subject, said.creator) == (told.title, "Ada Lovelace", told.headline, "kpikit")
    assert said["/CreationDate"].startswith(f"D:{told.series['as_of'].replace('-', '')[:8]}")
    assert said["/ModDate"] == said["/CreationDate"]


def test_its_bookmarks_are_the_headings_in_their_order(told, read):
    printed = re.sub(r'(?s)<div class="on-screen">.*?</details>', "", report_page(told).split("</style>")[1])
    headings = [unescape(re.sub(r"<[^>]+>", "", text)) for text in re.findall(r"(?s)<h[1-6][^>]*>(.*?)</h[1-6]>", printed)]
    assert titles(read.outline) == headings


def test_every_page_says_who_may_read_it_and_which_page_it_is(pages):
    assert len(pages) > 3
    for number, text in enumerate(pages, start=1):
        assert bare(CONFIDENTIAL) in text
        assert f"{number}/{len(pages)}" in text


def test_a_figure_stands_on_one_page_with_its_heading_and_the_sentence_that_says_what_it_shows(told, pages):
    for chart in told.charts:
        section = next(one for one in told.sections if any(chart.alt in unescape(shown) for shown in one["shown"]))
        heading = unescape(re.search(r"<h\d>(.*?)</h\d>", section["text"])[1])
        on = [number for number, text in enumerate(pages) if bare(chart.says).replace("-", "") in text.replace("-", "")]
        assert any(bare(heading) in pages[number] for number in on), heading


def test_the_code_and_what_is_for_the_screen_alone_are_not_printed(told, pages):
    code = next(line for section in told.sections for source in section["code"] for line in source.splitlines() if "kk." in line)
    assert bare(code) not in "".join(pages)
    assert "12attributes" not in "".join(pages)


def test_it_is_the_same_bytes_each_time(told, place, tmp_path):
    pdf.write(told, tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").read_bytes() == place.read_bytes()


def test_nothing_is_fetched_and_no_file_is_read(tmp_path, monkeypatch):
    Image.new("RGB", (9, 9), "red").save(tmp_path / "own.png")
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: asked.append(address) or [])
    links = ("http://127.0.0.1:9/a.png", "https://example.org/a.png", (tmp_path / "own.png").as_uri())
    page = "".join(f'<img src="{link}"><link rel="stylesheet" href="{link}">' for link in links) + "<p>a word</p>"
    pdf.write_page(f"<html lang='en'><head><title>t</title></head><body>{page}</body></html>", tmp_path / "a.pdf")
    read = pypdf.PdfReader(tmp_path / "a.pdf")
    assert asked == []
    assert "a word" in read.pages[0].extract_text()
    assert not read.pages[0].images


def test_a_very_long_name_leaves_the_other_columns_of_its_table_on_the_paper(tmp_path):
    table = clean(readable_html(pd.DataFrame({"segment": ["x" * 403], "value": [0.123], "band": ["on target"]}), "percent"))
    page = (
        f"<html lang='en'><head><title>t</title><style>{printed_style('t')}</style></head><body>{scrolled(table)}</body></html>"
    )
    pdf.write_page(page, tmp_path / "a.pdf")
    sheet, shown = pypdf.PdfReader(tmp_path / "a.pdf").pages[0], []
    sheet.extract_text(visitor_text=lambda text, scale, at, *_: shown.append((text, at[4] * scale[0])))
    starts = [left for text, left in shown if "12.3%" in text or "target" in text]
    assert len(starts) == 2
    assert all(0 < left < float(sheet.mediabox.right) for left in starts)
