"""Answer, Check: how every answer looks and displays itself (words and tables, never a figure)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from kpikit import words

MIME = "application/vnd.kpikit+json"
SIGNIFICANT = 6  # the last bits of a float differ by processor: what is shown and compared is rounded

#: how people read a column, by its name; all others are shown as they are
AS_LEVEL = {"value", "low", "high", "before", "after", "target", "benchmark", "rate", "share", "shrunk", "expected"}
AS_CHANGE = {"change", "change_low", "change_high", "difference", "gap"}
AS_RELATIVE = {"relative"}


class Reading(NamedTuple):
    """The names of the columns that are read as a value of the KPI, and as a change of it."""

    levels: Set[str]
    changes: Set[str]


ANSWERS = Reading(AS_LEVEL, AS_CHANGE)
#: of the numbers behind a figure, where a few more names are a value or a change
CHARTS = Reading(
    AS_LEVEL | {
        "predicted", "actual", "seen", "model", "least", "most", "weighted", "agreed", "limit", "limit_low", "limit_high",
        "trend", "without_season", "from", "to", "8 of 10 from", "half from", "the middle one", "half to", "8 of 10 to",
    },
    AS_CHANGE | {"effect", "season", "rest", "differs"},
)  # fmt: skip
COUNTS = ("numerator", "denominator", "less")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: `passed` is None where it could not be, the sentence says what was seen.

    `private` may name people: it is told to whoever reads the table, and stands in nothing that is shown or sent.
    """

    name: str
    passed: bool | None
    sentence: str
    private: str = ""

    @property
    def mark(self) -> str:
        """The outcome as a word."""
        return {True: "passed", False: "look", None: "not checked"}[self.passed]


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """What a question returns: plain values in `verdict`, a frame in `table`, further frames in `more`, and the checks.

    `source` is the contract of the table that was asked, where no series beside the answer holds it.
    Every sentence is rendered from the verdict, so words and numbers cannot disagree.
    """

    question: str
    verdict: Mapping[str, Any]
    table: pd.DataFrame
    checks: tuple[Check, ...] = ()
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """The bottom line first, then what else the verdict says."""
        return words.sentences(self.question, self.verdict)

    @property
    def headline(self) -> str:
        """The bottom line: one sentence."""
        return self.sentences[0]

    @property
    def says(self) -> words.Said:
        """All that the answer says, displayed as paragraphs."""
        return words.Said("\n".join(self.sentences))

    def say(self, part: str) -> words.Said:
        """One part of what the answer says, by its name: change, overall, relative, worth, marks, window ..."""
        return words.Said(words.part(self.question, part, self.verdict))

    @property
    def checklist(self) -> Checklist:
        """The checks, displayed as a table."""
        return Checklist(self.checks)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n".join([*self.sentences, *filter(None, [repr(self.checklist)])])

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._html(), MIME: plain(self._payload())}

    def _payload(self) -> dict[str, Any]:
        checks = [{"name": c.name, "passed": c.passed, "sentence": c.sentence} for c in self.checks]
        said = {"headline": self.headline, "sentences": self.sentences, "verdict": self.verdict}
        told = {"table": self.table, "more": self.more, "checks": checks} | ({"source": self.source} if self.source else {})
        return {"type": "answer", "question": self.question, **said, **told}

    def _html(self) -> str:
        first, *rest = self.sentences
        said = f'<p class="headline"><strong>{escape(first)}</strong></p>' + "".join(f"<p>{escape(text)}</p>" for text in rest)
        table = readable_html(self.table, self.verdict["unit"]) if len(self.table) else ""
        return f'<div class="kpikit answer">{said}{table}</div>'


@dataclass(frozen=True, repr=False)
class Checklist:
    """The checks of an answer or series, displayed as a table."""

    checks: tuple[Check, ...]

    def __repr__(self) -> str:
        return "\n".join(f"[{check.mark}] {check.name}: {check.sentence}" for check in self.checks)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr class="{check.mark.replace(" ", "-")}"><td>{check.mark}</td><th scope="row">{escape(check.name)}</th>'
            f"<td>{escape(check.sentence)}</td></tr>"
            for check in self.checks
        )
        head = "<thead><tr><th>outcome</th><th>check</th><th>what was seen</th></tr></thead>"
        return f'<table class="kpikit checks">{head}<tbody>{rows}</tbody></table>'


