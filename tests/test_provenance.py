"""What a report is made from: seen to be the same, seen to have changed and in what, and told in its folder."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kpikit.cases import read_case
from kpikit.catalog import definitions, heads
from kpikit.errors import CaseError, ReportError, TableError
from kpikit.measuring import measure_also, measure_case, table_of
from kpikit.measuring.asked import measure_asked
from kpikit.questions.tree import kpi_tree
from kpikit.report import made_from
from kpikit.report.asking import read_asked
from kpikit.report.limits import Limits
from kpikit.report.made_from import Inspection, inputs_of
from kpikit.report.provenance import changes, is_unchanged, read_provenance, why_made, write_provenance
from kpikit.report.record import Job, Record, write_record
from kpikit.report.told import Origin as OnPage
from kpikit.tables import find_file

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KPIS = ROOT / "kpikit" / "catalog" / "kpis"
TABLE = "month,upgrades,subscribers\n2025-01,120,1000\n2025-02,140,1000\n"
CASE = (
    'question = "scorecard"\ntitle = "Where do we stand?"\nkpi = "{kpi}"\nwindow = "month"\ntable = "../{table}"\nkind = "counts"\n'
    'columns = {{ period = "month", numerator = "upgrades", denominator = "subscribers" }}\nas_of = 2026-01-15\n'
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder: two cases on one table, one of them with a composed KPI of its own, their notebook, a small package."""
    for folder in (
        "data/cases",
        "data/own",
        "notebooks",
        *(f"kpikit/{name}" for name in ("templates", "__pycache__", "catalog/kpis")),
    ):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("words.py", "templates/style.css", "catalog/kpis/a.toml", "__pycache__/words.pyc"):
        (tmp_path / "kpikit" / file).write_text("as it was")
    monkeypatch.setattr(made_from, "KPIS", tmp_path / "kpikit" / "catalog" / "kpis")
    monkeypatch.setattr(made_from, "VERSIONED", ("pandas",))
    shutil.copy(ROOT / "notebooks" / "scorecard.ipynb", tmp_path / "notebooks")
    (tmp_path / "data" / "subs.csv").write_text(TABLE)
    (tmp_path / "data" / "cases" / "one.toml").write_text(CASE.format(kpi="upgrade_rate", table="subs.csv"))
    own = (KPIS / "average_revenue_per_user.toml").read_text(encoding="utf-8").replace("average_revenue_per_user", "own_revenue")
    (tmp_path / "data" / "own" / "own_revenue.toml").write_text(own)
    other = CASE.format(kpi="own_revenue", table="subs.csv") + 'catalog = "../own"\n'
    (tmp_path / "data" / "cases" / "other.toml").write_text(other)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def standing(home, name="one", **instead):
    """The job of a report that stands, as a run leaves it."""
    job = Job(name, home / "out", instead)
    folder = job.out / job.name
    (folder / "figures").mkdir(parents=True)
    for file in ("index.html", "series.csv", "notebook.ipynb", "figures/1.png"):
        (folder / file).write_text(f"the {file}")
    write_provenance(folder, inputs_of(job), {"rows_read": 2, "rows_kept": 2, "table": "subs.csv"}, job.limits)
    write_record(Record(job.name, True), job.out)
    return job


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- unchanged, and what changed ---------------------------------------------------------------------------------------------


def test_a_report_of_which_nothing_has_changed_need_not_be_made(home):
    job = standing(home)
    assert is_unchanged(job, inputs_of(job))
    assert why_made(job, inputs_of(job)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("data/cases/one.toml", "Where do", "Where did", ["the case"]),
        ("data/subs.csv", "120", "121", ["the data (../subs.csv)"]),
        ("notebooks/scorecard.ipynb", "# Where do we stand?", "# Where?", ["the notebook (scorecard.ipynb)"]),
        ("notebooks/scorecard.ipynb", '"parameters"', '"parameter"', ["the notebook (scorecard.ipynb)"]),
        ("data/own/own_revenue.toml", "own_revenue", "own_revenue", []),
        ("data/cases/other.toml", "Where do", "Where did", []),
    ],
)
def test_it_is_made_again_where_what_it_is_made_from_was_edited_and_only_then(home, file, old, new, said):
    job = standing(home)
    edit(home / file, old, new)
    assert why_made(job, inputs_of(job)) == said


def test_what_a_run_shows_in_the_notebook_makes_no_difference(home):
    job, path = standing(home), home / "notebooks" / "scorecard.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["id"] = f"other-{cell['id']}"
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": 77, "source": "".join(cell["source"]).splitlines(keepends=True)}
    path.write_text(json.dumps(notebook))
    assert is_unchanged(job, inputs_of(job))


