"""A report is made again from what it was made from: the same values to the byte, or where they are not the same and why."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from kpikit.cli import main
from kpikit.report import made_from
from kpikit.report import replay as replaying
from kpikit.report.made_from import inputs_of
from kpikit.report.provenance import hashes, write_provenance
from kpikit.report.record import Job, Record
from kpikit.report.replay import replay
from kpikit.report.runner import run_jobs

ONLY = {"only": {"region": "EU"}, "target": 0.2}
JOB = Job("subs.toml", Path("out"), ONLY, called="subs.eu", of="subs")
FOLDER = Path("out", "subs.eu")
SAME = "nothing that it is made from has changed"


@pytest.fixture(scope="module", autouse=True)
def steady():
    """The code of kpikit, as if nobody worked on it meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_from, "_code", lambda: "the code")
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report of a part of a table, made once: its folder's home."""
    home = tmp_path_factory.mktemp("a home")
    months = [f"2025-{month:02}" for month in range(1, 13)]
    rows = [f"{month},{region},{100 + 9 * n},1000" for n, month in enumerate(months) for region in ("EU", "US")]
    (home / "subs.csv").write_text("\n".join(["month,region,upgrades,subscribers", *rows]) + "\n")
    (home / "subs.toml").write_text(
        'question = "scorecard"\ntitle = "Where do we stand?"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "subs.csv"\n'
        'kind = "counts"\ncolumns = { period = "month", numerator = "upgrades", denominator = "subscribers" }\n'
        "as_of = 2026-01-15\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        (record,) = run_jobs([JOB])
        assert record.passed, record.reason
        shutil.copy(FOLDER / "provenance.json", "as_made.json")
        write_provenance(FOLDER, inputs_of(JOB), {}, JOB.limits)
    return home


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    """A copy of it to be edited, as the working folder."""
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def again(home, monkeypatch):
    """What a run is to make, instead of one: a copy of the report, to be edited."""
    shutil.copytree(FOLDER, home / "again")

    def copied(jobs):
        shutil.copytree(home / "again", jobs[0].out / jobs[0].name, dirs_exist_ok=True)
        return [Record(jobs[0].name, True)]

    monkeypatch.setattr(replaying, "run_jobs", copied)
    return home / "again"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def answer(folder, change):
    path = folder / "answer.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    change(told)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def test_a_run_keeps_what_the_report_was_made_from_and_the_hash_of_every_file(home):
    kept = json.loads(Path("as_made.json").read_text(encoding="utf-8"))
    assert kept["inputs"] | {"code": "the code"} == asdict(inputs_of(JOB))
    assert kept["files"] == hashes(FOLDER)
    assert kept["measured"] == {"rows_read": 24, "rows_kept": 12}


def test_a_report_made_again_elsewhere_is_the_same_to_the_byte(home, capsys):
    moved = shutil.move(FOLDER, home / "sent")
    assert main(["replay", str(moved)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == SAME
    assert lines[-1] == "the same: every value, to the byte"
    assert sorted(path.name for path in home.iterdir()) == ["as_made.json", "out", "sent", "subs.csv", "subs.toml"]


def test_the_run_finds_the_job_as_it_was_and_nothing_of_the_report_but_what_it_was_compared_with(again, monkeypatch):
    def looked_at(jobs):
        seen.append((replace(jobs[0], out=Path("out")), [path.name for path in (jobs[0].out / jobs[0].name).iterdir()]))
        return run(jobs)

    seen, run = [], replaying.run_jobs
    monkeypatch.setattr(replaying, "run_jobs", looked_at)
    assert replay(FOLDER).same
    (FOLDER / "previous.json").write_text("{}")
    replay(FOLDER)
    assert seen == [(JOB, []), (JOB, ["previous.json"])]


def test_other_values_are_told_by_their_place_then_and_now(again, capsys):
    answer(again, lambda told: told["verdict"].update(value=0.5, confidence=None) or told["verdict"].pop("band"))
    edit(again / "series.csv", "2025-02,109,", "2025-02,901,")
    was = json.loads((FOLDER / "answer.json").read_text(encoding="utf-8"))["verdict"]
    assert main(["replay", str(FOLDER)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == SAME
    start = next(place for place, line in enumerate(lines) if line.startswith("answer.json"))
    assert lines[start].endswith(" values, 3 not the same")
    assert sorted(lines[start + 1 : start + 4]) == sorted([
        f"  verdict, value: then {was['value']!r}, now 0.5",
        f"  verdict, confidence: then {was['confidence']!r}, now None",
        f"  verdict, band: then {was['band']!r}, now not there",
    ])  # fmt: skip
    assert "  row 2, numerator: then '109', now '901'" in lines
    assert any(line.endswith(" the same to the byte; not answer.json and series.csv") for line in lines)
    assert lines[-1] == "NOT THE SAME"


def test_what_the_notebook_showed_is_compared_and_at_most_five_differences_of_a_file_are_told(again):
    path = again / "notebook.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    shown = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    values = [data["application/vnd.kpikit+json"] for data in shown if "application/vnd.kpikit+json" in data]
    series = next(value for value in values if value["type"] == "series")["table"]
    series["rows"] = [[*row[:-1], "changed"] for row in series["rows"]]
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    found = replay(FOLDER)
    assert not found.same
    assert len(found.different["notebook.ipynb"]) == len(series["rows"]) == 12
    told = found.lines[found.lines.index("  and 7 more") - 5 :][:6]
    assert all("now 'changed'" in line for line in told[:5])


def test_a_byte_that_nothing_accounts_for_is_not_the_same_but_one_after_a_change_of_versions_is(again, monkeypatch):
    edit(again / "index.html", "</html>", "</html> ")
    found = replay(FOLDER)
    assert (found.same, found.other, found.different) == (False, ["index.html"], {})
    real = made_from.version
    monkeypatch.setattr(made_from, "version", lambda name: "99.1" if name == "jinja2" else real(name))
    found = replay(FOLDER)
    assert found.lines[0] == f"changed since it was made: the versions (jinja2 {real('jinja2')}, now 99.1)"
    assert (found.same, found.lines[-1]) == (True, "the same: every value")


def test_an_edited_report_is_not_the_same_whatever_changed(again):
    edit(FOLDER / "index.html", "</html>", "<!-- 25% --></html>")
    edit(Path("subs.toml"), "Where do", "Where did")
    found = replay(FOLDER)
    assert found.lines[:2] == ["changed since it was made: the case", "edited after it was made: index.html"]
    assert not found.same


def test_what_changed_since_is_said_first_and_a_report_that_cannot_be_made_again_is_not_the_same(again, monkeypatch, capsys):
    monkeypatch.setattr(replaying, "run_jobs", lambda jobs: [Record(jobs[0].name, False, "subs.csv: 1 value cannot be read")])
    edit(Path("subs.csv"), "109", "10.9")
    Path("subs.log.csv").write_text("date,kind,by,text\n")
    assert main(["replay", str(FOLDER)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "changed since it was made: the log of the case and the data (subs.csv)",
        "it cannot be made again: subs.csv: 1 value cannot be read",
        "NOT THE SAME",
    ]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda: shutil.rmtree(FOLDER), "there is no such report; name the folder of one, as reports/techsolutions_upgrade_rate"),
        (lambda: (FOLDER / "provenance.json").unlink(),
         "an older kpikit made it, and kept no provenance; make it again with kpikit report"),
        (lambda: [path.unlink() for path in FOLDER.iterdir() if path.is_file()],
         "no report was made there; name the folder of one"),
    ],
)  # fmt: skip
def test_without_a_report_that_tells_what_it_was_made_from_it_is_misuse(home, capsys, what, said):
    what()
    assert main(["replay", str(FOLDER)]) == 2
    assert capsys.readouterr().err == f"kpikit: {FOLDER}: {said}\n"


def test_from_another_folder_the_case_is_not_found_and_that_is_misuse(home, monkeypatch, capsys):
    monkeypatch.chdir(home / "out")
    assert main(["replay", "subs.eu"]) == 2
    assert capsys.readouterr().err == "kpikit: no case file subs.toml\n"