def readable(table: pd.DataFrame, unit: str, break_at: str = " ", read: Reading = ANSWERS) -> pd.DataFrame:
    """The frame as people read it: every cell a text, rates in percent, changes signed, limits and counts behind their value.

    `break_at` stands between a value and its brackets; `read` says which columns are values, and which changes.

    >>> frame = pd.DataFrame({"value": [0.15], "low": [0.11], "high": [0.2], "change": [0.01]})
    >>> readable(frame, "percent").iloc[0].tolist()
    ['15.0% (11.0 to 20.0%)', '+1.0 pp']
    """
    names = [str(name) for name in table.columns]
    limits = {name: ("low", "high") if name == "value" else (f"{name}_low", f"{name}_high") for name in names}
    parts = {name: (f"{name}_numerator", f"{name}_denominator") for name in names}
    lesser = {name: (*parts[name], f"{name}_less") for name in names}  # of a balance
    behind = {name: pair for name in names for pair in (limits[name], parts[name], lesser[name]) if set(pair) <= set(names)}
    hidden = {column for pair in behind.values() for column in pair}
    shown = {}
    for name in filter(lambda name: name not in hidden, names):
        texts = [_cell(name, value, unit, read) for value in table[name]]
        if pair := behind.get(name):
            numbers = zip(*(table[column] for column in pair), strict=True)
            ends = [_brackets(text, name, row, unit, read) for text, row in zip(texts, numbers, strict=True)]
            texts = [break_at.join(filter(None, parts)) for parts in zip(texts, ends, strict=True)]
        shown[name.replace("_", " ")] = texts
    return pd.DataFrame(shown)


def readable_html(table: pd.DataFrame, unit: str) -> str:
    """readable, as an HTML table without the columns that hold nothing; brackets stand on a line of their own."""
    return texts_html(readable(table, unit, "\n"))


def texts_html(frame: pd.DataFrame) -> str:
    """A frame that `readable` gave with line breaks, as an HTML table without the columns that hold nothing."""
    filled = frame.loc[:, [not len(frame) or any(frame[name]) for name in frame]]
    return str(filled.to_html(index=False, border=0, classes="kpikit")).replace("\\n(", "<br>(")


def _cell(name: str, value: Any, unit: str, read: Reading) -> str:
    if _missing(value):
        return ""
    if isinstance(value, str):  # written already, where the rows differ in their unit; a decimal comes as its text
        return words.amount(value) if name in COUNTS else value
    if name in read.levels:
        return words.level(float(value), unit)
    if name in read.changes:
        return words.change(float(value), unit)
    if name in AS_RELATIVE:
        return "" if unit == "points" else words.relative(float(value))  # a score's 0 is no beginning
    if isinstance(value, pd.Period):
        return words.when(value)
    return (
        words.amount(value) if isinstance(value, (int, float, Decimal, np.number)) and not isinstance(value, bool) else str(value)
    )


def _brackets(text: str, name: str, numbers: tuple[Any, ...], unit: str, read: Reading) -> str:
    """What stands behind a value: its limits, or its two or three counts."""
    low, high = numbers[:2]
    if not text or _missing(low) or _missing(high):
        return ""
    if name in ("before", "after"):
        return f"({words.counts_of(dict(zip(COUNTS, numbers, strict=False)), unit=unit)})"
    if name == "relative":
        ends = [words.relative(float(end)) for end in (low, high)]
        return "" if words.NOT_KNOWN in ends else f"({words.spanned(*ends)})"
    if name in read.levels | read.changes:
        span = words.between(float(low), float(high), unit, signed=name in read.changes)
        return f"({span})" if span else ""
    return f"({words.amount(low)} to {words.amount(high)})" if math.isfinite(float(low)) and math.isfinite(float(high)) else ""


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def plain(value: Any) -> Any:
    """Plain JSON values: floats to six significant digits, NaN and infinity to None, decimals and dates to text, frames
    to columns and rows.

    >>> plain({"value": 2 / 3, "low": float("nan")})
    {'value': 0.666667, 'low': None}
    """
    if isinstance(value, pd.DataFrame):
        rows = [[plain(cell) for cell in row] for row in value.itertuples(index=False, name=None)]
        return {"columns": [str(name) for name in value.columns], "rows": rows}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (date, pd.Period)):
        return None if value is pd.NaT else words.day(value) if isinstance(value, date) else words.when(value)
    return _plain_number(value)


def _plain_number(value: Any) -> Any:
    if value is pd.NA:
        return None
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.{SIGNIFICANT}g}") if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else None
    return value.item() if isinstance(value, (np.integer, np.bool_)) else value
