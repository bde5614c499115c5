"""The few kinds of formula: exact counts in, a value out; pooled counts are added first and divided last."""

from __future__ import annotations

from dataclasses import dataclass

from kpikit.errors import DefinitionError
from kpikit.exact import Count, exact, finite

#: what each kind may count, and how its uncertainty is known: independent units (binomial), repeatable events
#: (poisson), or only the spread between periods
KINDS: dict[str, dict[str, str]] = {
    "share": {"cohort": "binomial", "flow": "binomial", "stock": "stock"},
    "follow_on": {"cohort": "binomial"},
    "rate": {"flow": "poisson"},
    "ratio": {"quantity": "spread"},
}


@dataclass(frozen=True)
class Formula:
    """What is divided by what: `kind` and `counts` decide what may be said, the two phrases name the parts."""

    kind: str
    counts: str
    numerator: str
    denominator: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DefinitionError(f"no formula of kind '{self.kind}'; there is {', '.join(KINDS)}")
        if self.counts not in KINDS[self.kind]:
            allowed = ", ".join(KINDS[self.kind])
            raise DefinitionError(f"a {self.kind} cannot count '{self.counts}'; it can count {allowed}")

    @property
    def noise(self) -> str:
        """How its uncertainty is known: `binomial`, `poisson`, `stock` or `spread`."""
        return KINDS[self.kind][self.counts]

    @property
    def part_of_whole(self) -> bool:
        """Whether the numerator is a part of the denominator, so that the value cannot pass 1."""
        return self.kind in ("share", "follow_on")

    @property
    def in_units(self) -> bool:
        """Whether the counts are amounts (volume, money) and so may hold decimals."""
        return self.counts == "quantity"

    def refusal(self, numerator: Count, denominator: Count) -> str:
        """Why these counts are impossible for this formula, in words; empty when they are possible."""
        if not (finite(numerator) and finite(denominator)):
            return f"{self.numerator} and {self.denominator} must be numbers, not {numerator} of {denominator}"
        n, d = exact(numerator), exact(denominator)
        if not self.in_units and (n.denominator != 1 or d.denominator != 1):
            return f"{self.numerator} and {self.denominator} are counted in whole numbers, not {numerator} of {denominator}"
        if n < 0 or d < 0:
            return f"{self.numerator} and {self.denominator} cannot be negative: {numerator} of {denominator}"
        if d == 0 and n > 0 and not self.in_units:
            return f"{numerator} {self.numerator} of 0 {self.denominator} is impossible"
        if self.part_of_whole and n > d:
            return f"{self.numerator} are a part of {self.denominator}, but {numerator} is more than {denominator}"
        return ""
