"""The pages that list KPIs: index, by function, industry, letter, kind of table and cadence, and the whole of change impact."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Mapping
from typing import Any

from kpikit.kpi import CADENCES
from kpikit.report.catalogue.parts import CADENCES as HOW_OFTEN
from kpikit.report.catalogue.site import Groups, Site, grouped
from kpikit.tables.roles import KINDS

MOST_DRAWN = 40  # KPIs of a family up to which who moves whom is drawn as a table
HUBS = 12  # KPIs that most others move, shown first
#: what one row of each kind of table is
ROWS = {
    "counts": "a period (and segment), already counted", "volumes": "a period (and segment), already summed: amounts with a unit",
    "plans": "the plan that a customer is on from a date on", "events": "something that a customer did or was",
    "orders": "a line of an order", "customers": "one customer, followed from a day on", "ratings": "a score that somebody gave",
}  # fmt: skip
COMPOSED = "composed"


def index_page(site: Site) -> dict[str, Any]:
    """What the catalogue holds, and every KPI with its question under its family."""
    kinds = {kind for kpi in site.kpis.values() for variant in kpi.variants for kind in variant.tables}
    return {
        "readings": sum(len(kpi.variants) for kpi in site.kpis.values()),
        "edges": sum(len(kpi.attributes["change_impact"]) for kpi in site.kpis.values()), "kinds": len(kinds),
    }  # fmt: skip


def shelves_page(title: str, shelves: Groups, paths: Mapping[str, str]) -> dict[str, Any]:
    """All functions, or all industries, each with the number of its KPIs."""
    return {"title": title, "shelves": [(name, path, len(shelves[name])) for name, path in paths.items()]}


def function_page(site: Site, name: str) -> dict[str, Any]:
    """The KPIs of a function: those that name it first, then the others."""
    first = [kpi_id for kpi_id in site.used_by[name] if site.family(kpi_id) == name]
    others = [kpi_id for kpi_id in site.used_by[name] if site.family(kpi_id) != name]
    groups = {f"where {name} is named first": first, f"where {name} is named too": others}
    return {"name": name, "shelf": "function", "groups": {title: ids for title, ids in groups.items() if ids}}


def industry_page(site: Site, name: str) -> dict[str, Any]:
    """The KPIs of an industry, by family."""
    told = grouped((site.family(kpi_id), kpi_id) for kpi_id in site.used_in[name])
    return {"name": name, "shelf": "industry", "groups": told}


def letters_page(site: Site) -> dict[str, Any]:
    """Every name and synonym by its first letter, with the KPI that it leads to."""
    named = ((name, kpi_id) for kpi_id, kpi in site.kpis.items() for name in (kpi.name, *kpi.synonyms))
    entries = sorted(named, key=lambda entry: (entry[0].casefold(), entry[1]))
    letters: dict[str, list[tuple[str, str]]] = {}
    for name, kpi_id in entries:
        first = name[:1].upper()
        letters.setdefault(first if first in string.ascii_uppercase else "0-9", []).append((name, kpi_id))
    return {"letters": dict(sorted(letters.items())), "names": len(entries)}


def kinds_page(site: Site) -> dict[str, Any]:
    """Every kind of table with the KPIs that are measured on it, and by which of their variants where not by all."""
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in (*ROWS, COMPOSED)}
    for kpi_id in site.by_name(site.kpis):
        for variant in site.kpis[kpi_id].variants:
            for kind in variant.tables or (COMPOSED,):
                found[kind].setdefault(kpi_id, []).append(variant.id)
    every = {kpi_id: len(kpi.variants) for kpi_id, kpi in site.kpis.items()}
    kinds = [
        {
            "kind": kind, "row": ROWS.get(kind, ""), "roles": KINDS[kind].roles if kind in KINDS else {},
            "optional": KINDS[kind].optional if kind in KINDS else (),
            "kpis": [(kpi_id, [] if len(named) == every[kpi_id] else named) for kpi_id, named in kpis.items()],
        }
        for kind, kpis in found.items() if kpis
    ]  # fmt: skip
    return {"kinds": kinds}


def cadence_page(site: Site) -> dict[str, Any]:
    """The KPIs by how often they are reviewed."""
    found = grouped((site.kpis[kpi_id].cadence, kpi_id) for kpi_id in site.by_name(site.kpis))
    return {"groups": {HOW_OFTEN[cadence]: found[cadence] for cadence in CADENCES if cadence in found}}


def impact_page(site: Site) -> dict[str, Any]:
    """Every edge of change impact once: counted by family and family, drawn inside a family, told in its sentence."""
    edges: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for ids in site.families.values():
        for one in ids:
            for other in site.by_name(site.moves(one)):
                edges.setdefault((site.family(one), site.family(other)), []).append((one, other))
    hubs = Counter({kpi_id: len(movers) for kpi_id, movers in site.moved_by.items() if kpi_id in site.kpis})
    ranked = sorted(hubs.items(), key=lambda hub: (-hub[1], site.kpis[hub[0]].name))[:HUBS]
    counts = [len(told) for told in edges.values()]
    return {
        "edges": edges, "count": sum(counts), "most": max(counts, default=1), "hubs": ranked,
        "drawn": {name: ids for name, ids in site.families.items() if len(ids) <= MOST_DRAWN and (name, name) in edges},
    }  # fmt: skip
