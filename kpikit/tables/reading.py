"""Table, read_table: a user's data, checked before any number is made of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack

import duckdb
import narwhals as nw

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, TableError
from kpikit.moments import last_instant
from kpikit.tables.checked import Checked, Reading
from kpikit.tables.contract import columns_told, contract_of, told_period
from kpikit.tables.files import open_file
from kpikit.tables.frames import is_remote, open_frame
from kpikit.tables.hashing import file_hash
from kpikit.tables.how import How, Said, how_of
from kpikit.tables.ids import refuse_mapped_ids
from kpikit.tables.keep import Keep
from kpikit.tables.local import read_locally
from kpikit.tables.places import find_file
from kpikit.tables.postgres import POSTGRES, open_postgres
from kpikit.tables.remote import read_remotely, types_of
from kpikit.tables.roles import KINDS, Columns, require, roles_of
from kpikit.tables.source import Source, first_line, near_names

RESULTS = {"value", "low", "high", "band", "status", "side", "step", "rows"}


@dataclass(frozen=True, eq=False)
class Table:
    """A checked table: `frame` (a narwhals LazyFrame) holds one column a role and one a segment, every value understood.

    The rows stay where they are (a file, a frame, Spark, a database) until they are counted.
    """

    name: str
    kind: str
    segments: tuple[str, ...]
    roles: tuple[str, ...]
    grain: str | None
    rows_read: int
    removed: tuple[tuple[Keep, int], ...]
    first: datetime | None
    last: datetime | None
    checks: tuple[Check, ...]
    frame: nw.LazyFrame[Any]
    columns: Mapping[str, str | Sequence[str]]
    path: Path | None = None
    kept: Any = None
    features: tuple[str, ...] = ()

    @property
    def relation(self) -> Any:
        """The rows as their engine holds them: of a file or local frame a DuckDB relation."""
        return self.frame.to_native()

    @property
    def rows_kept(self) -> int:
        """How many rows every keep rule let through."""
        return self.rows_read - sum(count for _, count in self.removed)

    def until(self, as_of: datetime) -> Table:
        """The table without the rows dated after `as_of`, which a check names; a date means the end of that day."""
        end = last_instant(as_of)
        if self.last is None or self.last <= end:
            return self
        time = nw.col("period" if "period" in self.roles else "date")
        over = (time > end).fill_null(value=False)
        rows = self.frame.filter(over).select(rows=nw.len()).collect("pyarrow").to_native().to_pylist()[0]["rows"]
        dated = "row is dated" if rows == 1 else "rows are dated"
        last = told_period(self.last, self.grain)
        said = f"{words.amount(rows)} {dated} in the future of {words.day(as_of)}, the last {last}: left out."
        check = Check("future rows", False, said)
        return replace(self, frame=self.frame.filter(~over), last=as_of, checks=(*self.checks, check))

    @cached_property
    def contract(self) -> dict[str, Any]:
        """What stands before every number: name, kind, columns, rows read and kept, each rule, date range. Plain values."""
        rules = [{"rule": str(rule), "removed": count} for rule, count in self.removed]
        span = {name: when and told_period(when, self.grain) for name, when in (("first", self.first), ("last", self.last))}
        return {
            "table": self.name,
            "kind": self.kind,
            "columns": dict(self.columns),
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "keep": rules,
            **span,
        }

    @cached_property
    def sha256(self) -> str | None:
        """Hash of the file's bytes; None for a frame or database."""
        return file_hash(self.path) if self.path else None


def read_table(
    table: Any,
    *,
    kind: str,
    columns: Columns | None = None,
    segments: Sequence[str] = (),
    keep: Sequence[Mapping[str, Any]] = (),
    features: Sequence[str] = (),
    folder: Path | None = None,
    **how: Unpack[Said],
) -> Table:
    """The checked table of a file, a frame or a database.

    `table` is a path (CSV, also gzip or zip; Parquet, Excel, DuckDB, SQLite, a query), "postgresql:schema.table" with
    `connection`, or a frame: pandas, polars, Arrow, DuckDB relation, Spark, Ibis. `columns` maps roles to columns (a list is
    summed), `kind` is one of `KINDS`, `keep` holds rules as a case's [[keep]]
    does, `features` are further columns, whose values may be missing, `folder` is where a relative path starts; `how` says how
    it is written (see How). Raises TableError with every fault (20, and a count): file, line, column, value.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"month": ["2026-01"], "upgrades": [15], "subscribers": [100]})
    >>> roles = {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
    >>> read_table(frame, kind="counts", columns=roles).rows_kept
    1
    """
    chosen, rules, written = columns or {}, tuple(map(Keep.from_table, keep)), how_of(how)
    wanted = _wanted(kind, chosen, (*segments, *features), rules)
    source = open_table(table, folder or Path.cwd(), wanted, written)
    if isinstance(source, Source):
        name, types = source.name, source.types
    else:
        name, types = name_of(table), types_of(source)
        source, types = renamed(source, wanted, types, name)
    roles = roles_of(kind, chosen, list(types), name)
    _check_segments([*segments, *(name for name in features if name not in segments)], rules, list(types), name, kind, roles)
    _refuse_stray_cuts(written, segments, name)
    others = tuple(name for name in features if name not in segments)
    reading = Reading(kind, roles, tuple(segments), rules, written, others)
    try:
        return _checked(source, name, reading)
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error


