"""check_catalog: every definition loads, and what each says of others is true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from kpikit import words
from kpikit.catalog.definitions import read_definition
from kpikit.catalog.folders import Folder, all_places, doubled, near_id
from kpikit.catalog.parts import circles, part_faults, split
from kpikit.catalog.spelling import joined
from kpikit.errors import DefinitionError
from kpikit.kpi import Kpi


def check_catalog(*folders: Folder) -> list[str]:
    """Every fault of the catalogue, one sentence each with its place: empty where all is well.

    Looked at are the package's definitions, those of the folders named here and of the environment variable KPIKIT_CATALOG:
    whether each can be read and computes its examples; ids that stand twice, or that are named and not there; a KPI that names
    or is composed of itself; parts whose units do not add up; a name or synonym that two KPIs bear.
    Raises DefinitionError only for a folder that is not there.

    >>> check_catalog()
    []
    """
    found = all_places(*folders)
    known: dict[str, Kpi] = {}
    faults = [doubled(kpi_id, paths) for kpi_id, paths in found.items() if len(paths) > 1]
    for kpi_id, paths in sorted(found.items()):
        for path in paths:
            try:
                known[kpi_id] = read_definition(path)
            except DefinitionError as error:
                faults.append(str(error))
    told = chain.from_iterable(_of_one(kpi, known, sorted(found)) for kpi in known.values())
    return [*faults, *told, *(f"{kpi_id}: {fault}" for kpi_id, fault in circles(known)), *_shared_names(known)]


def _of_one(kpi: Kpi, known: Mapping[str, Kpi], ids: list[str]) -> Iterator[str]:
    """What one definition says of others and is not so. A part that cannot be read is told as itself, not as missing."""
    for key, named in (("related", kpi.related), ("change_impact", kpi.attributes["change_impact"])):
        for other in named:
            if other == kpi.id:
                yield f"{kpi.id}: {key} names the KPI itself; take it out"
            elif other not in ids:
                yield f"{kpi.id}: {key} names '{other}', which no definition bears; {near_id(other, ids)}"
    parts = {split(part)[0] for variant in kpi.variants for part in variant.computes.of}
    if not (parts & set(ids)) - set(known):
        yield from (f"{kpi.id}: {fault}" for fault in part_faults(kpi, known, ids))


def _shared_names(known: Mapping[str, Kpi]) -> Iterator[str]:
    """Names, ids and synonyms by which two KPIs could be meant."""
    borne: dict[str, dict[str, str]] = {}
    for kpi in known.values():
        for name in (kpi.id, kpi.name, *kpi.synonyms):
            borne.setdefault(joined(name), {}).setdefault(kpi.id, name)
    for bearers in borne.values():
        if len(bearers) > 1:
            told = words.listed(f"{kpi_id} ('{name}')" for kpi_id, name in bearers.items())
            yield f"one name is borne by {told}; leave it to one of them"
