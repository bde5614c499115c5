"""The index reads records alone, of whatever version and however torn; failed runs first, a grid behind one entry."""

import base64
import html
import io
import json
import re
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from PIL import Image

from kpikit.errors import ReportError
from kpikit.report import record as records
from kpikit.report.index import write_index
from kpikit.report.record import Record, read_record, read_records, write_log, write_record
from kpikit.report.thumbnail import thumbnail

MADE = Record(
    "a", True, title="Did it rise?", headline="It rose.", question="Did the change move the KPI?", duration_s=4.1,
    started="2026-11-22T10:31:02+00:00", machine="alder", kernel="warm", thumbnail="data:image/png;base64,AAAA",
)  # fmt: skip
FAILED = Record("z", False, "t.csv: 1 value cannot be read", started="2026-11-22T10:31:02+00:00", machine="alder")


def written(out, *found, stands=True):
    """The index of these records, each with a page that stands."""
    for record in found:
        write_record(record, out)
        if stands:
            (out / record.name).mkdir(parents=True, exist_ok=True)
            (out / record.name / "index.html").write_text("page")
    return write_index(out).read_text(encoding="utf-8")


def texts(page):
    return [html.unescape(text) for text in re.findall(r"<(?:p|h2|h3|pre|li)[^>]*>(.*?)</(?:p|h2|h3|pre|li)>", page)]


def test_failed_runs_stand_first_with_their_reason_whatever_they_ask(tmp_path):
    page = written(tmp_path, replace(MADE, question="A"), replace(FAILED, question="B"))
    assert page.index("t.csv: 1 value cannot be read") < page.index("It rose.")
    assert re.findall(r"<h2[^>]*>([^<]*)<", page) == ["Not made", "A"]


def test_when_where_and_how_long_stand_in_small_print(tmp_path):
    page = written(tmp_path, MADE, FAILED, replace(MADE, name="b", unchanged=True))
    run = "started 2026-11-22 10:31:02 UTC, on alder"
    small = [text for text in texts(page) if "alder" in text]
    assert small == [f"{run}.", f"Made in 4.1 s; {run}, kernel warm.", f"Unchanged, so left as it was; {run}, kernel warm."]
    assert page.count('<p class="small">') == 4  # and the failed run's word about its link


def test_the_picture_is_the_one_that_the_record_holds_and_nothing_else_is_taken_for_one(tmp_path):
    page = written(tmp_path, MADE, replace(MADE, name="b", thumbnail="https://example.org/x.png"))
    assert re.findall(r'src="([^"]*)"', page) == ["data:image/png;base64,AAAA"]
    assert "example.org" not in page


