"""log: adds one entry to the log beside a case, whole or not at all."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO

from kpikit.cases import Entry, read_case
from kpikit.cases.log import COLUMNS, EVENT, MOST_BYTES, entry_of, heads_of, log_path, read_log, text_of
from kpikit.errors import CaseError

PATIENCE_S = 2.0  # for another entry that is being written


def add_entry(case_name: str | Path, text: str, *, on: date | str, kind: str = EVENT, by: str = "") -> tuple[Path, Entry]:
    """Adds an entry to the log of a case, which begins with it where there is none; returns the log's path and the entry.

    The log is written aside and then moved into its place. Raises CaseError where the entry is none, where the log that is
    there cannot be read, and where another entry is being written for longer than PATIENCE_S.
    """
    case = read_case(case_name)
    path = log_path(case)
    try:
        entry = entry_of({"date": str(on), "kind": kind, "by": by, "text": text})
    except ValueError as fault:
        raise CaseError(f"{path.name}: {fault}") from fault
    with _alone(path.with_name(f".{path.name}.draft")) as draft:
        read_log(case)  # nothing is added to a log that cannot be read
        whole = _with_row(path, entry)
        if len(whole) > MOST_BYTES:
            raise CaseError(f"{path.name}: with this entry the log has {len(whole):,} bytes; at most {MOST_BYTES:,}")
        draft.write(whole)
        draft.close()
        if path.exists():
            shutil.copymode(path, draft.name)
        Path(draft.name).replace(path)
    return path, entry


@contextmanager
def _alone(draft: Path) -> Iterator[BinaryIO]:
    """The draft, which nobody else can begin while it is there; once it is the log, the next one may be somebody else's."""
    file = _begun(draft)
    try:
        yield file
    except BaseException:
        file.close()
        draft.unlink(missing_ok=True)
        raise


def _begun(draft: Path) -> BinaryIO:
    """The draft, opened as soon as nobody else writes one; CaseError where that takes longer than writing an entry does."""
    until = monotonic() + PATIENCE_S
    while True:
        try:
            return draft.open("xb")
        except FileExistsError:
            if monotonic() > until:
                said = f"another entry is being written; if none is, delete {draft} and try again"
                raise CaseError(f"{draft.name.strip('.').removesuffix('.draft')}: {said}") from None
            sleep(0.01)


def _with_row(path: Path, entry: Entry) -> bytes:
    """What the log holds, byte for byte, with one more row in its own columns, separator and line ends."""
    kept = path.read_bytes() if path.exists() else (",".join(COLUMNS) + "\n").encode()
    columns, separator = heads_of(text_of(path), path.name) if path.exists() else (list(COLUMNS), ",")
    end = "\r\n" if b"\r\n" in kept else "\n"
    row = io.StringIO()
    values = {name: str(value) for name, value in asdict(entry).items()}
    csv.writer(row, delimiter=separator, lineterminator=end).writerow([values[column] for column in columns])
    return kept + (b"" if kept.endswith(b"\n") else end.encode()) + row.getvalue().encode()
