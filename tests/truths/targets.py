"""An agreed path that is kept until summer and clearly missed in December; without it the true share lies on the path."""

import runpy
import tomllib
from functools import cache
from pathlib import Path

import kpikit as kk
from kpikit.questions.targets import targets

DATA = Path(__file__).parents[2] / "data"
WHAT = "an agreed path kept in March and June, clearly missed in December"
MISSED = "2025-12"


@cache
def case():
    return tomllib.loads((DATA / "cases" / "gym_upsell_targets.toml").read_text(encoding="utf-8"))


@cache
def made():
    return runpy.run_path(str(DATA / "making" / "gym_upsell.py"))["table"]


def states(seed, planted):
    told = case()
    table = kk.read_table(made()(seed, planted=planted), kind="counts", columns=told["columns"])
    series = kk.measure(told["kpi"], table, window=told["window"], as_of=str(told["as_of"]))
    points = targets(series, target=told["target"], path=told["asks"]["path"]).verdict["progress"]["points"]
    return {point["period"]: point["state"] for point in points}


def answered(seed: int, *, planted: bool) -> bool:
    """Whether December alone is missed; without what is planted, whether any point is."""
    told = states(seed, planted)
    missed = [period for period, state in told.items() if state == "not reached"]
    return missed == [MISSED] and told["2025-06"] == "reached" if planted else bool(missed)
