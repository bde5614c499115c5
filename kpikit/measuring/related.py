"""Ratios of the user's own beside a KPI: two columns of the same table divided, or the growth of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from kpikit.cases import Case
from kpikit.errors import CaseError
from kpikit.measuring.parts import refuse_cut
from kpikit.measuring.plan import by_period, collected
from kpikit.moments import FREQUENCY, as_moment, last_instant
from kpikit.shapes.ratio import Ratio
from kpikit.tables import Table, read_table

SUMS = ("counts", "volumes")
FINER = {period: place for place, period in enumerate(FREQUENCY)}


def measure_related(case: Case) -> dict[str, Ratio]:
    """The ratios that a case's [asks] related names, by their names: two columns divided, or the growth of one.

    They are read as amounts, so sums of scores and money may hold decimals. Raises CaseError where the table holds no sums or
    an entry names neither one column nor two.
    """
    told = case.measured.get("related", {})
    if told and case.kind not in SUMS:
        raise CaseError(
            f"{case.id}: [asks] related names columns of sums, so the table is of kind 'counts' or 'volumes', not '{case.kind}'"
        )
    return {name: _ratio(case, name, _columns(case, name, entry)) for name, entry in told.items()}


def _columns(case: Case, name: str, entry: Any) -> tuple[str, ...]:
    columns = (entry,) if isinstance(entry, str) else tuple(entry) if isinstance(entry, list) else ()
    if len(columns) not in (1, 2) or len(set(columns)) < len(columns):
        raise CaseError(
            f"{case.id}: [asks] related {name} is {entry!r}; it must be one column, whose growth is meant, or "
            "[numerator, denominator]"
        )
    return columns


def _ratio(case: Case, name: str, columns: Sequence[str]) -> Ratio:
    roles = {"period": case.columns.get("period", "period"), "numerator": columns[0], "denominator": columns[-1]}
    how = {key: value for key, value in case.how.items() if key != "cuts"}
    refuse_cut(case, case.only)
    read = read_table(case.table, kind="volumes", columns=roles, keep=case.rules, folder=case.folder, **how)
    table = read.until(as_moment(case.as_of))
    period = case.period or (case.window if case.window in FREQUENCY else "month")
    _refuse_grain(case, name, table, period)
    sums = by_period(table.frame, "period", period, case.calendar, ()).agg(nw.col("numerator", "denominator").sum())
    counts = collected(sums, period, (), case.calendar)
    rows = _divided(_grown(counts) if len(columns) == 1 else counts, last_instant(as_moment(case.as_of)), len(columns) == 1)
    return Ratio(as_moment(case.as_of), table.contract, table.checks, name, tuple(columns), period, rows, case.calendar)


def _refuse_grain(case: Case, name: str, table: Table, period: str) -> None:
    if FINER[table.grain or "month"] > FINER[period]:
        raise CaseError(f"{case.id}: {table.name} is written by {table.grain}, which cannot be cut by {period} for {name}")


def _grown(counts: pd.DataFrame) -> pd.DataFrame:
    """The amount of each period over that of the period before; none where that one is missing."""
    before = counts.set_index("period")["numerator"]
    before.index = before.index + 1
    there = before.reindex(counts["period"]).to_numpy()
    return counts.assign(denominator=there)[~pd.isna(there)].reset_index(drop=True)


def _divided(counts: pd.DataFrame, known: Any, grows: bool) -> pd.DataFrame:
    """The value of each period, and why there is none where there is none."""
    n, d = counts["numerator"].astype(float), counts["denominator"].astype(float)
    partial = counts["period"].dt.end_time.dt.floor("us") > pd.Timestamp(known)
    status = np.select([partial, d <= 0], ["partial", "zero denominator"], "ok")
    value = np.where(status == "ok", n / d.where(d > 0) - (1.0 if grows else 0.0), np.nan)
    return counts.assign(value=value, status=status)[["period", "numerator", "denominator", "value", "status"]]
