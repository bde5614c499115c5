"""Pins say where two of them differ, pictures by how much; nothing is taken over unasked."""

import io
import json
from types import SimpleNamespace

import accept
import matplotlib.image
import numpy as np
import pytest
from pictures import picture_differs
from pins import EXPECTED, differences, laid_out, pinned, read_pin, told, write_pin

from kpikit.cases import case_ids

TABLE = {"columns": ["period", "numerator", "value"], "rows": [["2025-01", 15, 0.15], ["2025-02", 12, 0.12]]}
ANSWER = {"type": "answer", "headline": "It rose.", "verdict": {"direction": "rose"}, "table": TABLE}
CHART = {"type": "chart", "kind": "bars", "spec": {"title": "Bars?", "rows": [{"name": "all", "value": 0.15}]}}


def lines(old, new):
    return [told(*difference) for difference in differences(old, new)]


def with_rows(*rows):
    return {"table": TABLE | {"rows": [list(row) for row in rows]}}


def test_a_changed_count_is_told_by_its_row_and_column():
    assert lines(
        with_rows(("2025-01", 15, 0.15), ("2025-02", 12, 0.12)), with_rows(("2025-01", 15, 0.15), ("2025-02", 13, 0.12))
    ) == ["table / 2025-02 / numerator: 12 -> 13"]


def test_a_row_more_moves_no_other_row():
    old, new = with_rows(("2025-02", 12, 0.12)), with_rows(("2025-01", 15, 0.15), ("2025-02", 12, 0.12))
    assert lines(old, new) == ['table / 2025-01: (absent) -> {"period": "2025-01", "numerator": 15, "value": 0.15}']
    assert lines(new, old) == ['table / 2025-01: {"period": "2025-01", "numerator": 15, "value": 0.15} -> (absent)']


def test_the_last_row_of_a_table_and_its_first_are_told_too():
    assert lines({"table": TABLE}, with_rows())[-2:] == [
        'table / 2025-02: {"period": "2025-02", "numerator": 12, "value": 0.12} -> (absent)',
        'table / columns: (absent) -> ["period", "numerator", "value"]',
    ]


def test_rows_in_another_order_are_told():
    old, new = with_rows(("a", 1, 0.1), ("b", 2, 0.2)), with_rows(("b", 2, 0.2), ("a", 1, 0.1))
    assert lines(old, new) == ['table / (order): ["a", "b"] -> ["b", "a"]']


def test_a_step_of_the_sixth_digit_passes_and_ten_do_not():
    assert lines({"value": 0.666667}, {"value": 0.666666}) == []
    assert lines({"value": 100001.0}, {"value": 100002.0}) == []
    assert lines({"value": 0.123456}, {"value": 0.123466}) == ["value: 0.123456 -> 0.123466"]


@pytest.mark.parametrize(
    ("old", "new"), [(1000001, 1000002), (True, False), (True, 1), (0, None), ("rose", "fell"), ("12.50", "12.51"), ([1], [1, 2])]
)
def test_counts_words_and_truths_are_compared_exactly(old, new):
    assert len(lines({"it": old}, {"it": new})) == 1


def test_words_are_not_pinned_and_a_second_chart_of_a_kind_is():
    found = pinned([{"type": "case", "id": "x"}, ANSWER, CHART, CHART])
    rows = {"rows": [{"name": "all", "value": 0.15}]}
    assert found == {"answer": {"verdict": {"direction": "rose"}, "table": TABLE}, "bars": rows, "bars 2": rows}


def test_a_file_has_one_row_a_line_and_reads_back_as_it_was():
    long = {"columns": ["name"], "rows": [["a" * 90], ["b" * 90, 1.0]]}
    text = laid_out({"long": long, "short": [1, 2], "none": {}})
    assert json.loads(text) == {"long": long, "short": [1, 2], "none": {}}
    assert [line.strip()[:3] for line in text.splitlines()] == [
        "{",
        '"lo',
        '"co',
        '"ro',
        '["a',
        '["b',
        "]",
        "},",
        '"sh',
        '"no',
        "}",
    ]


