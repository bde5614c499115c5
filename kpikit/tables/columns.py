"""Text is looked at before it is cast: for each declared type, what a good value looks like and how it is converted.

DuckDB's own casts turn 12.5 into 13, 1_000 into 1000 and '' into NULL; here such a value is a fault that is reported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kpikit.tables.flags import flag_sql
from kpikit.tables.how import How, cut_labels

ISO_NAIVE = r"\d{4}-\d{2}-\d{2}([ T]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,6})?)?)?"
OFFSET = r"(Z|[+-](0\d|1[0-4]):?[0-5]\d)"
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)"
MOST_DIGITS, MOST_DECIMALS = 38, 12
FLOATS, ROUNDING = ("FLOAT", "DOUBLE"), 1e-9  # a float may differ by so much of itself from its value with 12 decimals
LAST_MOMENT = "9999-12-31 23:59:59.999999"  # Python knows the years 1 to 9999
#: how a period may be written, and the grain it means
PERIODS = {"month": r"\d{4}-(0[1-9]|1[0-2])", "quarter": r"\d{4}-?Q[1-4]", "year": r"\d{4}", "day": r"\d{4}-\d{2}-\d{2}"}
MUST_BE = {
    "count": "a whole number",
    "quantity": f"a number written with digits and a decimal point, at most {MOST_DECIMALS} decimals",
    "moment": "a date as 2026-01-31 or 2026-01-31 14:30; give date_format for another",
    "period": "a period as 2026-01, 2026-Q1, 2026 or 2026-01-01; give date_format for another",
    "text": "present",
    "flag": "1 or 0, true or false, yes or no",
}
MAY_MISS = "?"  # behind a reading: single values may be missing
NESTED = ("STRUCT", "MAP", "UNION")
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")


@dataclass(frozen=True)
class Conversion:
    """SQL of one column: its value (NULL where it cannot be read), whether it is written well, and what it must be.

    `span`, where given, holds the instants that a value must lie between. Where a value may be missing, `good` is NULL for
    one that is.
    """

    column: str
    value: str
    good: str
    must_be: str
    read_as: str = "text"
    span: tuple[str, str] | None = None
    may_miss: bool = False

    @property
    def fault(self) -> str:
        """SQL that is true where the column cannot be read, never NULL."""
        if self.good == "false":
            return "true"
        return self.fault_of(f"({self.value})", f"({self.good})")

    def fault_of(self, value: str, good: str) -> str:
        """The same, where value and `good` are computed already."""
        between = "" if self.span is None else " AND {} BETWEEN TIMESTAMP '{}' AND TIMESTAMP '{}'".format(value, *self.span)
        wrong = f"NOT coalesce({good} AND {value} IS NOT NULL{between}, false)"
        return f"({good} IS NOT NULL AND {wrong})" if self.may_miss else wrong


def identifier(name: str) -> str:
    """A column name as SQL.

    >>> identifier("plan")
    '"plan"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def zoned(duck_type: str) -> bool:
    """Whether a type holds instants of a time zone, whatever their precision."""
    return "TIME ZONE" in duck_type or "TIMESTAMPTZ" in duck_type


def converted(
    column: str, duck_type: str, read_as: str, how: How | None = None, grain: str | None = None, held_as: str = "text"
) -> Conversion:
    """How a column of a DuckDB type is read as count, quantity, moment, period, text or flag; with a "?" it may be missing.

    `held_as` is "text" where a file holds nothing else, "types" where its columns have types: a number held as text is then
    a fault.
    """
    how = how or How()
    if read_as.endswith(MAY_MISS):
        return _may_miss(converted(column, duck_type, read_as.removesuffix(MAY_MISS), how, grain, held_as))
    if refusal := _wrong_type(duck_type, read_as, how, held_as):
        return Conversion(column, "NULL", "false", refusal, read_as)
    name = identifier(column)
    value, good = READ[read_as](name, duck_type, how, grain)
    first = "1000" if how.date_format and "%Y" in how.date_format else "0001"  # %Y takes the 26 of 01/02/26 for a year
    span = (f"{first}-01-01", LAST_MOMENT) if read_as in ("moment", "period") else None
    return Conversion(column, value, good, _must_be(read_as, how), read_as, span)


def _may_miss(reader: Conversion) -> Conversion:
    """The same reading, of a column that may be empty."""
    missing = f"coalesce(trim(CAST({identifier(reader.column)} AS VARCHAR), ' \t\n\r') = '', true)"
    good = f"CASE WHEN {missing} THEN NULL ELSE coalesce({reader.good}, false) END"
    return replace(reader, value=f"CASE WHEN {missing} THEN NULL ELSE {reader.value} END", good=good, may_miss=True)


