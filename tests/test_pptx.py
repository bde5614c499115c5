"""A report as a deck: read back by python-pptx, it tells what the report tells, in charts that can be edited, and runs nothing."""

import base64
import io
import time
import zipfile
from dataclasses import replace
from datetime import datetime
from functools import cache
from types import SimpleNamespace

import nbformat
import openpyxl
import pandas as pd
import pytest
from lxml import etree
from matplotlib import font_manager
from PIL import Image, ImageFont
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Emu
from test_native import PICTURES, ROOT, numbers

from kpikit.figures.native import Drawn, Native
from kpikit.report.formats.deck import Deck
from kpikit.report.formats.deck_charts import add_chart
from kpikit.report.formats.deck_text import Box, Line, clean, first_sentence, pages
from kpikit.report.formats.pptx import write
from kpikit.report.notebook import Executed
from kpikit.report.told import Shown, told_of

NOTEBOOKS = ["before_after", "funnel", "lifetime", "scorecard"]  # lines, bars, stacks, curves and pictures
HOSTILE = '=HYPERLINK("http://x")\x00\x0b\ud800\u202e_x0041_ <script>alert(1)</script> $$ ../../etc'
SAFE = '=HYPERLINK("http://x")\ufffd \ufffd\ufffd_x0041_ <script>alert(1)</script> $$ ../../etc'
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
#: the order in which the standard (ECMA-376, part 1, 21.2) wants the parts of a series
ORDER = [
    "idx",
    "order",
    "tx",
    "spPr",
    "invertIfNegative",
    "marker",
    "dPt",
    "dLbls",
    "trendline",
    "errBars",
    "cat",
    "val",
    "xVal",
    "yVal",
    "smooth",
]


@cache
def told(name):
    """What the committed notebook of a question tells."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    executed = Executed(path, nbformat.from_dict(nbformat.read(path, 4)))
    charts = []
    for data in executed.charts:
        payload = data["payload"]
        table = pd.DataFrame(payload["table"]["rows"], columns=payload["table"]["columns"])
        charts.append(Shown(payload["kind"], payload["spec"], table, base64.b64decode(data["png"]), ""))
    origin = SimpleNamespace(notebook=path.name, parameters={"kpi": "upgrade_rate"}, hashes=[("the case", "ab" * 32)])
    return told_of("n", executed, charts, origin, {}, "")


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """The deck of each question, written once."""
    folder = tmp_path_factory.mktemp("decks")

    @cache
    def deck(name):
        write(told(name), folder / f"{name}.pptx")
        return Presentation(folder / f"{name}.pptx")

    return deck


def texts(slide):
    """All that a slide says, shape by shape."""
    rows = [cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells]
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] + rows


def charts_of(deck):
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def values(chart):
    """The values of each series by its name, as the chart's XML holds them."""
    return {one.name: list(one.values) for plot in chart.plots for one in plot.series}


