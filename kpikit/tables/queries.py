"""A table made of others: one SELECT in a .sql file, over the tables that its first lines name, and over nothing else.

    -- table contacts = campaigns.parquet
    -- table words = package:lifetimes/datasets/CDNOW_master.txt lines
    SELECT customer, sent_on AS date FROM contacts

A table lies in the file's own folder or below it, or in an installed package. Delimited text is read as strictly as a table of
its own, with every value as text; `lines` reads a text file as one column, `line`. What gives another answer each time (a
clock, chance) is refused, and so is a query without an end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb
import pyarrow as pa

from kpikit import words
from kpikit.errors import TableError
from kpikit.tables.columns import identifier, literal
from kpikit.tables.hashing import Parts, parts_of, text_of
from kpikit.tables.how import How
from kpikit.tables.source import Source, connected, first_line, opened

PARQUET = (".parquet", ".pq")
MOST_S = 600.0  # seconds that a query may run
RESULT = "__rows_of_query"
FUNCTIONS = ("range", "generate_series", "unnest")  # that make rows of what is written in the query
CLOCKS = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "ago"}
#: parts of a parsed query that are no SELECT
NO_SELECT = ("SHOW_REF", "INSERT_QUERY_NODE", "UPDATE_QUERY_NODE", "DELETE_QUERY_NODE", "MERGE_QUERY_NODE", "STATEMENT_NODE")


def open_query(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    """The rows of a query. Raises TableError where it is no single SELECT, or a table that it names is not there."""
    query = text_of(path, name)
    parts = parts_of(path, query, name)
    patterns = {table: _itself(place) for table, (place, lines) in parts.items() if _is_parquet(place) and not lines}
    connection = connected([*patterns.values(), *(str(parts[table][0]) for table in patterns)])
    try:
        _require_one_select(connection, query, name)
        _refuse_the_unnamed(connection, query, parts, name)
        for table, (place, lines) in parts.items():
            if table in patterns:
                rows = f"read_parquet({literal(patterns[table])}, hive_partitioning = false)"
                connection.execute(f"CREATE VIEW {identifier(table)} AS FROM {rows}")
            else:
                connection.register(table, _lines(place, how) if lines else _rows(place, name, how))
        with _ended(connection, name):
            connection.execute(f"CREATE TABLE {RESULT} AS {query}")
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error
    return opened(connection, RESULT, name, path=path)


def _is_parquet(place: Path) -> bool:
    return place.suffix.casefold() in PARQUET


def _itself(place: Path) -> str:
    """A pattern that matches the file alone, whatever marks its name bears."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(place))


def _rows(place: Path, name: str, how: How) -> pa.Table:
    from kpikit.tables.files import open_file

    source = open_file(place, f"{name}, {place.name}", (), How(encoding=how.encoding))
    try:
        return source.relation.to_arrow_table()
    except duckdb.Error as error:
        raise source.refusal(error) from error


def _lines(place: Path, how: How) -> pa.Table:
    try:
        text = place.read_text(encoding=how.encoding)
    except UnicodeDecodeError as error:
        raise TableError(f"{place.name}: it is not {how.encoding} ({error}); name its encoding, as latin-1") from error
    return pa.table({"line": pa.array(text.removesuffix("\n").split("\n"), pa.string())})


@contextmanager
def _ended(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[None]:
    """Stops what takes too long; TableError says so."""
    timer = Timer(MOST_S, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise TableError(f"{name}: the query ran longer than {MOST_S:g} seconds; write one that ends") from error
    finally:
        timer.cancel()


def _require_one_select(connection: duckdb.DuckDBPyConnection, query: str, name: str) -> None:
    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = words.listed(statement.type.name for statement in statements)
        raise TableError(f"{name}: a table is one SELECT; there is {kinds or 'nothing'}")


def _refuse_the_unnamed(connection: duckdb.DuckDBPyConnection, query: str, parts: Parts, name: str) -> None:
    """TableError where the query reads what its first lines do not name, or would say something else another time."""
    (told,) = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0]
    unstable = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'"
    changing = CLOCKS | {function for (function,) in connection.execute(unstable).fetchall()}
    tree = json.loads(told)
    if tree["error"]:
        raise TableError(f"{name}: {tree['error_message']}")
    nodes = list(_nodes(tree))
    own = {str(entry["key"]).casefold() for node in nodes for entry in node.get("cte_map", {}).get("map", [])}
    known = {table.casefold() for table in parts} | own
    for node in nodes:
        if refusal := _refusal(node, known, changing):
            raise TableError(f"{name}: {refusal}; there is {', '.join(parts)}")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every part of a parsed query."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)


def _refusal(node: dict[str, Any], known: set[str], changing: set[str]) -> str:
    """What is wrong with a part of a query; nothing where it may stand."""
    kind = node.get("type")
    if kind in NO_SELECT:
        return "a table is one SELECT of tables, and this shows or changes them"
    if kind == "TABLE_FUNCTION" and (function := _called(node["function"])) not in FUNCTIONS:
        return f"it reads {function}(...), and a query reads the tables that it names"
    if kind == "BASE_TABLE":
        path = [str(node[key]) for key in ("catalog_name", "schema_name", "table_name") if node[key]]
        return "" if path[-1].casefold() in known and len(path) == 1 else f"no line names the table '{'.'.join(path)}'"
    if node.get("sample"):
        return "a sample is another one each time"
    said = _called(node) if kind == "FUNCTION" else _column(node) if kind == "COLUMN_REF" else ""
    return f"{said} is another one each time" if said in changing else ""


def _called(node: dict[str, Any]) -> str:
    return str(node.get("function_name", "")).casefold()


def _column(node: dict[str, Any]) -> str:
    """The name of a column that stands alone: a clock may be written so."""
    names = node.get("column_names", [])
    return str(names[0]).casefold() if len(names) == 1 and str(names[0]).casefold() in CLOCKS else ""
