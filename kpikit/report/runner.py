"""Runs cases to reports: one process a case, several at a time. This process stays light; `making` does the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from kpikit.cases import nearest
from kpikit.errors import ReportError
from kpikit.report.record import Job, Record, write_record


def run_jobs(jobs: Sequence[Job], workers: int | None = None, done: Callable[[Record], None] = lambda _: None) -> list[Record]:
    """The record of each job, in their order; `done` is called as each one ends. A failed one never stops the others."""
    _require_names_apart(jobs)
    count = min(len(jobs), workers or os.cpu_count() or 1)
    ended: dict[str, Record] = {}
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        futures = {pool.submit(_in_a_process, job): job for job in jobs}
        for future in as_completed(futures):
            job, error = futures[future], future.exception()
            record = (
                future.result()
                if error is None
                else Record(job.name, False, f"its process ended early: {type(error).__name__}: {error}")
            )
            write_record(record, job.out)
            ended[job.name] = record
            done(record)
    return [ended[job.name] for job in jobs]


def _in_a_process(job: Job) -> Record:
    """What a worker process does: only it imports what making a report needs."""
    from kpikit.report.making import make

    return make(job)


def _require_names_apart(jobs: Sequence[Job]) -> None:
    """Refuses two cases of one name, whose reports would land in one folder."""
    names = [job.name for job in jobs]
    for name in names:
        if names.count(name) > 1:
            raise ReportError(f"two cases are called '{name}'; their reports would land in one folder, rename one")


def reports_folder() -> Path:
    """Where reports go unless the user says: `reports` beside the notebooks."""
    notebooks = nearest(Path("notebooks"))
    return notebooks.parent / "reports" if notebooks else Path("reports")
