"""Data that wants to run, to leave its folder or to turn a line around: in every file of a report, and in a real browser."""

import csv
import html
import json
import re
import zipfile

import openpyxl
import pypdf
import pytest
from browser.looking import UNFOLD, faults
from browser.made import kpikit
from pango import needs_pango

pytestmark = needs_pango  # what it makes has a PDF too

TURNED = "turned \u202egnp.exe"  # what follows U+202E is read from right to left
NAMES = (
    "<script>window.ran = 1; alert(1)</script>", "<img src=x.png onerror=window.ran=1>", "[x](javascript:window.ran=1)", "# h",
    '=HYPERLINK("http://x.example/")', "$$", "$5 vs $10", "_hidden", TURNED, "\u200fright to left \u05e9\u05dc\u05d5\u05dd", "zero\u200bwidth",
    "../../etc/passwd", "CON", "a/b\\c", "n" * 300, "\U0001f680 emoji", "{{ 7331*1337 }}", "</style></script>-->", "]]>", "bell \x07 \x1f",
)  # fmt: skip
ALL = " ".join(NAMES)
PARTS = ("../../etc/passwd", TURNED + "<img src=x.png onerror=window.ran=1>")  # of a grid: each a report and a folder
FIELDS = (
    "title",
    "client",
    "author",
    "owner",
    "situation",
    "finding",
    "reported_outcome",
    "learned",
    "data_note",
    "confidential",
)
#: controls, and what turns a text around
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def seen(text):
    """A text as a page shows it: what acts without being seen stands there as a mark."""
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """A report of which all that a user gives is hostile, and a grid over such a column; what was there before."""
    home = tmp_path_factory.mktemp("hostile")
    for name, values in (("report", NAMES), ("grid", PARTS)):
        with (home / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(["month", "<b>group</b> $$", "upgrades", "subscribers"])
            for month in range(1, 13):
                lines.writerows([f"2025-{month:02}", value, 100 + 20 * month + at, 1000] for at, value in enumerate(values))
        (home / f"{name}.toml").write_text(_case(name), encoding="utf-8")
    before = set(home.rglob("*"))
    kpikit("report", "grid.toml", "--out", "out", cwd=home)
    kpikit("report", "report.toml", "--out", "out", "--to", "pdf,pptx,xlsx", cwd=home)
    return home, set(home.rglob("*")) - before


def _case(name):
    told = json.dumps(ALL, ensure_ascii=False)  # TOML reads what JSON escapes
    wanted = "segments" if name == "report" else "for_each"
    return (
        f'kpi = "upgrade_rate"\nwindow = "month"\ntable = "{name}.csv"\nkind = "counts"\nchanged_on = 2025-07-10\nas_of = 2026-01-15\n'
        'columns = { period = "month", numerator = "upgrades", denominator = "subscribers" }\n'
        f'{wanted} = ["<b>group</b> $$"]\nactions = [{told}]\n'
        + "".join(f"{field} = {told}\n" for field in FIELDS)
        + f'[events]\n"2025-03-01" = {told}\n'
    )


@pytest.fixture(scope="session")
def pages(hostile):
    """Every page that was made, by its address in the folder."""
    out = hostile[0] / "out"
    return {str(path.relative_to(out)): path for path in sorted(out.rglob("*.html"))}


def test_every_report_is_made_and_nothing_stands_outside_their_folder(hostile, pages):
    home, new = hostile
    assert {path.relative_to(home).parts[0] for path in new} == {"out"}
    folders = sorted(path.name for path in (home / "out").iterdir() if path.is_dir() and path.name[0] != ".")
    assert [re.sub(r"-[0-9a-f]{8}$", "", name) for name in folders] == [
        "grid",
        "grid.etc-passwd",
        "grid.turned-gnp-exe-img-src-x-png-onerror-wi",
        "report",
    ]
    assert len(pages) == 5
    assert all(path.stat().st_size for path in new if path.suffix in (".png", ".svg"))


@pytest.mark.parametrize("which", ["index", "report", "overview", "part"])
def test_in_a_browser_nothing_runs_and_nothing_is_out_of_place(watched, pages, which):
    names = {"index": ["index.html"], "report": ["report/index.html"], "overview": ["grid/index.html"],
             "part": [name for name in pages if name.startswith("grid.")]}[which]  # fmt: skip
    for name in names[:1]:
        page = watched.opens(pages[name].as_uri())
        assert page.evaluate("window.ran") is None
        assert faults(page) == []
        assert [request for request in watched.requests if not request.startswith(("file:", "data:"))] == []
        assert [request for request in watched.requests if "x.png" in request] == []
        assert (watched.said, watched.errors, watched.dialogs) == ([], [], [])


def test_texts_are_shown_as_they_are_and_turn_nothing_around(watched, pages):
    page = watched.opens(pages["report/index.html"].as_uri())
    page.evaluate(UNFOLD)
    shown = re.sub(r"\s+", " ", page.evaluate("document.body.textContent"))
    for name in NAMES:
        assert seen(name) in shown, name
    assert "9801547" not in shown
    for path in pages.values():
        assert not UNSEEN.search(path.read_text(encoding="utf-8")), path


def test_the_summary_is_a_mail_that_turns_nothing_around(hostile):
    text = (hostile[0] / "out" / "report" / "summary.txt").read_text(encoding="utf-8")
    assert text.splitlines()[0] == seen(ALL)
    assert not UNSEEN.search(text)


def test_the_table_beside_the_page_keeps_every_name_and_no_cell_is_a_formula(hostile):
    with (hostile[0] / "out" / "report" / "series.csv").open(newline="", encoding="utf-8") as file:
        names = {row[1] for row in list(csv.reader(file))[1:]}
    assert {name.removeprefix("'") for name in names} == set(NAMES)


def test_figures_hold_no_script_and_no_link(hostile):
    drawn = [path.read_text(encoding="utf-8") for path in (hostile[0] / "out").rglob("*.svg")]
    assert len(drawn) == 3 * 8
    for text in drawn:
        assert not re.search(
            r"<(script|foreignObject|a|image)\b|\son\w+=", html.unescape(re.sub(r"<!--.*?-->", "", text, flags=re.S))
        )


def test_what_is_sent_runs_nothing_and_leads_nowhere(hostile):
    folder = hostile[0] / "out" / "report"
    printed = pypdf.PdfReader(folder / "report.pdf")
    links = [str(link.get_object()) for sheet in printed.pages for link in sheet.get("/Annots", [])]
    assert not [
        link for link in (*links, str(printed.trailer["/Root"])) if re.search(r"/JavaScript|/Launch|/URI|/EmbeddedFile", link)
    ]
    for name in ("report.pptx", "report.xlsx"):
        with zipfile.ZipFile(folder / name) as packed:
            assert not [part for part in packed.namelist() if ".." in part or part.endswith((".bin", ".exe"))]
            parts = {part: packed.read(part).decode() for part in packed.namelist() if part.endswith((".xml", ".rels"))}
        assert not [
            part
            for part, text in parts.items()
            if 'TargetMode="External"' in text or "javascript:" in text.replace("(javascript:", "")
        ]
    for sheet in openpyxl.load_workbook(folder / "report.xlsx"):
        formulas = [cell.value for row in sheet for cell in row if cell.data_type == "f"]
        assert not [formula for formula in formulas if re.search(r"http|HYPERLINK|DDE|cmd", str(formula))]
