"""Cells: what a workbook can hold: texts that stay texts, numbers that it keeps to the last digit, and how each is shown."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from kpikit import words
from kpikit.answer import AS_RELATIVE, CHARTS
from kpikit.words import FRACTIONS

Cell = str | int | float | None

LONGEST = 32_767  # letters of a cell
DIGITS = 15  # of a number in a workbook
COUNTED = ("numerator", "denominator", "less")
LEVELS, CHANGES = CHARTS
MONEY = ("worth", "worth_per_100")
SMALL = 0.01  # under it a percentage shows two decimals
MOST_DECIMALS = 3
HARDLY = 10  # a rate is of 1,000%: the column counts something
WORDS = {"days": '" days"', "months": '" months"', "points": '" points"', "pp": '" pp"'}


@dataclass(frozen=True)
class Look:
    """How a number is shown: its format, and by how much it is multiplied, as no format writes 0.1 as 10 points."""

    code: str = "#,##0.0###"
    times: int = 1

    def shown(self, value: float) -> float:
        """A value as its cell holds it."""
        return value if self.times == 1 else float(f"{value * self.times:.10g}")


WHOLE = Look("#,##0")


def clean(text: str) -> str:
    """A text as a cell holds it: what is not seen or turns letters around is marked, what is too long is cut, and says so."""
    seen = words.visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    said = f" … (cut: {len(seen):,} letters)"
    return seen if len(seen) <= LONGEST else seen[: LONGEST - len(said)] + said


def cell_of(name: str, value: Any) -> Cell:
    """A value of a column as a cell: numbers that a workbook would round are texts, and nothing stands for what is missing."""
    if isinstance(value, str):
        return _decimal(value) if name.endswith(COUNTED) else clean(value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, (int, float)):
        return clean(str(value))
    return str(value) if isinstance(value, int) and abs(value) >= 10**DIGITS else value


def _decimal(text: str) -> Cell:
    """A decimal that came as its text, as a number where a workbook keeps all its digits."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return clean(text)
    if not number.is_finite() or len(number.normalize().as_tuple().digits) > DIGITS:
        return clean(text)
    return int(number) if number == int(number) else float(number)


def look_of(name: str, unit: str, currency: str, values: Iterable[Cell]) -> Look:
    """How the numbers of a column are shown, by its name and the unit of the values."""
    numbers = [abs(value) for value in values if isinstance(value, (int, float))]
    own = name.removesuffix("_low").removesuffix("_high")
    if own in AS_RELATIVE:
        return Look(_signed("0.0%"))
    if own in MONEY or name.startswith(f"{currency} "):
        return _look("money", currency, numbers, signed=False)
    is_share = unit not in FRACTIONS or max(numbers, default=0.0) < HARDLY
    if (own in LEVELS or own in CHANGES) and is_share:
        return _look(unit, currency, numbers, signed=own in CHANGES)
    return WHOLE if all(number == int(number) for number in numbers) else Look()


def _look(unit: str, currency: str, numbers: list[float], *, signed: bool) -> Look:
    kind = "pp" if signed and unit == "percent" else unit
    times = 100 if kind in ("pp", "points") else 1
    fine = kind in ("pp", "percent", "points") and max(numbers, default=1.0) < SMALL
    least = min((number for number in numbers if number), default=1.0) * (100 if kind in ("pp", "percent", "points") else 1)
    digits = f"0.{'0' * max(2 if fine or kind == 'number' else 1, _decimals(least))}"
    plain = f"{digits}%" if kind == "percent" else _money(currency) if kind == "money" else f"#,##{digits}{WORDS.get(kind, '')}"
    return Look(_signed(plain) if signed else plain, times)


def _decimals(least: float) -> int:
    """How many decimals show that the smallest number of a column is not 0, up to three."""
    return next((decimals for decimals in (1, 2) if round(least, decimals)), MOST_DECIMALS)


def _money(currency: str) -> str:
    """Money with its currency, where the case names one in a few letters or by a sign."""
    return f"[${currency}] #,##0.00" if re.fullmatch(r"[^\W\d_]{1,4}|[$€£¥₹₽₺]", currency) else "#,##0.00"


def _signed(code: str) -> str:
    return f"+{code};-{code};{code}"
