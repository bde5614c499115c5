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

    `parts` are by id, or "id.variant", as the definition names them. Raises CaseError for a part that is missing or none, or
    where the series do not fit each other.
    """
    definition = load_kpi(kpi) if isinstance(kpi, str) else kpi
    chosen = definition.variant(variant)
    known = leaves(definition, chosen)
    for key in parts:
        if key not in known:
            raise CaseError(f"{definition.id} is not made of '{key}'; {words.near(key, known)}")
    for key in known:
        if key not in parts:
            raise CaseError(f"{definition.id}: the series of its part '{key}' is missing; it is made of {words.listed(known)}")
    return _composed(definition, chosen, parts)


def leaves(kpi: Kpi, variant: Variant) -> list[str]:
    """The counted KPIs that a composed one is made of, each once, in order; CaseError where it is composed of nothing."""
    if not variant.computes.composed:
        raise CaseError(f"{kpi.id}: variant '{variant.id}' is counted by itself, not composed of other KPIs")
    found: dict[str, None] = {}
    for key in variant.computes.of:
        part, chosen = named(key, kpi.folders)
        found |= dict.fromkeys(leaves(part, chosen) if chosen.computes.composed else [key])
    return list(found)


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
