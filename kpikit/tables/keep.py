"""Keep rules: the only thing that filters rows. Each is one column and one condition, and says how many rows it removed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpikit import words
from kpikit.errors import CaseError
from kpikit.tables.columns import Conversion, converted, identifier, literal
from kpikit.tables.how import How

CONDITIONS = {
    "present": "is present",
    "not_starting_with": "does not start with",
    "above": "is above",
    "at_least": "is at least",
    "one_of": "is one of",
}


@dataclass(frozen=True)
class Keep:
    """One rule: a row is kept when `column` meets `condition` with `value`."""

    column: str
    condition: str
    value: Any

    @classmethod
    def from_table(cls, raw: Mapping[str, Any]) -> Keep:
        """The rule that a `[[keep]]` table of a case states."""
        conditions = [key for key in raw if key != "column"]
        if "column" not in raw or len(conditions) != 1:
            raise CaseError(f"a [[keep]] rule is a column and one of {', '.join(CONDITIONS)}; this one holds {', '.join(raw)}")
        condition, value = conditions[0], raw[conditions[0]]
        if condition not in CONDITIONS:
            raise CaseError(f"[[keep]] {raw['column']}: no condition '{condition}'; {words.near(condition, CONDITIONS)}")
        expected = {"present": bool, "not_starting_with": str, "one_of": list}.get(condition, (int, float, Decimal))
        endless = isinstance(value, (float, Decimal)) and not math.isfinite(value)
        if not isinstance(value, expected) or value is False or endless or (isinstance(value, bool) and condition != "present"):
            raise CaseError(f"[[keep]] {raw['column']}: {condition} = {value!r} is not a condition that can be met")
        return cls(raw["column"], condition, tuple(value) if isinstance(value, list) else value)

    def __str__(self) -> str:
        shown = {"present": "", "one_of": " " + ", ".join(map(str, self.value)) if self.condition == "one_of" else ""}
        return f"{self.column} {CONDITIONS[self.condition]}{shown.get(self.condition, f' {self.value}')}"

    def number(self, duck_type: str, how: How | None = None) -> Conversion | None:
        """How the column is read as a number, for the rules that compare one."""
        return converted(self.column, duck_type, "quantity", how) if self.condition in ("above", "at_least") else None

    def sql(self, duck_type: str, how: How | None = None) -> str:
        """The condition as SQL, true for the rows that are kept, never NULL."""
        text = f"coalesce(CAST({identifier(self.column)} AS VARCHAR), '')"
        number = self.number(duck_type, how)
        if number is not None:
            sign = ">" if self.condition == "above" else ">="
            compared = f"{number.value} {sign} {Decimal(str(self.value))}"
            return f"coalesce({compared}, true)"  # an unreadable number is a fault, not a removal
        if self.condition == "present":
            return f"trim({text}) <> ''"
        if self.condition == "not_starting_with":
            return f"NOT starts_with({text}, {literal(self.value)})"
        return f"{text} IN ({', '.join(literal(str(item)) for item in self.value)})"
