"""Rows that repeat another in every column: how many there are, where the first two stand, and what they hold."""

from __future__ import annotations

import duckdb
import numpy as np

from kpikit.tables.checked import DUPLICATE, HASH, Reading
from kpikit.tables.columns import identifier
from kpikit.tables.source import Source

MOST_SORTED = 120_000_000  # hashes that are sorted at a time: about a gigabyte
BATCH = 1_000_000


def duplicates_of(source: Source, reading: Reading, passed: duckdb.DuckDBPyRelation) -> tuple[int, list[str], list[str]]:
    """How many of the rows that are kept repeat an earlier one, the places of the first two alike, and their values.

    `passed` bears a hash of every row: only where two hashes are equal are rows compared.
    """
    kept = passed.filter("__removed = 0")
    if not _any_twice(source, kept):
        return 0, [], []
    twice = kept.aggregate(f"{HASH}, count(*) AS {DUPLICATE}", HASH).filter(f"{DUPLICATE} > 1").project(HASH)
    columns = ", ".join(map(identifier, source.types))
    rows = source.relation.project(f"{columns}, hash({columns}) AS {HASH}, row_number() OVER () AS __row")
    alike = rows.join(twice.set_alias("twice"), HASH, "semi")
    groups = f"{columns}, count(*) AS {DUPLICATE}, min(__row) AS __first, min(__row, 2)[2] AS __second"
    found = alike.aggregate(groups, columns).filter(f"{DUPLICATE} > 1")
    extra = source.fetch(found.aggregate(f"sum({DUPLICATE} - 1)"))[0][0]
    if not extra:  # two different rows of one hash
        return 0, [], []
    texts = [f"CAST({identifier(name)} AS VARCHAR)" for name in source.types]
    shown = found.order("__first").limit(1).project(", ".join([*texts, "__first", "__second"]))
    *values, first, second = source.fetch(shown)[0]
    places = source.places([first, second])
    return int(extra), [places[first], places[second]], [value for value in values if value is not None]


def _any_twice(source: Source, rows: duckdb.DuckDBPyRelation) -> bool:
    """Whether two rows have one hash: sorted in numpy, several times as fast as counting the different ones, in less memory."""
    total = source.fetch(rows.aggregate("count(*)"))[0][0]
    parts = -(-total // MOST_SORTED)
    return any(_twice_in(source, rows.project(HASH).filter(f"{HASH} % {parts} = {part}")) for part in range(parts))


def _twice_in(source: Source, hashes: duckdb.DuckDBPyRelation) -> bool:
    try:
        found = np.concatenate([np.asarray(batch.column(0)) for batch in hashes.to_arrow_reader(BATCH)] or [np.empty(0)])
    except duckdb.Error as error:
        raise source.refusal(error) from error
    found.sort()
    return bool((found[1:] == found[:-1]).any())
