"""The forms in which a team may hold one table: each engine's frame, a file, or a table on a server."""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb
import ibis
import polars as pl
import pyarrow as pa
from pyarrow import parquet

#: what a column holds -> its type in Arrow and in PostgreSQL
TYPES = {
    "text": (pa.string(), "text"),
    "whole": (pa.int64(), "bigint"),
    "small": (pa.int32(), "integer"),
    "money": (pa.decimal128(20, 4), "numeric(20,4)"),
    "double": (pa.float64(), "double precision"),
    "moment": (pa.timestamp("us"), "timestamp"),
    "day": (pa.date32(), "date"),
}
LOCAL = ("pandas", "pandas on Arrow", "polars", "polars lazy", "Arrow", "DuckDB", "Parquet", "CSV")
REMOTE = ("Spark", "PostgreSQL")


@dataclass(frozen=True)
class Rows:
    """Plain rows and what each column holds."""

    columns: dict
    rows: list

    @property
    def arrow(self):
        kinds = {name: TYPES[kind][0] for name, kind in self.columns.items()}
        cells = zip(*self.rows, strict=True) if self.rows else [[] for _ in kinds]
        return pa.table({name: pa.array(list(column), kinds[name]) for name, column in zip(kinds, cells, strict=True)})


def given(form, rows, folder, request):
    """What a user gives to read_table; the engines are fetched only where a form needs them."""
    if form == "Spark":
        return on_spark(request.getfixturevalue("spark"), rows)
    if form == "PostgreSQL":
        return on_postgres(request.getfixturevalue("server"), rows)
    return LOCALLY[form](rows, folder)


def on_spark(spark, rows):
    """A Spark frame; its moments are Spark's usual timestamps, which carry the session's zone."""
    frame = spark.createDataFrame(rows.arrow)
    for name, kind in rows.columns.items():
        if kind == "moment":
            frame = frame.withColumn(name, frame[name].cast("timestamp"))
    return frame


def loaded(server, rows, name="rows"):
    """Writes the rows into a table of the server."""
    columns = ", ".join(f'"{column}" {TYPES[kind][1]}' for column, kind in rows.columns.items())
    server.execute(f'DROP TABLE IF EXISTS "{name}"')
    server.execute(f'CREATE TABLE "{name}" ({columns})')
    if rows.rows:
        server.execute(f'INSERT INTO "{name}" VALUES ({", ".join(["%s"] * len(rows.columns))})', rows.rows)


def on_postgres(server, rows):
    """An Ibis table on the server."""
    loaded(server, rows)
    return ibis.connect(server.address()).table("rows")


def written_csv(rows, folder):
    path = folder / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(rows.columns)
        writer.writerows([[cell(name, value) for name, value in zip(rows.columns, row, strict=True)] for row in rows.rows])
    return str(path)


def cell(name, value):
    """A cell's text; a period is written without a time of day."""
    if isinstance(value, datetime):
        return value.date().isoformat() if name == "period" else value.isoformat(sep=" ")
    return (
        "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value) if isinstance(value, date) else value
    )


def written_parquet(rows, folder):
    parquet.write_table(rows.arrow, folder / "rows.parquet")
    return str(folder / "rows.parquet")


def as_relation(rows, folder):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.from_arrow(rows.arrow)


def arrow_backed(rows, folder):
    import pandas as pd

    return rows.arrow.to_pandas(types_mapper=pd.ArrowDtype)


LOCALLY = {
    "pandas": lambda rows, folder: rows.arrow.to_pandas(),
    "pandas on Arrow": arrow_backed,
    "polars": lambda rows, folder: pl.from_arrow(rows.arrow),
    "polars lazy": lambda rows, folder: pl.from_arrow(rows.arrow).lazy(),
    "Arrow": lambda rows, folder: rows.arrow,
    "DuckDB": as_relation,
    "Parquet": written_parquet,
    "CSV": written_csv,
}
