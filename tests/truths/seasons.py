"""A holiday peak in November and December, of the share and of the customers; without it trend and noise that hangs together."""

import runpy
import tomllib
from functools import cache
from pathlib import Path

import kpikit as kk
from kpikit.questions.seasons import seasons

DATA = Path(__file__).parents[2] / "data"
WHAT = "a holiday peak in November and December, 3 points over the rest of the year"


@cache
def case():
    return tomllib.loads((DATA / "cases" / "electronics_seasons.toml").read_text(encoding="utf-8"))


@cache
def made():
    return runpy.run_path(str(DATA / "making" / "electronics_upsell.py"))["table"]


def told(seed, planted):
    own = case()
    table = kk.read_table(made()(seed, planted=planted), kind="counts", columns=own["columns"])
    series = kk.measure(own["kpi"], table, window=own["window"], as_of=str(own["as_of"]))
    return seasons(series, **own["asks"]).verdict


def answered(seed: int, *, planted: bool) -> bool:
    """Whether a season is clear whose highest month is in the peak; without one, whether any season is, of value or counts."""
    verdict = told(seed, planted)
    clear = [part["state"] == "clear" for part in verdict["parts"]]
    peak = verdict["parts"][0]
    return clear[0] and peak["peak"]["low"] > 0 and peak["highest"] in ("November", "December") if planted else any(clear)
