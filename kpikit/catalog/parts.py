"""What a composed KPI is made of: its parts are there, can be combined, and do not lead back to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from kpikit import words
from kpikit.catalog.folders import near_id
from kpikit.kpi import Kpi, Variant

ADDED = ("sum", "difference")  # what needs its parts in one unit

Known = Mapping[str, Kpi]


def part_faults(kpi: Kpi, known: Known, ids: Iterable[str]) -> Iterator[str]:
    """What is wrong with the parts of each composed variant: a KPI or variant that is not there, units that do not add up.

    `ids` are all that there are, to offer the nearest; `known` holds those of the parts.
    """
    for variant in kpi.variants:
        faults = [fault for part in variant.computes.of if (fault := _unknown(part, known, sorted(ids)))]
        faults = faults or [*_twice(variant, known), *_mixed(kpi, variant, known)]
        yield from (f"[[variant]] {variant.id}: {fault}" for fault in faults)


def circles(known: Known) -> Iterator[tuple[str, str]]:
    """Each KPI that is composed of itself, by way of others or not, with the way: a -> b -> a."""
    graph = {f"{kpi.id}.{variant.id}": _full(variant, known) for kpi in known.values() for variant in kpi.variants}
    while True:
        try:
            TopologicalSorter(graph).prepare()
            return
        except CycleError as error:
            way = error.args[1][::-1]
            graph[way[0]] = [part for part in graph[way[0]] if part != way[1]]
            told = " -> ".join(_short(reading, known) for reading in way)
            yield way[0].partition(".")[0], f"it is composed of itself: {told}; take one of them out of 'of'"


def split(reading: str) -> tuple[str, str | None]:
    """A KPI's id and the id of a variant, as `of` names them together; None where the default one is meant.

    >>> split("upgrade_rate.customers_once"), split("gross_margin")
    (('upgrade_rate', 'customers_once'), ('gross_margin', None))
    """
    kpi_id, _, variant = reading.partition(".")
    return kpi_id, variant or None


def _unknown(part: str, known: Known, ids: Sequence[str]) -> str:
    kpi_id, variant = split(part)
    if kpi_id not in known:
        return f"'of' names '{part}', which no definition bears; {near_id(kpi_id, ids)}"
    named = [each.id for each in known[kpi_id].variants]
    if variant not in (None, *named) or part.endswith("."):
        return f"'of' names '{part}', but {kpi_id} has no such variant; {words.near(str(variant), named)}"
    return ""


def _twice(variant: Variant, known: Known) -> Iterator[str]:
    """A reading that is named twice, once by its id and once as the default one; Formula refuses the same words twice."""
    if len(set(_full(variant, known))) < len(variant.computes.of):
        yield f"'of' names one reading twice: {words.listed(variant.computes.of)}"


def _mixed(kpi: Kpi, variant: Variant, known: Known) -> list[str]:
    """What is added must be in one unit, that of the KPI itself."""
    units = {part: known[split(part)[0]].unit for part in variant.computes.of}
    if variant.computes.combine not in ADDED or set(units.values()) == {kpi.unit}:
        return []
    told = words.listed(f"{part} is in {unit}" for part, unit in units.items())
    return [f"a {variant.computes.combine} in {kpi.unit} takes KPIs in {kpi.unit}, but {told}"]


def _full(variant: Variant, known: Known) -> list[str]:
    """The parts with their variants named, also where the default one is meant; what is not there is told elsewhere."""
    parts = (split(part) for part in variant.computes.of)
    return [f"{kpi_id}.{named or known[kpi_id].variant().id}" for kpi_id, named in parts if kpi_id in known]


def _short(reading: str, known: Known) -> str:
    kpi_id, variant = split(reading)
    return kpi_id if variant == known[kpi_id].variant().id else reading
