"""compose: the series of a KPI that is made of other KPIs, from the series of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kpikit import words
from kpikit.catalog import load_kpi
from kpikit.errors import CaseError
from kpikit.kpi import Kpi, Variant
from kpikit.series import ComposedSeries, KpiSeries

Part = Callable[[Kpi, Variant], KpiSeries]


def compose(kpi: Kpi | str, parts: Mapping[str, KpiSeries], *, variant: str | None = None) -> ComposedSeries:
    """The series of a composed KPI, from the series of its leaves: what it is made of, down to KPIs that count.

    `parts` are by id, or "id.variant"; the default variant by either. Raises CaseError for a part that is missing, none or given
    twice, or where the series do not fit each other.
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    known, names, given = leaves(definition, chosen), names_of(definition, chosen), dict[str, KpiSeries]()
    for key, series in parts.items():
        if key not in names:
            raise CaseError(f"{definition.id} is not made of '{key}'; {words.near(key, known)}")
        if names[key] in given:
            raise CaseError(f"{definition.id}: its part '{names[key]}' is given twice")
        given[names[key]] = series
    for key in known:
        if key not in given:
            raise CaseError(f"{definition.id}: the series of its part '{key}' is missing; it is made of {words.listed(known)}")
    return _composed(definition, chosen, {name: given[key] for name, key in names.items()})


def leaves(kpi: Kpi, variant: Variant) -> list[str]:
    """The counted KPIs that a composed one is made of, each once, in order; CaseError where it is composed of nothing."""
    if not variant.computes.composed:
        raise CaseError(f"{kpi.id}: variant '{variant.id}' is counted by itself, not composed of other KPIs")
    found: dict[tuple[str, str], str] = {}
    for key in variant.computes.of:
        part, chosen = named(key, kpi.folders)
        for leaf in leaves(part, chosen) if chosen.computes.composed else [key]:
            counted, reading = named(leaf, kpi.folders)
            found.setdefault((counted.id, reading.id), leaf)
    return list(found.values())


def names_of(kpi: Kpi, variant: Variant) -> dict[str, str]:
    """Every name that a leaf may be called by, and the one that `leaves` has: of a default variant its id alone is one too."""
    names: dict[str, str] = {}
    for key in leaves(kpi, variant):
        part, chosen = named(key, kpi.folders)
        names |= {key: key, f"{part.id}.{chosen.id}": key} | ({part.id: key} if chosen.id == part.variants[0].id else {})
    return names


def named(key: str, folders: Sequence[str | Path] = ()) -> tuple[Kpi, Variant]:
    """The KPI and the variant that "id" or "id.variant" names, also where `folders` define them."""
    kpi_id, _, variant = key.partition(".")
    kpi = load_kpi(kpi_id, *folders)
    return kpi, kpi.variant(variant or None)


def _composed(kpi: Kpi, variant: Variant, parts: Mapping[str, KpiSeries]) -> ComposedSeries:
    told = {}
    for key in variant.computes.of:
        part, chosen = named(key, kpi.folders)
        told[key] = _composed(part, chosen, parts) if chosen.computes.composed else parts[key]
    return ComposedSeries.of(kpi, variant, told)
