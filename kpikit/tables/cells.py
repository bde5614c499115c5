"""Tables whose cells each have a type of their own: sheets of an Excel workbook, tables of a SQLite file. Read as text is."""

from __future__ import annotations

import math
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from kpikit import words
from kpikit.errors import TableError
from kpikit.tables.columns import MOST_DECIMALS, ROUNDING
from kpikit.tables.how import How
from kpikit.tables.source import Source, connected, opened, plain_name, refuse_twice

BATCH = 100_000  # rows of a SQLite table that are held as Python values at a time
NUMERIC_TEXT = set("+-.0123456789")
MOST_CELLS = 50_000_000  # of a sheet, the empty ones among them
CELL, ROW = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']"""), re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,7})["']""")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, struct.error)


def open_workbook(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    """A sheet of an Excel workbook, the only one unless `sheet` names it."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise TableError(f"{name}: Excel files need python-calamine; pip install kpikit[excel]") from None
    _refuse_wide(path, name)
    try:
        with path.open("rb") as raw, CalamineWorkbook.from_filelike(raw) as book:
            sheet = _sheet(list(book.sheet_names), name, how)
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise TableError(f"{name}: it is no Excel workbook (xlsx), or a damaged one ({error}); save it anew") from error
    at = next((at for at, row in enumerate(rows) if at >= how.header_row - 1 and any(map(_cell, row))), len(rows))
    header = [_cell(value) or "" for value in rows[at]] if at < len(rows) else []
    while header and not header[-1]:
        header.pop()
    if not header:
        raise TableError(f"{name}: the sheet '{sheet}' is empty; there is no column")
    header = [column or f"column {number}" for number, column in enumerate(header, start=1)]
    _require_columns(header, wanted, name, _elsewhere(rows, wanted))
    filled = [(number, row) for number, row in enumerate(rows[at + 1 :], start=at + 2) if any(map(_cell, row))]
    _refuse_beyond(filled, len(header), name)
    numbers = [number for number, _ in filled]
    body = [row for _, row in filled]
    return _cells(path, name, header, [body], lambda rows: {row: f"row {numbers[row - 1]}" for row in rows})


def _refuse_wide(path: Path, name: str) -> None:
    """TableError for a workbook of few cells so far apart that the sheet between them fills the memory."""
    try:
        with zipfile.ZipFile(path) as book:
            sheets = [item for item in book.infolist() if item.filename.startswith("xl/worksheets/")]
            for sheet in sheets:
                with book.open(sheet) as raw:
                    width, height = _reach(raw)
                if width * height > MOST_CELLS:
                    raise TableError(
                        f"{name}: a sheet reaches to row {height} and column {width}; take out what stands far from the table"
                    )
    except DAMAGED:
        return  # another format, or one that the reader itself refuses


def _reach(raw: IO[bytes]) -> tuple[int, int]:
    """The last column and row in which a sheet's XML places a cell."""
    columns, height, rest = {b"A"}, 1, b""
    while block := raw.read(2**20):
        text = rest + block
        found = CELL.findall(text)
        columns |= {column for column, _ in found}
        height = max([height, *(int(row) for _, row in found[-1:]), *map(int, ROW.findall(text))])
        rest = text[-64:]
    digits = max((len(column), column) for column in columns)[1]
    return sum((digit - 64) * 26**place for place, digit in enumerate(reversed(digits))), height


def _sheet(sheets: list[str], name: str, how: How) -> str:
    if how.sheet in sheets:
        return str(how.sheet)
    if how.sheet is not None:
        raise TableError(f"{name}: no sheet '{how.sheet}'; {words.near(how.sheet, sheets)}")
    if not sheets:
        raise TableError(f"{name}: the workbook has no sheet; save it anew")
    if len(sheets) > 1:
        raise TableError(f"{name}: it has the sheets {words.listed(map(repr, sheets))}; say which, as sheet = {sheets[0]!r}")
    return sheets[0]


def _elsewhere(rows: Sequence[Sequence[Any]], wanted: Sequence[str]) -> str:
    for number, row in enumerate(rows[:20], start=1):
        if wanted and set(wanted) <= {_cell(value) for value in row}:
            return f"; row {number} holds them: header_row = {number}"
    return ""


