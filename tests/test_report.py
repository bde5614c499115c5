"""Reports end to end: whole or absent, from a case file or none, with the numbers of the notebook and nothing hostile."""

import csv
import html
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import nbformat
import pytest
from defaults import asked_by_default

from kpikit.answer import MIME
from kpikit.cases import read_case
from kpikit.cli import main
from kpikit.errors import ReportError
from kpikit.measuring import measure_case
from kpikit.questions.before_after import before_after
from kpikit.report import making
from kpikit.report.cells import clean
from kpikit.report.index import write_index
from kpikit.report.notebook import Executed, execute, notebook_for
from kpikit.report.record import Job, Record, read_records, write_log, write_record
from kpikit.report.runner import run_jobs

ROOT = Path(__file__).parents[1]
FIGURES = (
    "run_chart", "forest_plot", "waterfall", "dumbbell", "effect_course", "bullet_graph", "control_chart", "placebos",
)  # fmt: skip
WHEN = r" \(started [^()]*\)"  # in the log: when, where and in what kernel a report was made
CSP = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "font-src data:; base-uri 'none'; form-action 'none'\">"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder, its name with spaces, in which two cases were run together: one good, one whose table has a fault."""
    home = tmp_path_factory.mktemp("a folder with spaces")
    (home / "subs.csv").write_text(
        "month,region,upgrades,subscribers\n"
        + "".join(f"2025-{m:02},{r},{100 + 20 * m},1000\n" for m in range(1, 13) for r in ("<script>alert(1)</script>", "US"))
    )
    (home / "broken.csv").write_text("month,region,upgrades,subscribers\n2025-01,US,12.5,1000\n")
    for name in ("subs", "broken"):
        (home / f"{name}.toml").write_text(
            f'title = "Did <b>{name}</b> rise?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "{name}.csv"\nkind = "counts"\n'
            'columns = { period = "month", numerator = "upgrades", denominator = "subscribers" }\nsegments = ["region"]\n'
            'changed_on = 2025-07-10\nas_of = 2026-01-15\nsituation = "It stood <i>still</i>."\nclient = "A & B"\n'
            'actions = ["first", "second"]\nreported_outcome = "25 percent"\ntarget = 0.2\n'
        )
    out = home / "reports"
    ended = run_jobs([Job(str(home / f"{name}.toml"), out) for name in ("subs", "broken")])
    return out, ended


def test_a_failed_report_never_stops_the_others(made):
    assert [record.passed for record in made[1]] == [True, False]


def test_a_failed_report_leaves_nothing_but_its_reason(made):
    out, (_, failed) = made
    assert sorted(path.name for path in out.iterdir()) == [".runs", "subs"]
    assert failed.reason == ("broken.csv: 1 value cannot be read\n  line 2, column 'upgrades': '12.5' is not a whole number")


def test_a_report_holds_everything_that_it_promises(made):
    names = sorted(str(path.relative_to(made[0] / "subs")) for path in (made[0] / "subs").rglob("*") if path.is_file())
    figures = [f"figures/{n}_{kind}.{end}" for n, kind in enumerate(FIGURES, start=1) for end in ("png", "svg")]
    assert names == sorted(
        ["answer.json", "index.html", "notebook.ipynb", "provenance.json", "series.csv", "summary.txt", "total.csv", *figures]
    )


@pytest.fixture(scope="module")
def page(made):
    return (made[0] / "subs" / "index.html").read_text(encoding="utf-8")


def test_the_policy_stands_first_and_nothing_comes_from_outside(page):
    assert page.split("<head>")[1].strip().startswith(CSP)
    assert not re.search(r"""(src|href)=["']?(?!data:)[^"' >]*//""", page)
    assert "<script" not in page


def test_text_of_the_data_and_of_the_case_stays_text(page):
    assert "Did &lt;b&gt;subs&lt;/b&gt; rise?" in page
    assert "It stood &lt;i&gt;still&lt;/i&gt;." in page
    assert "A &amp; B" in page
    assert "region: &lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_every_figure_has_its_alt_text(page):
    images = re.findall(r"<img [^>]*>", page)
    assert len(images) == len(FIGURES)
    assert all(re.search(r'alt="[^"]{30,}"', image) for image in images)


def test_the_page_tells_the_story_in_order_and_where_the_numbers_come_from(page):
    headings = re.findall(r"<h3>([^<]*)</h3>", page)
    story = ["Situation", "What was done", "What changed", "What it was worth", "What we cannot say, and what to look at"]
    assert [heading for heading in headings if heading in story] == story
    for fact in ("24 of 24 were kept", "2025-01 to 2025-12, as of 2026-01-15", "SHA-256", "matplotlib 3.", "changed_on"):
        assert fact in page


def test_headings_follow_one_another_without_a_leap(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_the_numbers_are_those_of_the_answer(made):
    case = read_case(made[0].parent / "subs.toml")
    answer = before_after(measure_case(case), case.changed_on, **case.choices)
    shown = json.loads((made[0] / "subs" / "answer.json").read_text(encoding="utf-8"))
    assert shown["headline"] == answer.headline
    assert shown["verdict"]["change"]["value"] == pytest.approx(answer.verdict["change"]["value"], rel=1e-5)
    assert answer.headline in (made[0] / "subs" / "summary.txt").read_text(encoding="utf-8")
    with (made[0] / "subs" / "series.csv").open(encoding="utf-8", newline="") as rows:
        assert sum(int(row["numerator"]) for row in csv.DictReader(rows)) == 2 * sum(100 + 20 * m for m in range(1, 13))


def test_the_notebook_beside_it_ran_to_its_end_and_holds_no_time_and_no_place(made):
    text = (made[0] / "subs" / "notebook.ipynb").read_text(encoding="utf-8")
    cells = [cell for cell in nbformat.reads(text, 4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert "start_time" not in text
    assert str(Path(sys.prefix)) not in text


def test_the_index_lists_all_runs_the_failed_ones_with_their_reason(made):
    out, _ = made
    page = write_index(out).read_text(encoding="utf-8")
    assert page.split("<head>")[1].strip().startswith(CSP)
    assert 'href="subs/index.html"' in page
    assert page.count("data:image/png;base64,") == 1
    assert "&#39;12.5&#39; is not a whole number" in page
    assert "<strong>1 failed</strong>" in page


def test_a_report_takes_the_place_of_the_one_before_only_when_it_is_whole(made, tmp_path):
    out = tmp_path / "reports"
    shutil.copytree(made[0] / "subs", out / "broken")
    before = (out / "broken" / "index.html").read_bytes()
    (ended,) = run_jobs([Job(str(made[0].parent / "broken.toml"), out)])
    assert not ended.passed
    assert (out / "broken" / "index.html").read_bytes() == before
    assert "this run made none" in write_index(out).read_text(encoding="utf-8")


def test_a_folder_that_no_report_made_is_not_replaced(made, tmp_path):
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / "mine.txt").write_text("kept")
    record = making.make(Job(str(made[0].parent / "subs.toml"), tmp_path))
    assert record.reason == (
        f"{tmp_path / 'subs'}: something else stands there, and a report would replace it; give another folder with --out"
    )
    assert (tmp_path / "subs" / "mine.txt").read_text() == "kept"


def test_two_cases_of_one_name_are_refused(tmp_path):
    with pytest.raises(ReportError, match="two cases are called 'a'; their reports would land in one folder, rename one"):
        run_jobs([Job("x/a.toml", tmp_path), Job("y/a.toml", tmp_path)])


@pytest.mark.parametrize("name", [".", "..", ".runs", ".making-x", "index.html", "log.txt", "Log.TXT"])
def test_a_report_is_never_called_what_its_folder_keeps_for_itself(tmp_path, name):
    with pytest.raises(ReportError) as error:
        run_jobs([Job(f"x/{name}.toml", tmp_path / "reports")])
    assert str(error.value) == f"a report cannot be called '{name}', its folder keeps that name for itself; rename the case"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "record",
    [
        Record("a", False, "why: <é>"),
        Record(
            "b",
            True,
            title="t",
            headline="h",
            band="high",
            direction="rose",
            warnings=("gaps: 2026-01", "mix: <é>"),
            duration_s=1.5,
        ),
    ],
)
def test_records_survive_a_round_trip(tmp_path, record):
    write_record(record, tmp_path)
    assert read_records(tmp_path) == [record]


def test_a_record_whose_warnings_an_older_version_counted_is_read_without_them(tmp_path):
    write_record(Record("a", True), tmp_path)
    path = tmp_path / ".runs" / "a.json"
    path.write_text(path.read_text().replace('"warnings": []', '"warnings": 3'))
    assert read_records(tmp_path) == [Record("a", True)]


def test_the_log_tells_how_each_run_ended_and_what_has_to_be_looked_at(tmp_path):
    when = {"started": "2026-11-22T10:31:02+00:00", "machine": "alder", "kernel": "warm"}
    good = Record("a", True, warnings=("gaps: 2026-01 has no row.", "mix: it moved."), duration_s=1.5, **when)
    same = Record("c", True, unchanged=True, **when)
    bad = Record("b", False, "t.csv: 1 value cannot be read\n  line 2")
    assert write_log([good, bad, same], tmp_path) == tmp_path / "log.txt"
    assert (tmp_path / "log.txt").read_text() == (
        "a: done in 1.5 s (started 2026-11-22 10:31:02 UTC, on alder, kernel warm)\n"
        "a: look: gaps: 2026-01 has no row.\na: look: mix: it moved.\n"
        "b: FAILED: t.csv: 1 value cannot be read\n  line 2\n"
        "c: unchanged (started 2026-11-22 10:31:02 UTC, on alder, kernel warm)\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["log.txt"]


def test_the_index_shows_each_warning_as_text(tmp_path):
    write_record(Record("a", True, title="t", warnings=("mix: <script>x</script>",)), tmp_path)
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert "<li>mix: &lt;script&gt;x&lt;/script&gt;</li>" in page
    assert "1 to look at" in page


def test_a_failed_run_s_name_is_no_address(tmp_path):
    write_record(Record("javascript:alert(1)", True, title="t"), tmp_path)
    (tmp_path / "javascript:alert(1)").mkdir()
    (tmp_path / "javascript:alert(1)" / "index.html").write_text("x")
    assert 'href="javascript%3Aalert%281%29/index.html"' in write_index(tmp_path).read_text(encoding="utf-8")


# --- data never run ----------------------------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>", '=HYPERLINK("http://x/","y")', "$$\\frac{1}{$", "{{7*7}}", "../../x", "'; DROP TABLE t; --",
    "{% raw %}", "[a](javascript:x)", "<img src=x onerror=alert(1)>",
)  # fmt: skip
BAD_NAME = '=HYPERLINK("x"){{7*7}}$$<b>#?%41'


class Seen(HTMLParser):
    """The tags of a page with their attributes, and its texts, as a browser takes them apart."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report of which everything that a user gives is hostile; its table lies in a folder that KPIKIT_DATA lets in."""
    home = tmp_path_factory.mktemp("hostile")
    (home / "away").mkdir()
    (home / "near" / "cases").mkdir(parents=True)
    columns = ["month", "=cmd|<script>x</script> $$", "upgrades <img src=x onerror=x>", "../../subs {{7*7}}"]
    with (home / "away" / "x {{7*7}} $$.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        for month in range(1, 13):
            lines.writerows([f"2025-{month:02}", name, 100 + 20 * month + at, 1000] for at, name in enumerate(HOSTILE))
    everything = " ".join(HOSTILE).replace("\\", "\\\\").replace('"', '\\"')
    (home / "near" / "cases" / f"{BAD_NAME}.toml").write_text(
        f'title = "Did {everything} rise?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "../../away/x {{{{7*7}}}} $$.csv"\n'
        f'kind = "counts"\ncolumns = {{ period = "month", numerator = "{columns[2]}", denominator = "{columns[3]}" }}\n'
        f"segments = ['{columns[1]}']\nchanged_on = 2025-07-10\nas_of = 2026-01-15\n"
        + "".join(
            f'{key} = "{everything}"\n' for key in ("situation", "finding", "reported_outcome", "learned", "client", "author")
        )
        + f'owner = "{everything}"\ndata_note = "{everything}"\nactions = ["{everything}"]\n'
        + f'[events]\n"2025-03-01" = "{everything}"\n'
    )
    before = set(home.rglob("*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KPIKIT_DATA", str(home / "away"))
        code = main(["report", str(home / "near" / "cases" / f"{BAD_NAME}.toml"), "--out", str(home / "reports")])
    return home, code, before


def test_a_report_of_hostile_data_is_made_and_stays_in_its_folder(hostile):
    home, code, before = hostile
    assert code == 0
    new = set(home.rglob("*")) - before
    assert {path.relative_to(home).parts[0] for path in new} == {"reports"}
    names = sorted(path.name for path in (home / "reports" / BAD_NAME).rglob("*") if path.is_file())
    figures = [f"{n}_{kind}.{end}" for n, kind in enumerate(FIGURES, start=1) for end in ("png", "svg")]
    assert names == sorted(
        ["answer.json", "index.html", "notebook.ipynb", "provenance.json", "series.csv", "summary.txt", "total.csv", *figures]
    )


@pytest.mark.parametrize("page", ["index.html", f"{BAD_NAME}/index.html"])
def test_hostile_text_is_shown_as_it_is_and_is_nothing_else(hostile, page):
    text = (hostile[0] / "reports" / page).read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(text)
    assert not {tag for tag, _ in seen.tags} & {"script", "iframe", "object", "embed", "form", "base", "link"}
    for tag, attributes in seen.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("src", "data:image/").startswith("data:image/")
        assert tag != "a" or unquote(attributes["href"]) == f"{BAD_NAME}/index.html"
    shown = " ".join(seen.texts)
    for name in HOSTILE:
        assert name in shown
    assert not [text for text in seen.texts if text.strip().endswith((": 49", "_49")) or text.strip() == "49"]


def test_hostile_names_stay_text_in_figures_and_tables(hostile):
    folder = hostile[0] / "reports" / BAD_NAME
    with (folder / "series.csv").open(encoding="utf-8", newline="") as rows:
        read = list(csv.reader(rows))
    assert read[0][1] == "'=cmd|<script>x</script> $$"
    assert {row[1] for row in read[1:]} == {f"'{name}" if name.startswith("=") else name for name in HOSTILE}
    for figure in (folder / "figures").glob("*.svg"):
        for element in ElementTree.parse(figure).iter():
            assert element.tag.rpartition("}")[2].casefold() not in ("script", "foreignobject", "a", "image")
            assert not [name for name in element.attrib if name.startswith("on")]
    drawn = html.unescape((folder / "figures" / "4_dumbbell.svg").read_text(encoding="utf-8"))
    assert "{{7*7}}" in drawn


def test_a_hostile_case_s_answer_is_valid_json_and_its_title_stands_in_the_summary(hostile):
    folder = hostile[0] / "reports" / BAD_NAME
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    assert answer["question"] == "before_after"
    first = (folder / "summary.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"Did {' '.join(HOSTILE)} rise?"


# --- where a case may read ---------------------------------------------------------------------------------------------

LEAST = 'title = "t"\nkpi = "upgrade_rate"\nwindow = "month"\nkind = "counts"\nas_of = 2026-01-15\nchanged_on = 2025-07-10\n'


@pytest.mark.parametrize("table", ["/etc/passwd", "../../../etc/passwd", "link.csv"])
def test_a_report_reads_no_file_outside_the_folders_of_its_case(table, tmp_path, capsys, monkeypatch):
    (tmp_path / "a" / "b" / "cases").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    monkeypatch.delenv("KPIKIT_DATA", raising=False)
    (tmp_path / "secret.csv").write_text("month,numerator,denominator\nsecret,1,2\n")
    (tmp_path / "a" / "b" / "cases" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "a" / "b" / "cases" / "c.toml").write_text(LEAST + f'table = "{table}"\n')
    assert main(["report", "cases/c.toml", "--out", "made"]) == 1
    said = (
        f"c: table = '{table}' lies outside the folders that a case may read: its own, the one above it and the working folder; "
        "give it with --table, or name its folder in the environment variable KPIKIT_DATA"
    )
    assert capsys.readouterr().err == f"kpikit: c failed: {said}\n"
    log = (tmp_path / "a" / "b" / "made" / "log.txt").read_text()
    assert re.sub(WHEN, "", log) == f"c: FAILED: {said}\n"
    written = [path for path in (tmp_path / "a" / "b" / "made").rglob("*") if path.is_file() and path.name != ".lock"]
    assert sorted(path.name for path in written) == [".fleet.json", "c.json", "index.html", "log.txt"]
    assert not any("root:" in path.read_text() or "secret,1" in path.read_text() for path in written)


def notebook(path, *sources, tagged="case = 'x'"):
    cells = [nbformat.v4.new_code_cell(tagged, metadata={"tags": ["parameters"]}), *map(nbformat.v4.new_code_cell, sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


def test_an_unknown_parameter_is_refused_with_the_near_one(tmp_path):
    asked = notebook(tmp_path / "a.ipynb", "1")
    with pytest.raises(ReportError, match=r"a.ipynb: no parameter 'cas' in its tagged cell; did you mean 'case'\?"):
        execute(asked, tmp_path / "b.ipynb", {"cas": "x"})


def test_a_failing_cell_is_told_with_its_error(tmp_path):
    with pytest.raises(ReportError, match="cell 3: ZeroDivisionError: division by zero"):
        execute(notebook(tmp_path / "a.ipynb", "1 / 0"), tmp_path / "b.ipynb", {"case": "x"})


def test_a_notebook_that_leaves_early_is_not_taken_for_whole(tmp_path):
    with pytest.raises(ReportError, match="did not run"):
        execute(notebook(tmp_path / "a.ipynb", "import sys; sys.exit(0)", "2"), tmp_path / "b.ipynb", {"case": "x"})


def test_a_question_that_no_notebook_asks_offers_the_near_one():
    with pytest.raises(ReportError, match=r"no notebook asks 'scorecrd'; did you mean 'scorecard'\?"):
        notebook_for("scorecrd")


@pytest.mark.parametrize("hostile", [
    "<script>x</script>", "<img src=x onerror=x>", "<a href='javascript:x'>y</a>", "<iframe src=x></iframe>", "<style>*{}</style>",
    "<meta http-equiv=refresh content=0>", "<form action=x><input></form>", "<svg onload=x></svg>", "<p style='x' onclick='x'>y</p>",
])  # fmt: skip
def test_what_a_notebook_displays_is_cleaned(hostile):
    assert not re.search(r"script|onerror|onclick|onload|iframe|style|meta|form|svg|img|href", clean(hostile))


#: cases run by the command: a before/after, a question without a series, a composed KPI, real data
REPORTED = ["language_app_tree", "online_retail_upsell", "techsolutions_upgrade_rate", "upgrade_survey_feedback"]
#: those of the other questions, whose notebooks stand executed in notebooks/, as nbval sees; tests/test_cases_answered.py asks all
STORED = sorted({*asked_by_default()} - {*REPORTED})


@pytest.fixture(scope="module")
def all_cases(tmp_path_factory):
    """A few cases, run by the one command."""
    out = tmp_path_factory.mktemp("all")
    command = [sys.executable, "-m", "kpikit", "report", *REPORTED, "--out", str(out)]
    return out, subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def stored_cases(tmp_path_factory):
    """The reports of the executed notebooks that come with the project, and what each has to look at."""

    def stored(notebook, out, *_):
        shutil.copy(notebook, out)
        return Executed(out, nbformat.read(out, 4))

    out = tmp_path_factory.mktemp("stored")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "execute", stored)
        patch.chdir(ROOT)
        records = {case_id: making.make(Job(case_id, out)) for case_id in STORED}
    return out, records


@pytest.fixture
def one_case(request, case_id):
    """The folder of a report, and what has to be looked at."""
    if case_id in STORED:
        out, records = request.getfixturevalue("stored_cases")
        assert records[case_id].passed, records[case_id].reason
        return out / case_id, list(records[case_id].warnings)
    out, ended = request.getfixturevalue("all_cases")
    lines = [line for line in ended.stderr.splitlines() if line.startswith(f"kpikit: {case_id}: ")]
    return out / case_id, [line.partition(": look: ")[2] for line in lines]


def test_the_one_command_makes_the_reports_and_ends_with_the_index(all_cases):
    out, ended = all_cases
    assert ended.returncode == 0
    assert ended.stdout.splitlines()[-1] == str(out / "index.html")
    for line in ended.stderr.splitlines():  # nothing but what has to be looked at
        assert re.fullmatch(rf"kpikit: ({'|'.join(REPORTED)}): look: .+", line)


def test_what_has_to_be_looked_at_is_told_on_stderr_in_the_log_and_in_the_index(all_cases):
    out, ended = all_cases
    told = [line.removeprefix("kpikit: ") for line in ended.stderr.splitlines()]
    assert told
    log = (out / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in log if ": look: " in line] == told
    ends = [re.sub(rf" in [\d.]+ s|{WHEN}", "", line) for line in log if ": look: " not in line]
    assert ends == [f"{name}: done" for name in REPORTED]
    listed = [html.unescape(item) for item in re.findall(r"<li>([^<]*)</li>", (out / "index.html").read_text(encoding="utf-8"))]
    assert sorted(listed) == sorted(line.partition(": look: ")[2] for line in told)


@pytest.mark.parametrize("case_id", [*REPORTED, *STORED])
def test_what_has_to_be_looked_at_is_the_same_in_answer_summary_and_page(one_case, case_id):
    folder, told = one_case
    checks = json.loads((folder / "answer.json").read_text(encoding="utf-8"))["checks"]
    assert [f"{check['name']}: {check['sentence']}" for check in checks if check["passed"] is False] == told
    summary = (folder / "summary.txt").read_text(encoding="utf-8")
    page = html.unescape((folder / "index.html").read_text(encoding="utf-8"))
    for check in checks:
        if check["passed"] is False:
            assert f"\n- {check['name']}: {check['sentence']}\n" in summary
            assert check["sentence"] in page


@pytest.mark.parametrize("case_id", [*REPORTED, *STORED])
def test_every_question_has_its_report(one_case, case_id):
    page = (one_case[0] / "index.html").read_text(encoding="utf-8")
    headline = json.loads((one_case[0] / "answer.json").read_text(encoding="utf-8"))["headline"]
    assert html.escape(headline) in page.replace("&#39;", "&#x27;")
    told = re.sub(
        r"<details[\s\S]*?</details>|data:[^\"]*", " ", page
    )  # without code and the plain frames, which are pandas' own
    assert not re.search(r"\b(nan|inf|NaN)\b|>None<", told)


def test_the_real_case_leads_with_closed_windows_and_names_the_naive_figure(all_cases):
    page = (all_cases[0] / "online_retail_upsell" / "index.html").read_text(encoding="utf-8")
    assert 0 < page.index("839 of 4,070") < page.index("884 of 4,338")
    for said in ("the 268 whose window", "the first 3 months", "a calendar date, and no program"):
        assert said in page


def test_plain_papermill_gives_the_same_numbers(all_cases, tmp_path):
    case_id = "techsolutions_upgrade_rate"
    command = [
        "papermill",
        "notebooks/before_after.ipynb",
        str(tmp_path / "out.ipynb"),
        "-p",
        "case",
        case_id,
        "--no-progress-bar",
    ]
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True, capture_output=True)
    shown = [
        [
            output["data"][MIME]
            for cell in nbformat.read(path, 4).cells
            for output in cell.get("outputs", [])
            if MIME in output.get("data", {})
        ]
        for path in (tmp_path / "out.ipynb", all_cases[0] / case_id / "notebook.ipynb")
    ]
    assert shown[0] == shown[1]
    assert len(shown[0]) >= 6
