"""Source: an opened table in a locked DuckDB. Rows are as they are written, nothing is guessed, nothing else is within reach."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import duckdb

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.tables.columns import identifier, literal
from kpikit.tables.structure import row_lines

NO_EXTENSIONS = ("SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false")
LOCKS = (  # the first two would hold for one connection alone, and not for those beside it
    "SET GLOBAL python_enable_replacements = false",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
MEMORY_SHARE = 0.2  # of the computer's memory that DuckDB may take before it moves to disk
LEAST_MEMORY_GB, MOST_MEMORY_GB = 1, 4
#: columns that are added to a table while it is read
OWN_NAMES = {"__row", "__hash", "__alike", "__first", "__second", "__fault", "__removed", "__grain", "__aware", "__unknown"}


@dataclass(frozen=True)
class Source:
    """An opened table: a name for messages, its columns with their DuckDB types, and the relation to query.

    `typed` says that the columns have types of their own, so that a number held as text is a fault; `places` names the row
    of a number (1 is the first); `explain` raises a better error than DuckDB's, where it knows one; `text_cells` are columns
    in which a workbook or SQLite holds numbers as text; `few` says that there are so few rows that asking twice costs more
    than holding them; `kept` are things that must live as long as the relation.
    """

    name: str
    types: dict[str, str]
    relation: duckdb.DuckDBPyRelation
    connection: duckdb.DuckDBPyConnection | None
    path: Path | None = None
    typed: bool = True
    places: Callable[[Iterable[int]], Mapping[int, str]] = lambda rows: {row: f"row {row}" for row in rows}
    explain: Callable[[], object] = lambda: None
    notes: tuple[Check, ...] = ()
    text_cells: frozenset[str] = frozenset()
    few: bool = False
    kept: tuple[Any, ...] = ()

    def fetch(self, relation: duckdb.DuckDBPyRelation) -> list[tuple[Any, ...]]:
        """The rows of a query on this table; TableError with the file's name where it cannot be read."""
        try:
            return relation.fetchall()
        except duckdb.Error as error:
            raise self.refusal(error) from error

    def refusal(self, error: duckdb.Error) -> TableError:
        """What DuckDB's error says of this table; raises a better one where one is known."""
        self.explain()
        return TableError(f"{self.name}: {first_line(error)}")

    def held(self, relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The rows of a query, computed once and held (on disk, where they are many); the query, if it is quick to run anew."""
        if self.connection is None or (self.typed and not self.few):
            return relation
        try:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE checked AS {relation.sql_query()}")
        except duckdb.Error as error:
            raise self.refusal(error) from error
        return self.connection.table("checked")

    def with_names(self, wanted: Sequence[str]) -> Source:
        """The source with the wanted names for columns whose own differ by case or spaces alone; a note says so."""
        found = near_names(wanted, list(self.types), self.name)
        if not found:
            return self
        renamed = {column: want for want, column in found.items()}
        names = ", ".join(f"{identifier(name)} AS {identifier(renamed.get(name, name))}" for name in self.types)
        said = words.listed(f"{column!r} was taken for '{want}'" for column, want in renamed.items())
        types = {renamed.get(name, name): kind for name, kind in self.types.items()}
        note = Check("column names", False, f"Of the columns, {said}.")
        return replace(self, types=types, relation=self.relation.project(names), notes=(*self.notes, note))


def near_names(wanted: Sequence[str], there: Sequence[str], name: str) -> dict[str, str]:
    """Wanted name -> the column that differs from it by case or surrounding spaces alone; TableError where two do."""
    found = {}
    for want in wanted:
        alike = [column for column in there if plain_name(column) == plain_name(want)]
        if want in there or not alike:
            continue
        if len(alike) > 1:
            raise TableError(f"{name}: {words.listed(map(repr, alike))} could each be '{want}'; name one in columns")
        found[want] = alike[0]
    return found


def plain_name(column: str) -> str:
    """A column's name without what people do not see or mean.

    >>> plain_name(" Upgrades ")
    'upgrades'
    """
    return column.strip().casefold()


def connected(readable: Sequence[str] = (), attached: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """A DuckDB that may read the given paths and no others, after the statements `attached`; then its settings are locked."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{_memory_gb():.1f}GB'")
    connection.execute(f"SET temp_directory = {literal(str(Path(gettempdir()) / f'kpikit-{os.getpid()}'))}")
    if sys.stdout.isatty():  # DuckDB draws a bar for a query of more than two seconds, wherever standard output goes
        connection.execute("SET enable_progress_bar = true")
    connection.execute(f"SET allowed_paths = [{', '.join(map(literal, readable))}]")
    for statement in (*NO_EXTENSIONS, *attached, *LOCKS):
        connection.execute(statement)
    return connection


def beside_others() -> duckdb.DuckDBPyConnection:
    """A connection with names of its own to the DuckDB in which a process holds its frames: it may read no path."""
    return _of_process(os.getpid()).cursor()


@cache
def _of_process(process_id: int) -> duckdb.DuckDBPyConnection:
    """To start one takes longer than to check a small frame."""
    return connected()


def _memory_gb() -> float:
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return LEAST_MEMORY_GB
    return min(max(whole * MEMORY_SHARE, LEAST_MEMORY_GB), MOST_MEMORY_GB)


def opened(connection: duckdb.DuckDBPyConnection, origin: str, name: str, **more: Any) -> Source:
    """The source of a FROM clause; TableError where it cannot be read."""
    try:
        relation = connection.sql(f"SELECT * FROM {origin}")
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error
    return source_of(relation, connection, name, **more)


def source_of(relation: duckdb.DuckDBPyRelation, connection: duckdb.DuckDBPyConnection | None, name: str, **more: Any) -> Source:
    """The source of a relation; names chosen from a list (ENUM) and columns of nothing but NULL are text."""
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    for column in types:
        if column.casefold() in OWN_NAMES:
            raise TableError(f"{name}: kpikit itself uses the name {identifier(column)}; rename the column")
    listed = [column for column, kind in types.items() if kind.startswith(("ENUM", '"NULL"'))]
    if listed:
        texts = (f"CAST({identifier(c)} AS VARCHAR) AS {identifier(c)}" if c in listed else identifier(c) for c in types)
        relation = relation.project(", ".join(texts))
    return Source(name, types | dict.fromkeys(listed, "VARCHAR"), relation, connection, **more)


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says of a file it cannot read, without its advice on settings that are not ours to change."""
    said = str(error).removeprefix("Invalid Input Error: ").split("Possible ")[0].strip().splitlines()
    return "; ".join(line.strip() for line in said if line.strip())


def refuse_twice(columns: Sequence[str], name: str) -> None:
    """TableError where a column's name is there twice."""
    seen: dict[bytes, str] = {}
    for column in columns:
        other = seen.setdefault(
            column.encode(errors="replace").lower(), column
        )  # DuckDB tells ASCII letters apart by case nowhere
        if other is not column and other != column:
            raise TableError(
                f"{name}: the columns {identifier(other)} and {identifier(column)} differ by capital letters alone; rename one"
            )
    for column, count in Counter(columns).items():
        if count > 1:
            raise TableError(f"{name}: the column {identifier(column)} is there twice; rename one of them")


def lines_of(path: Path, skip: int) -> Callable[[Iterable[int]], Mapping[int, str]]:
    """Where rows of a delimited file stand, as people count: its physical line, below the `skip` lines before the header."""

    def places(rows: Iterable[int]) -> Mapping[int, str]:
        wanted = set(rows)
        found = row_lines(path, skip, wanted)
        return {row: f"line {found[row]}" if row in found else f"row {row}" for row in wanted}

    return places
