"""look: what the columns of a file hold, so that a case can be drafted from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Unpack

from kpikit.errors import TableError
from kpikit.tables.columns import PERIODS, converted, identifier
from kpikit.tables.files import open_file
from kpikit.tables.how import How, Said
from kpikit.tables.source import Source

READINGS = ("count", "quantity", "moment", "period")  # in this order: 2025 is a count before it is a year


@dataclass(frozen=True)
class Column:
    """A column of a file: the strictest type that all its values fit, how many differ, one of them, the
    last date, and how finely periods are written.
    """

    name: str
    reads_as: str
    distinct: int
    example: str
    last: date | None
    grain: str | None = None


def look(path: Path, **how: Unpack[Said]) -> list[Column]:
    """The columns of a file; TableError where it cannot be read at all."""
    if not path.is_file():
        raise TableError(f"no file {path}")
    written = How(**how)
    source = open_file(path.resolve(), path.name, (), written)
    return [_column(source, name, duck_type, written) for name, duck_type in source.types.items()]


def _column(source: Source, name: str, duck_type: str, how: How) -> Column:
    """What the column holds, all ways of reading it tried in one pass over the file."""
    text, held = f"CAST({identifier(name)} AS VARCHAR)", "types" if source.typed else "text"
    tried = [
        (reading, grain, converted(name, duck_type, reading, how, grain, held))
        for reading in READINGS
        for grain in (PERIODS if reading == "period" and duck_type == "VARCHAR" else (None,))
    ]
    asked = [f"count(DISTINCT {text})", f"min({text})"]
    for _, _, as_read in tried:
        asked += [f"count(*) FILTER ({as_read.fault}) = 0", f"max({as_read.value})"]
    distinct, example, *found = source.fetch(source.relation.aggregate(", ".join(asked)))[0]
    for (reading, grain, _), good, last in zip(tried, found[::2], found[1::2], strict=True):
        if good:
            return Column(name, reading, distinct, str(example), last if isinstance(last, date) else None, grain)
    return Column(name, "text", distinct, "" if example is None else str(example), None)
