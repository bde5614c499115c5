"""What each question needs to be told beside the keys that every case has: the case's table [asks]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kpikit import words
from kpikit.errors import CaseError

#: questions whose case needs no KPI: what they count, their own keys say
WITHOUT_KPI = ("segments", "funnel", "campaign", "openings", "lifetime", "feedback")
SHAPES = {
    "text": "text", "texts": "a list of texts", "number": "a number", "whole": "a whole number", "date": "a date, as 2025-07-01",
    "column": "the name of a column", "columns": "a list of columns", "table": "a table of texts, numbers or lists of texts",
}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One key: what its value must be (one of SHAPES), which way it goes ("measure" or "ask"), and what it means."""

    shape: str
    to: str
    note: str


#: question -> key -> what it is
ASKS: dict[str, dict[str, Ask]] = {
    "scorecard": {},
    "segments": {},
    "funnel": {},
    "campaign": {},
    "targets": {},
    "openings": {},
    "seasons": {},
    "lifetime": {},
    "feedback": {},
    "variants": {},
}


def read_asks(question: str, asks: Mapping[str, Any], case_id: str) -> dict[str, Any]:
    """The keys of [asks] as the question takes them, numbers as floats; CaseError for one that is unknown or mistyped."""
    known, read = ASKS.get(question, {}), {}
    for key, value in asks.items():
        if key not in known:
            raise CaseError(f"{case_id}: [asks] of '{question}' has no key '{key}'; {words.near(key, known)}")
        if not _fits(known[key].shape, value):
            raise CaseError(f"{case_id}: [asks] {key} is {value!r}; it must be {SHAPES[known[key].shape]}")
        read[key] = _read(value)
    return read


def asks_to(question: str, asks: Mapping[str, Any], to: str) -> dict[str, Any]:
    """The keys that go one way, "measure" or "ask", as keyword arguments."""
    return {key: value for key, value in asks.items() if ASKS[question][key].to == to}


def columns_of(question: str, asks: Mapping[str, Any]) -> tuple[str, ...]:
    """The further columns of the table that the question reads."""
    found: list[str] = []
    for key, value in asks.items():
        if ASKS[question][key].shape in ("column", "columns"):
            found += [value] if isinstance(value, str) else value
    return tuple(dict.fromkeys(found))


def _fits(shape: str, value: Any) -> bool:
    if shape in ("text", "column"):
        return isinstance(value, str)
    if shape in ("texts", "columns"):
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if shape == "table":
        return isinstance(value, Mapping) and all(
            _is_number(item) or isinstance(item, str) or _fits("texts", item) for item in value.values()
        )
    if shape == "date":
        return isinstance(value, date)
    return _is_number(value) and (shape == "number" or isinstance(value, int))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _read(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _read(item) for key, item in value.items()}
    return [*value] if isinstance(value, (list, tuple)) else value
