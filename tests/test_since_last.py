"""Since the last report: what changed from one set of numbers to another, and which earlier report is taken."""

import contextlib
import copy
import json
import re
from pathlib import Path

import nbformat
import pytest

from kpikit.answer import MIME
from kpikit.authoring.drafts import TITLES
from kpikit.cli import main
from kpikit.report.notebook import Executed
from kpikit.report.since import numbers_of, since_last
from kpikit.words.since import facts, since, since_lines

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

UNIT = {"kpi": "upgrade_rate", "variant": "all_subscribers", "window": "month", "unit": "percent", "confidence": 0.95}


def side(value, last, band):
    return {"value": value, "first": "2025-07", "last": last, "band": band}


def verdict(value=0.22, last="2025-11", band="on target", grade="weak", seen="routine", **more):
    moved = {"value": value - 0.15, "low": value - 0.16, "high": value - 0.14}
    told = {"before": side(0.15, "2025-07", "below target"), "after": side(value, last, band), "change": moved, "effect": moved}
    told |= {"direction": "rose", "grade": {"grade": grade}, "signal": {"seen": seen}, "decision": {"what": "wait"}}
    return UNIT | told | {"target": {"value": 0.2, "state": "reached"}, "benchmark": None} | more


def numbers(as_of="2025-12-20", log=(), looks=(), **said):
    checks = [{"name": name, "passed": False, "sentence": f"{name} it is."} for name in looks]
    told = verdict(**said)
    return {
        "as_of": as_of, "source": {"rows_read": 10}, "case": {"id": "c", "log": [*log]}, "question": "before_after",
        "headline": f"It is {told['after']['value']}.", "verdict": told, "checks": [*checks, {"name": "x", "passed": True, "sentence": "X."}],
    }  # fmt: skip


ENTRY = {"date": "2026-01-12", "kind": "review", "by": "Ada", "text": "the price stays"}


def test_what_changed_is_told_from_what_to_what_and_nothing_else():
    then = numbers(looks=["few periods", "mix"])
    now = numbers("2026-01-15", [ENTRY], ["mix", "gaps"], value=0.23, last="2025-12", grade="fair", seen="shifted")
    said = since(then, now)
    assert said["when"] == "The last report was as of 2025-12-20; this one is as of 2026-01-15."
    assert said["headline"] == "It said: It is 0.22."
    assert said["rows"] == [
        ("after", "22.0% (2025-07 to 2025-11)", "23.0% (2025-07 to 2025-12)"), ("plain change", "+7.0 pp", "+8.0 pp"),
        ("effect", "+7.0 pp, 95% interval +6.0 to +8.0 pp", "+8.0 pp, 95% interval +7.0 to +9.0 pp"), ("evidence", "weak", "fair"),
        ("signal", "routine", "shifted"),
    ]  # fmt: skip
    assert (said["look"], said["settled"]) == (["gaps: gaps it is."], ["few periods"])
    assert said["log"] == ["2026-01-12, review by Ada: the price stays"]
    assert (said["other"], said["nothing"]) == ("", "")


def test_nothing_changed_is_said_when_nothing_did():
    said = since(numbers(), numbers("2026-01-15"))
    assert since_lines(said) == [
        "The last report was as of 2025-12-20; this one is as of 2026-01-15.",
        "Nothing changed: the values, bands and checks are the same, and the log holds nothing new.",
    ]


def test_a_band_or_target_that_is_no_longer_there_is_told():
    said = since(numbers(), numbers(target=None, band=None))
    assert said["rows"] == [("band after", "on target", "not there"), ("target", "reached", "not there")]


def test_values_of_another_definition_are_not_compared():
    said = since(numbers(), numbers(value=0.5, variant="customers_once", window=None))
    assert said["other"] == (
        "It counted something else, so no value is compared: the variant was all_subscribers and is customers_once and the window "
        "was month and is none."
    )
    assert said["rows"] == []