def _must_be(read_as: str, how: How) -> str:
    if how.date_format and read_as in ("moment", "period"):
        return f"a date written as {how.date_format}"
    if how.decimal == "," and read_as == "quantity":
        return MUST_BE[read_as].replace("point", "comma")
    return MUST_BE[read_as]


def _wrong_type(duck_type: str, read_as: str, how: How, held_as: str) -> str:
    """What a column must be instead, where its type alone forbids the reading."""
    if duck_type.startswith(NESTED) or duck_type.endswith("]"):
        return f"{MUST_BE[read_as]}: its type is {duck_type.lower()}; give a column of plain values"
    if read_as == "period" and zoned(duck_type) and not how.time_zone:
        return (
            'a period without a time zone; give the zone it is meant in, as time_zone = "Europe/Berlin", or convert it to dates'
        )
    numeric = read_as in ("count", "quantity")
    if held_as == "types" and numeric and duck_type in ("VARCHAR", "BLOB", "BOOLEAN"):
        return f"{MUST_BE[read_as]}: its type is {'text' if duck_type == 'VARCHAR' else duck_type.lower()}; store it as a number"
    return ""


def _text(name: str, duck_type: str, how: How, grain: str | None) -> tuple[str, str]:
    if duck_type in INTEGERS:
        return name, f"{name} IS NOT NULL"
    text = name if duck_type == "VARCHAR" else f"CAST({name} AS VARCHAR)"
    return (
        text,
        f"CASE WHEN {text} >= '!' THEN true ELSE trim({text}, ' \t\n\r') <> '' END",
    )  # what begins past a space is no blank


def _plain_digits(name: str, duck_type: str, how: How) -> tuple[str, str]:
    """A number's text with a point and no thousands, and the condition that its marks stood where they may."""
    text = name if duck_type == "VARCHAR" else f"CAST({name} AS VARCHAR)"
    if duck_type != "VARCHAR" or (how.decimal == "." and how.thousands is None):
        return text, "true"
    good, plain = "true", text
    if how.thousands:
        mark = re.escape(how.thousands)
        grouped = rf"[+-]?(\d{{1,3}}({mark}\d{{3}})+|\d*)([{how.decimal}]\d*)?"
        good, plain = f"regexp_full_match({text}, {literal(grouped)})", f"replace({plain}, {literal(how.thousands)}, '')"
    if how.decimal == ",":
        good, plain = f"{good} AND NOT contains({plain}, '.')", f"replace({plain}, ',', '.')"
    return plain, good


def _count(name: str, duck_type: str, how: How, grain: str | None) -> tuple[str, str]:
    if duck_type in INTEGERS:
        return f"CAST({name} AS BIGINT)", "true"
    if duck_type in FLOATS:
        return f"TRY_CAST({name} AS BIGINT)", f"isfinite({name}) AND {name} = trunc({name})"
    text, marks = _plain_digits(name, duck_type, how)
    plain = f"TRY_CAST({text} AS BIGINT)"
    written = f"regexp_full_match({text}, '[+-]?\\d+(\\.0*)?')"
    if how.thousands is None:  # 1.000 is a thousand where dots stand between thousands
        written += f" AND NOT regexp_full_match({text}, '[+-]?\\d{{1,3}}\\.000')"
    whole = f"CASE WHEN CAST({plain} AS VARCHAR) = {text} THEN true ELSE {written} END"
    return f"coalesce({plain}, TRY_CAST(regexp_replace({text}, '\\.0*$', '') AS BIGINT))", f"{marks} AND {whole}"


def _quantity(name: str, duck_type: str, how: How, grain: str | None) -> tuple[str, str]:
    if duck_type in INTEGERS:
        return f"CAST({name} AS DECIMAL({MOST_DIGITS}, {MOST_DECIMALS}))", "true"
    if duck_type in FLOATS:  # 0.1 + 0.2 is 0.30000000000000004, and means 0.3
        near = f"isfinite({name}) AND abs({name} - round({name}, {MOST_DECIMALS})) <= {ROUNDING} * abs({name})"
        return f"TRY_CAST(CAST({name} AS VARCHAR) AS DECIMAL({MOST_DIGITS}, {MOST_DECIMALS}))", near
    text, marks = _plain_digits(name, duck_type, how)
    few = f"length(rtrim(split_part({text}, '.', 2), '0')) <= {MOST_DECIMALS}"
    decimals = f"CASE WHEN strlen({text}) <= {MOST_DECIMALS + 1} THEN true ELSE {few} END"
    good = f"{marks} AND regexp_full_match({text}, '{NUMBER}') AND {decimals}"
    return f"TRY_CAST({text} AS DECIMAL({MOST_DIGITS}, {MOST_DECIMALS}))", good