def test_reports_of_a_grid_stand_behind_one_entry_that_leads_to_its_overview(tmp_path):
    parts = [
        replace(MADE, name=f"grid-{at}", of="grid", part=f"region {at}", headline=f"{at} rose.") for at in ("north", "south")
    ]
    page = written(tmp_path, *parts)
    assert re.findall(r'<h3><a href="([^"]*)">', page) == []  # an overview that does not stand is no link
    written(tmp_path, replace(FAILED, name="grid-west", of="grid"))
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid" / "index.html").write_text("overview")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert re.findall(r'<h3><a href="([^"]*)">([^<]*)</a>', page) == [
        ("grid-west/index.html", "grid-west"),
        ("grid/index.html", "Did it rise?"),
    ]
    assert re.findall(r'<li><a href="([^"]*)"><bdi>([^<]*)</bdi></a>: ([^<]*)</li>', page) == [
        ("grid-north/index.html", "region north", "north rose."),
        ("grid-south/index.html", "region south", "south rose."),
    ]
    assert page.count("<img") == 1


def test_a_grid_s_own_record_leads_its_reports(tmp_path):
    own = Record("grid", True, title="All regions", headline="2 of 2 rose.", question="Across regions?")
    page = written(tmp_path, own, *(replace(MADE, name=f"grid-{at}", of="grid") for at in ("north", "south")))
    assert re.findall(r'<h3><a href="([^"]*)">([^<]*)</a>', page) == [("grid/index.html", "All regions")]
    assert '<span class="tag">2 reports</span>' in page
    assert re.findall(r"<h2[^>]*>([^<]*)<", page) == ["Across regions?"]


def test_a_report_that_is_no_longer_there_is_told_so(tmp_path):
    page = written(tmp_path, MADE, stands=False)
    assert "The report is no longer there." in page
    assert "href" not in page


def test_the_same_records_give_the_same_bytes(tmp_path):
    some = [replace(MADE, name=name, of=of) for name, of in (("b", ""), ("a", "g"), ("c", "g"), ("d", "h"))]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert written(tmp_path / "one", *some) == written(tmp_path / "two", *reversed(some))


TORN = {
    "cut off": json.dumps(asdict(MADE))[:50],
    "empty": "",
    "zeros": "\0" * 100,
    "a list": "[1]",
    "a number": "3",
    "without its name": '{"passed": true}',
    "without its end": '{"name": "x"}',
    "of another report": '{"name": "y", "passed": true}',
    "whose name is a path": '{"name": "../x", "passed": true}',
    "whose end is a word": '{"name": "x", "passed": "yes"}',
}


@pytest.mark.parametrize("text", TORN.values(), ids=TORN)
def test_a_record_that_cannot_be_read_is_passed_over(tmp_path, text):
    write_record(MADE, tmp_path)
    (tmp_path / ".runs" / "x.json").write_text(text)
    assert read_records(tmp_path) == [MADE]
    assert read_record(tmp_path, "x") is None
    assert "1 in all" in write_index(tmp_path).read_text(encoding="utf-8")


def test_a_record_of_another_version_is_read_as_far_as_it_is_known(tmp_path):
    other = {**asdict(MADE), "thumbnail": None, "warnings": 3, "title": ["t"], "duration_s": 4, "later": {"x": 1}}
    (tmp_path / ".runs").mkdir()
    (tmp_path / ".runs" / "a.json").write_text(json.dumps(other))
    assert read_records(tmp_path) == [replace(MADE, thumbnail="", warnings=(), title="", duration_s=4)]
    assert "It rose." in write_index(tmp_path).read_text(encoding="utf-8")


def test_a_record_that_is_no_file_or_no_text_is_passed_over(tmp_path):
    (tmp_path / ".runs" / "a.json").mkdir(parents=True)
    (tmp_path / ".runs" / "b.json").write_bytes(b"\xff\xfe")
    assert read_records(tmp_path) == []


def test_text_that_no_file_can_hold_is_written_all_the_same(tmp_path):
    broken = replace(FAILED, reason="\ud800 cannot be read")
    page = written(tmp_path, broken)
    assert read_records(tmp_path) == [broken]
    assert " cannot be read</pre>" in page
    assert " cannot be read" in write_log([broken], tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize("write", [write_index, lambda out: write_log([MADE], out), lambda out: write_record(MADE, out)])
def test_what_cannot_be_written_whole_leaves_the_file_as_it_was(tmp_path, monkeypatch, write):
    (tmp_path / ".runs").mkdir()
    before = {tmp_path / name: "before" for name in ("index.html", "log.txt", ".runs/a.json")}
    for path, text in before.items():
        path.write_text(text)

    def full(path, *_, **__):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(records.Path, "write_text", full)
    with pytest.raises(ReportError, match="the disk is full: nothing more can be written to "):
        write(tmp_path)
    assert {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_thumbnail_is_small_and_the_same_each_time(tmp_path):
    Image.radial_gradient("L").resize((1600, 800)).save(tmp_path / "a.png")
    found = thumbnail(tmp_path / "a.png")
    small = Image.open(io.BytesIO(base64.b64decode(found.removeprefix("data:image/png;base64,"))))
    assert (small.format, small.size) == ("PNG", (560, 280))
    assert found == thumbnail(tmp_path / "a.png")
    assert len(found) < (tmp_path / "a.png").stat().st_size


def test_an_index_of_hundreds_opens_no_picture_and_needs_nothing_heavy(tmp_path):
    for number in range(20):
        write_record(replace(MADE, name=f"r{number}", picture="figures/1.png"), tmp_path)
    code = (
        "import sys; from pathlib import Path; from kpikit.report.index import write_index; write_index(Path(sys.argv[1])); "
        "print({'PIL', 'pandas', 'numpy', 'matplotlib', 'papermill'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert ended.stdout == "set()\n"
