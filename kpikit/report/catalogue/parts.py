"""The parts of a KPI's page that are more than the definition's own words: formula, example, what it is made of, its tree."""

from __future__ import annotations

import re
from typing import Any

from kpikit import words
from kpikit.bands import band_of, limits
from kpikit.catalog.parts import split
from kpikit.catalog.side_by_side import COUNTS, KINDS, beside
from kpikit.kpi import ATTRIBUTES, Kpi, Variant
from kpikit.measures import measured_roles
from kpikit.report.catalogue.drawing import drawing
from kpikit.report.catalogue.running import case_of_parts, runs
from kpikit.report.catalogue.site import Site

SIGNS = {"product": "×", "quotient": "÷", "sum": "+", "difference": "−"}
CADENCES = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


def kpi_page(site: Site, kpi_id: str) -> dict[str, Any]:
    """All that the page of a KPI shows beside the definition itself."""
    kpi = site.kpis[kpi_id]
    several = len(kpi.variants) > 1
    return {
        "kpi": kpi, "variants": [_variant(site, kpi, variant) for variant in kpi.variants],
        "tiles": _tiles(kpi), "family": site.family(kpi_id), "tree": drawing(site, kpi_id),
        "moved_by": site.by_name(site.moved_by.get(kpi_id, ())), "part_of": site.by_name(site.part_of.get(kpi_id, ())),
        "sides": beside([(kpi, variant) for variant in kpi.variants]) if several else None,
        "attributes": [(key, kpi.attributes[key]) for key in ATTRIBUTES if key != "change_impact"],
        "case": _case(kpi),
    }  # fmt: skip


def _tiles(kpi: Kpi) -> list[tuple[str, str, str]]:
    better = {"inside": "inside a range"}.get(kpi.better, kpi.better)
    own = "each with its own bands and benchmarks, or none" if len(kpi.variants) > 1 else ""
    return [
        ("shown in", kpi.unit, "in the currency of your table" if kpi.unit == "money" else ""), ("better", better, ""),
        ("reviewed", CADENCES[kpi.cadence], kpi.cadence_source), ("variants", str(len(kpi.variants)), own),
        *([("owner", kpi.owner, "")] if kpi.owner else []),
    ]  # fmt: skip


def _variant(site: Site, kpi: Kpi, variant: Variant) -> dict[str, Any]:
    computes, whole, formula = variant.computes, leaves(site, variant), typeset(variant.formula)
    return {
        "it": variant, "formula": formula, "fraction": fraction(formula), "sign": SIGNS.get(computes.combine, ""),
        "parts": [_part(site, key) for key in computes.of], "leaves": [_part(site, key) for key in whole],
        "kind": KINDS[computes.kind], "counts": COUNTS[computes.counts], "example": _example(site, kpi, variant),
        "bands": list(zip(variant.bands, limits(variant.bands, kpi.unit, words.written), strict=True)),
        "benchmarks": [(words.level(float(mark.value), kpi.unit), mark) for mark in variant.benchmarks],
        "tables": [(kind, measured_roles(variant.measures.get(kind, {}))) for kind in variant.tables],
        "runs": runs(kpi, variant, whole), "case": case_of_parts(kpi, variant, whole),
    }  # fmt: skip


def leaves(site: Site, variant: Variant) -> dict[str, Variant]:
    """The counted readings that a composed one is made of in the end, each once, by the names that definitions give them."""
    found: dict[str, Variant] = {}
    for key in variant.computes.of:
        kpi_id, variant_id = split(key)
        chosen = site.kpis[kpi_id].variant(variant_id)
        found |= leaves(site, chosen) if chosen.computes.composed else {key: chosen}
    return found


def typeset(formula: str) -> str:
    """A formula in words with the signs of print for minus and times.

    >>> typeset("average revenue per user x gross margin"), typeset("gains - losses")
    ('average revenue per user × gross margin', 'gains − losses')
    """
    return re.sub(" [x*] ", " × ", formula).replace(" - ", " − ")


def fraction(formula: str) -> tuple[str, str] | None:
    """What stands over and under the line of a formula in words; None where no single line parts it.

    >>> fraction("(promoters - detractors) / answers")
    ('promoters - detractors', 'answers')
    >>> fraction("upsell ratio * revenue per upsell") is None
    True
    """
    depth, cuts = 0, []
    for place, letter in enumerate(formula):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0 and formula[place : place + 3] == " / ":
            cuts.append(place)
    return (_bare(formula[: cuts[0]]), _bare(formula[cuts[0] + 3 :])) if len(cuts) == 1 else None


def _bare(text: str) -> str:
    """A text without the brackets around the whole of it."""
    inside = text[1:-1]
    whole = text.startswith("(") and text.endswith(")") and not {"(", ")"} & set(inside)
    return inside if whole else text


def _part(site: Site, key: str) -> dict[str, str]:
    """A KPI that another is made of: its id, the id of its reading, and their names."""
    kpi_id, variant_id = split(key)
    kpi = site.kpis[kpi_id]
    variant = kpi.variant(variant_id)
    return {"key": key, "id": kpi_id, "variant": variant.id, "name": kpi.name, "reading": variant.name if variant_id else ""}


def _example(site: Site, kpi: Kpi, variant: Variant) -> dict[str, Any]:
    """The worked example: the numbers with what they count, the value that they make, and its band."""
    example, computes = variant.example, variant.computes
    value = words.level(float(example.value), kpi.unit)
    if computes.composed:
        units = [site.kpis[split(key)[0]].unit for key in computes.of]
        levels = [words.level(float(example.parts[key]), unit) for key, unit in zip(computes.of, units, strict=True)]
        return {"value": value, "parts": levels, "band": "", "source": example.source}
    over = f"{_number(example.numerator)} {computes.numerator}"
    less = f" − {_number(example.less)} {computes.less}" if computes.less else ""
    band = band_of(example.net, example.denominator or 0, variant.bands) or ""
    under = f"{_number(example.denominator)} {computes.denominator}"
    return {"value": value, "over": over + less, "under": under, "parts": [], "band": band, "source": example.source}


def _number(count: Any) -> str:
    """A count exactly as it was written, with marks between thousands."""
    return words.written(f"{count.normalize():,f}")


def _case(kpi: Kpi) -> dict[str, Any] | None:
    """The published case, its values as people write them."""
    if kpi.published_case is None:
        return None
    case = dict(kpi.published_case)
    return case | {key: words.level(float(case[key]), kpi.unit) for key in ("before", "after")}