def book(chart):
    return openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_slide_has_its_own_message_notes_number_and_footer(decks, name):
    deck, titles = decks(name), []
    for number, slide in enumerate(deck.slides, start=1):
        titles.append(slide.shapes.title.text_frame.text)
        kinds = {shape.placeholder_format.type: shape for shape in slide.placeholders}
        assert len(slide.notes_slide.notes_text_frame.text) > 20
        assert kinds[PP_PLACEHOLDER.SLIDE_NUMBER].text_frame._element.xpath(".//a:fld[@type='slidenum']")
        assert told(name).title.startswith(kinds[PP_PLACEHOLDER.FOOTER].text_frame.text.rstrip("…"))
        assert slide.shapes[0].is_placeholder, number  # the title is read first
        assert all(shape.text_frame.text for shape in slide.placeholders)
    assert len(set(titles)) == len(titles)
    assert all(titles)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_headline_tiles_story_checks_and_counting_stand_in_the_deck(decks, name):
    deck, report = decks(name), told(name)
    said = "\n".join(clean(text) for slide in deck.slides for text in texts(slide))
    lead = "\n".join(texts(deck.slides[1]))
    assert deck.slides[0].shapes.title.text_frame.text == report.title
    assert deck.slides[1].shapes.title.text_frame.text == report.headline
    for tile in report.tiles:
        assert tile["value"] in lead
        assert f"{tile['name']}: {tile['value']}, {tile['remark']}" in deck.slides[1].notes_slide.notes_text_frame.text
    for text in [*report.under_lead, *(text for part in report.story for text in part["texts"]), *report.counted]:
        assert all(" ".join(part.split()) in said for part in first_sentence(text))
    for check in report.checks:
        noted = any(check["sentence"] in slide.notes_slide.notes_text_frame.text for slide in deck.slides)
        assert noted
        assert (check["sentence"] in said) == (check["passed"] is not True) or check["sentence"] in "\n".join(report.counted)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_chart_is_native_or_a_picture_with_its_words_and_numbers(decks, name):
    drawn = [slide for slide in decks(name).slides if any(shape.has_chart or shape.shape_type == 13 for shape in slide.shapes)]
    assert len(drawn) == len(told(name).charts)
    for slide, chart in zip(drawn, told(name).charts, strict=True):
        shape = next(shape for shape in slide.shapes if shape.has_chart or shape.shape_type == 13)
        assert shape.has_chart == (chart.kind not in PICTURES)
        assert shape._element.xpath(".//p:cNvPr/@descr") == [chart.alt]
        notes = slide.notes_slide.notes_text_frame.text
        assert chart.alt in notes
        assert chart.says in notes
        assert all(str(column).replace("_", " ") in notes for column in chart.table.columns[:1])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_number_of_a_chart_is_one_that_the_report_drew(decks, name):
    native = [chart for chart in told(name).charts if chart.kind not in PICTURES]
    for chart, shown in zip(charts_of(decks(name)), native, strict=True):
        points = "pp" in chart.value_axis.tick_labels.number_format
        known = {round(abs(number) * (100 if points else 1), 7) for number in numbers(dict(shown.spec))}
        found = {round(abs(value), 7) for row in values(chart).values() for value in row if value is not None}
        assert found
        assert found - known == set()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_parts_of_each_series_stand_in_the_order_of_the_standard(decks, name):
    for chart in charts_of(decks(name)):
        for series in chart._chartSpace.iter(f"{C}ser"):
            parts = [ORDER.index(child.tag.removeprefix(C)) for child in series]
            assert parts == sorted(parts)
        assert chart._chartSpace.chart.find(f"{C}autoTitleDeleted").get("val") == "1"


def test_the_charts_of_a_before_after_hold_the_numbers_of_its_tables(decks):
    report = told("before_after")
    shown = {chart.kind: chart for chart in report.charts}
    drawn = dict(zip(shown, charts_of(decks("before_after")), strict=True))
    assert values(drawn["run_chart"])["each month"] == shown["run_chart"].table["value"].tolist()
    assert list(drawn["run_chart"].plots[0].categories) == shown["run_chart"].table["period"].tolist()
    sides = shown["dumbbell"].table
    assert values(drawn["dumbbell"]) == {"before": sides["before"].tolist(), "after": sides["after"].tolist()}
    changes = [value for at in zip(*values(drawn["forest_plot"]).values(), strict=True) for value in at if value is not None]
    lead, *others = [100 * row["value"] for row in shown["forest_plot"].spec["rows"]]
    assert changes == pytest.approx([lead, *others])
    assert lead == pytest.approx(100 * report.verdict["effect"]["value"])


def test_limits_are_error_bars_and_stand_in_the_workbook(decks):
    chart, spec = charts_of(decks("before_after"))[0], told("before_after").charts[0].spec
    bars = chart._chartSpace.find(f".//{C}errBars")
    lengths = {end: [float(value.text) for value in bars.iterfind(f"{C}{end}//{C}v")] for end in ("plus", "minus")}
    known = [at for at, low in enumerate(spec["low"]) if low is not None]
    assert lengths["plus"] == pytest.approx([spec["high"][at] - spec["value"][at] for at in known])
    assert lengths["minus"] == pytest.approx([spec["value"][at] - spec["low"][at] for at in known])
    sheet = book(chart).active
    heads = [cell.value for cell in sheet[1]]
    low = heads.index("each month, low") + 1
    assert [sheet.cell(row, low).value for row in range(2, len(spec["low"]) + 2)] == spec["low"]
    minus, value, limit = (sheet.cell(1, at).column_letter for at in (low + 2, 2, low))
    assert bars.find(f"{C}minus//{C}f").text == f"Sheet1!${minus}$2:${minus}${len(spec['low']) + 1}"
    assert sheet[f"{minus}2"].value == f"={value}2-{limit}2"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_workbook_behind_a_chart_holds_its_numbers_where_the_chart_looks(decks, name):
    for chart in charts_of(decks(name)):
        sheet = book(chart)["Sheet1"]
        for series in chart._chartSpace.iter(f"{C}ser"):
            where = (
                (series.find(f"{C}val") if series.find(f"{C}val") is not None else series.find(f"{C}yVal")).find(f".//{C}f").text
            )
            cells = [cell.value for row in sheet[where.removeprefix("Sheet1!")] for cell in row]
            held = {
                int(point.get("idx")): float(point[0].text) for point in series.find(f"*//{C}f[.='{where}']/..").iter(f"{C}pt")
            }
            assert cells == [held.get(at) for at in range(len(cells))]


