"""Settled: a step of the counting that several counts begin with, done once where the data is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import narwhals as nw

from kpikit.measuring.plan import Frame


def settled(frame: Frame) -> Frame:
    """The same rows, made once: a temporary table of DuckDB, a kept frame of Spark, rows in memory; left open in a database.

    What a chain of expressions begins with is run again by every count that is asked of it; here it is not.
    """
    engine, native = frame.implementation, frame.to_native()
    if engine is nw.Implementation.DUCKDB:
        return nw.from_native(_temporary(native)).lazy()
    if engine.is_pyspark() or engine is nw.Implementation.IBIS:
        return frame if engine is nw.Implementation.IBIS else nw.from_native(native.cache()).lazy()
    return frame.collect().lazy()


def _temporary(relation: Any) -> Any:
    """A temporary table lives as long as its connection, and needs no right to write."""
    name = f"settled_{uuid4().hex}"
    relation.query("unsettled", f"CREATE TEMP TABLE {name} AS FROM unsettled")
    return relation.query("unsettled", f"FROM {name}")
