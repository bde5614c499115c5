"""A part of a composed KPI that moved in the last month, and added the most to it."""

import runpy
from dataclasses import replace
from functools import cache
from pathlib import Path

import kpikit as kk

ROOT = Path(__file__).parents[2]
WHAT = "the one part of five that moved in the last month (1.8 pp), and added the most"
PART = "upgrade_rate.customers_once"


@cache
def script():
    return runpy.run_path(str(ROOT / "data" / "making" / "language_app_revenue.py"))["table"]


@cache
def case():
    return kk.read_case(ROOT / "data" / "cases" / "language_app_tree.toml")


@cache
def parts():
    """The case's own parts, each with its columns: sums are not counted, so another table's can stand in their place."""
    return {key: (series, *case().also[key]) for key, series in kk.measure_also(case()).items()}


def answer(frame):
    """The case's own answer, of another table."""
    told = {
        key: replace(series, counts=series.counts.assign(numerator=frame[above].to_numpy(), denominator=frame[below].to_numpy()))
        for key, (series, above, below) in parts().items()
    }
    return kk.kpi_tree(kk.compose(case().kpi, told, variant=case().variant))


def answered(seed: int, *, planted: bool) -> bool:
    """Whether the planted part is said to have moved clearly and added the most; without it, whether any part is."""
    parts = answer(script()(seed, planted=planted)).verdict["moved"]["parts"]
    if not planted:
        return any(part["clear"] for part in parts)
    most = max(parts, key=lambda part: abs(part["share"]))
    return most["key"] == PART and most["clear"]
