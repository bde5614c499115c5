"""Runs cases to reports: one process a case, several at a time. This process stays light; `making` does the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from kpikit.cases import nearest
from kpikit.errors import ReportError
from kpikit.report.record import CATALOGUE, Job, Record, write_record

RESERVED = ("index.html", "log.txt", CATALOGUE)  # beside the reports; what begins with a dot is kept for drafts and records


def run_jobs(jobs: Sequence[Job], workers: int | None = None, done: Callable[[Record], None] = lambda _: None) -> list[Record]:
    """The record of each job, in their order; `done` is called as each one ends. A failed one never stops the others.

    One job alone is made in this process: there is no other to keep it apart from.
    """
    _require_names_apart(jobs)
    ended: dict[str, Record] = {}
    for job, record in _one(jobs[0]) if len(jobs) == 1 else _several(jobs, workers or os.cpu_count() or 1):
        write_record(record, job.out)
        ended[job.name] = record
        done(record)
    return [ended[job.name] for job in jobs]


def _one(job: Job) -> Iterator[tuple[Job, Record]]:
    try:
        record = _made(job)
    except Exception as error:  # noqa: BLE001 - the boundary of a run, as a process is: whatever ends it is its record
        record = _broken(job, error)
    yield job, record


def _several(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Record]]:
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        futures = {pool.submit(_made, job): job for job in jobs}
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], future.result() if error is None else _broken(futures[future], error)


def _broken(job: Job, error: BaseException) -> Record:
    """The record of a run that did not live to tell."""
    return Record(job.name, False, f"it ended early: {type(error).__name__}: {error}")


def _made(job: Job) -> Record:
    """Makes a report; only here is imported what that needs."""
    from kpikit.report.making import make

    return make(job)


def _require_names_apart(jobs: Sequence[Job]) -> None:
    """Refuses two cases of one name, whose reports would land in one folder, and a name that the folder itself uses."""
    names = [job.name for job in jobs]
    for name in names:
        if name.startswith(".") or name.casefold() in RESERVED:
            raise ReportError(f"a report cannot be called '{name}', its folder keeps that name for itself; rename the case")
        if names.count(name) > 1:
            raise ReportError(f"two cases are called '{name}'; their reports would land in one folder, rename one")


def reports_folder() -> Path:
    """Where reports go unless the user says: `reports` beside the notebooks."""
    notebooks = nearest(Path("notebooks"))
    return notebooks.parent / "reports" if notebooks else Path("reports")
