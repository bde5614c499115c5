"""The strict reading of a table that stays on its engine (Spark, Ibis): the same refusals, as narwhals expressions.

Its columns have types, so there is less to misread than in text: only periods may be text, as 2026-01 or 2026-Q1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import narwhals as nw

from kpikit import words
from kpikit.answer import Check
from kpikit.errors import TableError
from kpikit.tables.checked import DUPLICATE, Checked, Reading
from kpikit.tables.columns import MAY_MISS, MOST_DECIMALS, MOST_DIGITS, MUST_BE, PERIODS, ROUNDING
from kpikit.tables.flags import flag_of
from kpikit.tables.frames import addressable
from kpikit.tables.how import cut_labels
from kpikit.tables.keep import Keep
from kpikit.tables.roles import KINDS
from kpikit.tables.structure import MOST_FAULTS

Frame = nw.LazyFrame[Any]
Schema = Mapping[str, Any]
MONEY = nw.Decimal(MOST_DIGITS, MOST_DECIMALS)
WIDE = (nw.UInt64, nw.Int128, nw.UInt128)
COMPARED = ("above", "at_least")
STARTS = {"month": "-01", "year": "-01-01", "day": ""}
#: days that are in the calendar, so that every engine can turn them into dates
LEAP = r"(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
LONG_MONTH, MONTH = r"(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])", r"(0[469]|11)-(0[1-9]|[12]\d|30)"
REAL_DAY = rf"^(\d{{4}}-({LONG_MONTH}|{MONTH}|02-(0[1-9]|1\d|2[0-8]))|{LEAP})$"


@dataclass(frozen=True)
class Column:
    """How a column is read: its value, whether it is at fault, what it must be, and for which grain of a written period."""

    name: str
    value: nw.Expr
    fault: nw.Expr
    must_be: str
    grain: str | None = None


def read_remotely(table: Any, name: str, reading: Reading) -> Checked:
    """Every value of a Spark or Ibis table as its role needs it. Raises TableError with all that cannot be read.

    Each look at the table is a job there: whatever can be counted is counted in one.
    """
    needed = {*(column for names in reading.roles.values() for column in names), *(rule.column for rule in reading.keep)}
    frame = addressable(nw.from_native(table).lazy() if not isinstance(table, nw.LazyFrame) else table, needed, name)
    schema = dict(frame.collect_schema())
    different = frame.unique() if reading.how.duplicates == "drop" else frame
    looked = _looked(schema, reading)
    facts = _facts(different, schema, reading, looked, name)
    grain = max(_grains(schema, reading), key=lambda one: facts.get(f"grain {one}", 0))
    kept = kept_rows(different, reading.keep)
    rows = [facts[f"kept {number}"] for number in range(len(reading.keep) + 1)]
    _refuse_nothing(rows, name)
    _refuse_faults(kept, {key: column for key, column in looked.items() if column.grain in (None, grain)}, facts, name)
    removed = tuple((rule, before - after) for rule, before, after in zip(reading.keep, rows, rows[1:], strict=False))
    checked = kept.select(**_values(schema, reading, grain))
    notes = _zone_note(schema, reading, name)
    return Checked(checked, grain, rows[0], removed, notes, lambda: _duplicates(kept_rows(frame, reading.keep), list(schema)))


def _values(schema: Schema, reading: Reading, grain: str | None) -> dict[str, nw.Expr]:
    """Role or segment -> its value; of several columns their sum."""
    columns, values = dict(_columns(schema, reading, grain)), {}
    for role, names in reading.roles.items():
        parts = [columns[f"{role} {column}"].value for column in names]
        if len(parts) > 1 and KINDS[reading.kind].roles[role] == "count":
            parts = [part.cast(nw.Decimal(MOST_DIGITS, 0)) for part in parts]  # whose sum cannot overflow
        value = parts[0]
        for part in parts[1:]:
            value = value + part
        values[role] = value
    return values | {name: columns[f"segment {name}"].value for name in reading.names if name not in values}


def types_of(table: Any) -> dict[str, str]:
    """The columns of a table on its engine, with their types as text."""
    return {name: str(kind) for name, kind in nw.from_native(table).lazy().collect_schema().items()}


def kept_rows(frame: Frame, rules: Sequence[Keep]) -> Frame:
    """The rows of a frame that every rule lets through."""
    schema = frame.collect_schema()
    for rule in rules:
        frame = frame.filter(_condition(rule, schema[rule.column]))
    return frame


def _facts(frame: Frame, schema: Schema, reading: Reading, looked: Mapping[str, Column], name: str) -> dict[str, int]:
    """How many rows each rule leaves and, of those that all leave, how many are written by each grain or at fault: one job."""
    met: list[nw.Expr] = []
    parts = {"kept 0": nw.len()}
    for number, rule in enumerate(reading.keep, start=1):
        met.append(_condition(rule, schema[rule.column]))
        parts[f"kept {number}"] = _how_many(*met)
    parts |= {f"fault {key}": _how_many(*met, column.fault) for key, column in looked.items()}
    if (grains := _grains(schema, reading)) == list(PERIODS):
        text = nw.col(reading.roles["period"][0]).cast(nw.String)
        parts |= {f"grain {grain}": _how_many(*met, text.str.contains(f"^{PERIODS[grain]}$")) for grain in grains}
    told = frame.select(*(part.alias(f"c{place}") for place, part in enumerate(parts.values())))
    row = _first_look(told, name)
    return {part: int(row[f"c{place}"] or 0) for place, part in enumerate(parts)}


def _first_look(frame: Frame, name: str) -> dict[str, Any]:
    """The one row of a frame; TableError where the engine cannot give it: no permission, a file that is gone."""
    try:
        return dict(frame.collect("pyarrow").to_native().to_pylist()[0])
    except Exception as error:  # noqa: BLE001 - every engine raises its own kinds
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise TableError(f"{name}: its engine cannot read it: {said[0]}") from None


def _how_many(*conditions: nw.Expr) -> nw.Expr:
    """In how many rows all the conditions hold."""
    return nw.when(*conditions).then(nw.lit(1)).otherwise(nw.lit(0)).sum()


def _looked(schema: Schema, reading: Reading) -> dict[str, Column]:
    """The columns that are looked at, each once; a period that is text in every way to write one."""
    columns = [column for grain in _grains(schema, reading) for _, column in _columns(schema, reading, grain)]
    columns += [_number(rule.column, schema[rule.column], "quantity") for rule in reading.keep if rule.condition in COMPARED]
    return {f"{column.name} {column.must_be} {column.grain}": column for column in columns}


def _grains(schema: Schema, reading: Reading) -> list[Any]:
    """How finely the period column may be written: by its type alone, or as its text will tell."""
    column = reading.roles.get("period", [None])[0]
    if column is None:
        return [None]
    return ["day"] if schema[column] == nw.Date or isinstance(schema[column], nw.Datetime) else list(PERIODS)


def _condition(rule: Keep, kind: Any) -> nw.Expr:
    """The condition of a rule, true for the rows that are kept; a number that cannot be read is a fault and no removal."""
    column = nw.col(rule.column)
    if rule.condition in COMPARED:
        number = _number(rule.column, kind, "quantity")
        if not kind.is_numeric():
            return number.fault
        limit = nw.lit(rule.value)
        return number.fault | (column > limit if rule.condition == "above" else column >= limit)
    text = column.cast(nw.String).fill_null("")
    if rule.condition == "present":
        return text.str.strip_chars() != ""
    return (
        ~text.str.starts_with(rule.value)
        if rule.condition == "not_starting_with"
        else text.is_in([str(item) for item in rule.value])
    )


def _columns(schema: Schema, reading: Reading, grain: str | None) -> Iterator[tuple[str, Column]]:
    for role, names in reading.roles.items():
        for name in names:
            yield f"{role} {name}", _column(name, schema[name], KINDS[reading.kind].roles[role], grain, reading)
    for segment in (*reading.segments, *reading.features):
        cuts = reading.how.cuts.get(segment)
        plain = _column(segment, schema[segment], reading.segment_read_as(segment), None, reading)
        if not cuts:
            label = plain.value.cast(nw.String) if schema[segment] != nw.String else plain.value
            yield f"segment {segment}", Column(segment, label, plain.fault, plain.must_be)
            continue
        *labels, last = cut_labels(cuts)
        value: nw.Expr = nw.lit(last)
        for cut, part in reversed(list(zip(cuts, labels, strict=True))):
            value = nw.when(plain.value < nw.lit(Decimal(str(cut)))).then(nw.lit(part)).otherwise(value)
        yield f"segment {segment}", Column(segment, value, plain.fault, plain.must_be)


def _column(name: str, kind: Any, read_as: str, grain: str | None, reading: Reading) -> Column:
    if read_as.endswith(MAY_MISS):
        return _may_miss(_column(name, kind, read_as.removesuffix(MAY_MISS), grain, reading), kind)
    column, must_be = nw.col(name), MUST_BE[read_as]
    if read_as == "text":
        if kind.is_integer():
            return Column(name, column, column.is_null(), must_be)
        text = column if kind == nw.String else column.cast(nw.String)
        return Column(name, text, text.is_null() | (text.str.strip_chars() == ""), must_be)
    if read_as in ("count", "quantity"):
        return _number(name, kind, read_as)
    if read_as == "flag":
        return Column(name, *flag_of(column, kind), must_be)
    if kind == nw.Date or isinstance(kind, nw.Datetime):
        value = column.cast(nw.Datetime("us")) if kind == nw.Date else column
        if isinstance(kind, nw.Datetime) and kind.time_zone:
            value = column.dt.replace_time_zone(None)
        return Column(name, value.dt.truncate("1d") if read_as == "period" else value, column.is_null(), must_be)
    if read_as == "moment":
        return Column(name, column, _always(column), f"a date or timestamp: its type is {kind}; convert it where it is")
    return _written_period(name, grain or "month")


def _may_miss(read: Column, kind: Any) -> Column:
    """The same reading, of a column that may be empty."""
    column = nw.col(read.name)
    there = ~column.is_null()
    if kind == nw.String:
        there = there & (column.str.strip_chars() != "")
    return replace(read, value=nw.when(there).then(read.value), fault=there & read.fault)


def _always(column: nw.Expr) -> nw.Expr:
    """True in every row; a literal has no rows that could be counted."""
    return column.is_null() | ~column.is_null()


def _number(name: str, kind: Any, read_as: str) -> Column:
    column, must_be = nw.col(name), MUST_BE[read_as]
    if not kind.is_numeric():
        held = f"its type is {kind}, stored as text or something else; convert it where it is"
        return Column(name, column, _always(column), f"{must_be}: {held}")
    missing = column.is_null()
    if kind.is_float():
        missing = missing | ~column.is_finite()
    most = 2**63 if read_as == "count" else 10 ** (MOST_DIGITS - MOST_DECIMALS)
    large = (column >= float(most)) | (column < -float(most)) if not kind.is_integer() or kind in WIDE else nw.lit(value=False)
    if read_as == "count":
        whole = large if kind.is_integer() else large | (column != column.floor())
        return Column(name, column.cast(nw.Int64), missing | whole, must_be)
    if not kind.is_float():
        return Column(name, column.cast(MONEY), missing | large, must_be)
    rounded = (column - column.round(MOST_DECIMALS)).abs() > column.abs() * ROUNDING
    return Column(name, column.cast(nw.String).cast(MONEY), missing | large | rounded, must_be)  # as text it is read exactly


def _written_period(name: str, grain: str) -> Column:
    """A period as text of one grain, turned into its first day."""
    text = nw.col(name).cast(nw.String)
    if grain == "quarter":
        month = nw.lit("-10-01")
        for number, start in ((3, "-07-01"), (2, "-04-01"), (1, "-01-01")):
            month = nw.when(text.str.ends_with(str(number))).then(nw.lit(start)).otherwise(month)
        day = nw.concat_str(text.str.slice(0, 4), month)
        good = text.str.contains(f"^{PERIODS[grain]}$")
    else:
        day = nw.concat_str(text, nw.lit(STARTS[grain]))
        good = text.str.contains(f"^{PERIODS[grain]}$") & day.str.contains(REAL_DAY)
    value = nw.when(good).then(day).otherwise(nw.lit("1900-01-01")).str.to_datetime(format="%Y-%m-%d")
    return Column(name, value, ~good.fill_null(value=False) | text.str.starts_with("0000"), MUST_BE["period"], grain)


def _refuse_nothing(rows: list[int], name: str) -> None:
    """TableError where there are no rows, or the rules left none."""
    if not rows[0]:
        raise TableError(f"{name}: it has no rows")
    if not rows[-1]:
        raise TableError(f"{name}: the keep rules removed all {words.amount(rows[0])} rows")


def _refuse_faults(frame: Frame, columns: Mapping[str, Column], facts: Mapping[str, int], name: str) -> None:
    """TableError with the values of each column that cannot be read, and in how many rows each stands."""
    faulty = [column for key, column in columns.items() if facts[f"fault {key}"]]
    if not faulty:
        return
    told: list[tuple[str, int]] = []
    for column in faulty:
        values = frame.filter(column.fault).group_by(nw.col(column.name).alias("value")).agg(nw.len().alias("rows"))
        for row in values.head(MOST_FAULTS).collect("pyarrow").to_native().to_pylist():
            said = "the value is missing" if row["value"] in (None, "") else f"'{row['value']}' is not {column.must_be}"
            rows = int(row["rows"])
            told.append((f"column '{column.name}': {said} ({words.counted(rows, 'row')})", rows))
    total, shown = sum(facts[f"fault {key}"] for key in columns), sorted(told)[:MOST_FAULTS]
    left = total - sum(rows for _, rows in shown)
    more = f"\n  and {words.amount(left)} more" if left else ""
    lines = "\n  ".join(said for said, _ in shown)
    raise TableError(f"{name}: {words.counted(total, 'value')} cannot be read\n  {lines}{more}")


def _zone_note(schema: Schema, reading: Reading, name: str) -> tuple[Check, ...]:
    zone = getattr(schema[reading.roles[reading.time][0]], "time_zone", None) if reading.time else None
    if not zone:
        return ()
    if reading.how.time_zone not in (None, zone):
        column = f"{name}, column '{reading.roles[reading.time or ''][0]}'"
        raise TableError(
            f"{column}: it is cut in the session's time zone, {zone}, not {reading.how.time_zone}; set the session to the zone "
            "that is meant"
        )
    return (Check("time zone", True, f"Dates carry a time zone; periods are cut in the session's, {zone}."),)


def _duplicates(frame: Frame, columns: list[str]) -> tuple[int, list[str], list[str]]:
    """How many rows repeat another in every column, and what the first of them holds."""
    alike = frame.group_by(columns).agg(nw.len().alias(DUPLICATE)).filter(nw.col(DUPLICATE) > 1)
    rows = alike.sort(columns).head(1).collect("pyarrow").to_native().to_pylist()
    if not rows:
        return 0, [], []
    extra = alike.select(rows=(nw.col(DUPLICATE) - 1).sum()).collect("pyarrow").to_native().to_pylist()[0]["rows"]
    return int(extra), [], [str(rows[0][name]) for name in columns if rows[0][name] is not None]
