"""file_hash: the bytes that a table rests on, of a query also those of the tables that its first lines name. No engine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from kpikit import words
from kpikit.errors import TableError
from kpikit.tables.places import PACKAGE, find_file

NAMES = re.compile(r"--\s*table\s+([A-Za-z_]\w*)\s*=\s*(\S.*?)(\s+lines)?\s*$")
QUERY = ".sql"
MOST_SQL = 100_000  # bytes of a query
Parts = dict[str, tuple[Path, bool]]


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, as hexadecimal text; of a query also of the tables that it names."""
    if path.suffix.casefold() == QUERY:
        return hashlib.sha256(b"".join(_hash_of_query(path))).hexdigest()
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _hash_of_query(path: Path) -> Iterator[bytes]:
    """The bytes that a query's table rests on: its own, and the hash of each table that it names."""
    yield path.read_bytes()
    for place, _ in parts_of(path, text_of(path, path.name), path.name).values():
        with place.open("rb") as data:
            yield hashlib.file_digest(data, "sha256").digest()


def text_of(path: Path, name: str) -> str:
    """What stands in a query's file; TableError where it is too large or not UTF-8."""
    if (size := path.stat().st_size) > MOST_SQL:
        raise TableError(f"{name}: a query of {words.amount(size)} bytes; at the most {words.amount(MOST_SQL)} are read")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{name}: it is not UTF-8 ({error}); save it as UTF-8") from error


def parts_of(path: Path, query: str, name: str) -> Parts:
    """Each table that the first lines name, where it is and whether it is read by lines; TableError where it is not."""
    head = takewhile(lambda line: not line or line.startswith("--"), map(str.strip, query.splitlines()))
    found: Parts = {}
    for match in filter(None, map(NAMES.match, head)):
        table, place, lines = match.groups()
        if table.casefold() in map(str.casefold, found):
            raise TableError(f"{name}: it names two tables '{table}'; give one of them another name")
        found[table] = (_place(path, table, place, name), bool(lines))
    if not found:
        raise TableError(f"{name}: it names no table; begin it with lines as: -- table orders = orders.parquet")
    return found


def _place(path: Path, table: str, place: str, name: str) -> Path:
    """Where a named table is: beside the query or below it, or in a package, links followed."""
    folder = path.parent.resolve()
    there = find_file(place, folder)
    if not place.startswith(PACKAGE) and not there.is_relative_to(folder):
        raise TableError(f"{name}: the table '{table}' lies outside the folder of the query: {place}; put it beside it")
    if there.suffix.casefold() == QUERY:
        raise TableError(f"{name}: the table '{table}' is a query itself; a query reads tables")
    return there
