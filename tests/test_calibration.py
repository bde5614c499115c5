"""The calibration of docs/calibration.md: a fast seeded part of it, and that it measures what a report does."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parent / "bench" / "calibration.py"
SPEC = importlib.util.spec_from_file_location("calibration", SCRIPT)
calibration = importlib.util.module_from_spec(SPEC)
sys.modules["calibration"] = calibration  # dataclasses look their module up
SPEC.loader.exec_module(calibration)
Cell = calibration.Cell
TABLE = Path(__file__).parents[1] / "docs" / "calibration.md"

FAIR = [
    Cell(36, 12, 0.0, True, True), Cell(36, 12, 0.6, True, True), Cell(36, 12, 0.6, kind="started after low"),
]  # fmt: skip
STRONG = [Cell(24, 6, 0.3, kind="control group"), Cell(36, 12, 0.6, True, kind="control group")]


@pytest.mark.parametrize("cell", [*FAIR, *STRONG], ids=lambda cell: cell.name)
def test_cells_that_may_be_graded_fair_or_strong_keep_what_is_promised(cell):
    told = calibration.run(cell, 400)
    assert told["best grade"] == ("strong" if cell in STRONG else "fair")
    assert told["false alarms"] < 0.08 + 0.03  # three standard errors of 400 runs at 5 % are 3.3 %
    assert told["coverage"] > 0.92 - 0.03
    assert told["plain false alarms"] > told["false alarms"]


@pytest.mark.parametrize("cell", [Cell(24, 6, 0.6, kind="date chosen after looking"), Cell(12, 6, 0.0), Cell(24, 6, 0.3)])
def test_short_histories_and_chosen_dates_are_weak_at_the_most(cell):
    assert calibration.run(cell, 20)["best grade"] == "weak"


@pytest.mark.parametrize("cell", [*FAIR, Cell(24, 6, 0.3, size=200)], ids=lambda cell: cell.name)
def test_histories_estimated_together_get_what_a_report_finds_for_each(cell):
    counts = calibration.histories(cell, 0.02, 6, np.random.default_rng(11))
    together, _ = calibration.leading(cell, counts)
    for place, history in enumerate(counts):
        alone = calibration.one_by_one(cell, history)
        for end, name in zip(together, ("value", "low", "high"), strict=True):
            assert end[place] == pytest.approx(alone.ends[name], abs=0.05 * (alone.high - alone.low))


def test_the_written_table_holds_every_cell_and_keeps_what_is_promised():
    rows = [line.split(" | ") for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert [row[0].removeprefix("| ") for row in rows] == [cell.name for cell in calibration.cells()]
    fair = [row for row in rows if row[1] in ("fair", "strong")]
    assert len(fair) > 50
    assert max(float(row[2].rstrip("%")) for row in fair) <= 8
    assert min(float(row[3].rstrip("%")) for row in fair) >= 92