def open_table(table: Any, folder: Path, wanted: Sequence[str], how: How) -> Any:
    """The source of a local table; a table on its own engine as it is."""
    if isinstance(table, str) and table.startswith(POSTGRES):
        return open_postgres(table, how)
    if isinstance(table, (str, os.PathLike)):
        return open_file(find_file(str(table), folder), str(table), wanted, how)
    if isinstance(table, nw.LazyFrame | nw.DataFrame):
        table = table.to_native()
    return table if is_remote(table) else open_frame(table, "the frame").with_names(wanted)


def name_of(table: Any) -> str:
    """How a table on its engine is called in messages."""
    return table if isinstance(table, str) else f"the {type(table).__module__.split('.')[0]} table"


def renamed(table: Any, wanted: Sequence[str], types: dict[str, str], name: str) -> tuple[Any, dict[str, str]]:
    """A table on its engine with its columns under the wanted names, where they differ by case or spaces alone."""
    found = {column: want for want, column in near_names(wanted, list(types), name).items()}
    frame = nw.from_native(table).lazy()
    return frame.rename(found) if found else frame, {found.get(column, column): kind for column, kind in types.items()}


def _wanted(kind: str, columns: Columns, segments: Sequence[str], keep: Sequence[Keep]) -> list[str]:
    needed = [role for role, _ in KINDS[kind].roles.items() if role not in KINDS[kind].optional] if kind in KINDS else []
    mapped = [columns.get(role, role) for role in {**dict.fromkeys(needed), **columns}]
    names = [name for item in mapped for name in ([item] if isinstance(item, str) else item)]
    return [*dict.fromkeys([*names, *segments, *(rule.column for rule in keep)])]


def _check_segments(
    segments: Sequence[str], keep: Sequence[Keep], there: Sequence[str], name: str, kind: str, roles: Mapping[str, Sequence[str]]
) -> None:
    reserved = {*KINDS[kind].roles, *RESULTS} - {
        "event",
        "product",
        "order",
        "plan",
        "line",
        "move",
        "arm",
        "to",
        "account",
        "unit",
        "reason",
    }
    refuse_mapped_ids(segments, roles, name)
    for segment in segments:
        require(segment, there, name, f'segments = ["{there[0]}"]')
        if list(segments).count(segment) > 1:
            raise CaseError(f"{name}: the segment '{segment}' is named twice; take one out")
        if "." in segment:
            raise CaseError(f"{name}: a segment cannot be called '{segment}', engines read a.b as a column of a table; rename it")
        role = segment.casefold()
        if segment in reserved or (role in roles and (segment != role or list(roles[role]) != [segment])):
            raise CaseError(f"{name}: a segment cannot be called '{segment}', the results have a column of that name; rename it")
    for rule in keep:
        require(rule.column, there, name, "[[keep]] column")


def _refuse_stray_cuts(how: How, segments: Sequence[str], name: str) -> None:
    for column in how.cuts:
        if column not in segments:
            raise CaseError(f"{name}: cuts are given for '{column}', which is no segment; add it to segments")


def _checked(source: Any, name: str, reading: Reading) -> Table:
    local = isinstance(source, Source)
    _refuse_currencies(nw.from_native(source.relation) if local else nw.from_native(source).lazy(), reading, name)
    checked: Checked = read_locally(source, reading) if local else read_remotely(source, name, reading)
    contract = contract_of(checked, reading, name)
    grain = checked.grain
    if grain == "day" and _only_first_days(contract.frame):
        grain = "month"
    return Table(
        name, reading.kind, reading.segments, tuple(reading.roles), grain, checked.rows_read, checked.removed, contract.first,
        contract.last, contract.checks, contract.frame, columns_told(reading), source.path if local else None, source,
        reading.features,
    )  # fmt: skip


def _only_first_days(frame: nw.LazyFrame[Any]) -> bool:
    """Whether every period begins on the first day of a month."""
    others = frame.filter(nw.col("period").dt.day() != 1).select("period").head(1)
    return not others.collect("pyarrow").to_native().num_rows


CURRENCIES = ("currency", "ccy", "currency_code", "curr")


def _refuse_currencies(frame: nw.LazyFrame[Any], reading: Reading, name: str) -> None:
    """TableError where amounts of several currencies would be added up."""
    if "amount" not in reading.roles:
        return
    told = {*reading.segments, *(rule.column for rule in reading.keep)}
    for column in frame.collect_schema().names():
        if column.strip().casefold() not in CURRENCIES or column in told:
            continue
        different = frame.group_by(column).agg(nw.len().alias("__rows")).collect("pyarrow").to_native()
        found = sorted(str(value) for value in different[column].to_pylist())
        if len(found) > 1:
            kept = f'[[keep]] with column = "{column}" and one_of = ["{found[0]}"]'
            raise TableError(
                f"{name}: the column '{column}' holds {words.listed(found)}, and their amounts must not be added; keep one "
                f"currency with {kept}, or make it a segment"
            )
