"""Example: the worked example by which every definition proves itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from kpikit import words
from kpikit.errors import DefinitionError
from kpikit.exact import exact, finite
from kpikit.formulas import Formula


@dataclass(frozen=True)
class Example:
    """Counts and the value that they make, or the parts' values where a KPI is composed of others."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal
    source: str
    less: Decimal = Decimal(0)
    parts: Mapping[str, Decimal] = field(default_factory=dict)

    def check(self, formula: Formula) -> None:
        """Refuses an example that is impossible, has no value, or does not compute."""
        told = self._told(formula)
        value = self._of_parts(formula) if formula.composed else self._of_counts(formula)
        if value is None:
            raise DefinitionError("the worked example has a denominator of 0, so no value")
        if not finite(self.value) or value != exact(self.value):
            raise DefinitionError(f"the worked example does not compute: {told} is not {self.value}")

    def _of_counts(self, formula: Formula) -> Fraction | None:
        if self.numerator is None or self.denominator is None:
            raise DefinitionError(f"example: the key '{'denominator' if self.denominator is None else 'numerator'}' is missing")
        if refusal := formula.refusal(self.net, self.denominator):
            raise DefinitionError(f"the worked example is impossible: {refusal}")
        return exact(self.net) / exact(self.denominator) if self.denominator else None

    def _of_parts(self, formula: Formula) -> Fraction | None:
        for part in formula.of:
            if part not in self.parts:
                raise DefinitionError(f"the worked example has no value for the part '{part}'")
        for part in self.parts:
            if part not in formula.of:
                raise DefinitionError(f"the worked example's '{part}' is no part; {words.near(part, formula.of)}")
        return formula.combined([exact(self.parts[part]) for part in formula.of])

    @property
    def net(self) -> Decimal:
        """The numerator, less what a balance takes off it."""
        return (self.numerator or Decimal(0)) - self.less

    def _told(self, formula: Formula) -> str:
        if formula.composed:
            return f"the {formula.combine} of {words.listed(f'{self.parts.get(part)}' for part in formula.of)}"
        net = f"({self.numerator} - {self.less})" if formula.less else f"{self.numerator}"
        return f"{net} / {self.denominator}"
