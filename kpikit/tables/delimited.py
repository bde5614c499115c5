"""Delimited text: a CSV file, plain or compressed, in any encoding, to rows of text whose structure was checked."""

from __future__ import annotations

import codecs
import csv
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from kpikit import words
from kpikit.errors import TableError
from kpikit.tables.columns import literal
from kpikit.tables.how import SEPARATORS, How
from kpikit.tables.source import Source, connected, lines_of, opened, plain_name, refuse_twice
from kpikit.tables.structure import refuse_broken_rows, with_line_feeds, written_plain

TEXT_FILES = (".csv", ".tsv", ".txt")
PACKED = (".gz", ".zip")
MAP = '; name the right ones in columns, as columns = { period = "month" }, in segments or in keep'
LOOKED_AT = 20  # lines among which the header is looked for
PREFIXES = {
    "<!doctype html": "it is an HTML page, not a CSV file: the download was perhaps a login page",
    "<html": "it is an HTML page, not a CSV file: the download was perhaps a login page",
    "version https://git-lfs": "it is a Git LFS pointer, not the data: run git lfs pull; there is no column in it",
}
MAC = "__MACOSX/"  # what the Finder adds to a zip
FORMATS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; name it .zip or .xlsx",
    b"\x1f\x8b": "a gzip file; name it .gz",
    b"PAR1": "a Parquet file; name it .parquet",
    b"SQLite format 3": "a SQLite file; name it .sqlite",
    b"%PDF-": "a PDF document, which is no table",
}
MOST_PACKED = 1000  # times that a file may grow when it is unpacked
DAMAGED = (
    EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile, struct.error, NotImplementedError, RuntimeError,
)  # fmt: skip


def open_delimited(path: Path, name: str, wanted: Sequence[str], how: How) -> Source:
    """A text file. Its values are text; the separator is the one that splits the header into the wanted columns."""
    plain, *kept = _plain(path, name, how)
    header, separator, skip = _header(plain, name, wanted, how)
    looked = (plain, separator, len(header), skip, name)
    places = lines_of(plain, skip)
    ends = refuse_broken_rows(*looked)
    if skip or len(ends) > 1 or "CR" in ends:
        kept.append(TemporaryDirectory(prefix="kpikit-"))
        mended = Path(kept[-1].name) / "lines.csv"
        with mended.open("wb") as to:
            with_line_feeds(plain, skip, to)
        plain = mended
    pattern = "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(plain))  # a name that matches itself alone
    fields = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in header)
    options = (
        "header = true, auto_detect = false, strict_mode = true, null_padding = false, ignore_errors = false, "
        "allow_quoted_nulls = false, nullstr = '', quote = '\"', escape = '\"', compression = 'none', "
        "hive_partitioning = false, "  # else a folder named column=value would be a column
        f"delim = {literal(separator)}, encoding = 'utf-8', columns = {{{fields}}}"
    )
    connection = connected([str(plain), pattern])
    origin = f"read_csv({literal(pattern)}, {options})"

    def closely() -> object:
        return refuse_broken_rows(*looked, passes=lambda *_: False)

    return opened(connection, origin, name, path=path, typed=False, places=places, explain=closely, kept=tuple(kept))


def _plain(path: Path, name: str, how: How) -> tuple[Path, *tuple[TemporaryDirectory[str], ...]]:
    """The file as plain UTF-8: itself, or written out anew, and then the folder that lives as long as it is read."""
    utf8 = codecs.lookup(how.encoding).name in ("utf-8", "ascii", "utf-8-sig")
    if utf8 and path.suffix.casefold() not in PACKED:
        with path.open("rb") as raw:
            _refuse_formats(raw.read(16), name)
            raw.seek(0)
            written_plain(raw, None, "utf-8", name)
        return (path,)
    folder = TemporaryDirectory(prefix="kpikit-")
    plain = Path(folder.name) / "plain.csv"
    try:
        with _unpacked(path, name) as raw, plain.open("wb") as to:
            written_plain(raw, to, how.encoding, name)
    except DAMAGED as error:
        raise TableError(f"{name}: the compressed file is truncated or damaged ({error}); fetch it again") from error
    return plain, folder


def _refuse_formats(first: bytes, name: str) -> None:
    """TableError where the first bytes are those of another format."""
    for begin, said in FORMATS.items():
        if first.startswith(begin):
            raise TableError(f"{name}: it is no text, but {said}")


@contextmanager
def _unpacked(path: Path, name: str) -> Iterator[IO[bytes]]:
    if path.suffix.casefold() == ".gz":
        with gzip.open(path) as raw:
            yield _Bounded(raw, path, name)  # type: ignore[misc]  # it is only read
    elif path.suffix.casefold() == ".zip":
        with _archive(path, name) as archive, archive.open(_only_member(archive, path, name)) as raw:
            yield raw
    else:
        with path.open("rb") as raw:
            yield raw


