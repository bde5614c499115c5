"""The report of a notebook that asks no case: what it says and showed, nothing that acts, and its record."""

import base64
import io
from html.parser import HTMLParser

import nbformat
import pypdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pango import needs_pango
from PIL import Image

from kpikit.report.cells import output_html, png
from kpikit.report.formats import print_page
from kpikit.report.made_from import Inputs
from kpikit.report.making import make
from kpikit.report.notebook import Executed
from kpikit.report.overwritten import overwritten
from kpikit.report.plain import plain_page, plain_record, write_figures
from kpikit.report.record import Job
from kpikit.report.told import Origin

TAGGED = {"metadata": {"tags": ["parameters"]}}
CSP = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "font-src data:; base-uri 'none'; form-action 'none'\">"
)
BREAKOUT = "</title></pre><script>document.title='KPIKIT_CANARY'</script><img src=x onerror=\"document.title='KPIKIT_CANARY'\">"


def picture():
    buffer = io.BytesIO()
    Image.new("RGB", (2, 1)).save(buffer, "PNG")
    return buffer.getvalue()


PICTURE = picture()
BASE64 = base64.b64encode(PICTURE).decode()


def shown(data, **metadata):
    return new_output("display_data", data, metadata=metadata)


def executed(*cells, **metadata):
    return Executed(None, new_notebook(cells=[new_code_cell("segment = 'EU'", **TAGGED), *cells], metadata=metadata))


def page_of(*cells, parameters=None, warnings=(), **metadata):
    inputs = Inputs({}, {"name": "a.ipynb", "sha256": "12ab"}, {}, {}, "34cd", {"python": "3.11"}, "")
    provenance = Origin("a.ipynb", parameters or {}, inputs)
    return plain_page(executed(*cells, **metadata), provenance, warnings)


