"""The pages that people open: reports, index and catalog, in a real browser, on a phone, at a desk and on paper."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pypdf
import pytest
from browser.looking import LINKS, PAPER, PICTURES, faults, misplaced
from browser.made import CASES

from kpikit.answer import MIME

REPORTS = [f"{case}/index.html" for case in CASES]
CATALOG = [f"catalogue/{name}.html" for name in ("index", "a-to-z", "kinds", "impact", "functions", "kpi/upgrade_rate")]
PAGES = ["index.html", *REPORTS, *CATALOG]


@pytest.fixture(params=PAGES)
def address(request, reports):
    return (reports / request.param).as_uri()


def test_a_page_is_whole_quiet_and_readable_by_all_on_a_phone_and_at_a_desk(watched, address):
    page = watched.opens(address)
    assert [request for request in watched.requests if not request.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.lang") == "en"
    assert all(len(alt) > 20 and drawn for alt, drawn in page.evaluate(PICTURES))
    assert faults(page) == []
    assert (watched.said, watched.errors, watched.dialogs) == ([], [], [])


def test_every_link_leads_to_a_file_and_a_place_that_are_there(watched, address):
    page = watched.opens(address)
    for link in set(page.evaluate(LINKS)):
        to = urlsplit(link)
        assert to.scheme == "file", link
        there = Path(unquote(to.path)).read_text(encoding="utf-8")
        assert not to.fragment or f'id="{unquote(to.fragment)}"' in there, link


@pytest.mark.parametrize("page", ["index.html", *REPORTS, "catalogue/kpi/upgrade_rate.html"])
def test_on_paper_nothing_is_cut(watched, reports, page, tmp_path):
    opened = watched.opens((reports / page).as_uri(), PAPER, "print")
    assert misplaced(opened) == []
    opened.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    printed = " ".join(" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(tmp_path / "page.pdf").pages)
    for heading in opened.locator("h2").all_inner_texts():
        assert "".join(heading.split()).casefold() in "".join(printed.split()).casefold()


def test_what_is_folded_opens_by_keyboard(watched, reports):
    page = watched.opens((reports / REPORTS[0]).as_uri())
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")
    assert (page.evaluate("document.activeElement.parentElement.open"), outline) == (True, "solid")


@pytest.mark.parametrize("case", CASES)
def test_the_whole_table_stands_behind_every_figure(watched, reports, case):
    page = watched.opens((reports / case / "index.html").as_uri())
    rows = page.evaluate(
        "() => [...document.querySelectorAll('details.behind')].map((d) => [d.innerText, d.querySelectorAll('tbody tr').length])"
    )
    shown = [output.data[MIME] for cell in nbformat.read(reports / case / "notebook.ipynb", 4).cells
             for output in cell.get("outputs", []) if output.get("data", {}).get(MIME, {}).get("type") == "chart"]  # fmt: skip
    assert rows == [[f"the numbers behind “{chart['spec']['title']}”", len(chart["table"]["rows"])] for chart in shown]
    assert len(shown) == page.locator("figure").count() > 2


MARKED = """(selector) => [...document.querySelectorAll(selector)].map((e) => [
  e.innerText.trim(), getComputedStyle(e, "::before").content.replace(/[" /]/g, ""), getComputedStyle(e).color])"""


def test_an_outcome_is_a_word_a_mark_and_a_hue(watched, reports):
    page = watched.opens((reports / REPORTS[0]).as_uri())
    outcomes = {tuple(each) for each in page.evaluate(MARKED, "table.checks tr[class] > td:first-child")}
    assert {(word, mark) for word, mark, _ in outcomes} == {("passed", "✓"), ("look", "!"), ("not checked", "?")}
    assert len({hue for _, _, hue in outcomes}) == 3
    page = watched.opens((reports / "index.html").as_uri())
    lines = page.evaluate(MARKED, f"article:has(a[href^='{CASES[0]}']) .tag")
    assert [line[:2] for line in lines] == [["on target", "▮"], ["rose", "▲"], ["3 to look at", "!"]]


def test_a_script_that_got_into_a_page_would_not_run(watched, reports, tmp_path):
    text = (reports / REPORTS[0]).read_text(encoding="utf-8")
    strange = "<script>window.ran = 1</script><img src='x.png' onerror='window.ran = 1'><a id='go' href='javascript:window.ran = 1'>go</a>"
    (tmp_path / "strange.html").write_text(text.replace("<main>", f"<main>{strange}"), encoding="utf-8")
    page = watched.opens((tmp_path / "strange.html").as_uri())
    page.locator("#go").click()
    assert page.evaluate("window.ran") is None
    assert [address for address in watched.loaded if address.endswith("x.png")] == []
    assert all("Content Security Policy" in said for _, said in watched.said)
    assert len(watched.said) >= 3