def test_a_log_beside_the_case_is_part_of_it(home):
    job = standing(home)
    (home / "data" / "cases" / "one.log.csv").write_text("date,kind,by,text\n2025-02-01,event,,a fair\n")
    assert why_made(job, inputs_of(job)) == ["the log of the case"]


def test_what_replaces_keys_is_part_of_it_and_another_day_of_the_data_is_named(home):
    job = standing(home, target=0.2)
    assert is_unchanged(job, inputs_of(job))
    assert why_made(replace(job, instead={"target": 0.3}), inputs_of(replace(job, instead={"target": 0.3}))) == [
        "what replaces its keys"
    ]
    later = replace(job, instead={"target": 0.2, "as_of": "2026-02-15"})
    assert why_made(later, inputs_of(later)) == [
        "what replaces its keys",
        "the day of the data (as of 2026-01-15, now 2026-02-15)",
    ]


def test_a_part_of_a_composed_kpi_is_read_though_the_case_does_not_name_it(home, monkeypatch):
    """own_revenue is composed of KPIs of the package; one of them is put where it can be edited."""
    kpis = home / "kpis"
    shutil.copytree(KPIS, kpis)
    monkeypatch.setattr("kpikit.catalog.folders.KPIS", kpis)
    job, one = standing(home, "other"), standing(home, "one")
    assert {"own_revenue", "base_revenue_per_user", "upgrade_rate"} <= set(inputs_of(job).definitions)
    edit(kpis / "base_revenue_per_user.toml", "question = ", "question  = ")
    assert why_made(job, inputs_of(job)) == ["the definitions (base_revenue_per_user)"]
    assert is_unchanged(one, inputs_of(one))


def test_a_definition_in_a_folder_of_the_environment_is_found(home, monkeypatch):
    edit(home / "data" / "cases" / "other.toml", 'catalog = "../own"\n', "")
    monkeypatch.setenv("KPIKIT_CATALOG", str(home / "data" / "own"))
    job = standing(home, "other")
    edit(home / "data" / "own" / "own_revenue.toml", "question = ", "question  = ")
    assert why_made(job, inputs_of(job)) == ["the definitions (own_revenue)"]


def test_other_versions_are_named_with_both(home, monkeypatch):
    job = standing(home)
    real = made_from.version
    monkeypatch.setattr(made_from, "version", lambda name: "99.1" if name == "pandas" else real(name))
    assert why_made(job, inputs_of(job)) == [f"the versions (pandas {real('pandas')}, now 99.1)"]


def test_kpikits_own_code_and_templates_are_part_of_it_but_not_its_other_definitions(home):
    package, job = home / "kpikit", Job("one", home / "out")
    then = inputs_of(job)
    for name in ("catalog/kpis/a.toml", "__pycache__/words.pyc"):
        (package / name).write_text("another")
    assert changes(then, inputs_of(job)) == []
    for name in ("templates/style.css", "words.py"):
        (package / name).write_text("another")
        assert changes(then, inputs_of(job)) == ["kpikit's own code"]
        (package / name).write_text("as it was")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda folder: (folder / "index.html").write_text("15% turned into 25%"), ["index.html was edited"]),
        (lambda folder: (folder / "figures" / "1.png").unlink(), ["figures/1.png was edited"]),
        (lambda folder: (folder / "more.txt").write_text("added"), ["more.txt was edited"]),
        (lambda folder: (folder / ".DS_Store").write_text("of a file system"), []),
        (lambda folder: write_record(Record("one", False, "it failed"), folder.parent), ["its last run failed"]),
        (lambda folder: shutil.rmtree(folder.parent / ".runs"), ["it was never made"]),
    ],
)
def test_it_is_made_again_where_it_does_not_stand_whole(home, what, said):
    job = standing(home)
    what(job.out / job.name)
    assert why_made(job, inputs_of(job)) == said


def test_a_report_that_keeps_no_provenance_is_made_again(home):
    job = standing(home)
    (job.out / "one" / "provenance.json").unlink()
    folder = job.out / "one"
    said = f"{folder}: an older kpikit made it, and kept no provenance; make it again with kpikit report"
    assert why_made(job, inputs_of(job)) == [said]


