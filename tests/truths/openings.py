"""What goes with what: one pair in one order and one upsell are planted beside big orders that hold much of everything."""

import runpy
from functools import cache
from pathlib import Path

from kpikit.measuring import on_engine
from kpikit.measuring.baskets import measure_baskets
from kpikit.questions.openings import openings
from kpikit.tables import read_table

WHAT = "one pair in one order, one dearer product next"
SCRIPT = Path(__file__).parents[2] / "data" / "making" / "coffee_orders.py"
PLANTED = {("together", "Pour-over dripper", "Paper filters"), ("next", "Hand grinder", "Electric grinder")}


@cache
def made():
    return runpy.run_path(str(SCRIPT))["table"]


def asked(frame):
    """The answer as the case asks; polars counts a small table in a moment."""
    table = on_engine(read_table(frame, kind="orders"), "polars")
    return openings(measure_baskets(table, as_of="2026-01-15", within="60 days", least=30))


def answered(seed, *, planted):
    verdict = asked(made()(seed, planted=planted)).verdict
    if not planted:
        return sum(verdict["clear"].values()) + verdict["apart"] > 0
    found = {
        (row["kind"], *([row["a"], row["b"]] if row["kind"] == "next" else sorted([row["a"], row["b"]], reverse=True)))
        for row in verdict["top"]
    }
    return found >= PLANTED