def test_every_file_is_that_of_a_case():
    assert {path.stem for path in EXPECTED.iterdir()} <= set(case_ids())


def png(red, size=20):
    picture = np.ones((size, size, 3))
    picture[4:8, 4:8] = red
    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, picture, format="png")
    return buffer.getvalue()


def test_a_mark_of_another_color_is_seen_and_both_pictures_are_kept_with_their_difference(tmp_path):
    # 16 of 400 points differ by 255 in two of three colors: the mean square is 255² · 16 / 400 · 2 / 3
    why = picture_differs(png((1, 1, 1)), png((1, 0, 0)), tmp_path, "3-bars")
    assert why == f"RMS {255 * (16 / 400 * 2 / 3) ** 0.5:.2f} is more than 0.5"
    assert {path.name for path in tmp_path.iterdir()} == {
        f"3-bars-{which}.png" for which in ("kept", "drawn", "drawn-failed-diff")
    }


def test_pictures_of_two_sizes_differ_and_equal_ones_leave_nothing_behind(tmp_path):
    assert "sizes do not match" in picture_differs(png((1, 0, 0)), png((1, 0, 0), size=21), tmp_path / "other", "1")
    assert picture_differs(png((1, 0, 0)), png((1, 0, 0)), tmp_path / "same", "1") == ""
    assert not (tmp_path / "same").exists()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one pin that is no longer right, one that is, and one of a case that is gone."""
    today = {"moved": [ANSWER], "same": [CHART], "fresh": [CHART]}
    monkeypatch.setattr(accept, "case_ids", lambda: list(today))
    monkeypatch.setattr(accept, "asked_by_default", lambda: ["moved"])
    monkeypatch.setattr(accept, "shown", lambda name: SimpleNamespace(payloads=today[name]))
    monkeypatch.setattr(accept, "displayed", lambda name: [(3, CHART, CHART), (5, CHART, today[name][0]), (7, None, CHART)])
    monkeypatch.setattr(accept, "notebook_of", lambda name: tmp_path / f"about_{name}.ipynb")
    monkeypatch.delenv("ACCEPT", raising=False)
    write_pin("moved", pinned([ANSWER | {"verdict": {"direction": "fell"}}]), tmp_path)
    write_pin("same", pinned([CHART]), tmp_path)
    write_pin("gone", {}, tmp_path)
    return tmp_path


SAID = """\
moved: differences: 1
  answer / verdict / direction: "fell" -> "rose"
fresh: new
gone: there is no such case any more
notebooks/about_moved.ipynb stores other outputs (cells 5, 7); run it again: make notebooks
"""


@pytest.mark.parametrize("answer", ["n", "", None])
def test_nothing_is_taken_over_without_a_yes(folder, answer, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("" if answer is None else f"{answer}\n"))
    assert accept.main([], folder) == 1
    assert capsys.readouterr().out == f"{SAID}take over 3 cases? [y/N] nothing was taken over\n"
    assert read_pin("moved", folder)["answer"]["verdict"] == {"direction": "fell"}
    assert (folder / "gone.json").exists()
    assert read_pin("fresh", folder) is None


@pytest.mark.parametrize("told_by", ["y", "environment"])
def test_a_yes_takes_all_over_and_then_there_is_nothing_to_ask(folder, told_by, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" if told_by == "y" else ""))
    if told_by == "environment":
        monkeypatch.setenv("ACCEPT", "yes")
    assert accept.main([], folder) == 0
    assert capsys.readouterr().out.startswith(SAID)
    assert {path.stem for path in folder.glob("*.json")} == {"moved", "same", "fresh"}
    assert read_pin("moved", folder) == pinned([ANSWER])
    assert accept.main([], folder) == 0
    assert "tests/expected/ holds what 3 cases show today" in capsys.readouterr().out


def test_one_case_can_be_asked_about_alone(folder, monkeypatch):
    monkeypatch.setenv("ACCEPT", "yes")
    assert accept.main(["fresh"], folder) == 0
    assert (folder / "gone.json").exists()
    assert read_pin("moved", folder)["answer"]["verdict"] == {"direction": "fell"}