def test_what_cannot_be_found_is_told_as_a_run_tells_it(home):
    with pytest.raises(CaseError, match=r"^no case 'oen' in data/cases; did you mean 'one'\?$"):
        inputs_of(Job("oen", home))
    (home / "data" / "subs.csv").unlink()
    with pytest.raises(TableError, match=r"^no file \.\./subs\.csv; paths are relative to the case, and its folder is "):
        inputs_of(Job("one", home))


# --- what a fleet shares is read once, and without what counts ----------------------------------------------------------------


def test_a_table_that_cases_share_is_read_once(home, monkeypatch):
    read = []
    real = made_from.file_hash
    monkeypatch.setattr(made_from, "file_hash", lambda path: (read.append(path.name), real(path))[1])
    looked = Inspection()
    assert looked.inputs_of(Job("one", home)).data == looked.inputs_of(Job("other", home)).data
    assert read == ["subs.csv"]


def test_nothing_that_counts_or_draws_is_imported():
    code = (
        "import sys; from pathlib import Path; import kpikit.report.replay; from kpikit.report.provenance import why_made\n"
        "from kpikit.report.made_from import Inspection; from kpikit.report.record import Job; from kpikit.cases import case_ids\n"
        "look = Inspection()\n"
        "for case in case_ids(): why_made(Job(case, Path('nowhere')), look.inputs_of(Job(case, Path('nowhere'))))\n"
        "heavy = 'pandas numpy duckdb pyarrow narwhals papermill nbformat matplotlib scipy jinja2 IPython'\n"
        "print(set(heavy.split()) & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


# --- every kind of data ---------------------------------------------------------------------------------------------------------


def data_of(home, table):
    text = CASE.format(kpi="upgrade_rate", table=table).replace("../package:", "package:")
    (home / "data" / "cases" / "one.toml").write_text(text)
    return inputs_of(Job("one", home)).data


def test_data_are_the_bytes_of_the_table(home):
    assert data_of(home, "subs.csv") == {"../subs.csv": hashlib.sha256(TABLE.encode()).hexdigest()}


def test_data_of_a_package_are_the_bytes_of_its_file(home):
    table = "package:kpikit/py.typed"
    assert data_of(home, table) == {table: hashlib.sha256(find_file(table, home).read_bytes()).hexdigest()}


def test_data_of_a_query_are_also_those_of_the_tables_that_it_names(home):
    (home / "data" / "q.sql").write_text("-- table subs = subs.csv\nSELECT * FROM subs\n")
    then = data_of(home, "q.sql")
    edit(home / "data" / "subs.csv", "120", "121")
    assert data_of(home, "q.sql") != then


def test_data_of_a_database_file_are_also_what_was_written_beside_it(home):
    """SQLite's write-ahead log holds the newest rows; the file itself stays as it was."""
    path = home / "data" / "subs.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE subs (month, upgrades, subscribers)")
        database.commit()
        then = data_of(home, "subs.db")
        database.execute("INSERT INTO subs VALUES ('2025-01', 1, 2)")
        database.commit()
        now = data_of(home, "subs.db")
    assert then["../subs.db"] == now["../subs.db"]
    assert then["../subs.db-wal"] != now["../subs.db-wal"]


def test_a_table_in_a_database_has_no_bytes_so_the_report_is_made_each_time_and_tells_its_counts(home):
    text = CASE.format(kpi="upgrade_rate", table="x").replace("../x", "postgresql:sales.subs") + 'connection = "SALES_DB"\n'
    (home / "data" / "cases" / "one.toml").write_text(text)
    job = standing(home)
    assert inputs_of(job).data == {"postgresql:sales.subs": "measured counts"}
    assert why_made(job, inputs_of(job)) == ["postgresql:sales.subs is in a database: only a run counts it"]
    counts = hashlib.sha256(b"the series.csv").hexdigest()
    assert read_provenance(job.out / "one").measured == {"rows_read": 2, "rows_kept": 2, "counts_sha256": counts}
    shown = OnPage("n", {}, inputs_of(job), counts).hashes
    assert shown[0] == ("data postgresql:sales.subs", f"{counts} (measured counts)")


# --- what a notebook reads --------------------------------------------------------------------------------------------------------


