"""The documentation: every page, notebook and public name has its place in the site, and what checks the site finds what is wrong.

The site itself is built, and every link of it followed, by `make docs`.
"""

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest

import kpikit as kk
from kpikit.cases.asks import ASKS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
INDEX = (DOCS / "index.md").read_text(encoding="utf-8")
LISTED = re.findall(r"^(?:.*<)?([\w./-]+)>?$", "\n".join(re.findall(r"```\{toctree\}([\s\S]*?)```", INDEX)), re.M)


def test_every_page_stands_in_the_contents():
    assert sorted(path.stem for path in DOCS.glob("*.md") if path.stem != "index") == sorted(
        page for page in LISTED if not page.startswith("../")
    )


def test_every_notebook_is_a_page():
    notebooks = {f"../notebooks/{path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {page for page in LISTED if page.startswith("../notebooks/")} == notebooks


def test_every_public_name_stands_in_the_api_once():
    api = (DOCS / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\.\. auto\w+:: (\w+)$", api, re.M)) == sorted(kk.__all__)


def test_every_path_that_a_page_names_is_there():
    for page in DOCS.glob("*.md"):
        for path in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (DOCS / path).exists(), f"{page.name}: {path}"


def test_the_example_of_ones_own_data_is_read_as_the_page_says(tmp_path):
    """By hand: 2,280 + 2,286 + 1,359 subscribers and 140 + 127 + 148 upgrades in January 2024."""
    page = (DOCS / "own-data.md").read_text(encoding="utf-8")
    (tmp_path / "abos.csv").write_text(re.search(r"```\n(Stichtag[\s\S]*?)```", page)[1], encoding="utf-8")
    keys = [tomllib.loads(text) for text in re.findall(r"```toml\n([\s\S]*?)```", page)]
    case = keys[0] | keys[1]
    how = {key: case[key] for key in ("kind", "columns", "segments", "date_format", "decimal", "thousands")}
    series = kk.measure(case["kpi"], kk.read_table(tmp_path / "abos.csv", **how), window=case["window"], as_of=case["as_of"])
    assert series.total().table[["numerator", "denominator"]].to_numpy().tolist() == [[415, 5925]]


@pytest.fixture(scope="module")
def conf():
    pytest.importorskip("sphinx")
    return runpy.run_path(str(DOCS / "conf.py"))


@pytest.mark.parametrize("question", ASKS)
def test_a_notebooks_page_ends_with_what_is_said_of_its_question(conf, question):
    source = [json.dumps({"cells": [{"source": "# Its title", "metadata": {}, "cell_type": "markdown"}]})]
    conf["with_what_is_said"](None, f"notebooks/{question}", source)
    first, said = json.loads(source[0])["cells"]
    assert first["source"] == "# Its title"
    assert said["source"].startswith("## What it needs, and how it decides\n\n")
    assert all(f"| `{key}` |" in said["source"] for key in ASKS[question])
    assert "\n## " not in said["source"][5:]


def test_the_catalog_of_the_site_has_each_kpi_with_its_question(conf):
    rows = conf["myst_substitutions"]["kpis"].splitlines()[2:]
    assert [re.search(r"`(\w+)`", row)[1] for row in rows] == list(kk.kpi_ids())
    assert "| How many upgrades did we see for every hundred subscribers? |" in "\n".join(rows)


def test_the_check_of_the_site_finds_what_leads_nowhere_has_no_words_or_comes_from_the_web(tmp_path):
    faults = runpy.run_path(str(DOCS / "check.py"))["faults"]
    (tmp_path / "a.html").write_text(
        '<h1 id="top-of-it">A</h1><a href="b.html#there">1</a><a href="https://example.org/x">2</a><img src="p.png" alt="a dot">',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text(
        '<p id="there">B</p><a href="a.html#top-of-it">3</a><a href="#there">4</a>', encoding="utf-8"
    )
    (tmp_path / "p.png").write_bytes(b"")
    assert faults(tmp_path) == []
    (tmp_path / "b.html").write_text(
        '<a href="a.html#gone">5</a><a href="c.html">6</a><img src="p.png"><script src="//cdn.example.org/x.js"></script>',
        encoding="utf-8",
    )
    assert faults(tmp_path) == [
        "a.html: no anchor b.html#there",
        "b.html: 1 pictures have no alt text",
        "b.html: loads //cdn.example.org/x.js",
        "b.html: no anchor a.html#gone",
        "b.html: no file c.html",
    ]
