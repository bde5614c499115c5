"""Table, read_table: a user's data, checked before any number is made of it, in two passes over the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import CaseError, TableError
from kpikit.moments import FREQUENCY, last_instant
from kpikit.tables.columns import OFFSET, PERIODS, Conversion, converted, grain_counts, identifier
from kpikit.tables.keep import Keep
from kpikit.tables.roles import KINDS, Columns, require, roles_of
from kpikit.tables.source import Source, file_hash, find_file, first_line, open_file, open_frame

MOST_FAULTS = 20  # shown of a table; the rest are counted


@dataclass(frozen=True, eq=False)
class Table:
    """A checked table: `frame` (a narwhals LazyFrame) holds one column a role and one a segment, every value understood."""

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
    relation: duckdb.DuckDBPyRelation
    source: Source

    @property
    def frame(self) -> nw.LazyFrame[Any]:
        """The rows that are kept, still where they are: nothing is read until it is asked for."""
        return nw.from_native(self.relation)

    @property
    def rows_kept(self) -> int:
        """How many rows every keep rule let through."""
        return self.rows_read - sum(count for _, count in self.removed)

    def until(self, as_of: datetime) -> Table:
        """The table without the rows dated after `as_of`, which a check names; a date means the end of that day."""
        end = last_instant(as_of)
        if self.last is None or self.last <= end:
            return self
        time = "period" if "period" in self.roles else "date"
        rows = self.source.fetch(self.relation.filter(f"{time} > TIMESTAMP '{end}'").aggregate("count(*)"))[0][0]
        said = f"{words.counted(rows, 'row')} dated after {words.day(as_of)}, the last {words.day(self.last)}: left out."
        kept = self.relation.filter(f"{time} <= TIMESTAMP '{end}'")
        return replace(self, relation=kept, last=as_of, checks=(*self.checks, Check("future rows", False, said)))

    @cached_property
    def contract(self) -> dict[str, Any]:
        """What stands before every number: name, kind, rows read and kept, each rule, date range. Plain values."""
        rules = [{"rule": str(rule), "removed": count} for rule, count in self.removed]
        span = {name: when and self._told(when) for name, when in (("first", self.first), ("last", self.last))}
        return {
            "table": self.name,
            "kind": self.kind,
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "keep": rules,
            **span,
        }

    def _told(self, when: datetime) -> str:
        """A date as the table writes it: a month as a month."""
        return words.day(when) if self.grain in (None, "day") else str(pd.Period(when, freq=FREQUENCY[self.grain]))

    @cached_property
    def sha256(self) -> str | None:
        """Hash of the file's bytes; None for a frame."""
        return file_hash(self.source.path) if self.source.path else None


def read_table(
    table: str | Path | pd.DataFrame,
    *,
    kind: str,
    columns: Columns | None = None,
    segments: Sequence[str] = (),
    keep: Sequence[Mapping[str, Any]] = (),
    date_format: str | None = None,
    encoding: str = "utf-8",
    folder: Path | None = None,
) -> Table:
    """The checked table of a CSV or Parquet file or a pandas frame.

    `columns` maps roles to columns (a list is summed), `kind` is counts, events, orders or volumes, `keep` holds rules as a
    case's [[keep]] does, `folder` is where a relative path starts. Raises TableError with every fault (20, and a count): file,
    line, column, value.

    >>> frame = pd.DataFrame({"month": ["2026-01"], "upgrades": [15], "subscribers": [100]})
    >>> roles = {"period": "month", "numerator": "upgrades", "denominator": "subscribers"}
    >>> read_table(frame, kind="counts", columns=roles).rows_kept
    1
    """
    chosen, rules = columns or {}, tuple(map(Keep.from_table, keep))
    if isinstance(table, pd.DataFrame):
        source = open_frame(table, "the frame")
    else:
        path = find_file(str(table), folder or Path.cwd())
        source = open_file(path, str(table), _wanted(kind, chosen, segments, rules), encoding)
    roles = roles_of(kind, chosen, list(source.types), source.name)
    _check_segments(segments, rules, source, kind)
    try:
        return _checked(source, kind, roles, tuple(segments), rules, date_format)
    except duckdb.Error as error:
        raise TableError(f"{source.name}: {first_line(error)}") from error


def _wanted(kind: str, columns: Columns, segments: Sequence[str], keep: Sequence[Keep]) -> list[str]:
    needed = [role for role, _ in KINDS[kind].roles.items() if role not in KINDS[kind].optional] if kind in KINDS else []
    mapped = [columns.get(role, role) for role in {**dict.fromkeys(needed), **columns}]
    names = [name for item in mapped for name in ([item] if isinstance(item, str) else item)]
    return [*dict.fromkeys([*names, *segments, *(rule.column for rule in keep)])]


def _check_segments(segments: Sequence[str], keep: Sequence[Keep], source: Source, kind: str) -> None:
    reserved = {*KINDS[kind].roles, "value", "low", "high", "band", "status", "side", "step"} - {"event", "product", "order"}
    for segment in segments:
        require(segment, list(source.types), source.name, f'segments = ["{next(iter(source.types))}"]')
        if segment in reserved:
            raise CaseError(
                f"{source.name}: a segment cannot be called '{segment}', the results have a column of that name; rename it"
            )
    for rule in keep:
        require(rule.column, list(source.types), source.name, "[[keep]] column")


