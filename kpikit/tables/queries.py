"""A table made of others: one SELECT in a .sql file, over the tables that its first lines name, and over nothing else.

    -- table contacts = campaigns.parquet
    -- table words = package:lifetimes/datasets/CDNOW_master.txt lines
    SELECT customer, sent_on AS date FROM contacts

A table lies in the file's own folder or below it, or in an installed package. Delimited text is read as strictly as a table of
its own, with every value as text; `lines` reads a text file as one column, `line`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from kpikit.errors import TableError
from kpikit.tables.columns import identifier, literal
from kpikit.tables.how import How
from kpikit.tables.places import PACKAGE, find_file
from kpikit.tables.source import Source, connected, first_line, opened

NAMES = re.compile(r"--\s*table\s+([A-Za-z_]\w*)\s*=\s*(\S.*?)(\s+lines)?\s*$")
QUERY = ".sql"
PARQUET = (".parquet", ".pq")
MOST_SQL = 100_000  # characters of a query


def open_query(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    """The rows of a query. Raises TableError where it is no single SELECT, or a table that it names is not there."""
    query = _text(path, name)
    parts = dict(_parts(path, query, name))
    parquets = [str(place) for place, lines in parts.values() if place.suffix in PARQUET and not lines]
    connection = connected(parquets)
    try:
        for table, (place, lines) in parts.items():
            if str(place) in parquets and not lines:
                connection.execute(f"CREATE VIEW {identifier(table)} AS FROM read_parquet({literal(str(place))})")
            else:
                connection.register(table, _lines(place) if lines else _rows(place, how))
        _require_one_select(connection, query, name)
        held = connection.sql(query.rstrip().rstrip(";"))
        held.create("query")
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error
    return opened(connection, "query", name, path=path)


def hash_of_query(path: Path) -> Iterator[bytes]:
    """The bytes that a query's table rests on: its own, and the hash of each table that it names."""
    yield path.read_bytes()
    for place, _ in dict(_parts(path, _text(path, path.name), path.name)).values():
        with place.open("rb") as data:
            yield hashlib.file_digest(data, "sha256").digest()


def _text(path: Path, name: str) -> str:
    try:
        query = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TableError(f"{name}: it is not UTF-8 ({error}); save it as UTF-8") from error
    if len(query) > MOST_SQL:
        raise TableError(f"{name}: a query of {len(query):,} characters; at the most {MOST_SQL:,} are read")
    return query


def _parts(path: Path, query: str, name: str) -> Iterator[tuple[str, tuple[Path, bool]]]:
    """Each table that the query names, with where it is and whether it is read by lines."""
    found = [match.groups() for line in query.splitlines() if (match := NAMES.match(line.strip()))]
    if not found:
        raise TableError(f"{name}: it names no table; begin it with lines as: -- table orders = orders.parquet")
    for table, place, lines in found:
        there = find_file(place, path.parent)
        if not place.startswith(PACKAGE) and not there.is_relative_to(path.parent.resolve()):
            raise TableError(f"{name}: the table '{table}' lies outside the folder of the query: {place}; put it beside it")
        yield table, (there, bool(lines))


def _rows(place: Path, how: How) -> pa.Table:
    from kpikit.tables.files import open_file

    source = open_file(place, place.name, (), How(encoding=how.encoding))
    rows: pa.Table = source.relation.to_arrow_table()
    return rows


def _lines(place: Path) -> pa.Table:
    return pa.table({"line": place.read_text(encoding="utf-8").splitlines()})


def _require_one_select(connection: duckdb.DuckDBPyConnection, query: str, name: str) -> None:
    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise TableError(
            f"{name}: a table is one SELECT; there is {len(statements)} of which the first is {statements[0].type.name}"
        )
