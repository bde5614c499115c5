"""Opens a file or frame in a locked DuckDB: rows as they are written, nothing guessed, nothing else within reach."""

from __future__ import annotations

import codecs
import csv
import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from pyarrow import parquet

from kpikit import words
from kpikit.errors import TableError
from kpikit.tables.columns import identifier, literal

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = {"utf-8": "utf-8", "ascii": "utf-8", "iso8859-1": "latin-1", "utf-16": "utf-16"}  # as Python and DuckDB name them
TEXT_FILES = (".csv", ".tsv", ".txt")
MAP = '; name the right ones in columns, as columns = { period = "month" }, in segments or in keep'
PACKAGE = "package:"
LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True)
class Source:
    """An opened table: a name for messages, its columns with their DuckDB types, and the relation to query."""

    name: str
    types: dict[str, str]
    relation: duckdb.DuckDBPyRelation
    connection: duckdb.DuckDBPyConnection
    path: Path | None = None
    separator: str = ","
    encoding: str = "utf-8"

    def place(self, row: int) -> str:
        """Where the row (1 is the first) stands, as the user counts: the physical line of a CSV file."""
        if self.path is None or self.path.suffix.casefold() not in TEXT_FILES:
            return f"row {row}"
        with self.path.open(encoding=self.encoding, newline="") as lines:
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
            before = 0
            for number, _ in enumerate(filter(None, reader)):  # 0 is the header; empty lines are no rows
                if number == row:
                    break
                before = reader.line_num
            return f"line {_first_line_after(self.path, before, self.encoding)}"

    def fetch(self, relation: duckdb.DuckDBPyRelation) -> list[tuple[Any, ...]]:
        """The rows of a query on this table; TableError with the file's name where it cannot be read."""
        try:
            return relation.fetchall()
        except duckdb.Error as error:
            raise TableError(f"{self.name}: {first_line(error)}") from error


def _first_line_after(path: Path, line: int, encoding: str) -> int:
    """The number of the first line after this one that is not empty."""
    with path.open(encoding=encoding, newline="") as lines:
        return next((n for n, text in enumerate(lines, start=1) if n > line and text.strip()), line + 1)


def find_file(table: str, folder: Path) -> Path:
    """The file that a case's `table` names: relative to the case's folder, or inside an installed package.

    Raises TableError where there is no such file or package.
    """
    if not table.startswith(PACKAGE):
        path = (folder / table).resolve()
        if not path.is_file():
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


def open_file(path: Path, name: str, wanted: Sequence[str], encoding: str) -> Source:
    """A CSV or Parquet file. CSV values are text; the separator is the one that splits the header into the wanted columns."""
    if path.stat().st_size == 0:
        raise TableError(f"{name}: the file is empty")
    suffix = path.suffix.casefold()
    if suffix not in (*TEXT_FILES, ".parquet"):
        raise TableError(f"{name}: a table is read from {', '.join(TEXT_FILES)} or .parquet, not from '{path.suffix}'")
    encoding = _readable(encoding, name)
    connection = duckdb.connect(":memory:")
    pattern = "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))  # a name that matches itself alone
    connection.execute(f"SET allowed_paths = [{literal(str(path))}, {literal(pattern)}]")
    _lock(connection)
    if suffix == ".parquet":
        return _opened(connection, f"read_parquet({literal(pattern)})", name, path)
    header, separator = _header(path, name, wanted, encoding)
    fields = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in header)
    options = (
        "header = true, auto_detect = false, strict_mode = true, null_padding = false, ignore_errors = false, "
        "allow_quoted_nulls = false, nullstr = '', quote = '\"', escape = '\"', "
        f"delim = {literal(separator)}, encoding = {literal(encoding)}, columns = {{{fields}}}"
    )
    return _opened(connection, f"read_csv({literal(pattern)}, {options})", name, path, separator, encoding)


def _readable(encoding: str, name: str) -> str:
    """The encoding as DuckDB names it; TableError for one that does not exist or that it cannot read."""
    try:
        known = ENCODINGS.get(codecs.lookup(encoding).name)
    except LookupError:
        known = None
    if known is None:
        raise TableError(
            f"{name}: the encoding '{encoding}' cannot be read; save the file as utf-8, or give utf-8, latin-1 or utf-16"
        )
    return known


def open_frame(frame: pd.DataFrame, name: str) -> Source:
    """A pandas frame, held where it is."""
    columns = [str(column) for column in frame.columns]
    _refuse_twice(columns, name)
    periods = {column: str for column in frame.columns if isinstance(frame[column].dtype, (pd.PeriodDtype, pd.CategoricalDtype))}
    connection = duckdb.connect(":memory:")
    _lock(connection)
    connection.register("frame", frame.astype(periods).set_axis(columns, axis=1))
    return _opened(connection, "frame", name)


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET python_enable_replacements = false")
    for statement in LOCKS:
        connection.execute(statement)


def _opened(
    connection: duckdb.DuckDBPyConnection,
    origin: str,
    name: str,
    path: Path | None = None,
    separator: str = ",",
    encoding: str = "utf-8",
) -> Source:
    try:
        relation = connection.sql(f"SELECT * FROM {origin}")
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error
    if path is not None and path.suffix.casefold() == ".parquet":
        _refuse_twice(_parquet_columns(path), name)
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    return Source(name, types, relation, connection, path, separator, encoding)


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says of a file it cannot read, without its advice on settings that are not ours to change."""
    said = str(error).removeprefix("Invalid Input Error: ").split("Possible ")[0].strip().splitlines()
    return "; ".join(line.strip() for line in said if line.strip())


def _header(path: Path, name: str, wanted: Sequence[str], encoding: str) -> tuple[list[str], str]:
    try:
        with path.open(encoding=encoding, newline="") as lines:
            line = lines.readline().lstrip("\ufeff")
    except LookupError as error:
        raise TableError(f"{name}: there is no encoding '{encoding}'; as utf-8 or latin-1") from error
    except UnicodeDecodeError as error:
        raise TableError(
            f"{name}: not {encoding}: {error.reason} at byte {error.start}; give its encoding, as encoding = 'latin-1'"
        ) from error
    headers = {separator: next(csv.reader([line], delimiter=separator), []) for separator in SEPARATORS}
    fitting = [separator for separator, header in headers.items() if set(wanted) <= set(header)]
    if len(fitting) > 1:  # one column that is wanted, or none: the separator is the one that splits
        fitting = [separator for separator in fitting if len(headers[separator]) > 1] or fitting[:1]
    if len(fitting) != 1:
        best = max(headers.values(), key=len)
        missing = [column for column in wanted if column not in best]
        if not missing:
            several = words.listed(SEPARATORS[separator] for separator in fitting)
            raise TableError(f"{name}: the header can be split by {several}; keep one separator")
        raise TableError(
            f"{name}: no column {words.listed(map(repr, missing), 'or')} in the header; there is {', '.join(best)}{MAP}"
        )
    _refuse_twice(headers[fitting[0]], name)
    return headers[fitting[0]], fitting[0]


def _parquet_columns(path: Path) -> list[str]:
    """The column names as the file holds them; DuckDB renames the second of two."""
    return [str(column) for column in parquet.read_schema(path).names]


def _refuse_twice(columns: Sequence[str], name: str) -> None:
    for column in columns:
        if list(columns).count(column) > 1:
            raise TableError(f"{name}: the column {identifier(column)} is there twice; rename one of them")
