"""The overview of a grid, written where one of its reports, or the overview itself, is no longer what it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from kpikit import words
from kpikit.errors import KpikitError
from kpikit.report.grid import jobs_of
from kpikit.report.made_from import locale_of
from kpikit.report.placing import written_beside
from kpikit.report.provenance import FILE, hashes
from kpikit.report.record import FOLDER, Job, Record, read_record, write_record

KEPT = ".overview"  # behind the name of a grid, among the records: what its overview was written from


def overview_of(grid: Job, values: Sequence[Mapping[str, str]], ended: Mapping[str, Record]) -> Record:
    """The record of a grid's overview, which is left as it stands where nothing has changed that it tells."""
    parts = [ended[job.name] for job in jobs_of(grid, [dict(of) for of in values])]
    kept, last = grid.out / FOLDER / f"{grid.name}{KEPT}", read_record(grid.out, grid.name)
    if last is not None and last.passed and _read(kept) == _stamp(grid, parts):
        return replace(last, unchanged=True)
    from kpikit.report.overview import write_overview

    try:
        with words.numbers_in(locale_of(grid)):
            record = write_overview(grid, values, parts)
        with written_beside(kept) as draft:
            draft.write_text(json.dumps(_stamp(grid, parts)), encoding="utf-8")
    except KpikitError as error:
        record = Record(grid.name, False, str(error))
    write_record(record, grid.out)
    return record


def _stamp(grid: Job, parts: Sequence[Record]) -> dict[str, Any]:
    """What an overview tells of its reports, and its own bytes."""
    told = [[part.name, part.passed, part.reason, _hash(grid.out / part.name / FILE)] for part in parts]
    return {"parts": told, "files": hashes(grid.out / grid.name)}


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _read(place: Path) -> Any:
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
