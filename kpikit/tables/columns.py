"""Text is looked at before it is cast: for each declared type, what a good value looks like and how it is converted.

DuckDB's own casts turn 12.5 into 13, 1_000 into 1000 and '' into NULL; here such a value is a fault that is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

ISO_MOMENT = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?(Z|[+-]\d{2}:?\d{2})?"
OFFSET = r".*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)|.*Z"
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)"
MOST_DIGITS, MOST_DECIMALS = 38, 12
#: how a period may be written, and the grain it means
PERIODS = {"month": r"\d{4}-(0[1-9]|1[0-2])", "quarter": r"\d{4}-?Q[1-4]", "year": r"\d{4}", "day": r"\d{4}-\d{2}-\d{2}"}
MUST_BE = {
    "count": "a whole number",
    "quantity": f"a number written with digits and a decimal point, at most {MOST_DECIMALS} decimals",
    "moment": "a date as 2026-01-31 or 2026-01-31 14:30; give date_format for another",
    "period": "a period as 2026-01, 2026-Q1, 2026 or 2026-01-01; give date_format for another",
    "text": "present",
}


@dataclass(frozen=True)
class Conversion:
    """SQL of one column: its value (NULL where it cannot be read), whether it is at fault, and what it must be."""

    column: str
    value: str
    fault: str
    must_be: str


def identifier(name: str) -> str:
    """A column name as SQL.

    >>> identifier("plan")
    '"plan"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def converted(column: str, duck_type: str, read_as: str, date_format: str | None = None, grain: str | None = None) -> Conversion:
    """How a column of a DuckDB type is read as count, quantity, moment, period or text."""
    name = identifier(column)
    text = f"CAST({name} AS VARCHAR)"
    must_be = MUST_BE[read_as]
    if read_as == "period" and zoned(duck_type):
        must_be = "a period without a time zone; convert it to dates of your own time zone first"
    elif date_format and read_as in ("moment", "period"):
        must_be = f"a date written as {date_format}"
    value, good = {
        "text": (text, f"trim({text}) <> ''"),
        "count": (f"TRY_CAST(regexp_replace({text}, '\\.0*$', '') AS BIGINT)", f"regexp_full_match({text}, '[+-]?\\d+(\\.0*)?')"),
        "quantity": (f"TRY_CAST({text} AS DECIMAL({MOST_DIGITS}, {MOST_DECIMALS}))", _short_number(text)),
        "moment": _moment(name, text, duck_type, date_format),
        "period": _period(name, text, duck_type, date_format, grain),
    }[read_as]
    if duck_type.endswith("INT") or duck_type == "INTEGER":
        good = "true" if read_as in ("count", "quantity") else good
        value = f"TRY_CAST({name} AS BIGINT)" if read_as == "count" else value
    if read_as in ("moment", "period"):
        good = f"({good}) AND ({value}) >= TIMESTAMP '0001-01-01'"  # the first year that Python knows
    return Conversion(column, value, f"NOT coalesce(({good}) AND ({value}) IS NOT NULL, false)", must_be)


def zoned(duck_type: str) -> bool:
    """Whether a type holds instants of a time zone, whatever their precision."""
    return "TIME ZONE" in duck_type or "TIMESTAMPTZ" in duck_type


def _short_number(text: str) -> str:
    decimals = f"length(rtrim(split_part({text}, '.', 2), '0')) <= {MOST_DECIMALS}"
    return f"regexp_full_match({text}, '{NUMBER}') AND {decimals}"


def _moment(name: str, text: str, duck_type: str, date_format: str | None) -> tuple[str, str]:
    if duck_type == "DATE" or (duck_type.startswith("TIMESTAMP") and not zoned(duck_type)):
        return f"CAST({name} AS TIMESTAMP)", "true"
    if duck_type.startswith("TIMESTAMP"):
        return f"CAST({name} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'", "true"
    if date_format:
        return f"CAST(TRY_STRPTIME({text}, {literal(date_format)}) AS TIMESTAMPTZ) AT TIME ZONE 'UTC'", "true"
    with_colon = f"regexp_replace({text}, '([+-]\\d\\d)(\\d\\d)$', '\\1:\\2')"
    return f"TRY_CAST({with_colon} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'", f"regexp_full_match({text}, '{ISO_MOMENT}')"


def _period(name: str, text: str, duck_type: str, date_format: str | None, grain: str | None) -> tuple[str, str]:
    if zoned(duck_type):
        return "CAST(NULL AS DATE)", "false"  # a period has no hour: which day an instant lies on, its zone must say first
    if date_format or duck_type == "DATE" or duck_type.startswith("TIMESTAMP"):
        value, good = _moment(name, text, duck_type, date_format)
        return f"CAST({value} AS DATE)", good
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


def grain_counts(column: str) -> dict[str, str]:
    """For each way to write a period, SQL that counts the rows written so."""
    text = f"CAST({identifier(column)} AS VARCHAR)"
    return {grain: f"count(*) FILTER (regexp_full_match({text}, '{pattern}'))" for grain, pattern in PERIODS.items()}
