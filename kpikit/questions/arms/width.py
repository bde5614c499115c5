"""How wide intervals are: by how many arms are compared, and by how often the data are looked at."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special

from kpikit.errors import CaseError
from kpikit.stats.looks import TYPICAL, always_valid_factor, always_valid_p, obrien_fleming

ALPHA = 0.05


@dataclass(frozen=True)
class Width:
    """Planned looks, or any number of them (`looks` is None), at `arms` comparisons (Bonferroni)."""

    arms: int
    looks: int | None
    look: int | None

    def information(self, error: float, spread: float) -> float:
        """The mixture's variance over that of the estimate; `spread` is one customer's standard deviation."""
        return (TYPICAL * spread / error) ** 2

    def factor(self, error: float, spread: float) -> float:
        """By how many standard errors an interval reaches to each side."""
        if self.looks is None or self.look is None:
            return float(always_valid_factor(self.information(error, spread), ALPHA / self.arms))
        return obrien_fleming(self.looks, ALPHA / self.arms)[self.look - 1]

    def last_factor(self, error: float, spread: float) -> float:
        """The same at the last planned look."""
        if self.looks is None:
            return self.factor(error, spread)
        return obrien_fleming(self.looks, ALPHA / self.arms)[-1]

    def p_value(self, chi_square: float, freedom: int, error: float, spread: float) -> float:
        """The p-value, adjusted so that it is under 0.05 when the interval does not hold 0."""
        if self.looks is None or self.look is None:
            return min(1.0, self.arms * always_valid_p(chi_square, freedom, self.information(error, spread)))
        bound = obrien_fleming(self.looks, ALPHA / self.arms)[self.look - 1]
        nominal = 2 * float(special.ndtr(-bound))
        return min(1.0, float(special.chdtrc(freedom, chi_square)) * ALPHA / nominal)


def width_of(arms: int, looks: int | None, look: int | None) -> Width:
    """The width that a case asks for; CaseError where its looks cannot be counted."""
    if (looks is None) != (look is None):
        raise CaseError(
            "looks are counted by two keys: [asks] looks = 3 (how many were planned) and look = 2 (which one this is)"
        )
    if looks is not None and look is not None and not 1 <= look <= looks:
        raise CaseError(f"[asks] look is {look} of {looks}; it must be from 1 to {looks}, planned before the first")
    return Width(arms, looks, look)
