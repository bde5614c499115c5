"""Frames: pandas, polars and Arrow are scanned by DuckDB where they are; DuckDB relations, Spark and Ibis stay on their engine."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd

from kpikit.errors import TableError
from kpikit.tables.source import Source, connected, opened, refuse_twice

REMOTE = ("pyspark", "ibis", "sqlframe")


def is_remote(table: Any) -> bool:
    """Whether a table lives on an engine of its own, where it is counted."""
    return type(table).__module__.split(".")[0] in REMOTE


def open_frame(frame: Any, name: str) -> Source:
    """A pandas or polars frame, an Arrow table or a DuckDB relation, held where it is; TableError for another object."""
    if isinstance(frame, duckdb.DuckDBPyRelation):
        types = dict(zip(frame.columns, map(str, frame.types), strict=True))
        refuse_twice(frame.columns, name)
        return Source(name, types, frame, None)
    if isinstance(frame, pd.DataFrame):
        arrow = _of_pandas(frame, name)
    elif hasattr(frame, "collect_schema") and hasattr(frame, "collect"):
        arrow = frame.collect().to_arrow()
    elif hasattr(frame, "__arrow_c_stream__"):
        arrow = frame
    else:
        raise TableError(
            f"{name}: a {type(frame).__module__}.{type(frame).__qualname__} is no table; give a path, or a pandas, polars, Arrow, "
            "DuckDB, Spark or Ibis table"
        )
    refuse_twice(list(getattr(arrow, "column_names", arrow.columns)), name)
    connection = connected()
    connection.register("frame", arrow)
    return opened(connection, "frame", name, kept=(frame,))


def _of_pandas(frame: pd.DataFrame, name: str) -> Any:
    columns = [str(column) for column in frame.columns]
    refuse_twice(columns, name)
    periods = {column: str for column in frame.columns if isinstance(frame[column].dtype, (pd.PeriodDtype, pd.CategoricalDtype))}
    return frame.astype(periods).set_axis(columns, axis=1)
