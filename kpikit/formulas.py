"""The few kinds of formula: exact counts in, a value out; pooled counts are added first and divided last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpikit.errors import DefinitionError
from kpikit.exact import Count, exact, finite

#: what each kind may count, and how its uncertainty is known: independent units (binomial), repeatable events (poisson),
#: gains less losses (balance), only the spread between periods, or that of the parts it is composed of
KINDS: dict[str, dict[str, str]] = {
    "share": {"cohort": "binomial", "flow": "binomial", "stock": "stock"},
    "follow_on": {"cohort": "binomial"},
    "rate": {"flow": "poisson"},
    "ratio": {"quantity": "spread", "stock": "spread"},
    "balance": {"flow": "balance", "quantity": "spread", "stock": "spread"},
    "composed": {"parts": "parts"},
}
COMBINE = ("product", "quotient", "sum", "difference")
PAIRS = ("quotient", "difference")  # what combines exactly two parts


@dataclass(frozen=True)
class Formula:
    """What is divided by what: `kind` and `counts` decide what may be said, the phrases name the parts.

    A balance takes `less` off its numerator. A composed formula has no counts of its own: it `combine`s other KPIs, `of`.
    """

    kind: str
    counts: str
    numerator: str = ""
    denominator: str = ""
    less: str = ""
    combine: str = ""
    of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DefinitionError(f"no formula of kind '{self.kind}'; there is {', '.join(KINDS)}")
        if self.counts not in KINDS[self.kind]:
            allowed = ", ".join(KINDS[self.kind])
            raise DefinitionError(f"a {self.kind} cannot count '{self.counts}'; it can count {allowed}")
        self._refuse_parts() if self.composed else self._refuse_phrases()

    def _refuse_phrases(self) -> None:
        wanted = ("numerator", "denominator", *(("less",) if self.kind == "balance" else ()))
        for key in ("numerator", "denominator", "less", "combine", "of"):
            if key in wanted and not getattr(self, key):
                raise DefinitionError(f"the key '{key}' is missing")
            if key not in wanted and getattr(self, key):
                raise DefinitionError(f"a {self.kind} has no '{key}'; take it out")

    def _refuse_parts(self) -> None:
        for key in ("numerator", "denominator", "less"):
            if getattr(self, key):
                raise DefinitionError(f"a composed KPI has no '{key}'; its parts have, which 'of' names")
        if self.combine not in COMBINE:
            raise DefinitionError(f"combine is '{self.combine}'; it is one of {', '.join(COMBINE)}")
        if len(self.of) < 2 or (len(self.of) > 2 and self.combine in PAIRS):
            wanted = "exactly two" if self.combine in PAIRS else "two or more"
            raise DefinitionError(f"a {self.combine} is of {wanted} KPIs, not {len(self.of)}")
        if len(set(self.of)) < len(self.of):
            raise DefinitionError(f"'of' names a KPI twice: {', '.join(self.of)}")

    @property
    def composed(self) -> bool:
        """Whether it is computed from other KPIs instead of counts."""
        return self.kind == "composed"

    @property
    def noise(self) -> str:
        """How its uncertainty is known: `binomial`, `poisson`, `balance`, `stock`, `spread` or `parts`."""
        return KINDS[self.kind][self.counts]

    @property
    def part_of_whole(self) -> bool:
        """Whether the numerator is a part of the denominator, so that the value cannot pass 1."""
        return self.kind in ("share", "follow_on")

    @property
    def signed(self) -> bool:
        """Whether the value may be negative."""
        return self.kind == "balance" or (self.composed and self.combine == "difference")

    @property
    def in_units(self) -> bool:
        """Whether the counts are amounts (volume, money) and so may hold decimals."""
        return self.kind == "ratio" or (self.kind == "balance" and self.counts != "flow")

    def combined(self, parts: Sequence[Fraction]) -> Fraction | None:
        """The value that the parts' values make, exact; None where it divides by 0.

        >>> ltv = Formula("composed", "parts", combine="quotient", of=("contribution_per_user", "customer_churn_rate"))
        >>> ltv.combined([Fraction(40), Fraction(1, 20)])
        Fraction(800, 1)
        """
        if self.combine == "quotient":
            return parts[0] / parts[1] if parts[1] else None
        if self.combine == "difference":
            return parts[0] - parts[1]
        return math.prod(parts, start=Fraction(1)) if self.combine == "product" else sum(parts, Fraction(0))

    def refusal(self, numerator: Count, denominator: Count) -> str:
        """Why these counts are impossible for this formula, in words; empty when they are possible."""
        if not (finite(numerator) and finite(denominator)):
            return f"{self.numerator} and {self.denominator} must be numbers, not {numerator} of {denominator}"
        n, d = exact(numerator), exact(denominator)
        if not self.in_units and (n.denominator != 1 or d.denominator != 1):
            return f"{self.numerator} and {self.denominator} are counted in whole numbers, not {numerator} of {denominator}"
        if (n < 0 and not self.signed) or d < 0:
            return f"{self.numerator} and {self.denominator} cannot be negative: {numerator} of {denominator}"
        if d == 0 and n and not self.in_units:
            return f"{numerator} {self.numerator} of 0 {self.denominator} is impossible"
        if self.part_of_whole and n > d:
            return f"{self.numerator} are a part of {self.denominator}, but {numerator} is more than {denominator}"
        return ""
