"""A photo editor's way from offer to upgrade: which device leaks at which step, and which step a change mended."""

import runpy
from functools import cache
from pathlib import Path

from kpikit.measuring.engines import on_engine
from kpikit.measuring.steps import measure_steps
from kpikit.questions.funnel import funnel
from kpikit.tables import read_table

WHAT = "mobile leaks at the last step; a shorter form mends the step before it"
DATA = Path(__file__).parents[2] / "data"
STEPS = ["offer shown", "plan page opened", "trial started", "upgraded"]


@cache
def _made():
    return runpy.run_path(str(DATA / "making" / "photo_editor_steps.py"))["table"]


def answered(seed, *, planted):
    """Planted: the device, its step and the mended step are named; not planted: anything at all is called clear."""
    frame = _made()(seed, planted=planted)
    read = read_table(frame, kind="events", columns={"date": "at"}, segments=["device"])
    table = on_engine(read, "polars")  # counts alike, and sooner
    verdict = funnel(measure_steps(table, steps=STEPS, as_of="2025-12-31", window="30 days", changed_on="2025-09-01")).verdict
    leaks = [(leak["value"], leak["step"]) for leak in verdict["segments"]["leaks"]]
    moved = {row["step"]: row["direction"] for row in verdict["change"]["rows"] if row["clear"]}
    if planted:
        return leaks == [("mobile", 3)] and moved.get(2) == "rose"
    said = verdict["segments"]["clear"] + len(moved) + sum(verdict["leak"][kind]["clear"] for kind in ("loss", "rate"))
    return said > 0