def _require_columns(header: Sequence[str], wanted: Sequence[str], name: str, hint: str) -> None:
    refuse_twice([column for column in header if column], name)
    there = {plain_name(column) for column in header}
    missing = [column for column in wanted if plain_name(column) not in there]
    if missing:
        shown = ", ".join(column for column in header if column)
        raise TableError(f"{name}: no column {words.listed(map(repr, missing), 'or')} in the header; there is {shown}{hint}")


def _refuse_beyond(rows: Iterable[tuple[int, Sequence[Any]]], width: int, name: str) -> None:
    for number, row in rows:
        if any(_cell(value) for value in row[width:]):
            raise TableError(
                f"{name}: row {number} has a value to the right of the header's {width} columns; name its column or take it out"
            )


def _cell(value: Any) -> str | None:
    """A cell's value as text that says it exactly; None for an empty one."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _number(value: float) -> str:
    """A float as people write it: 0.1 + 0.2 is 0.3."""
    if not math.isfinite(value):
        return repr(value)
    if value.is_integer() and abs(value) < 2**63:
        return f"{int(value)}"
    near = round(value, MOST_DECIMALS)
    return f"{Decimal(repr(near if abs(value - near) <= ROUNDING * abs(value) else value)):f}"


def _cells(
    path: Path, name: str, header: list[str], batches: Iterable[Sequence[Sequence[Any]]],
    places: Callable[[Iterable[int]], Mapping[int, str]],
) -> Source:  # fmt: skip
    """The source of rows of cells; the columns in which numbers are held as text are marked."""
    connection = connected()
    schema = pa.schema([(column, pa.string()) for column in header])
    held: set[str] = set()
    tables = []
    for rows in batches:
        columns = [[row[place] if place < len(row) else None for row in rows] for place in range(len(header))]
        held |= {column for column, cells in zip(header, columns, strict=True) if any(map(_is_number_as_text, cells))}
        tables.append(pa.table([pa.array(list(map(_cell, cells)), pa.string()) for cells in columns], schema=schema))
    connection.register("cells", pa.concat_tables(tables) if tables else schema.empty_table())
    return opened(connection, "cells", name, path=path, typed=False, places=places, text_cells=frozenset(held))


def _is_number_as_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and set(value) <= NUMERIC_TEXT


def open_sqlite(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    """A table or view of a SQLite file, the only one unless `sheet` names it; the file is only read."""
    at_rest = not path.with_name(f"{path.name}-wal").exists()  # then SQLite need put no files of its own beside it
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro{'&immutable=1' if at_rest else ''}", uri=True)
    try:
        query = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        table = chosen_table([row[0] for row in connection.execute(query)], name, how)
        rows = connection.execute(f'SELECT * FROM "{table.replace(chr(34), chr(34) * 2)}"')
        header = [column[0] for column in rows.description]
        _require_columns(header, wanted, name, "")
        return _cells(path, name, header, _refuse_blobs(iter(lambda: rows.fetchmany(BATCH), []), header, name), _rows)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise TableError(f"{name}: it cannot be read as a SQLite file: {error}") from error
    finally:
        connection.close()


def chosen_table(tables: list[str], name: str, how: How) -> str:
    """The table that `sheet` names, or the only one there is."""
    if how.sheet in tables:
        return str(how.sheet)
    if how.sheet is not None:
        raise TableError(f"{name}: no table '{how.sheet}'; {words.near(how.sheet, tables)}")
    if len(tables) != 1:
        there = words.listed(map(repr, tables)) if tables else "none"
        example = tables[0] if tables else "name"
        raise TableError(f"{name}: it has the tables {there}; say which, as sheet = '{example}'")
    return tables[0]


def _refuse_blobs(batches: Iterator[list[Any]], header: Sequence[str], name: str) -> Iterator[list[Any]]:
    for rows in batches:
        for row in rows:
            if any(isinstance(value, bytes) for value in row):
                column = next(column for column, value in zip(header, row, strict=True) if isinstance(value, bytes))
                raise TableError(f"{name}: column '{column}' holds bytes (BLOB), which are no value of a table")
        yield rows


def _rows(rows: Iterable[int]) -> Mapping[int, str]:
    return {row: f"row {row}" for row in rows}
