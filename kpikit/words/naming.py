"""How a KPI's counts and the axis of its values are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kpikit.words.dates import day
from kpikit.words.writing import BEHIND, FRACTIONS, amount, listed, per_window

LONGEST = 80  # letters of a text of the data


def counts_of(part: Mapping[str, Any], numerator: str = "", denominator: str = "", less: str = "", unit: str = "percent") -> str:
    """A value's counts, with their names where these are given; of a balance what was gained and what was lost.

    Units that are no fractions divide one thing by another: no part "of" a whole.

    >>> counts_of({"numerator": 15, "denominator": 100})
    '15 of 100'
    >>> counts_of({"numerator": 30, "denominator": 100, "less": 20}, "promoters", "answers", "detractors")
    '50 promoters less 20 detractors of 100 answers'
    >>> counts_of({"numerator": 880, "denominator": 11}, "of revenue", "orders", unit="money")
    '880 of revenue over 11 orders'
    """
    lost = part.get("less")
    gained = float(part["numerator"]) + float(lost) if lost is not None else part["numerator"]
    taken = f" less {amount(lost)} {less}".rstrip() if lost is not None else ""
    bottom = f" {divided_by(unit)} {amount(part['denominator'])} {denominator}".rstrip()
    return f"{amount(gained)} {numerator}".rstrip() + taken + bottom


def part_said(only: Mapping[str, str | Sequence[str]]) -> str:
    """The part of a table that is looked at: its columns, each with the values that are kept.

    >>> part_said({"region": "Europe", "plan": ["pro", "basic"]})
    'region: Europe; plan: pro or basic'
    """
    several = {column: [of] if isinstance(of, str) else of for column, of in only.items()}
    return "; ".join(f"{column}: {listed(map(shortened, values), 'or')}" for column, values in several.items())


def stretch_said(first: date | None, last: date | None) -> str:
    """Between which days something lies; empty where no end is named.

    >>> stretch_said(date(2024, 1, 1), None), stretch_said(None, None)
    ('from 2024-01-01 on', '')
    """
    if first and last:
        return f"from {day(first)} to {day(last)}"
    return f"from {day(first)} on" if first else f"until {day(last)}" if last else ""


def shortened(text: str) -> str:
    """A text of the data as a line can hold it: nothing that is not seen, the middle of a long one left out.

    >>> shortened("North America"), shortened("x" * 200) == "x" * 40 + " … " + "x" * 40
    ('North America', True)
    """
    seen = "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
    return seen if len(seen) <= LONGEST else f"{seen[: LONGEST // 2]} … {seen[-LONGEST // 2 :]}"


def divided_by(unit: str) -> str:
    """What stands between a numerator and its denominator.

    >>> divided_by("percent"), divided_by("money")
    ('of', 'over')
    """
    return "of" if unit in FRACTIONS else "over"


def counted_units(verdict: Mapping[str, Any]) -> str:
    """What a KPI's numerator counts; of a balance net of what is taken off it.

    >>> counted_units({"numerator_name": "promoters", "less_name": "detractors"})
    'promoters net of detractors'
    """
    less = verdict.get("less_name")
    return f"{verdict['numerator_name']} net of {less}" if less else str(verdict["numerator_name"])


def rates(unit: str) -> str:
    """What the values of a KPI are called: rates where they are shown in percent.

    >>> rates("percent"), rates("money")
    ('rates', 'values')
    """
    return "rates" if unit == "percent" else "values"


def unit_named(unit: str) -> str:
    """How the unit of a value stands behind the name of an axis; a percent sign stands at the numbers.

    >>> unit_named("days"), unit_named("percent")
    (', days', '')
    """
    return {"money": ", in the table's currency"}.get(unit, BEHIND.get(unit, "").replace(" ", ", ", 1))


def axis_of(verdict: Mapping[str, Any]) -> str:
    """The name of the axis of a KPI's values: its name, window and unit."""
    return f"{verdict['name']}, {per_window(verdict['window'], verdict['counts'])}{unit_named(verdict['unit'])}"
