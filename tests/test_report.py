"""Reports end to end: whole or absent, from a case file or none, with the numbers of the notebook and nothing hostile."""

import csv
import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from kpikit.answer import MIME
from kpikit.cases import case_ids, read_case
from kpikit.errors import ReportError
from kpikit.measuring import measure_case
from kpikit.questions.before_after import before_after
from kpikit.report.index import write_index
from kpikit.report.notebook import execute, notebook_for
from kpikit.report.page import clean
from kpikit.report.record import Job, Record, read_records, write_record
from kpikit.report.runner import run_jobs

ROOT = Path(__file__).parents[1]
FIGURES = (
    "run_chart", "forest_plot", "waterfall", "dumbbell", "effect_course", "bullet_graph", "control_chart", "placebos",
)  # fmt: skip
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
    assert names == sorted(["answer.json", "index.html", "notebook.ipynb", "series.csv", "summary.txt", "total.csv", *figures])


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


def test_two_cases_of_one_name_are_refused(tmp_path):
    with pytest.raises(ReportError, match="two cases are called 'a'; their reports would land in one folder, rename one"):
        run_jobs([Job("x/a.toml", tmp_path), Job("y/a.toml", tmp_path)])


def test_records_survive_a_round_trip(tmp_path):
    record = Record("a", False, "why: <é>")
    write_record(record, tmp_path)
    assert read_records(tmp_path) == [record]


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


@pytest.fixture(scope="module")
def all_cases(tmp_path_factory):
    """Every case of data/cases, run by the one command."""
    out = tmp_path_factory.mktemp("all")
    ended = subprocess.run(
        [sys.executable, "-m", "kpikit", "report", "--out", str(out)], cwd=ROOT, capture_output=True, text=True
    )
    return out, ended


def test_the_one_command_makes_every_report_and_ends_with_the_index(all_cases):
    out, ended = all_cases
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == str(out / "index.html")


@pytest.mark.parametrize("case_id", case_ids())
def test_every_case_has_its_report(all_cases, case_id):
    page = (all_cases[0] / case_id / "index.html").read_text(encoding="utf-8")
    headline = json.loads((all_cases[0] / case_id / "answer.json").read_text(encoding="utf-8"))["headline"]
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