def fonts():
    file = font_manager.findfont("DejaVu Sans")
    return cache(lambda size: ImageFont.truetype(file, size))


def lines_of(text, width, font):
    """How many lines a text takes, measured by its letters: an independent route to what was only estimated."""
    lines, line = 1, ""
    for word in text.split():
        tried = f"{line} {word}".strip()
        if font.getlength(tried) > width and line:
            lines, tried = lines + 1, word
        line = tried
    return lines


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_text_leaves_its_box(decks, name):
    font = fonts()
    for slide in decks(name).slides:
        for shape in slide.shapes:
            if (
                shape.has_text_frame
                and shape.text_frame.text
                and not (shape.is_placeholder and shape.placeholder_format.type in (15, 13))
            ):
                width, high = 0.94 * 72 * (Emu(shape.width).inches - 0.2) * 1.12, 0.0  # DejaVu is 12% wider than Arial
                for paragraph in shape.text_frame.paragraphs:
                    size = max(int(run.font.size.pt) for run in paragraph.runs)
                    high += lines_of(paragraph.text, width - (24 if paragraph.level else 0), font(size)) * 1.17 * size
                    high += paragraph.space_before.pt if paragraph.space_before else 0
                assert high / 72 <= Emu(shape.height).inches + 0.1, (shape.name, paragraph.text)


