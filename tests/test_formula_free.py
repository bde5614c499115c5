"""No cell of a CSV file that kpikit writes is a formula, and every number in it stays a number."""

import csv

import pandas as pd
import pytest

from kpikit.report.formula_free import LEADS, formula_free, is_formula, write_csv

FORMULAS = {
    '=HYPERLINK("http://x","y")': '\'=HYPERLINK("http://x","y")',
    "+1+1": "'+1+1",
    "-2+3": "'-2+3",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t'=1",
    "\r=1": "'\n'=1",
    "\r\n=1": "'\n'=1",
    "+0.2 pp": "'+0.2 pp",
    "-": "'-",
    "-1_0": "'-1_0",
}
BEHIND = {"EU;=1": "EU;'=1", "EU\r=1": "EU\n'=1", "EU\t@x": "EU\t'@x"}
HARMLESS = ("", "EU", "'quoted", "1=2", "-1", "+1.5", "-.5", "-1.2e-7", "12", " =1", "a; b", None, -1.5, 0)


@pytest.mark.parametrize(("text", "written"), FORMULAS.items())
def test_a_text_that_begins_as_a_formula_does_gets_an_apostrophe(text, written):
    assert is_formula(text)
    assert formula_free(text) == written
    assert not written.startswith(LEADS)


@pytest.mark.parametrize(("text", "written"), BEHIND.items())
def test_so_does_what_stands_behind_a_sign_that_separates_cells_elsewhere(text, written):
    assert formula_free(text) == written


@pytest.mark.parametrize("value", HARMLESS)
def test_numbers_and_other_texts_stay_as_they_are(value):
    assert formula_free(value) == value
    assert not is_formula(value)


def test_a_written_table_reads_back_with_its_numbers_and_without_a_formula(tmp_path):
    texts = [*FORMULAS, *BEHIND, "EU"]
    numbers = [2**60 + 1, *range(1, len(texts))]
    frame = pd.DataFrame({"=cmd": texts, "numerator": numbers, "low": [-0.25, *[None] * (len(texts) - 1)]}, dtype=object)
    write_csv(frame, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["'=cmd", "numerator", "low"]
    assert [row[0] for row in rows] == [*FORMULAS.values(), *BEHIND.values(), "EU"]
    assert [int(row[1]) for row in rows] == numbers
    assert [row[2] for row in rows] == ["-0.25", *[""] * (len(texts) - 1)]
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()
