"""How the site is built: pages are README.md, docs/, data/README.md and the committed notebooks, from the repository's root.

`make docs` runs it. Nothing is executed, nothing is loaded from the web: fonts, scripts and styles are files of the site.
"""

import json
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

import kpikit as kk

ROOT = Path(__file__).parents[1]

project = "kpikit"
author = "the kpikit authors"
release = version = kk.__version__
language = "en"
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "data/README.md", "docs/*.md", "notebooks/*.ipynb"]
exclude_patterns = ["**/.ipynb_checkpoints"]
extensions = ["myst_nb", "sphinx.ext.autodoc"]

nb_execution_mode = "off"  # the committed outputs are shown
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # would come from the web
myst_heading_anchors = 4
myst_enable_extensions = ["substitution", "html_image"]

nitpicky = True
nitpick_ignore_regex = [("py:.*", r".*")]  # types of signatures: those of pandas, and kpikit's inner ones, have no page
default_role = "code"  # as docstrings mark names
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_title = "kpikit"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["site/static"]
templates_path = ["site"]
html_sidebars = {"**": ["contents"]}
html_css_files = ["site.css"]
html_theme_options = {
    "navbar_center": [],
    "navbar_end": ["theme-switcher"],
    "footer_start": [],
    "footer_end": [],
    "show_toc_level": 2,
}


def kpi_rows() -> str:
    """The catalog as a Markdown table: each KPI's name, which leads to its page of `kpikit catalogue`, and its question."""
    rows = []
    for kpi_id in kk.kpi_ids():
        kpi = kk.load_kpi(kpi_id)
        rows.append(f'| <a href="../catalogue/kpi/{kpi_id}.html">{kpi.name}</a> | `{kpi_id}` | {kpi.question} |')
    return "\n".join(["| KPI | id | question |", "|---|---|---|", *rows])


myst_substitutions = {"kpis": kpi_rows(), "catalog_pages": '<a href="../catalogue/index.html">the catalog\'s own</a>'}


def said_of(question: str) -> str:
    """What docs/questions.md says of a question, without its heading; its links lead there from the notebooks' folder."""
    page = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    found = re.search(rf"^## `{question}`: .*\n([\s\S]*?)(?=^## |\Z)", page, re.M)
    return found[1].strip().replace("](", "](../docs/") if found else ""


def with_the_sample(app: Sphinx, docname: str, source: list[str]) -> None:
    """The README's finished report opens as a page of the site, and is not downloaded."""
    if docname == "README":
        source[0] = re.sub(r"\[([^]]*)\]\(reports/sample/index\.html\)", r'<a href="sample.html">\1</a>', source[0])


def with_what_is_said(app: Sphinx, docname: str, source: list[str]) -> None:
    """A notebook's page: each chart bears its alt text, and at the end stands what the question needs and how it decides."""
    if not docname.startswith("notebooks/"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.kpikit+json", None)  # for programs; would be warned of
            alt = output.get("metadata", {}).get("image/png", {}).get("alt")
            if alt:
                cell["metadata"]["mystnb"] = {"image": {"alt": alt}}
    said = said_of(docname.removeprefix("notebooks/"))
    if said:
        text = f"## What it needs, and how it decides\n\n{said}"
        notebook["cells"].append({"cell_type": "markdown", "id": "said", "metadata": {}, "source": text})
    source[0] = json.dumps(notebook)


def with_a_front_door(app: Sphinx, failed: Exception | None) -> None:
    """The site's own index.html leads to the first page, which stands in docs/ as its source does; beside it is the sample."""
    door = '<!doctype html><html lang="en"><meta charset="utf-8"><title>kpikit</title>'
    door += '<meta http-equiv="refresh" content="0; url=docs/index.html"><a href="docs/index.html">kpikit</a></html>\n'
    (Path(app.outdir) / "index.html").write_text(door, encoding="utf-8")
    shutil.copyfile(ROOT / "reports" / "sample" / "index.html", Path(app.outdir) / "sample.html")


def setup(app: Sphinx) -> None:
    """Sphinx calls it."""
    app.connect("source-read", with_the_sample)
    app.connect("source-read", with_what_is_said)
    app.connect("build-finished", with_a_front_door)