def test_two_decks_of_one_report_are_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    report = replace(told("before_after"), charts=told("before_after").charts[:2])
    write(report, tmp_path / "first.pptx")
    monkeypatch.setattr(time, "time", lambda: 1_900_000_000.0)
    write(report, tmp_path / "second.pptx")
    assert (tmp_path / "first.pptx").read_bytes() == (tmp_path / "second.pptx").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.pptx") as deck:
        assert {entry.date_time for entry in deck.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        held = next(name for name in deck.namelist() if name.endswith(".xlsx"))
        with zipfile.ZipFile(io.BytesIO(deck.read(held))) as workbook:
            assert {entry.date_time for entry in workbook.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            assert b"2026-01-15T00:00:00Z</dcterms:created>" in workbook.read("docProps/core.xml")
    core = Presentation(tmp_path / "first.pptx").core_properties
    assert (core.created.isoformat(), core.modified, core.last_modified_by) == ("2026-01-15T00:00:00", core.created, "kpikit")


def hostile():
    """A report whose every text is meant to break what shows it."""
    report = told("before_after")
    chart = next(chart for chart in report.charts if chart.kind == "dumbbell")
    rows = [{**row, "segment": f"{HOSTILE}{number}" * (60 if number else 1)} for number, row in enumerate(chart.spec["rows"])]
    spec = {**chart.spec, "rows": rows, "alt": HOSTILE, "says": f"{HOSTILE}. {HOSTILE}", "x_label": HOSTILE}
    check = {"name": HOSTILE, "passed": False, "sentence": HOSTILE + " word" * 2000}
    answer = {**report.answer, "headline": HOSTILE * 30, "checks": [check]}
    case = {
        **report.case,
        "title": HOSTILE,
        "client": HOSTILE,
        "author": HOSTILE * 9,
        "confidential": HOSTILE,
        "actions": [HOSTILE] * 60,
    }
    return replace(report, case=case, answer=answer, charts=[replace(chart, spec=spec)])


def test_nothing_in_a_hostile_report_runs_links_or_breaks_the_deck(tmp_path):
    write(hostile(), tmp_path / "deck.pptx")
    deck = Presentation(tmp_path / "deck.pptx")
    assert deck.slides[0].shapes.title.text_frame.text == SAFE
    said = "\n".join(text for slide in deck.slides for text in texts(slide))
    assert said.count("word") >= 2000
    assert {
        shape.text_frame.text for slide in deck.slides for shape in slide.placeholders if shape.placeholder_format.type == 15
    } == {SAFE}
    sheet = book(charts_of(deck)[0]).active
    assert (sheet["A2"].data_type, sheet["A2"].hyperlink) == ("s", None)
    assert sheet["A2"].value.startswith("=HYPERLINK")
    assert {cell.data_type for row in sheet for cell in row} == {"s", "n"}
    with zipfile.ZipFile(tmp_path / "deck.pptx") as file:
        for name in file.namelist():
            if name.endswith((".rels", ".xml")):
                content = file.read(name)
                etree.fromstring(content)
                assert b'TargetMode="External"' not in content
                assert b"hlinkClick" not in content
                assert not name.startswith("/")
                assert ".." not in name


def test_small_charts_side_by_side_are_as_wide_as_the_slide(decks):
    slide = next(slide for slide in decks("scorecard").slides if any(shape.name.startswith("Picture") for shape in slide.shapes))
    picture = next(shape for shape in slide.shapes if shape.shape_type == 13)
    assert Emu(picture.width).inches > 0.8 * 13.333


def test_a_logo_stands_on_the_first_slide_with_its_words(tmp_path):
    Image.new("RGB", (400, 100), "#1f5f99").save(tmp_path / "logo.png")
    write(replace(told("tree"), logo=tmp_path / "logo.png", charts=[]), tmp_path / "deck.pptx")
    picture = next(shape for shape in Presentation(tmp_path / "deck.pptx").slides[0].shapes if shape.shape_type == 13)
    assert picture._element.xpath(".//p:cNvPr/@descr") == [f"Logo of {told('tree').case['client']}"]
    assert picture.width / picture.height == pytest.approx(4, rel=0.01)


def test_what_changed_since_the_last_report_has_a_slide(tmp_path):
    since = {"when": "The last report was as of 2026-01-01.", "other": "", "nothing": "", "rows": [("effect", "+1 pp", "+2 pp")],
             "look": ["mix: it moved"], "settled": [], "log": []}  # fmt: skip
    write(replace(told("tree"), since=since, charts=[]), tmp_path / "deck.pptx")
    slide = Presentation(tmp_path / "deck.pptx").slides[2]
    assert texts(slide)[:2] == [
        "The last report was as of 2026-01-01.",
        "effect: +1 pp, now +2 pp\nnewly to look at: mix: it moved",
    ]


def test_every_text_names_its_language(decks):
    for slide in decks("before_after").slides:
        for root in (slide._element, slide.notes_slide._element):
            assert {run.get("lang") for run in root.xpath(".//a:r/a:rPr")} <= {"en-US"}
            assert not root.xpath(".//a:r[not(a:rPr)]")


def drawn_alone(native, place):
    """The chart of a deck that holds only it, read back."""
    deck = Deck("", datetime(2026, 1, 15))
    slide, box = deck.drawn("It rose.", "", "notes")
    add_chart(slide, native, box, "words", deck.made_on)
    deck.captioned(slide)
    deck.save(place, {})
    (chart,) = charts_of(Presentation(place))
    return chart


def test_dashed_lines_of_a_column_chart_lie_over_its_columns(tmp_path):
    drawn = [Drawn("value", [0.1, 0.2]), Drawn("target", [0.15, 0.15], dashed=True)]
    chart = drawn_alone(Native("column", ["=1+1", "b"], drawn, "percent"), tmp_path / "deck.pptx")
    assert [(type(plot).__name__, [one.name for one in plot.series]) for plot in chart.plots] == [
        ("BarPlot", ["value"]),
        ("LinePlot", ["target"]),
    ]
    bars, lines = (chart._chartSpace.find(f".//{C}{kind}Chart") for kind in ("bar", "line"))
    assert [axis.get("val") for axis in bars.iterfind(f"{C}axId")] == [axis.get("val") for axis in lines.iterfind(f"{C}axId")]


@pytest.mark.parametrize(("signed", "lowest"), [(False, 0.0), (True, -10.0)])
def test_limits_below_zero_are_cut_for_a_level_and_never_for_a_change(signed, lowest, tmp_path):
    drawn = Drawn("each month", [0.05, 0.1], [-0.1, 0.02], [0.2, 0.2])
    chart = drawn_alone(Native("line", ["a", "b"], [drawn], "percent", signed=signed), tmp_path / "deck.pptx")
    assert chart.value_axis.minimum_scale == lowest


def test_an_axis_of_changes_holds_zero(tmp_path):
    drawn = Drawn("effect", [0.06, 0.08], [0.045, 0.06], [0.07, 0.1], joined=False)
    for form in ("line", "scatter"):
        one = replace(drawn, at=[1.0, 2.0])
        axis = drawn_alone(Native(form, ["a", "b"], [one], "percent", signed=True), tmp_path / "deck.pptx").value_axis
        assert (axis.minimum_scale, axis.maximum_scale) == (0.0, 10.0)
    level = drawn_alone(Native("line", ["a", "b"], [drawn], "percent"), tmp_path / "deck.pptx").value_axis
    assert level.minimum_scale > 0


def test_a_line_of_steps_has_no_marks(tmp_path):
    drawn = [Drawn("steps", [0.0, 0.1, 0.1], at=[0, 0, 3], marked=False), Drawn("points", [0.1, 0.2], at=[1, 2])]
    chart = drawn_alone(Native("scatter", [], drawn, "percent"), tmp_path / "deck.pptx")
    assert [one.find(f"{C}marker/{C}symbol").get("val") for one in chart._chartSpace.iter(f"{C}ser")] == ["none", "diamond"]


def test_a_chart_with_nothing_to_draw_is_told_in_words(tmp_path):
    report = told("lifetime")
    chart = next(chart for chart in report.charts if chart.kind == "staying_curves")
    empty = replace(chart, spec={**chart.spec, "groups": [], "says": "Orders name no plan. The two are not compared."})
    write(replace(report, charts=[empty]), tmp_path / "deck.pptx")
    deck = Presentation(tmp_path / "deck.pptx")
    assert "Orders name no plan." not in [slide.shapes.title.text_frame.text for slide in deck.slides]
    (said,) = [texts(slide) for slide in deck.slides if "Orders name no plan" in "\n".join(texts(slide))]
    assert said[0].endswith("limit what can be said.")
    assert said[1].endswith("\nNothing to draw\nOrders name no plan. The two are not compared.")
    assert not charts_of(deck)


def bare(deck):
    """The titles of slides that hold nothing but a title, a footer and a number."""
    beside = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
    return [
        slide.shapes.title.text_frame.text
        for slide in deck.slides
        if all(shape.is_placeholder and shape.placeholder_format.type in beside for shape in slide.shapes)
    ]


@pytest.mark.parametrize("name", [*NOTEBOOKS, "campaign", "tree"])
def test_no_slide_is_a_title_alone(decks, name):
    assert bare(decks(name)) == []


def test_a_message_with_nothing_under_it_stands_under_its_heading(tmp_path):
    report = replace(told("before_after"), charts=[])
    passed = [{**check, "passed": True} for check in report.checks]
    case = {**report.case, "learned": "One sentence only.", "reported_outcome": ""}
    answer = {**report.answer, "checks": passed, "verdict": {**report.verdict, "worth": None}}
    write(replace(report, case=case, answer=answer), tmp_path / "deck.pptx")
    deck = Presentation(tmp_path / "deck.pptx")
    said = [texts(slide)[:2] for slide in deck.slides]
    assert bare(deck) == []
    assert ["What was learned", "One sentence only."] in said
    (every,) = [body for title, body in said if title == f"All of {len(passed)} checks passed."]
    assert all(check["name"].lower() in every.lower() for check in passed)


def test_a_check_bears_the_same_word_as_in_every_other_format(decks):
    marks = {True: "passed", False: "look", None: "not checked"}
    notes = decks("before_after").slides[1].notes_slide.notes_text_frame.text
    for check in told("before_after").checks:
        assert f"- {check['name']} ({marks[check['passed']]}): {check['sentence']}" in notes


def test_hashes_stand_in_the_notes_of_the_last_slide_and_on_no_slide(decks):
    slides = list(decks("before_after").slides)
    assert f"- the case: {'ab' * 32}" in slides[-1].notes_slide.notes_text_frame.text
    assert not any("SHA-256" in text or "abab" in text for slide in slides for text in texts(slide))
    title, body, *_ = texts(slides[-1])
    assert title.endswith("258 of 258 rows, as of 2026-01-15.")
    assert body.startswith("Its dates run from ")


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("It rose by 6.7 pp. The rest.", "It rose by 6.7 pp.", "The rest."),
        ("One sentence only", "One sentence only", ""),
        ("Was it 3.5? 'Yes', they said.", "Was it 3.5?", "'Yes', they said."),
    ],
)
def test_a_sentence_ends_before_the_next_begins(text, first, rest):
    assert first_sentence(text) == (first, rest)


def test_paragraphs_that_do_not_fit_go_on_to_the_next_slide_with_their_heading():
    lines = [Line("word " * 60), Line("Next", "heading"), Line("word " * 60)]
    parts = pages(lines, Box(0, 0, 5, 2.3))
    assert [[line.text[:4] for line in part] for part in parts] == [["word"], ["Next", "word"]]
    assert " ".join(line.text for part in parts for line in part).split() == " ".join(line.text for line in lines).split()
