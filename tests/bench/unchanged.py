"""An unchanged fleet: how long 200 cases take of which nothing has changed, the check alone and the whole command.

One report is made; the others are links to its files, each with a provenance and a record of its own. Prints medians of five, in
seconds, and sees to it that after a change of one case this one alone is made.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

from kpikit.report.limits import Limits
from kpikit.report.made_from import Inspection
from kpikit.report.provenance import FILE, why_made, write_provenance
from kpikit.report.record import Job, Record, read_record, write_record

ROOT = Path(__file__).parents[2]
CASES, ROUNDS, TARGET_S = 200, 5, 3.0
FIRST = "case_000"


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        jobs = fleet(home)
        os.chdir(home)
        checks = [timed(lambda: check(jobs)) for _ in range(ROUNDS)]
        whole = [timed(lambda: report(home)) for _ in range(ROUNDS)]
        print(f"{CASES} unchanged cases, {size_mb(home / 'out'):,.0f} MB of reports, medians of {ROUNDS}")
        print(f"  the check alone      {median(checks):.2f} s")
        print(f"  kpikit report        {median(whole):.2f} s (target: under {TARGET_S:g} s)")
        case = home / "data" / "cases" / "case_007.toml"
        case.write_text(case.read_text(encoding="utf-8").replace("title = ", "title =  "), encoding="utf-8")
        report(home)
        made = [record.name for job in jobs if (record := read_record(job.out, job.name)) and not record.unchanged]
        print(f"  made after a change of case_007: {', '.join(made)}")


def fleet(home: Path) -> list[Job]:
    """A folder of cases on one table, and a report of each."""
    cases = home / "data" / "cases"
    cases.mkdir(parents=True)
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    shutil.copy(ROOT / "data" / "techsolutions_upgrades.csv", home / "data")
    jobs = [Job(f"case_{number:03}", Path("out")) for number in range(CASES)]
    for job in jobs:
        shutil.copy(ROOT / "data" / "cases" / "techsolutions_upgrade_rate.toml", cases / f"{job.name}.toml")
    report(home, FIRST)
    os.chdir(home)
    first, look = read_record(Path("out"), FIRST), Inspection()
    assert first is not None
    for job in jobs[1:]:
        stand(job, first, look)
    return jobs


def stand(job: Job, first: Record, look: Inspection) -> None:
    """The report of a job, as if it had been made."""
    folder = job.out / job.name
    shutil.copytree(job.out / FIRST, folder, copy_function=os.link)
    measured = json.loads((folder / FILE).read_text(encoding="utf-8"))["measured"]
    (folder / FILE).unlink()
    write_provenance(folder, look.inputs_of(job), measured, Limits())
    write_record(replace(first, name=job.name), job.out)


def check(jobs: list[Job]) -> None:
    look = Inspection()
    assert not any(why_made(job, look.inputs_of(job)) for job in jobs)


def report(home: Path, *cases: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "kpikit", "report", *cases, "--out", "out"], cwd=home, check=True, stdout=subprocess.DEVNULL
    )


def timed(call: object) -> float:
    start = perf_counter()
    call()  # type: ignore[operator]
    return perf_counter() - start


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
