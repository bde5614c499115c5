"""How: what a user says about the way a table is written, so that nothing has to be guessed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kpikit import words
from kpikit.errors import CaseError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
DECIMALS = (".", ",")
THOUSANDS = (",", ".", " ", "'", "\u00a0", "\u202f")
DUPLICATES = ("refuse", "keep", "drop")


class Said(TypedDict, total=False):
    """The keywords of read_table and the keys of a case that say how a table is written."""

    encoding: str
    separator: str
    decimal: str
    thousands: str
    date_format: str
    time_zone: str
    sheet: str
    header_row: int
    connection: str
    duplicates: str
    cuts: Mapping[str, Sequence[Decimal | int | float]]


@dataclass(frozen=True)
class How:
    """How a table is written. CaseError where an option is none of those there are.

    `separator` None means: the one of , ; tab | that splits the header into the wanted columns; `decimal` and `thousands` are
    the marks in numbers; `date_format` is strptime's; `time_zone` is where periods are cut, for dates that bear an offset;
    `sheet` names a workbook's sheet or a database file's table; `header_row` is the line of the header (1 the first);
    `connection` is the environment variable that holds a database's address; `duplicates` says what becomes of rows that are
    equal in every column (None: refused where rows are sums, counted and told elsewhere); `cuts` turns a column of numbers
    into segments.
    """

    encoding: str = "utf-8"
    separator: str | None = None
    decimal: str = "."
    thousands: str | None = None
    date_format: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    header_row: int = 1
    connection: str | None = None
    duplicates: str | None = None
    cuts: Mapping[str, Sequence[Decimal | int | float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, allowed in (("decimal", DECIMALS), ("thousands", THOUSANDS), ("duplicates", DUPLICATES)):
            if getattr(self, key) not in (None, *allowed):
                raise CaseError(f"{key} is {getattr(self, key)!r}; it is one of {', '.join(map(repr, allowed))}")
        if self.decimal == self.thousands:
            raise CaseError(f"decimal and thousands are both {self.decimal!r}; they must differ")
        if self.separator is not None and (
            len(self.separator) != 1 or not self.separator.isascii() or self.separator in '"\r\n\0'
        ):
            raise CaseError(f"separator is {self.separator!r}; it is one ASCII character, as ';'")
        if self.header_row < 1:
            raise CaseError(f"header_row is {self.header_row}; the first line is 1")
        _require_encoding(self.encoding)
        _require_zone(self.time_zone)
        for column, cuts in self.cuts.items():
            _require_cuts(column, cuts)

    @property
    def zone(self) -> str:
        """The time zone that dates with an offset are turned into."""
        return self.time_zone or "UTC"


def how_of(said: Mapping[str, Any]) -> How:
    """The options as a How; CaseError for one that there is not, with the near one."""
    known = [item.name for item in fields(How)]
    for key in said:
        if key not in known:
            raise CaseError(f"there is no option '{key}' of a table; {words.near(key, known)}")
    return How(**said)


def _require_encoding(encoding: str) -> None:
    try:
        known = codecs.lookup(encoding)
    except (LookupError, ValueError):
        known = None
    if known is None or not known._is_text_encoding:
        raise CaseError(f"there is no encoding '{encoding}'; as utf-8, latin-1, cp1252 or utf-16")


def _require_zone(zone: str | None) -> None:
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CaseError(f"there is no time zone '{zone}'; as Europe/Berlin or UTC") from None


def _require_cuts(column: str, cuts: Sequence[Decimal | int | float]) -> None:
    numbers = [Decimal(str(cut)) for cut in cuts if re.fullmatch(r"-?\d+(\.\d+)?", str(cut))]
    if not cuts or len(numbers) < len(cuts) or sorted(set(numbers)) != numbers:
        raise CaseError(f"cuts of {column} are {list(map(str, cuts))}; they are numbers in rising order, as [90, 365]")


def cut_labels(cuts: Sequence[Decimal | int | float]) -> list[str]:
    """What the parts between the cut points are called: each holds its lower edge.

    >>> cut_labels([90, 365])
    ['under 90', '90 to under 365', '365 or more']
    """
    inner = [f"{low} to under {high}" for low, high in pairwise(cuts)]
    return [f"under {cuts[0]}", *inner, f"{cuts[-1]} or more"]
