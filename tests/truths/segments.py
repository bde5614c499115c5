"""Segments: one pair of segments truly moves up more, one column truly matters; a tiny group is far out by luck."""

import runpy
from functools import cache
from pathlib import Path

import kpikit as kk

WHAT = "a pair of segments that upgrades about three times as often, and a column that foretells it"
ROOT = Path(__file__).parents[2]
PLANTED = "industry: Agencies and seats: 6 to 20"


@cache
def making():
    """The script of the table."""
    return runpy.run_path(str(ROOT / "data" / "making" / "invoicing_customers.py"))


def answer(seed, *, planted):
    """What the case's question says of a table made anew."""
    case = kk.read_case("invoicing_segments")
    frame = making()["table"](seed, planted=planted)
    frame = frame.astype(object).where(frame != "", None)
    table = kk.read_table(frame, kind=case.kind, columns=case.columns, segments=case.segments, features=case.features, **case.how)
    customers = kk.measure_customers(table, as_of=case.as_of, window=case.window, **case.measured)
    return kk.segments(customers, **case.asked)


def answered(seed, *, planted):
    """Whether the planted pair is named as clear; without it, whether any segment or the model is."""
    verdict = answer(seed, planted=planted).verdict
    if planted:
        return any(row["segment"] == PLANTED for row in verdict["found"])
    return bool(verdict["found"]) or verdict["model"]["trusted"]
