"""The log of a case: dated reviews, decisions and events, one row each, in a CSV file beside the case."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kpikit import words
from kpikit.errors import CaseError
from kpikit.moments import as_moment

if TYPE_CHECKING:
    from kpikit.cases.case import Case

ENDING = ".log.csv"
COLUMNS = ("date", "kind", "by", "text")
REVIEW, DECISION, EVENT = KINDS = ("review", "decision", "event")
SEPARATORS = (",", ";")  # spreadsheets of countries with a decimal comma write the second
MOST_BYTES = 1_000_000
LONGEST = 500  # letters of one text
MOST_TOLD = 20  # rows that cannot be read


@dataclass(frozen=True)
class Entry:
    """One row of a log: when, what kind (review, decision or event), by whom (may be empty), and what, on one line."""

    date: date
    kind: str
    by: str
    text: str


def log_path(case: Case) -> Path:
    """Where the log of a case is: `<id>.log.csv` beside the case file, whether it is there or not."""
    return (case.home or case.folder) / f"{case.id}{ENDING}"


def read_log(case: Case) -> tuple[Entry, ...]:
    """Every entry of a case's log by date, those of one day as they stand in it; none where there is no log.

    Raises CaseError with the first rows that are no entries, with the column that is missing, and for a file that is none.
    """
    path = log_path(case)
    return tuple(sorted(entries_of(text_of(path), path.name), key=lambda entry: entry.date)) if _is_there(path) else ()


def until(entries: Iterable[Entry], as_of: date) -> tuple[Entry, ...]:
    """The entries that were there as of a day: those of that day are, later ones are not."""
    return tuple(entry for entry in entries if as_moment(entry.date).date() <= as_moment(as_of).date())


def text_of(path: Path) -> str:
    """What stands in a log; CaseError where it is too large or not UTF-8."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise CaseError(f"{path.name}: the log has {size:,} bytes; at most {MOST_BYTES:,}, so begin a new one")
    try:
        return path.read_bytes().decode("utf-8-sig")  # spreadsheets begin a file with a mark of its encoding
    except UnicodeDecodeError as error:
        wrong = f"byte {error.object[error.start]:#04x} at place {error.start} is not UTF-8"
        raise CaseError(f"{path.name}: {wrong}; save it as CSV UTF-8") from error


def entries_of(text: str, name: str) -> list[Entry]:
    """The entries of a log's text in their order; rows without any text are passed over."""
    columns, separator = heads_of(text, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, faults = [], []
    try:
        for cells in reader:
            if reader.line_num > 1 and any(cell.strip() for cell in cells):
                try:
                    found.append(_entry(columns, cells))
                except ValueError as fault:
                    faults.append(f"  line {reader.line_num}: {fault}")
    except csv.Error as error:
        faults.append(f"  line {reader.line_num}: {error}")
    if faults:
        more = [f"  and {len(faults) - MOST_TOLD:,} more"] if len(faults) > MOST_TOLD else []
        raise CaseError("\n".join([f"{name}: {words.counted(len(faults), 'row')} cannot be read", *faults[:MOST_TOLD], *more]))
    return found


def heads_of(text: str, name: str) -> tuple[list[str], str]:
    """The columns in their order, and what separates them; CaseError where they are not those of a log."""
    first = text.partition("\n")[0].strip("\r")
    separator = max(SEPARATORS, key=first.count)
    columns = [cell.strip().strip('"') for cell in first.split(separator)]
    lost = [f"no column '{column}'" for column in COLUMNS if column not in columns]
    more = [f"a column '{_short(column)}' too many" for column in columns if columns.count(column) > (column in COLUMNS)]
    if lost or more:
        raise CaseError(f"{name}: {words.listed([*lost, *more[:1]])}; the first line of a log is {','.join(COLUMNS)}")
    return columns, separator


def entry_of(row: Mapping[str, str]) -> Entry:
    """The entry of a row's texts; ValueError says which of them is none."""
    when, kind, by, text = (" ".join(row[column].split()) for column in COLUMNS)
    if kind not in KINDS:
        raise ValueError(f"no kind '{_short(kind)}'; {words.near(kind, KINDS)}")
    for column, said in (("by", by), ("text", text)):
        if len(said) > LONGEST:
            raise ValueError(f"{column} has {len(said):,} letters; at most {LONGEST}")
        if not said.isprintable():
            raise ValueError(f"{column} holds a character that cannot be seen; take it out")
    if not text:
        raise ValueError("the text is empty; say in a few words what happened")
    return Entry(_day(when), kind, by, text)


def _entry(columns: Sequence[str], cells: Sequence[str]) -> Entry:
    if len(cells) != len(columns):
        said = words.counted(len(cells), "field")
        raise ValueError(f'there are {said} for {len(columns)} columns; put a text that holds a separator in "quotes"')
    return entry_of(dict(zip(columns, cells, strict=True)))


def _day(when: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", when):
            return date.fromisoformat(when)
    except ValueError:
        pass  # a month 13 or a day 31 that its month does not have
    raise ValueError(f"'{_short(when)}' is not a date, as 2025-07-01")


def _short(text: str) -> str:
    """What was found, as a message can hold it."""
    return "".join(mark if mark.isprintable() else "?" for mark in text[:40])


def _is_there(path: Path) -> bool:
    """Whether there is a log; CaseError for a link, which might lead out of the case's folder."""
    if path.is_symlink():
        raise CaseError(f"{path.name}: it is a link; a log is a file of its own beside the case")
    return path.is_file()