def test_an_entry_that_was_added_later_for_an_earlier_day_is_new():
    early = ENTRY | {"date": "2020-01-01"}
    assert since(numbers(log=[ENTRY]), numbers(log=[early, ENTRY]))["log"] == ["2020-01-01, review by Ada: the price stays"]


def test_as_lines_it_is_what_stands_in_the_summary():
    said = since(numbers(looks=["mix"]), numbers("2026-01-15", [ENTRY], ["gaps"], grade="fair"))
    assert since_lines(said) == [
        "The last report was as of 2025-12-20; this one is as of 2026-01-15.", "- evidence: weak, now fair", "- newly to look at: gaps: gaps it is.",
        "- no longer to look at: mix", "- in the log: 2026-01-12, review by Ada: the price stays",
    ]  # fmt: skip


def test_of_a_scorecard_every_measure_is_compared():
    row = {"name": "A", "value": 0.2, "unit": "percent", "at": "2025-12", "band": "low", "signal": "routine", "clear": False}
    assert facts("scorecard", {"rows": [row, row | {"name": "B", "value": 0.4, "band": None, "clear": True}]}) == {
        "A": "20.0% (2025-12)", "A, band": "low", "A, signal": "routine", "A, changed": "not clearly",
        "B": "40.0% (2025-12)", "B, signal": "routine", "B, changed": "clearly",
    }  # fmt: skip


@pytest.mark.parametrize("question", sorted(TITLES))
def test_each_question_has_values_to_compare(question):
    path = NOTEBOOKS / f"{question}.ipynb"
    told = numbers_of(Executed(path, nbformat.read(path, 4)))
    assert len(facts(told["question"], told["verdict"])) >= 2
    assert since(told, told)["nothing"]


# --- which earlier report is taken -----------------------------------------------------------------------------------------


@pytest.fixture
def stands(tmp_path):
    """Puts a report with these numbers where reports go, as the last of those that were made; returns what its page says."""

    def stands(told):
        place, made = tmp_path / "c", tmp_path / "made"
        made.mkdir()
        executed = Executed(made / "notebook.ipynb", shown(told))
        nbformat.write(executed.node, executed.path)
        said = since_last(executed, place, made)
        if place.exists():
            place.rename(tmp_path / f"old-{len(list(tmp_path.iterdir()))}")
        made.rename(place)
        return said

    return stands


def shown(told):
    answer = {"type": "answer", **{name: told[name] for name in ("question", "headline", "verdict", "checks")}}
    series = {"type": "series", "as_of": told["as_of"], "source": told["source"]}
    outputs = [
        nbformat.v4.new_output("display_data", data={MIME: payload})
        for payload in ({"type": "case", **told["case"]}, series, answer)
    ]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)])


OLD, NEW = numbers(), numbers("2026-01-15", value=0.23)


def when(said):
    return re.findall(r"20\d\d-\d\d-\d\d", said["when"]) if said else []


def test_a_first_report_says_nothing_of_an_earlier_one(stands, tmp_path):
    assert stands(OLD) == {}
    assert not (tmp_path / "c" / "previous.json").exists()


def test_a_report_made_twice_is_the_same_twice(stands, tmp_path):
    stands(OLD)
    first = stands(NEW)
    kept = (tmp_path / "c" / "previous.json").read_bytes()
    assert when(first) == ["2025-12-20", "2026-01-15"]
    assert json.loads(kept) == OLD
    for _ in range(2):
        assert stands(copy.deepcopy(NEW)) == first
        assert (tmp_path / "c" / "previous.json").read_bytes() == kept


def test_other_numbers_of_the_same_day_are_compared(stands):
    stands(OLD)
    assert when(stands(numbers(value=0.21))) == ["2025-12-20", "2025-12-20"]


@pytest.mark.parametrize("key", ["source", "case"])
def test_another_table_or_another_key_of_the_case_is_another_report(stands, key):
    stands(OLD)
    assert stands(OLD | {key: OLD[key] | {"rows_read": 11}})["nothing"]


