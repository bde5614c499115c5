"""The same checked table on another engine, and whether all engines count it alike, to the last one."""

from __future__ import annotations

import atexit
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import narwhals as nw
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from kpikit import words
from kpikit.cases import Case
from kpikit.errors import CaseError
from kpikit.measuring.door import measure, table_of
from kpikit.series import KpiSeries
from kpikit.tables import Table


def on_engine(table: Table, engine: str) -> Table:
    """The table with its rows on an engine: duckdb, pandas, polars, arrow or spark. CaseError where it is not installed.

    Arrow cannot order rows within groups, so an Arrow table is counted by DuckDB, here and wherever one is given.
    """
    if engine not in ENGINES:
        raise CaseError(f"no engine '{engine}'; {words.near(engine, ENGINES)}")
    rows = table.frame.collect("pyarrow").to_native()
    try:
        return replace(table, frame=nw.from_native(ENGINES[engine](rows)).lazy())
    except ImportError as error:
        raise CaseError(f"the engine {engine} is not installed ({error}); pip install kpikit[{engine}]") from error


def _pandas(rows: Any) -> Any:
    for place, column in enumerate(rows.schema):
        if pa.types.is_date(column.type):  # pandas compares moments with moments alone
            rows = rows.set_column(place, column.name, rows[place].cast(pa.timestamp("us")))
    return rows.to_pandas(types_mapper=pd.ArrowDtype)


def _polars(rows: Any) -> Any:
    import polars

    return polars.from_arrow(rows)


def _duckdb(rows: Any) -> Any:
    import duckdb

    return duckdb.connect().from_arrow(rows)


def _spark(rows: Any) -> Any:
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession() or _local_spark(SparkSession.builder)
    place = Path(mkdtemp(prefix="kpikit-"))  # Spark reads it lazily: it goes when the process ends
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    parquet.write_table(rows, place / "rows.parquet")
    return session.read.parquet(str(place / "rows.parquet"))


def _local_spark(builder: Any) -> Any:
    quiet = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
        "spark.driver.bindAddress": "127.0.0.1",  # nothing listens to the network
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
    }
    local = builder.master("local[2]").appName("kpikit")
    for key, value in quiet.items():
        local = local.config(key, value)
    session = local.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


SERVER = "server"
ENGINES: dict[str, Callable[[Any], Any]] = {
    "duckdb": _duckdb, "pandas": _pandas, "polars": _polars, "arrow": _duckdb, "spark": _spark,
}  # fmt: skip


def compared(case: Case, engines: Sequence[str]) -> pd.DataFrame:
    """One row an engine: the sums of a case's counts, how many rows they are, and in how many another engine differs.

    The first engine is compared with each of the others, count by count; a table on a server is counted there first of all.
    """
    table = table_of(case)
    tables = {SERVER: table} if table.frame.implementation.is_ibis() else {}
    tables |= {engine: on_engine(table, engine) for engine in engines}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)  # it is given Arrow
        measured = {engine: measure(case.kpi, there, **case.counted) for engine, there in tables.items()}
    first = next(iter(measured.values()))
    told = [
        {"engine": engine, **_sums(series), "different": different_rows(first, series)} for engine, series in measured.items()
    ]
    return pd.DataFrame(told)


def _sums(series: KpiSeries) -> dict[str, Any]:
    counts = series.counts
    return {"rows": len(counts), **{name: sum(counts[name]) for name in ("numerator", "denominator")}}


def different_rows(one: KpiSeries, other: KpiSeries) -> int:
    """In how many rows (period and segment) the counts of two series differ; a row that one lacks differs."""
    keys = ["period", *one.segments]
    left, right = (series.counts.set_index(keys).astype(object) for series in (one, other))
    index = left.index.union(right.index)
    same = (left.reindex(index) == right.reindex(index)).all(axis=1)
    return int((~same).sum())
