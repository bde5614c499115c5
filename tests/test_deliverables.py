"""One run, four deliverables: page, PDF, deck and workbook, each read back, hold the same words and the same numbers."""

import html
import re

import openpyxl
import pptx
import pypdf
import pytest
from pango import needs_pango
from told_again import told_by

from kpikit.errors import ReportError
from kpikit.report import formats
from kpikit.report.formats import write_format
from kpikit.report.page import report_page

QUESTION = "before_after"
SPACES = re.compile(r"\s+")


def bare(text):
    """A text without spaces, which each format breaks elsewhere."""
    return SPACES.sub("", text)


def of_page(told, folder):
    page = report_page(told)
    body = re.sub(r"<(style|head)\b.*?</\1>", "", page, flags=re.S)
    return bare(html.unescape(re.sub(r"<[^>]+>", " ", body)))


def of_pdf(told, folder):
    write_format("pdf", told, folder / "a.pdf")
    return bare("".join(page.extract_text() for page in pypdf.PdfReader(folder / "a.pdf").pages))


def of_deck(told, folder):
    write_format("pptx", told, folder / "a.pptx")
    return bare(" ".join(text for slide in pptx.Presentation(folder / "a.pptx").slides for text in words_of(slide)))


def words_of(slide):
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)
    yield slide.notes_slide.notes_text_frame.text


def of_workbook(told, folder):
    write_format("xlsx", told, folder / "a.xlsx")
    book = openpyxl.load_workbook(folder / "a.xlsx", data_only=True)
    return bare(
        " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)
    )


READ = {"html": of_page, "pdf": of_pdf, "pptx": of_deck, "xlsx": of_workbook}


@pytest.fixture(scope="module")
def told():
    return told_by(QUESTION, client="Acme & Sons", author="Ada Lovelace", confidential="For Acme only")


@pytest.fixture(scope="module", params=[pytest.param(name, marks=needs_pango) if name == "pdf" else name for name in READ])
def read(request, told, tmp_path_factory):
    return READ[request.param](told, tmp_path_factory.mktemp("sent"))


def test_the_head_is_the_same(told, read):
    for text in (told.title, "Acme & Sons", "Ada Lovelace", "For Acme only", told.series["as_of"]):
        assert bare(text) in read


def test_verdict_grade_decision_and_every_tile_are_the_same(told, read):
    for text in (told.headline, *told.under_lead):
        assert bare(text) in read
    for tile in told.tiles:
        assert all(bare(tile[part]) in read for part in ("name", "value", "remark"))


def test_the_checks_and_how_it_was_counted_are_the_same(told, read):
    assert len(told.open_checks) >= 3
    assert len(told.counted) >= 5
    for text in (*(check["sentence"] for check in told.open_checks), *told.counted):
        assert bare(text) in read


def test_every_chart_is_told_in_words(told, read):
    assert len(told.charts) >= 6
    for chart in told.charts:
        assert bare(chart.says) in read


def test_the_counts_before_and_after_are_numbers_in_the_workbook(told, tmp_path):
    write_format("xlsx", told, tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx", data_only=True)
    cells = {
        cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if isinstance(cell, (int, float))
    }
    for side in (told.verdict[name] for name in ("before", "after")):
        assert {side["numerator"], side["denominator"]} <= cells
        assert any(abs(cell - side["numerator"] / side["denominator"]) < 1e-6 for cell in cells)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (
            ModuleNotFoundError("No module named 'weasyprint'", name="weasyprint"),
            "pdf: it is written by weasyprint, which is not installed; pip install 'kpikit[send]'",
        ),
        (
            OSError("cannot load library 'libpango-1.0-0'"),
            "pdf: weasyprint cannot load what it draws with; install the system's Pango, as Debian's libpango-1.0-0 and "
            "libpangoft2-1.0-0",
        ),
    ],
)
def test_what_a_format_needs_and_is_not_there_is_named(told, tmp_path, monkeypatch, missing, said):
    def refuse(name):
        raise missing

    monkeypatch.setattr(formats.importlib, "import_module", refuse)
    with pytest.raises(ReportError) as error:
        write_format("pdf", told, tmp_path / "a.pdf")
    assert str(error.value) == said
    assert list(tmp_path.iterdir()) == []
