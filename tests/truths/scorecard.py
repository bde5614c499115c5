"""A scorecard of nine measures, one of which changed in the last quarter."""

import runpy
from dataclasses import replace
from functools import cache
from pathlib import Path

import kpikit as kk

ROOT = Path(__file__).parents[2]
WHAT = "one measure of nine that changed since the last review (1.8 pp)"
CHANGED = "Upsell Ratio"


@cache
def script():
    return runpy.run_path(str(ROOT / "data" / "making" / "techsolutions_scorecard.py"))["table"]


def answer(frame):
    """The case's own answer, of another table."""
    case = replace(kk.read_case(ROOT / "data" / "cases" / "techsolutions_scorecard.toml"), table=frame)
    others = {"also": kk.measure_also(case), "related": kk.measure_related(case)}
    return kk.scorecard(kk.measure_case(case), target=case.target, owner=case.owner, **others, **case.asked)


def answered(seed, *, planted):
    """Whether the planted change is named; without it, whether any is."""
    clear = answer(script()(seed, planted=planted)).verdict["family"]["clear"]
    return CHANGED in clear if planted else bool(clear)
