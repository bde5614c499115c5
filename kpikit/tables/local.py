"""The strict reading of a table that DuckDB holds: values converted in one pass, each fault told with place and remedy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import narwhals as nw

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.tables.checked import CELLS, HASH, Checked, Reading
from kpikit.tables.columns import PERIODS, Conversion, bears_offset, converted, identifier, labelled, zoned
from kpikit.tables.duplicates import duplicates_of
from kpikit.tables.how import THOUSANDS, How
from kpikit.tables.roles import KINDS, SUMMED, read_as
from kpikit.tables.source import Source
from kpikit.tables.structure import MOST_FAULTS

DATE_FORMATS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y%m%d", "%Y%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
)  # fmt: skip
LIKELY = "DATE '1900-01-01' AND DATE '2100-01-01'"  # of dates under a format that is advised: 46023 is not March 4602
OTHER_MARKS = ({"decimal": ","}, *({"thousands": mark} for mark in THOUSANDS), {"decimal": ",", "thousands": "."})
REMOVED, GRAIN, AWARE, FAULT = "__removed", "__grain", "__aware", "__fault"


def read_locally(source: Source, reading: Reading) -> Checked:
    """Every value of a DuckDB table as its role needs it. Raises TableError with all that cannot be read."""
    converters = _converters(source, reading)
    computed, gathered = (", ".join(parts(source, reading, converters)) for parts in (_computed, _gathered))
    drop = reading.how.duplicates == "drop"
    passed = source.held((source.relation.distinct() if drop else source.relation).project(computed).project(gathered))
    facts = _facts(source, passed, reading)
    grain = _grain(source, reading, facts)
    if facts["faults"] + sum(facts.get(f"grain {other}", 0) for other in PERIODS if other != grain):
        raise TableError(_fault_list(source, reading, grain))
    kept = passed.filter(f"{REMOVED} = 0") if reading.keep else passed
    notes = (*source.notes, *_zone_note(source, reading, facts), *_cell_note(source, reading, facts))
    return Checked(
        nw.from_native(kept.project(", ".join(map(identifier, reading.names)))), grain, facts["rows"],
        tuple((rule, facts[f"removed {number}"]) for number, rule in enumerate(reading.keep, start=1)), notes,
        lambda: duplicates_of(source, reading, source.relation.project(computed).project(gathered) if drop else passed),
        facts | {"rows": facts["kept"]},
    )  # fmt: skip


def _converters(source: Source, reading: Reading, grain: str | None = None) -> list[tuple[str, Conversion]]:
    """(role or segment, how its column is read), a column after the other."""
    held, found = "types" if source.typed else "text", []
    for role, names in reading.roles.items():
        by = KINDS[reading.kind].roles[role]
        found += [(role, converted(name, source.types[name], by, reading.how, grain, held)) for name in names]
    for segment in reading.names[len(reading.roles) :]:
        cuts = reading.how.cuts.get(segment)
        plain = converted(segment, source.types[segment], reading.segment_read_as(segment), reading.how, None, held)
        found.append((segment, labelled(plain, cuts) if cuts else plain))
    return found


def _written_as_period(column: str) -> tuple[str, str]:
    """SQL of a period's grain by the way it is written, and of its value."""
    text = f"CAST({identifier(column)} AS VARCHAR)"
    grains = " ".join(f"WHEN regexp_full_match({text}, '{pattern}') THEN '{grain}'" for grain, pattern in PERIODS.items())
    values = " ".join(
        f"WHEN regexp_full_match({text}, '{pattern}') THEN {converted(column, 'VARCHAR', 'period', grain=grain).value}"
        for grain, pattern in PERIODS.items()
    )
    return f"CASE {grains} END", f"CASE {values} END"


def _written(source: Source, reading: Reading) -> str | None:
    """The period column, where its values say by how they are written how long a period is."""
    column = reading.roles.get("period", [None])[0]
    if column is None or reading.how.date_format or source.types[column] == "DATE" or "TIMESTAMP" in source.types[column]:
        return None
    return column


def _computed(source: Source, reading: Reading, converters: list[tuple[str, Conversion]]) -> Iterator[str]:
    """Each column's value and whether it is written well, each once: DuckDB would compute them again wherever they are named."""
    written = _written(source, reading)
    for number, (role, rule) in enumerate(converters):
        value, good = rule.value, rule.good
        if role == "period" and written:
            grain, value = _written_as_period(written)
            good = "true"
            yield f"{grain} AS {GRAIN}"
        yield f"{value} AS __v{number}"
        yield f"{good} AS __g{number}"
    yield f"{_removed_by(source, reading)} AS {REMOVED}"
    numbers = [read.fault for rule in reading.keep if (read := rule.number(source.types[rule.column], reading.how))]
    yield f"{' OR '.join(numbers) or 'false'} AS {FAULT}"
    yield f"{_aware(source, reading)} AS {AWARE}"
    yield f"hash({', '.join(map(identifier, source.types))}) AS {HASH}"