class Read(HTMLParser):
    """The elements of a page, and the text of each kind of element."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.texts = [], [], {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        for tag in self.open:
            self.texts.setdefault(tag, []).append(data)


def test_a_page_holds_text_outputs_code_and_where_it_comes_from():
    page = page_of(
        new_markdown_cell("# How *many*?\n\nWe **count**.\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        new_code_cell("print(1 < 2)", outputs=[new_output("stream", text="True & so on\n")]),
        new_code_cell(
            "frame", outputs=[shown({"text/html": '<table class="dataframe"><tr><td>7</td></tr></table>', "text/plain": "7"})]
        ),
        new_code_cell("plot", outputs=[shown({"image/png": BASE64}, **{"image/png": {"alt": 'two "dots"'}})]),
        parameters={"segment": "<EU>", "n": 3, "regions": ["a", "b"], "off": None},
    )
    assert page.index(CSP) < page.index("<title>")
    read = Read(page)
    assert read.texts["title"] == ["How many?"] and page.count("How many?") == 2, "in the title and the headline, nowhere else"
    assert "<p>We <strong>count</strong>.</p>" in page and "<td>1</td>" in page
    assert "<pre>True &amp; so on\n</pre>" in page
    scrolls = '<div class="shown" role="group" aria-label="table" tabindex="0">'
    assert f'{scrolls}<table class="dataframe"><tbody><tr><td>7</td></tr></tbody></table></div>' in page
    assert [given for tag, given in read.elements if tag == "img"] == [
        {"alt": 'two "dots"', "src": f"data:image/png;base64,{BASE64}"}
    ]
    assert read.texts["code"] == ["segment = 'EU'", "print(1 < 2)", "frame", "plot"]
    for name, value in (("segment", "&lt;EU&gt;"), ("n", "3"), ("regions", "[&#34;a&#34;, &#34;b&#34;]"), ("off", "null")):
        assert f'<th scope="row">{name}</th><td>{value}</td>' in page
    for told in ("a.ipynb", "12ab", "34cd", "python 3.11", "notebook.ipynb (executed), figures/ (PNG)."):
        assert told in page


def test_without_a_heading_the_title_is_the_file_s_name():
    assert Read(page_of(new_markdown_cell("no heading\n\n    # code\n"))).texts["title"] == ["a.ipynb"]


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("text\n\n## Second *level*", "Second level"),
        ("Set\n===\n", "Set"),
        ("# a <b>c</b> & `d`", "a <b>c</b> & d"),
        ("#\n\n# b", "a.ipynb"),
    ],
)
def test_the_title_is_the_first_heading_as_text(source, title):
    assert "".join(Read(page_of(new_markdown_cell(source))).texts["title"]) == title


def test_nothing_hostile_acts():
    page = page_of(
        new_markdown_cell(f"# T {BREAKOUT}\n\n{BREAKOUT}\n\n[x](javascript:alert(1)) ![y](http://h/x.png)"),
        new_code_cell(BREAKOUT, outputs=[new_output("stream", text=BREAKOUT), shown({"text/html": BREAKOUT + "<b>kept</b>"})]),
        new_code_cell(
            "1", outputs=[shown({"image/png": BASE64}, **{"image/png": {"alt": f'"{BREAKOUT}'}}), shown({"image/png": BREAKOUT})]
        ),
        parameters={"segment": BREAKOUT, BREAKOUT: [BREAKOUT]},
        warnings=[BREAKOUT],
        title=BREAKOUT,
    )
    read = Read(page)
    assert {tag for tag, _ in read.elements} <= {
        "html", "head", "meta", "title", "style", "body", "header", "p", "h1", "h2", "main", "section", "div", "figure", "img",
        "details", "summary", "pre", "code", "table", "caption", "tbody", "tr", "th", "td", "b", "strong",
    }  # fmt: skip
    assert not {name for _, given in read.elements for name in given if name.startswith("on") or name == "href"}
    assert [given["src"][:22] for _, given in read.elements if "src" in given] == ["data:image/png;base64,"]
    assert "<b>kept</b>" in page


@pytest.mark.parametrize(
    "kind",
    [
        "text/vnd.mermaid",
        "application/javascript",
        "text/latex",
        "image/svg+xml",
        "application/vnd.jupyter.widget-view+json",
        "image/jpeg",
    ],
)
def test_what_is_not_shown_falls_back_to_its_text(kind):
    assert output_html(shown({kind: BREAKOUT, "text/plain": "a <b> & c"})) == "<pre>a &lt;b&gt; &amp; c</pre>"
    assert output_html(shown({kind: BREAKOUT})) == ""


@pytest.mark.parametrize("data", ["", "not base64!", "QUJD", "QUJ", ["QUJD"], {"a": 1}, None, 7])
def test_what_only_says_that_it_is_a_picture_is_none(data):
    output = nbformat.from_dict({"data": {"image/png": data, "text/plain": "text"}, "metadata": {"image/png": 3}})
    assert png(output) == b"" and output_html(output) == "<pre>text</pre>"


@pytest.mark.parametrize("data", [{"text/html": 1}, {"text/plain": {"a": 1}}, {"text/html": None}])
def test_an_output_of_an_impossible_kind_shows_nothing(data):
    assert output_html(nbformat.from_dict({"data": data, "metadata": {}})) == ""


def test_every_picture_is_written_in_order(tmp_path):
    cells = [new_code_cell("1", outputs=[shown({"image/png": BASE64}), shown({"image/png": "x"}), shown({"image/png": BASE64})])]
    written = write_figures(executed(*cells), tmp_path / "figures")
    assert [path.name for path in written] == ["1.png", "2.png"]
    assert [path.read_bytes() for path in written] == [PICTURE, PICTURE]


def test_without_a_picture_there_is_no_folder_for_them(tmp_path):
    assert write_figures(executed(), tmp_path / "figures") == [] == list(tmp_path.iterdir())


def test_the_record_tells_title_picture_and_what_was_overwritten():
    done = executed(
        new_markdown_cell("# How many?"), new_code_cell("segment = 'US'", outputs=[shown({"image/png": BASE64})]), title=BREAKOUT
    )
    record = plain_record(done, "a", "a.ipynb", overwritten(done.node))
    assert (record.name, record.passed, record.title, record.headline, record.picture) == (
        "a",
        True,
        "How many?",
        "",
        "figures/1.png",
    )
    assert record.warnings == (
        "parameter 'segment': code cell 2, line 1, sets it anew; from there on the run ignores what it was asked",
    )
    assert record.question == "Notebooks of your own"


def test_a_notebook_of_no_figure_has_no_picture():
    assert plain_record(executed(), "a", "a.ipynb", ()).picture == ""


def test_what_has_to_be_looked_at_stands_on_the_page():
    assert '<p class="note"><strong>Look at this.</strong> a &lt; b</p>' in page_of(warnings=["a < b"])


@needs_pango
def test_a_notebook_of_ones_own_becomes_a_page_and_a_pdf_and_no_deck_and_no_workbook(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.writes(executed().node), encoding="utf-8")
    record = make(Job(str(path), tmp_path / "out", to=("pdf", "pptx", "xlsx")))
    assert not record.passed
    assert record.reason == (
        "a: a notebook of your own is made as html and pdf, not as pptx and xlsx: decks and workbooks are written from the answer "
        "to a case"
    )
    assert not (tmp_path / "out" / "a").exists()


def test_the_page_of_a_notebook_of_ones_own_is_printed(tmp_path):
    page = page_of(new_markdown_cell("# My <own> title\n\nSome words."), new_code_cell("x = 1"))
    print_page(page, tmp_path / "a.pdf")
    read = pypdf.PdfReader(tmp_path / "a.pdf")
    assert read.metadata.title == "My <own> title"
    assert "/CreationDate" not in read.metadata
    text = read.pages[0].extract_text()
    assert "Some words." in text
    assert "x = 1" not in text