def notebook_with(folder, source):
    cells = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'case = "x"'}]
    cells += [{"cell_type": "code", "metadata": {}, "source": ["import kpikit as kk\n", source]}]
    (folder / "n.ipynb").write_text(json.dumps({"cells": cells}))
    return folder / "n.ipynb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_of_a_question_of_kpikits_it_is_known_what_it_reads(path):
    assert read_asked(path).reads_more == ""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import pandas as pd", "import pandas as pd"), ("from pathlib import Path", "from pathlib import Path"),
        ("open('more.csv').read()", "open"), ("%run other.py", "%run other.py"),
        ("kk.read_table('more.csv', kind='counts')", "kk.read_table"), ("kk.read_case('another')", "kk.read_case('another')"),
        ("kk.load_kpi('upsell_ratio')", "kk.load_kpi('upsell_ratio')"), ("from . import more", "from . import more"),
    ],
)  # fmt: skip
def test_a_notebook_that_may_read_more_than_its_case_is_run_each_time(tmp_path, source, said):
    assert read_asked(notebook_with(tmp_path, source)).reads_more == f"n.ipynb may read more than the case names ({said})"


@pytest.mark.parametrize("source", ["kk.read_case(case, table=None)", "kk.load_kpi(case.kpi, *case.definitions)", "1 + 1"])
def test_a_notebook_that_reads_its_case_reads_no_more(tmp_path, source):
    assert read_asked(notebook_with(tmp_path, source)).reads_more == ""


def test_a_notebook_of_its_own_is_run_each_time_and_it_is_said_why(home):
    shutil.copy(home / "notebooks" / "scorecard.ipynb", home / "mine.ipynb")
    job = standing(home, "mine.ipynb")
    assert why_made(job, inputs_of(job)) == ["mine.ipynb is no question of kpikit's: nobody knows what it reads"]


# --- the definitions that a question reads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("techsolutions_scorecard", lambda case: (measure_case(case), measure_also(case))),
        ("language_app_tree", lambda case: kpi_tree(measure_case(case), **case.asked)),
        ("design_app_lifetime", lambda case: measure_asked(case, table_of(case))),
        ("planner_campaign", lambda case: measure_asked(case, table_of(case))),
    ],
)
def test_the_definitions_that_are_told_are_those_that_are_read(monkeypatch, name, ask):
    """Every definition's text goes through one function: what it was asked for while the question ran."""
    read, real = set(), definitions.text_of
    for module in (definitions, heads):
        monkeypatch.setattr(module, "text_of", lambda path: (read.add(path.stem), real(path))[1])
    monkeypatch.chdir(ROOT)
    ask(read_case(name))
    assert set(inputs_of(Job(name, Path("nowhere"))).definitions) == read


# --- the file ---------------------------------------------------------------------------------------------------------------------


def test_the_file_names_no_folder_and_no_time_and_is_the_same_elsewhere(home, monkeypatch):
    standing(home)
    there = home / "another folder"
    for name in ("data", "notebooks"):
        shutil.copytree(home / name, there / name)
    monkeypatch.chdir(there)
    standing(there)
    text = (home / "out" / "one" / "provenance.json").read_text()
    assert (there / "out" / "one" / "provenance.json").read_text() == text
    assert str(home) not in text


def test_what_is_kept_is_read_back_and_leads_to_the_same_job(home):
    of_grid = {"called": "one.eu", "of": "one", "instead": {"only": {"a": "b"}}}
    job = replace(standing(home), limits=Limits(run_s=7200.0), secrets=("SALES_DB",), **of_grid)
    (home / "one").mkdir()
    write_provenance(home / "one", inputs_of(job), {}, job.limits)
    assert read_provenance(home / "one").job(home / "out") == job


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no report was made there; name the folder of one"),
        ('{"format": 0}', "its provenance is of another version of kpikit; make it again with kpikit report"),
        ("{", "its provenance.json cannot be read (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)); "
         "make it again with kpikit report"),
    ],
)  # fmt: skip
def test_a_folder_that_does_not_tell_is_refused(tmp_path, text, said):
    if text:
        (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(ReportError) as refused:
        read_provenance(tmp_path)
    assert str(refused.value) == f"{tmp_path}: {said}"


def test_a_folder_that_is_not_there_is_refused():
    with pytest.raises(ReportError, match=r"^nowhere: there is no such report; name the folder of one, as reports/techsolutions"):
        read_provenance(Path("nowhere"))


def test_a_changed_logo_is_a_reason_to_make_the_report_again(home):
    case, logo = home / "data" / "cases" / "one.toml", home / "data" / "logo.png"
    case.write_text(case.read_text() + 'logo = "../logo.png"\n')
    logo.write_bytes(b"as it was")
    job = standing(home)
    assert ("logo", hashlib.sha256(b"as it was").hexdigest()) in inputs_of(job).hashes
    assert why_made(job, inputs_of(job)) == []
    logo.write_bytes(b"another")
    assert why_made(job, inputs_of(job)) == ["the logo"]
