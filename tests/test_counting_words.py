"""How it was counted, in words: every sentence from plain values that a reader can add up in the head."""

import pytest

from kpikit.tables.roles import KINDS
from kpikit.words.counting import ADDED, ROWS, counting_sentences

SOURCE = {
    "table": "../own/subs.csv",
    "kind": "counts",
    "rows_read": 12,
    "rows_kept": 12,
    "keep": [],
    "first": "2025-01",
    "last": "2025-12",
}
SERIES = {"source": SOURCE, "as_of": "2026-01-15", "period": "month", "segments": [], "checks": []}
ANSWER = {"question": "scorecard", "verdict": {"counts": "flow", "confidence": 0.95}, "checks": []}
TABLE = (
    "The table, subs.csv, holds counts that were summed before, one row for each period and segment, from 2025-01 to 2025-12; "
    "it was taken as it stood on 2026-01-15."
)


def said(series=None, answer=None, source=None, **case):
    of = {**SERIES, **(series or {})}
    return counting_sentences(case, {**of, "source": {**SOURCE, **(source or {})}}, {**ANSWER, **(answer or {})})


def test_what_is_measured_comes_first_and_what_an_interval_is_comes_last():
    told = said({"said": "Rate, all: Moves over subscribers.\nFormula: moves / subscribers.\nBands: none."})
    assert told == [
        "Rate, all: Moves over subscribers.",
        "Formula: moves / subscribers.",
        "Each month is counted anew: whoever is there in several months counts in each of them. "
        "Rates are never added or averaged: counts are added first, and divided last.",
        TABLE,
        "All 12 rows were counted.",
        "A 95% interval says how far chance alone may have moved a number: of a hundred such intervals about 95 hold the true value. "
        "Differences are computed before rounding.",
    ]


@pytest.mark.parametrize("counts", ADDED)
def test_each_way_of_counting_is_told_by_its_own_period(counts):
    told = said({"period": "week"}, {"verdict": {"counts": counts}})
    first = told[0]
    assert "{" not in first
    assert "month" not in first
    assert told[-1] == "Differences are computed before rounding."


def test_each_kind_of_table_is_told_by_what_one_row_of_it_is():
    assert set(ROWS) == set(KINDS)
    told = said(source={"kind": "orders", "first": None, "last": None})
    assert "The table, subs.csv, holds one row for each line of an order; it was taken as it stood on 2026-01-15." in told


def test_each_rule_is_told_with_the_rows_that_it_took_out():
    keep = [{"rule": "id is present", "removed": 1_500}, {"rule": "quantity is above 0", "removed": 3}]
    told = said(source={"keep": keep, "rows_read": 2_503, "rows_kept": 1_000})
    assert (
        "Of its 2,503 rows, 1,000 were counted. Rows are kept where: id is present (took out 1,500) and quantity is above 0 "
        "(took out 3)."
    ) in told


def test_rows_that_are_left_out_without_a_rule_are_told_too():
    assert "Of its 12 rows, 9 were counted; 3 rows could not be." in said(source={"rows_kept": 9})


def test_the_part_that_is_looked_at_and_the_segments_are_told():
    told = said({"segments": ["plan", "team_size"]}, only={"region": ["EU", "US"]})
    assert "Only the part region: EU or US was counted." in told
    assert "It was counted by plan and team size as well as over all." in told


def test_both_sides_of_a_change_are_told_with_their_length():
    sides = {
        "before": {"first": "2024-01", "last": "2024-12", "periods": 12},
        "after": {"first": "2025-02", "last": "2025-02", "periods": 1},
    }
    verdict = {"changed_on": "2025-01-10", "period": "month", **sides}
    told = said(answer={"question": "before_after", "verdict": verdict})
    assert told[0] == (
        "The change is dated 2025-01-10: before is 2024-01 to 2024-12 (12 months) and after is 2025-02 to 2025-02 (1 month)."
    )


def test_what_is_not_in_the_numbers_is_told_by_the_checks_that_say_so_once():
    open_windows = {"name": "open windows", "passed": False, "sentence": "7 customers are left out."}
    other = {"name": "season", "passed": None, "sentence": "Not checked."}
    late = {"name": "last period", "passed": False, "sentence": "2026-01 was not over."}
    told = said({"checks": [open_windows, late]}, {"checks": [other, open_windows]})
    assert told[-3:-1] == ["7 customers are left out.", "2026-01 was not over."]
