"""A survey in which the smallest teams name the price, and a reason fell after the program."""

import runpy
from pathlib import Path

import kpikit as kk

WHAT = "the smallest teams name the price; a reason that fell"
MAKING = Path(__file__).parents[2] / "data" / "making" / "upgrade_survey.py"


def answered(seed: int, *, planted: bool) -> bool:
    """Whether both are named clear; without them whether anything is: who answers, who names what, or what moved."""
    frame = runpy.run_path(str(MAKING))["table"](seed, planted=planted)
    columns = {"customer": "customer", "date": "asked_on", "reason": "reason"}
    table = kk.read_table(frame, kind="answers", columns=columns, segments=["team_size", "region"])
    survey = kk.measure_answers(table, as_of="2025-10-15", changed_on="2025-06-10")
    verdict = kk.feedback(survey).verdict
    pairs = [(row["segment"], row["reason"]) for row in verdict["pairs"]["clear"] if row["more"]]
    moved = [row["reason"] for row in verdict["moved"]["reasons"] if row["clear"]]
    if planted:
        return ("team size: 1 to 9 seats", "price") in pairs and "unaware" in moved
    return bool(verdict["pairs"]["clear"] or moved or verdict["response_by"])