def _gathered(source: Source, reading: Reading, converters: list[tuple[str, Conversion]]) -> Iterator[str]:
    """The columns of the checked table, of what was computed."""
    for role in reading.roles:
        values = [f"__v{number}" for number, (name, _) in enumerate(converters) if name == role]
        yield f"{_added(values, KINDS[reading.kind].roles[role])} AS {identifier(role)}"
    for number, (name, _) in enumerate(converters):
        if name not in reading.roles:
            yield f"CAST(__v{number} AS VARCHAR) AS {identifier(name)}"
    faults = [rule.fault_of(f"__v{number}", f"__g{number}") for number, (_, rule) in enumerate(converters)]
    yield f"({' OR '.join([*faults, FAULT])}) AS {FAULT}"
    yield from (REMOVED, AWARE, HASH, *([GRAIN] if _written(source, reading) else []))


def _added(values: list[str], read_as: str) -> str:
    if len(values) == 1:
        return values[0]
    return " + ".join(f"CAST({value} AS HUGEINT)" if read_as == "count" else value for value in values)


def _removed_by(source: Source, reading: Reading) -> str:
    """The number of the first rule that removes a row; 0 for a row that is kept."""
    whens = (
        f"WHEN NOT ({rule.sql(source.types[rule.column], reading.how)}) THEN {number}"
        for number, rule in enumerate(reading.keep, start=1)
    )
    return f"CASE {' '.join(whens)} ELSE 0 END" if reading.keep else "0"


def _aware(source: Source, reading: Reading) -> str:
    """Whether a row's date bears an offset; a column of instants always does."""
    if reading.time is None:
        return "false"
    column = reading.roles[reading.time][0]
    if zoned(source.types[column]):
        return "true"
    return "false" if source.types[column] != "VARCHAR" else f"coalesce({bears_offset(identifier(column))}, false)"


def _facts(source: Source, passed: duckdb.DuckDBPyRelation, reading: Reading) -> dict[str, Any]:
    parts = {"rows": "count(*)", "kept": f"count(*) FILTER ({REMOVED} = 0)"}
    parts["faults"] = f"count(*) FILTER ({FAULT} AND {REMOVED} = 0)"
    parts["aware"] = f"count(*) FILTER ({AWARE} AND {REMOVED} = 0)"
    for number, _ in enumerate(reading.keep, start=1):
        parts[f"removed {number}"] = f"count(*) FILTER ({REMOVED} = {number})"
    if _written(source, reading):
        for grain in PERIODS:
            parts[f"grain {grain}"] = f"count(*) FILTER ({GRAIN} = '{grain}' AND NOT {FAULT} AND {REMOVED} = 0)"
    parts |= _extremes(reading)
    told = source.fetch(passed.aggregate(", ".join(parts.values())))[0]
    facts = dict(zip(parts, told, strict=True))
    if not facts["rows"]:
        raise TableError(f"{source.name}: it has a header and no rows")
    if not facts["kept"]:
        raise TableError(f"{source.name}: the keep rules removed all {words.amount(facts['rows'])} rows")
    if facts["aware"] not in (0, facts["kept"]) and not facts["faults"]:
        raise TableError(_mixed_zones(source, reading, facts))
    return facts


def _extremes(reading: Reading) -> dict[str, str]:
    """SQL of the least and greatest values of the rows that are kept, as the contract asks for them."""
    only = f" FILTER ({REMOVED} = 0)" if reading.keep else ""
    time = reading.time or "NULL"
    parts = {"first": f"min({time}){only}", "last": f"max({time}){only}"}
    for role in (role for role in reading.roles if read_as(reading.kind, role) in CELLS):
        parts |= {f"{role}_min": f"min({role}){only}", f"{role}_max": f"max({role}){only}"}
        if role in SUMMED:
            parts[f"{role}_sum"] = f"sum(CAST({role} AS DOUBLE)){only}"
    if "amount" in reading.roles:
        parts["negative"] = f"count(*) FILTER (amount < 0 AND {REMOVED} = 0)"
    return parts


def _grain(source: Source, reading: Reading, facts: Mapping[str, int]) -> str | None:
    """How finely the period column is written; where rows differ the grain of most of them, and the rest are faults."""
    if "period" not in reading.roles:
        return None
    return max(PERIODS, key=lambda grain: facts[f"grain {grain}"]) if _written(source, reading) else "day"


def _mixed_zones(source: Source, reading: Reading, facts: Mapping[str, int]) -> str:
    column = reading.roles.get("date", reading.roles.get("period", [""]))[0]
    few = "" if facts["aware"] * 2 <= facts["kept"] else "NOT "
    bears = bears_offset(identifier(column))
    numbered = source.relation.project("*, row_number() OVER () AS __row").filter(f"{few}({bears})").limit(1)
    row, value = source.fetch(numbered.project(f"__row, {identifier(column)}"))[0]
    said = f"{words.amount(facts['aware'])} of {words.amount(facts['kept'])} dates bear a time zone offset, the others none"
    last = sorted({row, *_unlike(source, bears, few)})
    where = words.listed(source.places(last).values())
    return f"{source.name}, column '{column}': {said} (see {where}, as '{value}'); write all alike"


