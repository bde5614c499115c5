"""Flags: what stands for yes and for no where a column says whether a customer did it; in SQL, and as an expression."""

from __future__ import annotations

from typing import Any

import narwhals as nw

YES, NO = ("1", "1.0", "true", "t", "yes", "y"), ("0", "0.0", "false", "f", "no", "n")  # in capitals or not
NUMBERS = ("INT", "FLOAT", "DOUBLE", "DECIMAL")  # in the names of DuckDB's types


def flag_sql(name: str, duck_type: str) -> tuple[str, str]:
    """Of a column, quoted: SQL of 1 for yes and 0 for no, and whether it is one of both."""
    if any(number in duck_type for number in NUMBERS) and "INTERVAL" not in duck_type:
        return f"TRY_CAST({name} AS BIGINT)", f"{name} IN (0, 1)"
    text = f"lower(CAST({name} AS VARCHAR))"
    yes, no = (", ".join(f"'{mark}'" for mark in marks) for marks in (YES, NO))
    return f"CAST({text} IN ({yes}) AS BIGINT)", f"{text} IN ({yes}, {no})"


def flag_of(column: nw.Expr, kind: Any) -> tuple[nw.Expr, nw.Expr]:
    """The same of a column of a frame: 1 for yes and 0 for no, and whether it is neither."""
    if kind.is_numeric():
        return column.cast(nw.Int64), column.is_null() | ((column != 0) & (column != 1))
    if kind == nw.Boolean:
        return nw.when(column).then(nw.lit(1)).otherwise(nw.lit(0)), column.is_null()
    text = column.cast(nw.String).str.to_lowercase()
    value = nw.when(text.is_in(list(YES))).then(nw.lit(1)).otherwise(nw.lit(0))
    return value, column.is_null() | ~text.is_in([*YES, *NO])
