"""Settled: a step of the counting that several counts begin with, done once where the data is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import narwhals as nw

from kpikit.measuring.plan import Frame


def settled(frame: Frame, beside: Frame) -> Frame:
    """The same rows, made once: a temporary table of DuckDB, a kept frame of Spark, rows in memory; left open in a database.

    What a chain of expressions begins with is run again by every count that is asked of it; here it is not. `beside` is a frame
    of the same engine with a short history of its own: in DuckDB the rows are found again through it, and forget theirs.
    """
    engine, native = frame.implementation, frame.to_native()
    if engine.is_duckdb():
        native = _temporary(native, beside.to_native())
    elif engine.is_pyspark():
        native = native.cache()
    else:
        return frame if engine.is_ibis() else frame.collect().lazy()
    rows: Frame = nw.from_native(native).lazy()
    return rows


def _temporary(relation: Any, beside: Any) -> Any:
    """A temporary table lives as long as its connection, and needs no right to write."""
    name = f"settled_{uuid4().hex}"
    relation.query("unsettled", f"CREATE TEMP TABLE {name} AS FROM unsettled")
    return beside.query("unsettled", f"FROM {name}")
