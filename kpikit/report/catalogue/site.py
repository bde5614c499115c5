"""Site: all KPIs of a catalogue, where each has its page, and who names whom."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpikit.catalog.parts import split
from kpikit.kpi import Kpi

LONGEST = 80  # letters of a file's name
NO_FUNCTION = "other"  # the family of a KPI that names no function

Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Site:
    """The KPIs by id; all else follows from them. A family is what a KPI's first function makes of all KPIs."""

    kpis: Mapping[str, Kpi]

    @cached_property
    def pages(self) -> dict[str, str]:
        """Each KPI's page."""
        return {kpi_id: f"kpi/{name}.html" for kpi_id, name in file_names(self.kpis).items()}

    @cached_property
    def anchors(self) -> dict[str, str]:
        """Each family as the name of a place in a page."""
        return file_names(self.families)

    @cached_property
    def functions(self) -> dict[str, str]:
        """Each function's page."""
        return _pages("function", self.used_by)

    @cached_property
    def industries(self) -> dict[str, str]:
        """Each industry's page."""
        return _pages("industry", self.used_in)

    @cached_property
    def used_by(self) -> Groups:
        """Each function with the ids of the KPIs that name it, by name."""
        return grouped((name, kpi_id) for kpi_id in self.by_name(self.kpis) for name in self.kpis[kpi_id].functions)

    @cached_property
    def used_in(self) -> Groups:
        """Each industry with the ids of the KPIs that name it, by name."""
        return grouped((name, kpi_id) for kpi_id in self.by_name(self.kpis) for name in self.kpis[kpi_id].industries)

    @cached_property
    def families(self) -> Groups:
        """Each family with the ids in it, by name."""
        return grouped((self.family(kpi_id), kpi_id) for kpi_id in self.by_name(self.kpis))

    @cached_property
    def moved_by(self) -> Groups:
        """Each id with those of the KPIs that say that a change of theirs moves it."""
        told = ((other, kpi_id) for kpi_id, kpi in self.kpis.items() for other in kpi.attributes["change_impact"])
        return grouped(told)

    @cached_property
    def part_of(self) -> Groups:
        """Each id with those of the KPIs that are composed of it."""
        every = ((kpi_id, variant) for kpi_id, kpi in self.kpis.items() for variant in kpi.variants)
        told = ((split(part)[0], kpi_id) for kpi_id, variant in every for part in variant.computes.of)
        return {part: list(dict.fromkeys(wholes)) for part, wholes in grouped(told).items()}

    def moves(self, kpi_id: str) -> list[str]:
        """The ids of the KPIs of this catalogue that a change of this one moves."""
        return [other for other in self.kpis[kpi_id].attributes["change_impact"] if other in self.kpis]

    def family(self, kpi_id: str) -> str:
        """The function that a KPI names first."""
        return next(iter(self.kpis[kpi_id].functions), NO_FUNCTION)

    def by_name(self, ids: Iterable[str]) -> list[str]:
        """Ids in the order of their KPIs' names."""
        return sorted(ids, key=lambda kpi_id: (self.kpis[kpi_id].name.casefold(), kpi_id))


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Second parts by their first, these in the order of the alphabet.

    >>> grouped([("b", "x"), ("a", "y"), ("b", "z")])
    {'a': ['y'], 'b': ['x', 'z']}
    """
    found = defaultdict(list)
    for name, item in pairs:
        found[name].append(item)
    return dict(sorted(found.items(), key=lambda group: group[0].casefold()))


def file_names(texts: Iterable[str]) -> dict[str, str]:
    """A file's name for each text: small plain letters, no two alike, also where a disk does not tell capitals apart.

    >>> file_names(["Customer Success", "customer/success", "Énergie"])
    {'Customer Success': 'customer-success', 'customer/success': 'customer-success-2', 'Énergie': 'energie'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    tried: dict[str, int] = defaultdict(int)
    for text in texts:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:LONGEST] or "page"
        name = stem
        while name in taken:
            tried[stem] += 1
            name = f"{stem}-{tried[stem] + 1}"
        taken.add(name)
        names[text] = name
    return names


def _pages(folder: str, names: Iterable[str]) -> dict[str, str]:
    return {name: f"{folder}/{stem}.html" for name, stem in file_names(names).items()}
