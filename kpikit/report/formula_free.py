"""What a spreadsheet takes for a formula, though it is a text of the data, and how a CSV file keeps it a text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    import pandas as pd

#: what a formula may begin with: Excel, LibreOffice and Sheets compute a cell of a CSV file that does
LEADS = ("=", "+", "-", "@", "\t", "\r", "\n")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
#: where a cell may begin: also behind what separates cells where a comma is the decimal point
BEGINS = re.compile(r"(^|[;\t\n])(?=[=+\-@\t\n])")


def is_formula(value: Any) -> bool:
    """Whether a spreadsheet would compute a value: a text that begins as a formula does, and is no number.

    >>> [is_formula(value) for value in ("=1+1", "-5 to 0 seats", "-5.5", -5.5, "under 5")]
    [True, True, False, False, False]
    """
    return isinstance(value, str) and value.startswith(LEADS) and not NUMBER.fullmatch(value)


def formula_free(value: Any) -> Any:
    """A value as a CSV file may hold it: an apostrophe stands before what would be a formula; lines end in a line feed.

    >>> formula_free("=HYPERLINK(A1)"), formula_free("a;=1"), formula_free("-0.2"), formula_free(None)
    ("'=HYPERLINK(A1)", "a;'=1", '-0.2', None)
    """
    if not isinstance(value, str) or NUMBER.fullmatch(value):
        return value
    return BEGINS.sub(r"\1'", value.replace("\r\n", "\n").replace("\r", "\n"))


def write_csv(table: pd.DataFrame, to: Path | TextIO) -> None:
    """Writes a table as a CSV file in which no cell, no header either, is a formula."""
    table.map(formula_free).rename(columns=formula_free).to_csv(to, index=False, lineterminator="\n")
