"""What cannot be meant in a definition: percent where fractions belong, windows that nothing is counted over, keys left over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from kpikit import words
from kpikit.bands import FRACTIONS
from kpikit.errors import DefinitionError
from kpikit.formulas import KINDS
from kpikit.kpi import Kpi, Variant
from kpikit.measures import measured_roles, threshold
from kpikit.moments import FREQUENCY, days_of

#: kind of formula -> what its worked example is made of
EXAMPLES = {"composed": ("parts",), "balance": ("numerator", "less", "denominator")}
COUNTS = ("numerator", "denominator")
FOLLOWED = "cohort"  # what may be counted over days, or for ever


def refuse_left_over(kind: str, example: Mapping[str, Any]) -> None:
    """Refuses an example with numbers that its kind of formula has no place for, which would be computed from by nobody."""
    wanted = EXAMPLES.get(kind, COUNTS)
    for key in ("parts", "less", *COUNTS) if kind in KINDS else ():
        if key in example and key not in wanted:
            raise DefinitionError(f"the worked example of a {kind} has no '{key}'; it has {words.listed(wanted)}")


def refuse_impossible(variant: Variant) -> None:
    """Refuses a window that it cannot be counted over, bands that no value reaches, scores off the scale, years that are none."""
    computes, window = variant.computes, variant.window
    if window is not None and not computes.composed and not _counted_over(window, computes.counts):
        allowed = [*FREQUENCY, *(["'30 days' (any number)", "ever"] if computes.counts == FOLLOWED else [])]
        raise DefinitionError(f"window is '{window}'; a {computes.kind} of a {computes.counts} has {', '.join(allowed)}")
    for band in () if computes.signed or computes.composed else variant.bands:
        if band.edge is not None and (band.edge < 0 or (band.edge == 0 and not band.edge_inside)):
            raise DefinitionError(f"band '{band.name}' ends at {band.edge}, but a {computes.kind} is never below 0; take it out")
    _refuse_off_scale(variant.measures.get("ratings", {}))
    for mark in variant.benchmarks:
        if mark.year is not None and not 1000 <= mark.year <= 9999:
            raise DefinitionError(f"benchmark: year is {mark.year}; it has four digits, as 2024")


def _refuse_off_scale(roles: Mapping[str, Any]) -> None:
    """Refuses a score to reach or to stay under that nobody can give."""
    for measure in measured_roles(roles).values():
        score, (lowest, highest) = threshold(measure)[1], roles["scale"]
        if score is not None and not lowest <= score <= highest:
            raise DefinitionError(f"measures: ratings: '{measure}' lies off the scale, which is from {lowest} to {highest}")


def _counted_over(window: str, counts: str) -> bool:
    return window in FREQUENCY or (counts == FOLLOWED and (window == "ever" or days_of(window) is not None))


def refuse_percent(kpi: Kpi) -> None:
    """Refuses benchmarks and a published case in percent where fractions belong, by the limits that edges of bands have."""
    if kpi.unit in FRACTIONS:
        for variant, what, value in _figures(kpi):
            if abs(value) > (1 if variant.computes.part_of_whole else FRACTIONS[kpi.unit]):
                raise DefinitionError(f"{what} is {value}: figures in {kpi.unit} are fractions, 20 % is 0.20")


def _figures(kpi: Kpi) -> Iterator[tuple[Variant, str, Decimal]]:
    for variant in kpi.variants:
        yield from (
            (variant, f"[[variant]] {variant.id}: the benchmark of '{mark.industry}'", mark.value) for mark in variant.benchmarks
        )
    if kpi.published_case:
        told = kpi.variant(kpi.published_case["variant"])
        yield from ((told, f"[published_case] {key}", Decimal(kpi.published_case[key])) for key in ("before", "after"))