def _unlike(source: Source, bears: str, few: str) -> list[int]:
    other = "" if few else "NOT "
    numbered = source.relation.project("*, row_number() OVER () AS __row").filter(f"{other}({bears})").limit(1)
    return [row for (row,) in source.fetch(numbered.project("__row"))]


def _zone_note(source: Source, reading: Reading, facts: Mapping[str, int]) -> list[Check]:
    if not facts["aware"]:
        return []
    return [Check("time zone", True, f"Dates carry an offset; periods are cut in {reading.how.zone}.")]


def _cell_note(source: Source, reading: Reading, facts: Mapping[str, int]) -> list[Check]:
    """Numbers that a workbook or SQLite holds as text: unambiguous, so they are read, and it is said."""
    numeric = [name for role, names in reading.roles.items() for name in names if read_as(reading.kind, role) in CELLS]
    held = [name for name in numeric if name in source.text_cells]
    if not held:
        return []
    column = "column {} holds" if len(held) == 1 else "columns {} hold"
    said = f"The {column.format(words.listed(map(repr, held)))} numbers stored as text; they were read as numbers."
    return [Check("numbers as text", False, said)]


def _fault_list(source: Source, reading: Reading, grain: str | None) -> str:
    """All that is at fault, 20 shown and the rest counted, and the option under which it would be read."""
    readers = [rule for _, rule in _converters(source, reading, grain)]
    readers += [number for rule in reading.keep if (number := rule.number(source.types[rule.column], reading.how))]
    kept = " AND ".join(f"({rule.sql(source.types[rule.column], reading.how)})" for rule in reading.keep) or "true"
    rows = source.relation.filter("true").project("*, row_number() OVER () AS __row").filter(kept)
    found: list[tuple[int, str, str]] = []
    total, hints = 0, list[str]()
    for reader in dict.fromkeys(readers):
        wrong = rows.filter(reader.fault)
        count = source.fetch(wrong.aggregate("count(*)"))[0][0]
        if not count:
            continue
        total += count
        value = f"CAST({identifier(reader.column)} AS VARCHAR)"
        for row, text in source.fetch(wrong.project(f"__row, {value}").limit(MOST_FAULTS)):
            found.append((row, reader.column, _said_of(text, reader)))
        hints += _remedies(source, reading, reader, rows, grain)
    shown = sorted(found)[:MOST_FAULTS]
    places = source.places(row for row, _, _ in shown)
    told = [f"{places[row]}, column '{column}': {said}" for row, column, said in shown]
    more = f"\n  and {words.amount(total - len(told))} more" if total > len(told) else ""
    advice = "".join(f"\n  {hint}" for hint in dict.fromkeys(hints))
    return f"{source.name}: {words.counted(total, 'value')} cannot be read\n  " + "\n  ".join(told) + more + advice


def _said_of(text: str | None, reader: Conversion) -> str:
    if not text or reader.must_be == "present":
        return "the value is missing"
    return f"'{text}' is not {reader.must_be}"


def _remedies(
    source: Source, reading: Reading, reader: Conversion, rows: duckdb.DuckDBPyRelation, grain: str | None
) -> list[str]:
    """The options under which every value of the column would be read, tried one after the other."""
    if source.types[reader.column] != "VARCHAR" or source.typed:
        return []
    options: Sequence[dict[str, Any]] = ()
    if reader.read_as in ("moment", "period"):
        options = [{"date_format": written} for written in DATE_FORMATS]
    elif reader.read_as in CELLS:
        options = OTHER_MARKS
    parts, tried = [], []
    for option in options:
        how = _instead(reading.how, option)
        if how is not None:
            other = converted(reader.column, "VARCHAR", reader.read_as, how, None if "date_format" in option else grain)
            wrong = f"({other.fault}) OR ({other.value}) NOT BETWEEN {LIKELY}" if "date_format" in option else other.fault
            parts.append(f"count(*) FILTER ({wrong}) = 0")
            tried.append(option)
    if not parts:
        return []
    helps = [option for option, good in zip(tried, source.fetch(rows.aggregate(", ".join(parts)))[0], strict=True) if good]
    said = " or ".join(", ".join(f"{key} = {_typed(value)}" for key, value in option.items()) for option in helps)
    return [f"column '{reader.column}' can be read with {said}"] if helps else []


def _typed(value: str) -> str:
    """A value as TOML and Python both take it."""
    return json.dumps(value) if not value.isascii() or "'" in value else f"'{value}'"


def _instead(how: How, option: dict[str, Any]) -> How | None:
    changed = {**{"decimal": how.decimal, "thousands": how.thousands}, **option}
    return None if changed["decimal"] == changed["thousands"] else replace(how, **option)
