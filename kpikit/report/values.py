"""The values of grids: what each report of a `for_each` is about, read from its table, and kept while nothing changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kpikit.cases import read_case
from kpikit.errors import KpikitError
from kpikit.report.made_from import inputs_of
from kpikit.report.placing import written_beside
from kpikit.report.record import FOLDER, Job
from kpikit.report.redaction import Secrets

KEPT = ".values"  # behind the name of a grid, among the records


def for_each(job: Job) -> bool:
    """Whether a job is a grid; a case that cannot be read is none, and its run tells why."""
    try:
        return bool(read_case(job.case, **job.instead).grid)
    except KpikitError:
        return False


def values_of_grids(jobs: Sequence[Job]) -> dict[str, Any]:
    """Of each grid by its name the values, or, as text, why they cannot be read."""
    found = {}
    for job in jobs:
        try:
            found[job.name] = _values(job)
        except KpikitError as error:
            found[job.name] = Secrets(job.secrets).redact(str(error))
    return found


def _values(job: Job) -> Any:
    """As they were kept, where nothing has changed since; read anew otherwise."""
    inputs = inputs_of(job)
    place = job.out / FOLDER / f"{job.name}{KEPT}"
    told = json.loads(json.dumps(asdict(inputs)))
    kept = _kept(place)
    if not inputs.each_time and kept.get("inputs") == told:
        return kept["values"]
    from kpikit.report.grid import values_of

    values = values_of(read_case(job.case, **job.instead))
    with written_beside(place) as draft:
        draft.write_text(json.dumps({"inputs": told, "values": values}), encoding="utf-8")
    return values


def _kept(place: Path) -> Any:
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
