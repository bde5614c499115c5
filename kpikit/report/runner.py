"""Runs cases and notebooks to reports, several at a time; each is made by a process of its own, and this one stays light."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from kpikit.cases import nearest
from kpikit.errors import ReportError
from kpikit.report.driver import MADE
from kpikit.report.kernels.warm import DRIVER, KERNEL, Forked, Refused, Warm, fork, require
from kpikit.report.record import CATALOGUE, Job, Record, write_record

RESERVED = ("index.html", "log.txt", CATALOGUE)  # beside the reports; what begins with a dot is kept for drafts and records
DRAWING_S = 300  # beyond a notebook's own limit, for its page
Done = Callable[[Record], None]
Tell = Callable[[Mapping[str, Any]], None]


def run_jobs(
    jobs: Sequence[Job], workers: int | None = None, done: Done = lambda _: None, *, tell: Tell = lambda _: None,
    executor: Executor | None = None,
) -> list[Record]:  # fmt: skip
    """The record of each job, in their order; `done` is called as each one ends, `tell` with what happens meanwhile.

    A failed one never stops the others. With an `executor` of `concurrent.futures` its workers start the processes, on whatever
    machine they are, and nothing is told meanwhile.
    """
    require_names_apart(jobs)
    ended: dict[str, Record] = {}
    if not jobs:
        return []  # and no server is started
    with ExitStack() as stack:
        if executor is None:
            supervisors = stack.enter_context(Supervisors(workers or os.cpu_count() or 1, tell))
            for kind in (KERNEL, DRIVER):
                stack.enter_context(Warm(kind))
            stack.callback(supervisors.stop)  # before the servers end, so that nobody starts another process for want of one
            futures = {supervisors.submit(job): job for job in jobs}
        else:
            futures = {executor.submit(made_there, job): job for job in jobs}
        for future in as_completed(futures):
            job, error = futures[future], future.exception()
            record = future.result() if error is None else _broken(job, f"it ended early: {error}")
            write_record(record, job.out)
            ended[job.name] = record
            done(record)
    return [ended[job.name] for job in jobs]


def made_there(job: Job) -> Record:
    """The record of a job, made by a process of this one, which keeps its warm servers for the next."""
    require(KERNEL)
    require(DRIVER)
    with Supervisors(1) as supervisors:
        return supervisors.supervise(job)


class Supervisors:
    """Threads that each wait for one process at a time; none outlives the block."""

    def __init__(self, workers: int, tell: Tell = lambda _: None) -> None:
        self.pool, self.tell = ThreadPoolExecutor(workers, "supervisor"), tell
        self.running: set[Forked | NewPython] = set()
        self.over = False

    def __enter__(self) -> Supervisors:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.pool.shutdown()

    def stop(self) -> None:
        """Kills what runs, and starts nothing more."""
        self.over = True
        self.pool.shutdown(wait=False, cancel_futures=True)
        for process in list(self.running):
            process.kill()

    def submit(self, job: Job) -> Future[Record]:
        """Makes a report as soon as a worker is free."""
        return self.pool.submit(self.supervise, job)

    def supervise(self, job: Job) -> Record:
        """The record of a report that a process makes; of a process that did not live to tell, that it did not."""
        self.tell({"event": "started", "report": job.name})
        process, record = self._started(job), None
        self.running.add(process)
        if self.over:  # since it was asked for
            process.kill()
        late = threading.Timer(job.limits.run_s + DRAWING_S, process.kill)
        late.start()
        for event in _events(process):
            if event["event"] == MADE:
                record = Record(**{**event["record"], "warnings": tuple(event["record"]["warnings"])})
            else:
                self.tell({**event, "report": job.name})
        late.cancel()
        self.running.discard(process)
        return record or _broken(job, f"the process that made it {_ending(process.wait())}")

    def _started(self, job: Job) -> Forked | NewPython:
        """The process that makes a report: forked where that is safe, a new Python otherwise."""
        try:
            return fork(DRIVER, "kpikit.report.driver:drive", [job.to_json()], os.environ, str(Path.cwd()))
        except Refused:
            if self.over:
                raise
            return NewPython(job.to_json())


def _broken(job: Job, why: str) -> Record:
    """The record of a run that did not live to tell."""
    return Record(job.name, False, why, of=job.of, part=job.part)


def _events(process: Forked | NewPython) -> Iterator[dict[str, Any]]:
    for line in process.lines():
        try:
            yield json.loads(line)
        except ValueError:  # torn by the end of its process
            return


def _ending(code: int) -> str:
    return f"was killed by signal {-code}" if code < 0 else f"left with exit code {code}"


class NewPython:
    """A new Python that makes a report, where no process can be forked."""

    def __init__(self, text: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kpikit.report.driver", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip

    def lines(self) -> Iterator[str]:
        """What it writes on stdout, until it ends."""
        assert self.process.stdout is not None
        yield from self.process.stdout

    def wait(self) -> int:
        """The exit code, negative for a signal."""
        return self.process.wait()

    def kill(self) -> None:
        """Kills it; its kernel ends when it sees that."""
        self.process.kill()


def require_names_apart(jobs: Sequence[Job]) -> None:
    """Refuses two cases of one name, whose reports would land in one folder, and a name that the folder itself uses."""
    names = [job.name for job in jobs]
    for name in names:
        if name.startswith(".") or name.casefold() in RESERVED:
            raise ReportError(f"a report cannot be called '{name}', its folder keeps that name for itself; rename the case")
        if not name.isprintable():
            raise ReportError(f"a report cannot be called {name!r}, which cannot be printed; rename the case or notebook")
        if [other.casefold() for other in names].count(name.casefold()) > 1:
            raise ReportError(f"two cases are called '{name}'; their reports would land in one folder, rename one")


def reports_folder() -> Path:
    """Where reports go unless the user says: `reports` beside the notebooks."""
    notebooks = nearest(Path("notebooks"))
    return notebooks.parent / "reports" if notebooks else Path("reports")
