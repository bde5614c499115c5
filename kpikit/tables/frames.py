"""Frames: pandas, polars and Arrow are scanned by DuckDB where they are; others stay on their own engine."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa

from kpikit.errors import TableError
from kpikit.tables.source import Source, beside_others, first_line, opened, refuse_twice, source_of

REMOTE = ("pyspark", "ibis", "sqlframe")
FEW = 100_000  # rows


def is_remote(table: Any) -> bool:
    """Whether a table lives on an engine of its own, where it is counted."""
    return type(table).__module__.split(".")[0] in REMOTE


def addressable(frame: nw.LazyFrame[Any], needed: Collection[str], name: str) -> nw.LazyFrame[Any]:
    """The frame with columns that Spark can name, which takes a.b for a field of a; TableError where such a column is needed."""
    columns, native = frame.collect_schema().names(), frame.to_native()
    odd = [column for column in columns if "." in column or "`" in column]
    if not odd or not hasattr(native, "toDF"):
        return frame
    for column in odd:
        if column in needed:
            mend = f"withColumnRenamed('{column}', '{column.replace('.', '_').replace('`', '')}')"
            raise TableError(f"{name}: Spark takes '{column}' for a field of a column; rename it, as {mend}")
    named = native.toDF(*(f"__column_{place}" if column in odd else column for place, column in enumerate(columns)))
    renamed: nw.LazyFrame[Any] = nw.from_native(named).lazy()
    return renamed


def open_frame(frame: Any, name: str) -> Source:
    """A pandas or polars frame, an Arrow table or a DuckDB relation, held where it is; TableError for another object."""
    if isinstance(frame, duckdb.DuckDBPyRelation):
        refuse_twice(frame.columns, name)
        return source_of(frame, None, name)
    arrow = _arrow(frame, name)
    if arrow is None:
        raise TableError(
            f"{name}: a {type(frame).__module__}.{type(frame).__qualname__} is no table; give a path, or a pandas, polars, "
            "Arrow, DuckDB, Spark or Ibis table"
        )
    refuse_twice(arrow.column_names, name)
    connection = beside_others()
    try:
        connection.register("frame", arrow)
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error
    return opened(connection, "frame", name, few=arrow.num_rows <= FEW, kept=(frame, arrow))


def _arrow(frame: Any, name: str) -> pa.Table | None:
    """A frame as an Arrow table, its columns where they are if their type allows; None for what is no table."""
    if isinstance(frame, pd.DataFrame):
        columns = [str(column) for column in frame.columns]
        refuse_twice(columns, name)
        return pa.table({column: _column(frame.iloc[:, place]) for place, column in enumerate(columns)})
    if hasattr(frame, "collect_schema") and hasattr(frame, "collect"):
        return frame.collect().to_arrow()
    if not hasattr(frame, "__arrow_c_stream__"):
        return None
    try:
        return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError):
        return None


def _column(values: pd.Series) -> pa.Array | pa.ChunkedArray:
    """A pandas column. What has no Arrow type of its own, or several, is text, so that nothing is rounded or guessed."""
    if not isinstance(values.dtype, (pd.PeriodDtype, pd.CategoricalDtype, pd.IntervalDtype)):
        try:
            return pa.array(values, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            pass
    return pa.array([None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)], pa.string())
