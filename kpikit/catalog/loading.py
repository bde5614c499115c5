"""load_kpi: an id -> its Kpi, and for one that is composed of others a look at these too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kpikit.catalog.definitions import read_definition
from kpikit.catalog.folders import Folder, place_of, places
from kpikit.catalog.parts import circles, part_faults, split
from kpikit.errors import DefinitionError
from kpikit.kpi import Kpi


def load_kpi(kpi_id: str, *folders: Folder) -> Kpi:
    """The KPI of that id, from the package, the folders named here, or those of the environment variable KPIKIT_CATALOG.

    Raises DefinitionError with the nearest id where there is none, with the place to mend where the definition is wrong, and
    where one that is composed of others names parts that are not there or lead back to it.

    >>> load_kpi("upgrade_rate").variant().bands[0].name
    'below target'
    """
    kpi = replace(read_definition(place_of(kpi_id, *folders)), folders=folders)
    if any(variant.computes.composed for variant in kpi.variants):
        _check_parts(kpi, places(*folders))
    return kpi


def _check_parts(kpi: Kpi, found: Mapping[str, Path]) -> None:
    known = {kpi.id: kpi}
    waiting = [kpi]
    while waiting:
        one = waiting.pop()
        for part, _ in (split(part) for variant in one.variants for part in variant.computes.of):
            if part in found and part not in known:
                known[part] = read_definition(found[part])
                waiting.append(known[part])
    for one in known.values():
        for fault in part_faults(one, known, found):
            raise DefinitionError(f"{one.id}: {fault}")
    for kpi_id, fault in circles(known):
        raise DefinitionError(f"{kpi_id}: {fault}")