def _checked(
    source: Source,
    kind: str,
    roles: Mapping[str, list[str]],
    segments: tuple[str, ...],
    keep: tuple[Keep, ...],
    date_format: str | None,
) -> Table:
    rows = _counted_rows(source, keep)
    rows_read, removed = rows[0], tuple(zip(keep, rows[1:], strict=True))
    kept = " AND ".join(f"({rule.sql(source.types[rule.column])})" for rule in keep) or "true"
    grain = _grain(source, roles["period"][0], kept, date_format) if "period" in roles else None
    read_as = [(role, column, KINDS[kind].roles[role]) for role, names in roles.items() for column in names]
    readers = {
        (role, column): converted(column, source.types[column], kind_of, date_format, grain) for role, column, kind_of in read_as
    } | {("segment", segment): converted(segment, source.types[segment], "text") for segment in segments}
    facts = _facts(source, kept, keep, list(readers.values()), readers.get(("date", roles.get("date", [""])[0])))
    relation = source.relation.filter(kept).project(", ".join(_outputs(kind, readers, roles, segments)))
    time = "period" if "period" in roles else "date"
    first, last = source.fetch(relation.aggregate(f"CAST(min({time}) AS TIMESTAMP), CAST(max({time}) AS TIMESTAMP)"))[0]
    if grain == "day" and not source.fetch(relation.filter("day(period) <> 1").limit(1)):
        grain = "month"
    return Table(source.name, kind, segments, tuple(roles), grain, rows_read, removed, first, last, facts, relation, source)


def _counted_rows(source: Source, keep: tuple[Keep, ...]) -> list[int]:
    """Rows read, then for each rule how many rows it removed of those that the rules before it let through."""
    passed = "true"
    parts = ["count(*)"]
    for rule in keep:
        condition = rule.sql(source.types[rule.column])
        parts.append(f"count(*) FILTER ({passed} AND NOT ({condition}))")
        passed = f"{passed} AND ({condition})"
    counts = list(source.fetch(source.relation.aggregate(", ".join(parts)))[0])
    if not counts[0]:
        raise TableError(f"{source.name}: it has a header and no rows")
    if counts[0] == sum(counts[1:]):
        raise TableError(f"{source.name}: the keep rules removed all {words.amount(counts[0])} rows")
    return counts


def _grain(source: Source, column: str, kept: str, date_format: str | None) -> str:
    """How finely the period column is written; where rows differ the grain of most of them, and the rest are faults."""
    duck_type = source.types[column]
    if date_format or duck_type == "DATE" or duck_type.startswith("TIMESTAMP"):
        return "day"
    counts = source.fetch(source.relation.filter(kept).aggregate(", ".join(grain_counts(column).values())))[0]
    return max(zip(counts, PERIODS, strict=True), key=lambda pair: pair[0])[1]


def _facts(
    source: Source, kept: str, keep: tuple[Keep, ...], readers: list[Conversion], date: Conversion | None
) -> tuple[Check, ...]:
    """Raises TableError where a value cannot be read; returns what the reading itself has to say."""
    numbers = [reader for rule in keep if (reader := rule.number(source.types[rule.column]))]
    readers = [*readers, *numbers]
    offset = f"CAST({identifier(date.column)} AS VARCHAR) SIMILAR TO '{OFFSET}'" if date else "false"
    parts = [f"count(*) FILTER ({reader.fault})" for reader in readers] + [f"count(*) FILTER ({offset})", "count(*)"]
    *counts, aware, rows = source.fetch(source.relation.filter(kept).aggregate(", ".join(parts)))[0]
    if sum(counts):
        raise TableError(
            _fault_list(source, kept, [reader for reader, count in zip(readers, counts, strict=True) if count], sum(counts))
        )
    if aware not in (0, rows):
        said = f"{words.amount(aware)} of {words.amount(rows)} dates carry a time zone offset, the others none"
        raise TableError(f"{source.name}, column '{date.column if date else ''}': {said}; write all alike")
    return (Check("time zone", True, "Dates carry an offset; periods are cut in UTC."),) if aware else ()


def _fault_list(source: Source, kept: str, readers: list[Conversion], total: int) -> str:
    numbered = source.relation.project("*, row_number() OVER () AS __row")
    lines: list[tuple[int, str]] = []
    for reader in readers:
        value = f"CAST({identifier(reader.column)} AS VARCHAR)"
        wrong = numbered.filter(f"({kept}) AND ({reader.fault})").project(f"__row, {value}").limit(MOST_FAULTS)
        for row, text in source.fetch(wrong):
            shown = f"'{text}' is not {reader.must_be}" if text and reader.must_be != "present" else "the value is missing"
            lines.append((row, f"{source.place(row)}, column '{reader.column}': {shown}"))
    told = [text for _, text in sorted(lines)[:MOST_FAULTS]]
    more = f"\n  and {words.amount(total - len(told))} more" if total > len(told) else ""
    return f"{source.name}: {words.counted(total, 'value')} cannot be read\n  " + "\n  ".join(told) + more


def _outputs(
    kind: str, readers: Mapping[tuple[str, str], Conversion], roles: Mapping[str, list[str]], segments: tuple[str, ...]
) -> list[str]:
    parts = []
    for role, names in roles.items():
        values = [readers[role, column].value for column in names]
        wide = [f"CAST({value} AS HUGEINT)" if KINDS[kind].roles[role] == "count" else value for value in values]
        parts.append(f"{' + '.join(wide) if len(wide) > 1 else values[0]} AS {role}")
    return parts + [f"{readers['segment', name].value} AS {identifier(name)}" for name in segments]
