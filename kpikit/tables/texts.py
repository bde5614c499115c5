"""What looks right in a text and is not: names that look alike, bytes decoded twice, marks that nobody sees, names too long."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from kpikit import words
from kpikit.answer import Check

LONG = 100  # characters of a name that no chart, sheet or file name can hold
MOST_NAMED = 6
TOTALS = ("total", "totals", "grand total", "subtotal", "sum", "all", "overall", "gesamt", "summe", "insgesamt", "totale", "suma")
ALLOWED = "\t\n\r"
JOINERS = "\u200d\ufe0e\ufe0f"  # within emoji, and some scripts' letters


def text_checks(column: str, values: Sequence[str]) -> list[Check]:
    """What the different values of a column of names have to say about how they are written."""
    found = [
        _total(column, values),
        _alike(column, values),
        _decoded_twice(column, values),
        _unseen(column, values),
        _long(column, values),
    ]
    return [check for check in found if check is not None]


def plain(text: str) -> str:
    """A text as people see it: composed, without marks that are not seen, its case and spaces evened out.

    >>> plain(" PRO\\u200b ") == plain("Pro")
    True
    """
    seen = "".join(mark for mark in text if unicodedata.category(mark) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen).casefold().split())


def _total(column: str, values: Sequence[str]) -> Check | None:
    named = sorted(value for value in values if plain(value) in TOTALS)
    if not named or len(values) == 1:
        return None
    said = (
        f"{words.listed(map(_shown, named))} of the segment '{column}' may be the sum of the others, and would count them twice"
    )
    return Check("totals", False, f"{said}; leave it out with [[keep]] if it is.")


def _alike(column: str, values: Sequence[str]) -> Check | None:
    groups: dict[str, list[str]] = {}
    for value in sorted(values):
        groups.setdefault(plain(value), []).append(value)
    alike = [names for names in groups.values() if len(names) > 1]
    if not alike:
        return None
    told = words.listed((words.listed(map(_shown, names)) for names in alike[:MOST_NAMED]), "; and")
    more = f" (and {words.amount(len(alike) - MOST_NAMED)} more)" if len(alike) > MOST_NAMED else ""
    return Check(
        "names that look alike",
        False,
        f"In the segment '{column}' {told}{more} look alike and are counted apart: make them one in the data.",
    )


def _shown(value: str) -> str:
    """A value in quotes, with what is not seen spelt out."""
    seen = "".join(mark if mark.isprintable() else f"<U+{ord(mark):04X}>" for mark in value)
    spelt = seen if unicodedata.is_normalized("NFC", value) else f"{seen}' (not in normal form NFC) '"
    return f"'{spelt}'".removesuffix(" ''")


def _decoded_twice(column: str, values: Sequence[str]) -> Check | None:
    twice = [value for value in values if _mended(value) is not None]
    if not twice:
        return None
    said = f"'{twice[0]}' was perhaps '{_mended(twice[0])}'"
    return Check(
        "encoding",
        False,
        f"In the segment '{column}' {said}: the text looks decoded twice (mojibake); check the encoding of the export.",
    )


def _mended(value: str) -> str | None:
    """The text that was decoded with the wrong encoding, where that is what happened."""
    if value.isascii():
        return None
    for wrong in ("latin-1", "cp1252"):
        try:
            mended = value.encode(wrong).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if mended != value:
            return mended
    return None


def _unseen(column: str, values: Sequence[str]) -> Check | None:
    marks = sorted({mark for value in values for mark in value if _hidden(mark)})
    if not marks:
        return None
    named = words.listed(f"U+{ord(mark):04X}" for mark in marks[:MOST_NAMED])
    where = next(value for value in values if any(map(_hidden, value)))
    return Check(
        "control characters",
        False,
        f"The segment '{column}' holds control or invisible characters ({named}), as in {_shown(where)}; reports show them "
        "spelt out or leave them away.",
    )


def _hidden(mark: str) -> bool:
    return mark not in ALLOWED and mark not in JOINERS and unicodedata.category(mark) in ("Cc", "Cf")


def _long(column: str, values: Sequence[str]) -> Check | None:
    long = [value for value in values if len(value) > LONG]
    if not long:
        return None
    count = words.counted(len(long), "value") + (" is" if len(long) == 1 else " are")
    return Check(
        "long names",
        False,
        f"In the segment '{column}' {count} longer than {LONG} characters (the longest {max(map(len, long))}): charts cut them.",
    )
