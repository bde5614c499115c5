"""A fleet: the reports of several jobs in one folder, made where something has changed; then their overviews, log and index."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kpikit.errors import KpikitError, ReportError
from kpikit.report.grid import jobs_of
from kpikit.report.index import write_index
from kpikit.report.lock import locked
from kpikit.report.made_from import Inspection
from kpikit.report.overviews import overview_of
from kpikit.report.placing import sweep, written_beside
from kpikit.report.progress import Progress
from kpikit.report.provenance import why_made
from kpikit.report.record import Job, Record, read_record, write_log, write_record
from kpikit.report.runner import require_names_apart, run_jobs
from kpikit.report.values import for_each, values_of_grids

ASKED = ".fleet.json"  # the jobs of the last fleet in a folder, and since when: what --resume goes on with


@dataclass(frozen=True)
class Fleet:
    """What is to be made, and how: every report anew, or what an interrupted fleet, begun at `since`, had not made."""

    jobs: Sequence[Job]
    workers: int | None = None
    force: bool = False
    since: str = ""
    log: Path | None = None

    @property
    def out(self) -> Path:
        """The folder of its reports."""
        return self.jobs[0].out


def make_fleet(fleet: Fleet, executor: Executor | None = None) -> list[Record]:
    """The record of each report, a grid's own behind those of its parts; log and index are written also where it is interrupted.

    Raises ReportError where another run is writing into the folder, and for names that meet.
    """
    require_names_apart(fleet.jobs)
    ended: dict[str, Record] = {}
    with locked(fleet.out):
        sweep(fleet.out)
        try:
            _keep(fleet)
            _make(fleet, ended, executor)
        finally:
            sweep(fleet.out)
            if ended:
                write_log(list(ended.values()), fleet.out)
            write_index(fleet.out)
    return list(ended.values())


def resumed(out: Path) -> Fleet:
    """The fleet that was last begun in a folder. Raises ReportError where there is none."""
    try:
        told = json.loads((out / ASKED).read_text(encoding="utf-8"))
        fleet = Fleet([replace(Job.from_json(text), out=out) for text in told["jobs"]], since=told["since"])
        folder = str(told["folder"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ReportError(f"{out}: no fleet was begun there that could be resumed; run kpikit report without --resume") from error
    if folder != str(Path.cwd()):
        raise ReportError(
            f"{out}: its fleet was begun in the folder {folder}, from which its cases are named; resume it from there"
        )
    return fleet


def _keep(fleet: Fleet) -> None:
    """Notes what was asked, for --resume."""
    since = fleet.since or datetime.now(UTC).isoformat(timespec="seconds")
    with written_beside(fleet.out / ASKED) as draft:
        draft.write_text(
            json.dumps({"since": since, "folder": str(Path.cwd()), "jobs": [job.to_json() for job in fleet.jobs]}),
            encoding="utf-8",
        )


def _make(fleet: Fleet, ended: dict[str, Record], executor: Executor | None) -> None:
    grids = values_of_grids([job for job in fleet.jobs if not job.plain and for_each(job)])
    jobs, broken = _expanded(fleet.jobs, grids)
    require_names_apart(jobs)
    workers = fleet.workers or os.cpu_count() or 1
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(len(jobs) + len(broken), fleet.log, workers))

        def note(record: Record) -> None:
            write_record(record, fleet.out)
            ended[record.name] = record
            progress(record)

        for record in broken:
            note(record)
        due = [] if fleet.force else list(_standing(jobs, fleet.since))
        for record in due:
            note(record)
        run_jobs([job for job in jobs if job.name not in ended], workers, note, tell=progress.tell, executor=executor)
        for job in jobs:
            ended[job.name] = ended.pop(job.name)  # told in the order in which they were asked for, not in that of their ends
        for job in fleet.jobs:
            if job.name in grids and not isinstance(grids[job.name], str):
                ended[job.name] = overview_of(job, grids[job.name], ended)


def _expanded(jobs: Sequence[Job], grids: dict[str, Any]) -> tuple[list[Job], list[Record]]:
    """The jobs with those of a grid in its place, and the records of grids whose values cannot be read."""
    every: list[Job] = []
    broken = []
    for job in jobs:
        values = grids.get(job.name)
        if isinstance(values, str):
            broken.append(Record(job.name, False, values))
        else:
            every += [job] if values is None else jobs_of(job, values)
    return every, broken


def _standing(jobs: Sequence[Job], since: str) -> Iterator[Record]:
    """The records of the reports that need not be made: nothing has changed, or the fleet that is resumed made them."""
    look = Inspection()
    for job in jobs:
        last = read_record(job.out, job.name)
        if last is None or not last.passed:
            continue
        try:
            inputs = look.inputs_of(job)
        except KpikitError:  # which its run tells
            continue
        reasons = why_made(job, inputs)
        resumed_over = since and reasons == [inputs.each_time] and last.started >= since
        if not reasons or resumed_over:
            yield replace(last, unchanged=True)
