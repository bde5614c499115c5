"""The part of a series that is settled: periods of which nobody's window is still open, so that their counts are whole."""

from __future__ import annotations

from dataclasses import replace

from kpikit import words
from kpikit.answer import Check
from kpikit.series import KpiSeries


def settled(series: KpiSeries) -> tuple[KpiSeries, tuple[Check, ...]]:
    """The series as a whole up to its last period without open windows, and what that leaves out.

    Of the last cohorts only those who came early can be judged, so their counts say nothing of a usual period's size. Where
    every period has open windows, the series stays as it is.
    """
    total = series.total()
    usable = total.usable
    if "censored" not in usable or usable.empty:
        return total, ()
    whole = usable[usable["censored"] == 0]
    if whole.empty or whole["period"].iloc[-1] == usable["period"].iloc[-1]:
        return total, ()
    last = whole["period"].iloc[-1]
    left = words.listed([words.when(period) for period in usable["period"][usable["period"] > last]])
    text = (
        f"Of {left} only those can be judged who came early in it, so {words.the(words.when(last))} is the "
        "last one that is looked at."
    )
    kept = total.counts[total.rows["period"] <= last].reset_index(drop=True)
    return replace(total, counts=kept), (Check("last periods", False, text),)
