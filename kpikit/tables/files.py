"""How a file of each format is opened: delimited text, Parquet, Excel, DuckDB, SQLite, a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from kpikit.errors import TableError
from kpikit.tables.cells import chosen_table, open_sqlite, open_workbook
from kpikit.tables.columns import identifier, literal
from kpikit.tables.delimited import PACKED, TEXT_FILES, open_delimited
from kpikit.tables.hashing import QUERY
from kpikit.tables.how import How
from kpikit.tables.queries import open_query
from kpikit.tables.source import Source, connected, first_line, opened, refuse_twice

NO_FOLDERS = "hive_partitioning = false"  # else a folder named column=value would be a column
Opener = Callable[[Path, str, Sequence[str], How], Source]


def open_file(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    """A file by its ending; TableError where it cannot be read."""
    if path.stat().st_size == 0:
        raise TableError(f"{name}: the file is empty")
    ending = path.suffix.casefold()
    if ending not in OPENERS:
        raise TableError(f"{name}: a table is read from {', '.join(OPENERS)}, not from '{path.suffix}'")
    try:
        return OPENERS[ending](path, name, wanted, how).with_names(wanted)
    except OSError as error:
        raise TableError(f"{name}: the file cannot be read: {error.strerror or error}") from error


def _open_parquet(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    try:
        columns = [str(column) for column in parquet.read_schema(path).names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TableError(f"{name}: it is no Parquet file, or a truncated or corrupt one ({error})") from error
    refuse_twice(columns, name)  # DuckDB renames the second of two
    pattern = "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))  # a name that matches itself alone
    return opened(connected([str(path), pattern]), f"read_parquet({literal(pattern)}, {NO_FOLDERS})", name, path=path)


def _open_duckdb(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    try:
        attach = f"ATTACH {literal(str(path))} AS file (READ_ONLY, TYPE duckdb)"
        connection = connected(attached=[attach, "USE file"])  # where a view's own names are looked for
    except duckdb.Error as error:
        raise TableError(f"{name}: it is no DuckDB file that this version reads ({first_line(error)})") from error
    listed = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'file' UNION ALL "
    listed += "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'file' AND NOT internal ORDER BY ALL"
    tables = {
        (table if schema == "main" else f"{schema}.{table}"): (schema, table)
        for schema, table in connection.execute(listed).fetchall()
    }
    schema, table = tables[chosen_table(list(tables), name, how)]
    return opened(connection, f"file.{identifier(schema)}.{identifier(table)}", name, path=path)


OPENERS: dict[str, Opener] = {
    **dict.fromkeys((*TEXT_FILES, *PACKED), open_delimited),
    **dict.fromkeys((".parquet", ".pq"), _open_parquet),
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), open_workbook),
    **dict.fromkeys((".duckdb", ".ddb"), _open_duckdb),
    **dict.fromkeys((".sqlite", ".sqlite3", ".db"), open_sqlite),
    QUERY: open_query,
}