class _Bounded:
    """A gzip file that is read as far as honest data can grow."""

    def __init__(self, raw: gzip.GzipFile, path: Path, name: str) -> None:
        self.raw, self.name, self.left = raw, name, MOST_PACKED * path.stat().st_size

    def read(self, size: int) -> bytes:
        """The next bytes; TableError where there are too many."""
        block = self.raw.read(size)
        self.left -= len(block)
        if self.left < 0:
            raise TableError(f"{self.name}: the compressed file would grow more than {MOST_PACKED} times; unpack it first")
        return block


def _archive(path: Path, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (*DAMAGED, OSError, ValueError) as error:
        raise TableError(f"{name}: it is no zip file, or a damaged one ({error}); fetch it again") from error


def _only_member(archive: zipfile.ZipFile, path: Path, name: str) -> zipfile.ZipInfo:
    members = [item for item in archive.infolist() if not item.filename.endswith("/") and not item.filename.startswith(MAC)]
    if len(members) != 1:
        there = words.listed(item.filename for item in members) if members else "none"
        raise TableError(f"{name}: a zip must hold one file, and it holds {there}; unpack the one to read")
    if members[0].flag_bits & 1:
        raise TableError(f"{name}: the zip is encrypted; unpack it first")
    if members[0].file_size > MOST_PACKED * max(path.stat().st_size, 1):
        raise TableError(f"{name}: {members[0].filename} would grow more than {MOST_PACKED} times; unpack it first")
    return members[0]


def _header(path: Path, name: str, wanted: Sequence[str], how: How) -> tuple[list[str], str, int]:
    """The columns, the separator, and how many lines stand before the header."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        first = [line for line, _ in zip(lines, range(how.header_row + LOOKED_AT), strict=False)]
    if not "".join(first).strip():
        raise TableError(f"{name}: the file is empty")
    for prefix, said in PREFIXES.items():
        if first[0].strip().casefold().startswith(prefix):
            raise TableError(f"{name}: {said}")
    if how.header_row > len(first):
        raise TableError(f"{name}: header_row is {how.header_row}, and the file has {words.counted(len(first), 'line')}")
    skip = how.header_row - 1
    while skip < len(first) - 1 and not first[skip].strip("\r\n"):
        skip += 1
    separators = [how.separator] if how.separator else list(SEPARATORS)
    headers = {separator: _split(first[skip:], separator) for separator in separators}
    separator = _separator(headers, wanted, name, _elsewhere(first, wanted, separators, how))
    header = [column or f"column {number}" for number, column in enumerate(headers[separator], start=1)]
    refuse_twice(header, name)
    return header, separator, skip


def _split(lines: Sequence[str], separator: str) -> list[str]:
    try:
        return next((row for row in csv.reader(lines, delimiter=separator) if row), [])
    except csv.Error:  # a field longer than any name
        return []


def _separator(headers: dict[str, list[str]], wanted: Sequence[str], name: str, hint: str) -> str:
    """The separator that splits the header into the wanted columns; TableError says what is missing."""
    plain = {plain_name(column) for column in wanted}
    fitting = [separator for separator, header in headers.items() if plain <= set(map(plain_name, header))]
    if len(fitting) > 1:  # one column that is wanted, or none: the separator is the one that splits
        fitting = [separator for separator in fitting if len(headers[separator]) > 1] or fitting[:1]
    if len(fitting) > 1:
        several = words.listed(SEPARATORS[separator] for separator in fitting)
        raise TableError(f"{name}: the header can be split by {several}; say which, as separator = '{fitting[0]}'")
    if fitting:
        return fitting[0]
    best = max(headers.values(), key=len)
    missing = [column for column in wanted if plain_name(column) not in set(map(plain_name, best))]
    said = f"{name}: no column {words.listed(map(repr, missing), 'or')} in the header; there is {', '.join(best)}"
    raise TableError(said + (hint or MAP))


def _elsewhere(first: Sequence[str], wanted: Sequence[str], separators: Sequence[str], how: How) -> str:
    """Advice where another line than the header's holds all wanted columns."""
    for other in SEPARATORS:
        if how.separator and wanted and set(wanted) <= set(_split(first[how.header_row - 1 :], other)):
            return f"; separator = {other!r} splits it"
    for number, line in enumerate(first, start=1):
        for separator in separators:
            if wanted and number != how.header_row and set(wanted) <= set(_split([line], separator)):
                return f"; line {number} holds them: header_row = {number}"
    return ""
