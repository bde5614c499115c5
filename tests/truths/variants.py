"""A plan history in which moves rose and movers did not."""

import runpy
from dataclasses import replace
from functools import cache
from pathlib import Path

import kpikit as kk

ROOT = Path(__file__).parents[2]
WHAT = "variants of a KPI that a change moved apart (half of the movers move twice)"


@cache
def script():
    return runpy.run_path(str(ROOT / "data" / "making" / "ladder_plans.py"))["table"]


def answer(frame):
    """The case's own answer, of another table, for the two variants that come apart."""
    case = kk.read_case(ROOT / "data" / "cases" / "ladder_variants.toml")
    case = replace(case, table=frame, asks={"only": ["all_subscribers", "customers_once"]})
    return kk.variants(kk.measure_variants(case), changed_on=case.changed_on)


def answered(seed, *, planted):
    """Whether the readings are said to have moved apart."""
    return bool(answer(script()(seed, planted=planted)).verdict["apart"])