def test_a_report_of_an_earlier_day_is_not_compared_with_a_later_one(stands, tmp_path):
    stands(NEW)
    assert stands(OLD) == {}
    assert not (tmp_path / "c" / "previous.json").exists()


def test_going_back_and_forth_says_the_same_of_the_same_day(stands):
    stands(OLD)
    forth = stands(NEW)
    assert stands(OLD) == {}
    assert stands(NEW) == forth


def test_past_a_later_report_the_one_before_it_is_compared(stands):
    stands(OLD)
    stands(NEW)
    assert when(stands(numbers("2026-01-01"))) == ["2025-12-20", "2026-01-01"]


def test_another_question_is_not_compared(stands):
    stands(OLD)
    assert stands(NEW | {"question": "scorecard"}) == {}


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", "{}", '{"cells": 1}', '{"cells": [{"outputs": [{"data": 5}]}]}', "\ud800"], ids=range(7)
)
def test_what_cannot_be_read_is_taken_for_no_report(stands, tmp_path, text):
    (tmp_path / "c").mkdir()
    for name in ("notebook.ipynb", "previous.json"):
        (tmp_path / "c" / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    assert stands(NEW) == {}


@pytest.mark.parametrize("lost", ["verdict", "checks", "case", "as_of", "headline"])
def test_numbers_that_lack_a_part_are_taken_for_no_report(stands, tmp_path, lost):
    stands(OLD)
    (tmp_path / "c" / "notebook.ipynb").unlink()
    (tmp_path / "c" / "previous.json").write_text(json.dumps({key: value for key, value in OLD.items() if key != lost}))
    assert stands(NEW) == {}


# --- end to end ------------------------------------------------------------------------------------------------------------


def made(home, *more):
    """The page of one more report."""
    assert main(["report", "subs.toml", "--out", "made", *more]) == 0
    return (home / "made" / "subs" / "index.html").read_bytes()


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A case that is reported as of two days, with an entry in its log between, and then once more: folder and pages."""
    home = tmp_path_factory.mktemp("reported")
    rows = "".join(f"2025-{m:02},{100 + 20 * (m > 6)},1000\n" for m in range(1, 13))
    (home / "subs.csv").write_text("month,upgrades,subscribers\n" + rows)
    (home / "subs.toml").write_text(
        'title = "Did it rise?"\nquestion = "scorecard"\nkpi = "upgrade_rate"\nwindow = "month"\ntable = "subs.csv"\nkind = "counts"\n'
        'columns = { period = "month", numerator = "upgrades", denominator = "subscribers" }\nas_of = 2026-01-15\n'
    )
    asked = nbformat.read(NOTEBOOKS / "scorecard.ipynb", 4)
    asked.cells = asked.cells[: 1 + [cell.source for cell in asked.cells].index("series")]  # without its figures
    (home / "notebooks").mkdir()
    nbformat.write(asked, home / "notebooks" / "scorecard.ipynb")
    with contextlib.chdir(home):
        pages = [made(home, "--as-of", "2025-07-15")]
        assert main(["log", "subs.toml", "<b>=1+1</b>", "--on", "2026-01-10"]) == 0
        pages += [made(home), made(home)]
    return home / "made" / "subs", pages


def test_the_page_and_the_summary_say_what_changed_since_the_report_that_stood_there(three):
    folder, (first, second, _) = three
    page = second.decode()
    assert b"Since the last report" not in first
    assert "The last report was as of 2025-07-15; this one is as of 2026-01-15." in page
    assert "<td>10.0% (2025-06)</td><td>12.0% (2025-12)</td>" in page
    assert "<li>2026-01-10, event: &lt;b&gt;=1+1&lt;/b&gt;</li>" in page
    assert "\n- in the log: 2026-01-10, event: <b>=1+1</b>\n" in (folder / "summary.txt").read_text()
    headings = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert all(after - before <= 1 for before, after in zip(headings, headings[1:], strict=False))


def test_the_same_report_made_again_has_the_same_bytes(three):
    _, (_, second, third) = three
    assert second == third
