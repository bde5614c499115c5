"""Where do we stand? The latest value with its band and marks, the last periods against those before, the next review."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from kpikit import words
from kpikit.answer import Answer, Check
from kpikit.errors import CaseError
from kpikit.questions.verdicts import change_of, changes, head, marks, method_check, review, side
from kpikit.series import KpiSeries, behind

SPAN = 3  # periods pooled on each side of "lately"


def scorecard(
    series: KpiSeries, *, benchmark: str | None = None, target: Decimal | float | None = None, owner: str = ""
) -> Answer:
    """The latest complete period, how the last three periods stand to the three before, and when the next review is due.

    Raises CaseError where no period holds a value.
    """
    total = series.total()
    usable = total.usable
    if usable.empty:
        raise CaseError(f"{series.kpi.id}: no period of the series holds a value, so there is nothing to show")
    latest = usable.iloc[-1]
    estimate = side(latest)
    verdict = head(series.kpi, series.variant, series.window) | estimate
    verdict |= {"at": words.when(latest["period"]), "as_of": words.day(series.as_of), "period": series.period}
    verdict |= marks(series.kpi, series.variant, estimate, benchmark, target)
    verdict |= {"lately": _lately(total), "review": review(series, owner), "behind": behind(series, latest["period"])}
    table = pd.concat([_latest(part) for part in _parts(series)], ignore_index=True)
    checks = (*_lately_checks(series, verdict), *series.checks)
    return Answer("scorecard", verdict, table, checks, {"course": total.table})


def _lately(series: KpiSeries) -> dict[str, Any] | None:
    """The last SPAN usable periods pooled against the SPAN before them; None where there are too few in a row."""
    periods = sorted(series.usable["period"].unique())
    if len(periods) < 2 * SPAN or (periods[-1] - periods[-2 * SPAN]).n != 2 * SPAN - 1:
        return None
    halves = {"before": periods[-2 * SPAN : -SPAN], "after": periods[-SPAN:]}
    rows = series.rows[series.rows["period"].isin(periods[-2 * SPAN :])]
    pooled = series.pool(rows.assign(half=rows["period"].isin(halves["after"])), ["half"])
    moved = changes(pooled.iloc[[0]].reset_index(drop=True), pooled.iloc[[1]].reset_index(drop=True)).iloc[0]
    sides = {name: side(pooled.iloc[i]) for i, name in enumerate(halves)}
    return sides | change_of(moved) | {"span": SPAN}


def _parts(series: KpiSeries) -> list[KpiSeries]:
    return [series.total(), series] if series.segments else [series]


def _latest(series: KpiSeries) -> pd.DataFrame:
    rows = series.usable[series.usable["period"] == series.usable["period"].max()]
    cut = rows[list(series.segments)].apply(lambda row: ", ".join(map(str, row)), axis=1) if series.segments else "all"
    labelled: pd.DataFrame = rows.assign(segment=cut)
    return labelled[["segment", "period", "numerator", "denominator", "value", "low", "high", "band"]]


def _lately_checks(series: KpiSeries, verdict: dict[str, Any]) -> list[Check]:
    if verdict["lately"] is None:
        return [
            Check(
                "lately",
                None,
                f"Fewer than {2 * SPAN} {series.period}s in a row with a value: nothing is said about how it moved lately.",
            )
        ]
    season = Check(
        "season", None, f"Not checked: {SPAN} {series.period}s against the {SPAN} before can differ by the time of year alone."
    )
    return [method_check(series.variant.computes.noise, verdict["lately"]["change"]), season]
