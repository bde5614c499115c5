"""Remarks: the dated events and decisions that charts over time mark by letters, as plain values and as a list beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import count, islice, product
from string import ascii_uppercase
from typing import Any

from kpikit import words
from kpikit.cases import Entry

Events = Mapping[str, str] | Sequence[Entry] | None
NONE = "No event and no decision is noted in the case or its log."


@dataclass(frozen=True, repr=False)
class Remarks:
    """The events and decisions of a chart, by letter; displays itself as a table."""

    rows: tuple[Mapping[str, Any], ...]

    def __repr__(self) -> str:
        return "\n".join(f"{row['mark']}  {words.remark(row)}" for row in self.rows) or NONE

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{NONE}</p>"
        head = "<thead><tr><th>mark</th><th>on</th><th>what</th></tr></thead>"
        rows = "".join(
            f'<tr><th scope="row">{row["mark"]}</th><td class="day">{row["on"]}</td>'
            f"<td>{escape(row['text'])}<br>({escape(', '.join(filter(None, (row['kind'], row['by']))))})</td></tr>"
            for row in self.rows
        )
        return f'<table class="kpikit checks remarks">{head}<tbody>{rows}</tbody></table>'


def remarks_of(events: Events) -> list[dict[str, Any]]:
    """Dated remarks, {"2025-03-15": "price list changed"}, or entries of a log as plain values, each with its letter."""
    named = events.items() if isinstance(events, Mapping) else ()
    plain = [{"on": day, "kind": "event", "by": "", "text": text} for day, text in named]
    if not isinstance(events, Mapping):
        plain = [{"on": words.day(one.date), "kind": one.kind, "by": one.by, "text": one.text} for one in events or ()]
    return [{"mark": mark, **row} for mark, row in zip(letters(len(plain)), plain, strict=True)]


def letters(number: int) -> list[str]:
    """So many marks: A to Z, then AA, AB and so on.

    >>> letters(28)[-3:]
    ['Z', 'AA', 'AB']
    """
    every = ("".join(mark) for length in count(1) for mark in product(ascii_uppercase, repeat=length))
    return list(islice(every, number))
