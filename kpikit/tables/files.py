"""Where a table is, and how a file of each format is opened: delimited text, Parquet, Excel, DuckDB, SQLite."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from kpikit.errors import TableError
from kpikit.tables.cells import chosen_table, open_sqlite, open_workbook
from kpikit.tables.columns import identifier, literal
from kpikit.tables.delimited import PACKED, TEXT_FILES, open_delimited
from kpikit.tables.how import How
from kpikit.tables.source import Source, connected, first_line, opened, refuse_twice

PACKAGE = "package:"
NO_FOLDERS = "hive_partitioning = false"  # else a folder named column=value would be a column
Opener = Callable[[Path, str, Sequence[str], How], Source]


def find_file(table: str, folder: Path) -> Path:
    """The file that a case's `table` names: relative to the case's folder, or inside an installed package.

    Raises TableError where there is no such file or package.
    """
    if not table.startswith(PACKAGE):
        try:
            path = (folder / table).resolve()
            there = path.is_file()
        except (OSError, ValueError):  # a name that no file can bear
            there = False
        if not there:
            raise TableError(f"no file {table}; paths are relative to the case, and its folder is {folder}")
        return path
    package, _, inside = table.removeprefix(PACKAGE).partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    root = Path(spec.submodule_search_locations[0]).resolve() if spec and spec.submodule_search_locations else None
    if root is None:
        raise TableError(f"{table}: the package {package} is not installed; pip install {package}, or pip install -e .[demo]")
    path = (root / inside).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise TableError(f"{table}: the package {package} holds no file {inside}")
    return path


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, as hexadecimal text."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


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
}