def _moment(name: str, duck_type: str, how: How, grain: str | None) -> tuple[str, str]:
    if duck_type == "DATE" or (duck_type.startswith("TIMESTAMP") and not zoned(duck_type)):
        return f"CAST({name} AS TIMESTAMP)", "true"
    if duck_type.startswith("TIMESTAMP"):
        return f"CAST({name} AS TIMESTAMPTZ) AT TIME ZONE {literal(how.zone)}", "true"
    text = f"CAST({name} AS VARCHAR)"
    if how.date_format:
        zoned_format = "%z" in how.date_format or "%Z" in how.date_format
        read = f"TRY_STRPTIME({text}, {literal(how.date_format)})"
        moved = f"CAST({read} AS TIMESTAMPTZ) AT TIME ZONE {literal(how.zone)}"
        return (moved if zoned_format else f"CAST({read} AS TIMESTAMP)"), "true"
    with_colon = f"regexp_replace({text}, '([+-]\\d\\d)(\\d\\d)$', '\\1:\\2')"
    moved = f"TRY_CAST({with_colon} AS TIMESTAMPTZ) AT TIME ZONE {literal(how.zone)}"
    aware = bears_offset(text)
    value = f"CASE WHEN {_naive(text)} THEN TRY_CAST({text} AS TIMESTAMP) WHEN {aware} THEN {moved} END"
    return value, f"CASE WHEN {_naive(text)} THEN true ELSE {aware} END"


def _naive(text: str) -> str:
    """SQL that is true where a text is an ISO date, or a date and time, without an offset: the one look that most values need."""
    return f"regexp_full_match({text}, '{ISO_NAIVE}')"


def bears_offset(text: str) -> str:
    """SQL that is true where a text is an ISO date or date and time that ends in a time zone's offset."""
    return f"CASE WHEN {_naive(text)} THEN false ELSE regexp_full_match({text}, '{ISO_NAIVE}{OFFSET}') END"


def _period(name: str, duck_type: str, how: How, grain: str | None) -> tuple[str, str]:
    if how.date_format or duck_type == "DATE" or duck_type.startswith("TIMESTAMP"):
        value, good = _moment(name, duck_type, how, grain)
        return f"CAST({value} AS DATE)", good
    text = f"CAST({name} AS VARCHAR)"
    first_month = f"lpad(CAST(TRY_CAST(right({text}, 1) AS INTEGER) * 3 - 2 AS VARCHAR), 2, '0')"
    starts = {
        "month": f"{text} || '-01'",
        "quarter": f"left({text}, 4) || '-' || {first_month} || '-01'",
        "year": f"{text} || '-01-01'",
        "day": text,
    }
    if grain:
        return f"TRY_CAST({starts[grain]} AS DATE)", f"regexp_full_match({text}, '{PERIODS[grain]}')"
    return f"TRY_CAST({starts['day']} AS DATE)", "false"


def _flag(name: str, duck_type: str, how: How, grain: str | None) -> tuple[str, str]:
    return flag_sql(name, duck_type)


READ = {"text": _text, "count": _count, "quantity": _quantity, "moment": _moment, "period": _period, "flag": _flag}


def labelled(number: Conversion, cuts: Sequence[Decimal | int | float]) -> Conversion:
    """A column of numbers as the labels of the parts that cut points make of it."""
    *labels, last = cut_labels(cuts)
    whens = " ".join(f"WHEN {number.value} < {cut} THEN {literal(label)}" for cut, label in zip(cuts, labels, strict=True))
    value = f"CASE WHEN {number.value} IS NULL THEN NULL {whens} ELSE {literal(last)} END"
    return Conversion(number.column, value, number.good, number.must_be, number.read_as)


def grain_counts(column: str) -> dict[str, str]:
    """For each way to write a period, SQL that counts the rows written so."""
    text = f"CAST({identifier(column)} AS VARCHAR)"
    return {grain: f"count(*) FILTER (regexp_full_match({text}, '{pattern}'))" for grain, pattern in PERIODS.items()}
