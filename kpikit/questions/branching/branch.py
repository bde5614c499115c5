"""Branch: a KPI with what it is composed of, down to KPIs that count, and its value from theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from kpikit import words
from kpikit.catalog import load_kpi
from kpikit.catalog.parts import split
from kpikit.errors import CaseError
from kpikit.exact import exact, finite
from kpikit.kpi import Kpi, Variant
from kpikit.series import ComposedSeries, KpiSeries

Values = Mapping[str, Fraction]


@dataclass(frozen=True)
class Branch:
    """A KPI of a tree; one without `parts` is a leaf: it counts by itself, or its own value is given."""

    kpi: Kpi
    variant: Variant
    parts: tuple[Branch, ...] = ()

    @property
    def key(self) -> str:
        """Its id, with the variant where that is not the default one."""
        return self.kpi.id if self.variant is self.kpi.variants[0] else f"{self.kpi.id}.{self.variant.id}"

    @property
    def name(self) -> str:
        """Its name, with the variant where that is not the default one."""
        return self.kpi.name if self.variant is self.kpi.variants[0] else f"{self.kpi.name} ({self.variant.id.replace('_', ' ')})"

    def walk(self) -> Iterator[Branch]:
        """It and all below it, each before its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @cached_property
    def leaves(self) -> dict[str, Branch]:
        """The leaves by their keys, each once, in order."""
        return {branch.key: branch for branch in self.walk() if not branch.parts}

    @cached_property
    def named(self) -> dict[str, Branch]:
        """All below it by every name that it may be called by."""
        return {name: one for one in self.walk() for name in (one.key, f"{one.kpi.id}.{one.variant.id}")}

    def value(self, given: Values) -> Fraction | None:
        """Its value where those of `given` are as they are given, exact; None where it divides by 0."""
        if self.key in given:
            return given[self.key]
        values = [part.value(given) for part in self.parts]
        known = [value for value in values if value is not None]
        return self.variant.computes.combined(known) if len(known) == len(values) else None

    def found(self, name: str) -> Branch:
        """What bears a name in it; CaseError where nothing does."""
        if name not in self.named:
            raise CaseError(f"{self.key} is not made of '{name}'; {words.near(name, [b.key for b in self.walk()][1:])}")
        return self.named[name]

    def cut(self, at: Mapping[str, Any]) -> Branch:
        """The same with a leaf wherever a key of `at` stands."""
        return replace(self, parts=() if self.key in at else tuple(part.cut(at) for part in self.parts))


def branch_of(kpi: Kpi, variant: str | None = None) -> Branch:
    """The KPI with all that it is composed of by its definition; DefinitionError where it has no such variant."""
    chosen = kpi.variant(variant)
    named = map(split, chosen.computes.of)
    return Branch(kpi, chosen, tuple(branch_of(load_kpi(kpi_id, *kpi.folders), reading) for kpi_id, reading in named))


def branch_of_series(series: KpiSeries) -> Branch:
    """The KPI of a series with all that it was composed of."""
    parts = series.parts.values() if isinstance(series, ComposedSeries) else ()
    return Branch(series.kpi, series.variant, tuple(map(branch_of_series, parts)))


def valued(root: Branch, values: Mapping[str, Any]) -> tuple[Branch, dict[str, Fraction]]:
    """The tree down to what a value is given of, and these values, exact.

    Raises CaseError for a value that is unknown, missing, given twice, or impossible.
    """
    given: dict[str, Fraction] = {}
    for name, number in values.items():
        one = root.found(name)
        if one is root and root.parts:
            raise CaseError(f"{root.key}: its own value says nothing of its parts; give those of {words.listed(root.leaves)}")
        if one.key in given:
            raise CaseError(f"{root.key}: '{one.key}' is given twice")
        given[one.key] = possible(one, number_of(one, number))
    tree = root.cut(given)
    for key in given:
        if key not in tree.leaves:
            above = next(one.key for one in root.walk() if one.key in tree.leaves and key in root.found(one.key).named)
            raise CaseError(f"{root.key}: both '{above}' and its part '{key}' are given; leave one of them out")
    if missing := [key for key in tree.leaves if key not in given]:
        raise CaseError(f"{root.key}: no value is given of {words.listed(missing)}; it is made of {words.listed(root.leaves)}")
    return tree, given


def number_of(one: Branch, number: Any) -> Fraction:
    """A number that is given of a KPI, exact; CaseError where it is none."""
    if isinstance(number, bool) or not isinstance(number, (int, float, Decimal, Fraction)) or not finite(number):
        raise CaseError(f"{one.key}: {number!r} is not a number")
    return number if isinstance(number, Fraction) else exact(number)


def possible(one: Branch, value: Fraction, when: str = "") -> Fraction:
    """The value, where the KPI can have it; CaseError else."""
    computes = one.variant.computes
    if computes.part_of_whole and not 0 <= value <= 1:
        raise CaseError(f"{one.key}: {when}it would be {float(value):g}; it is a part of a whole, from 0 to 1 (5 % is 0.05)")
    if value < 0 and not _signed(one):
        raise CaseError(f"{one.key}: {when}it would be {float(value):g}; it cannot be negative")
    return value


def _signed(one: Branch) -> bool:
    """Whether the KPI, or anything that it is composed of by its definition, may be negative."""
    return any(below.variant.computes.signed for below in branch_of(one.kpi, one.variant.id).walk())


def root_value(root: Branch, given: Values, when: str = "") -> Fraction:
    """The root's value; CaseError names what it would divide by 0, and `when`."""
    value = root.value(given)
    if value is None:
        below, by = next(_zero(root, given))
        raise CaseError(f"{root.key} has no value{when}: {'it' if below == root.key else below} divides by {by}, which is 0")
    return value


def _zero(root: Branch, given: Values) -> Iterator[tuple[str, str]]:
    for one in root.walk():
        if one.parts and one.variant.computes.combine == "quotient" and one.parts[1].value(given) == 0:
            yield one.key, one.parts[1].key
