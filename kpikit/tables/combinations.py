"""combinations: which values of some columns stand together in a table, of the rows that every keep rule lets through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import duckdb
import narwhals as nw

from kpikit import words
from kpikit.errors import TableError
from kpikit.tables.how import Said, how_of
from kpikit.tables.ids import refuse_copied_ids
from kpikit.tables.keep import Keep
from kpikit.tables.reading import name_of, open_table, renamed
from kpikit.tables.remote import kept_rows, types_of
from kpikit.tables.roles import KINDS, require
from kpikit.tables.source import Source, first_line, plain_name

ROWS, FULL = "__rows", "__full"


def combinations(
    table: Any,
    columns: Sequence[str],
    *,
    most: int,
    keep: Sequence[Mapping[str, Any]] = (),
    folder: Path | None = None,
    kind: str = "counts",
    customer: str = "customer",
    **how: Unpack[Said],
) -> list[tuple[str, ...]]:
    """The texts that stand together in the columns, each combination once, sorted; the table as `read_table` takes it.

    They are found on the engine, and are the texts that a rule `one_of` compares. Raises TableError for a column that is not
    there, where a value is missing, and for more than `most` combinations; CaseError for a column that tells single customers,
    who stand in the column `customer`, if it is there; `kind` is the table's.

    >>> import pandas as pd
    >>> combinations(pd.DataFrame({"region": ["EU", "US", "EU"], "plan": ["pro", "pro", "pro"]}), ["region", "plan"], most=10)
    [('EU', 'pro'), ('US', 'pro')]
    """
    rules = tuple(map(Keep.from_table, keep))
    name, source, frame = _kept(table, columns, rules, folder or Path.cwd(), how)
    try:
        found = _together(name, frame, columns, most)
        values = {column: {told[place] for told in found} for place, column in enumerate(columns)}
        refuse_copied_ids(frame, values, _customers(frame, kind, customer), kind, name)
        return found
    except duckdb.Error as error:
        raise TableError(f"{name}: {first_line(error)}") from error
    finally:
        del source  # which holds what the frame reads from as long as it is needed


def _customers(frame: nw.LazyFrame[Any], kind: str, customer: str) -> str | None:
    """The column of customers as the frame writes it; None where it has none, and of a kind that knows no customers."""
    if kind not in KINDS or "customer" not in KINDS[kind].roles:
        return None
    return next((column for column in frame.collect_schema().names() if plain_name(column) == plain_name(customer)), None)


def _together(name: str, frame: nw.LazyFrame[Any], columns: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """The combinations of a frame's rows."""
    texts = {f"c{place}": nw.col(column).cast(nw.String).fill_null("") for place, column in enumerate(columns)}
    full = nw.all_horizontal(*(nw.col(place).str.strip_chars() != "" for place in texts), ignore_nulls=True)
    groups = frame.select(**texts).group_by(*texts).agg(nw.len().alias(ROWS)).with_columns(full.alias(FULL))
    found = groups.sort(FULL).head(most + 1).collect("pyarrow").to_native().to_pylist()  # what lacks a value comes first
    for column in (column for column, place in zip(columns, texts, strict=True) if found and not found[0][place].strip()):
        raise TableError(
            f"{name}, column '{column}': the value is missing in some rows; say whose they are, or leave them out with "
            f'[[keep]] column = "{column}" and present = true'
        )
    if len(found) > most:
        raise TableError(
            f"{name}: more than {words.amount(most)} values stand in {words.listed(map(repr, columns))}; look at a part of them"
        )
    return sorted(tuple(row[place] for place in texts) for row in found)


def _kept(
    table: Any, columns: Sequence[str], rules: Sequence[Keep], folder: Path, how: Mapping[str, Any]
) -> tuple[str, Any, nw.LazyFrame[Any]]:
    """The table's name, what holds it, and its rows that the rules let through, where they are."""
    wanted, written = [*dict.fromkeys([*columns, *(rule.column for rule in rules)])], how_of(how)
    source = open_table(table, folder, wanted, written)
    local = isinstance(source, Source)
    name, types = (source.name, source.types) if local else (name_of(table), types_of(source))
    if not local:
        source, types = renamed(source, wanted, types, name)
    for column in wanted:
        require(column, list(types), name, "for_each, only or [[keep]]")
    if not local:
        return name, source, kept_rows(source, rules)
    relation = source.relation
    for rule in rules:
        relation = relation.filter(rule.sql(types[rule.column], written))
    return name, source, nw.from_native(relation).lazy()
