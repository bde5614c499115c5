"""The commands: each takes what was parsed, calls, prints, and returns an exit code."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpikit.errors import CaseError

if TYPE_CHECKING:
    from kpikit.report.record import Job

GOOD, FAILED, MISUSE = 0, 1, 2
Arguments = argparse.Namespace
REPLACED = ("kpi", "variant", "window", "table", "segments", "changed_on", "as_of", "target", "benchmark")
DEFAULT_ENCODING = "utf-8"


#: the keys of a case that flags can say
CASE_FLAGS = (
    "kpi", "variant", "window", "period", "table", "kind", "columns", "event_names", "segments", "changed_on", "as_of",
    "target", "benchmark", "encoding", "date_format", "separator", "decimal", "thousands", "time_zone", "sheet", "header_row",
    "connection", "duplicates", "cuts", "plan_order", "counting", "first_weekday", "year_starts", "catalog",
)  # fmt: skip


def value(chosen: Arguments) -> int:
    """What two numbers say."""
    from kpikit.catalog import load_kpi
    from kpikit.questions.two_numbers import value

    kpi = load_kpi(chosen.kpi, *chosen.catalog or ())
    print(value(kpi, *chosen.counts, variant=chosen.variant, benchmark=chosen.benchmark, target=chosen.target))
    return GOOD


def compare(chosen: Arguments) -> int:
    """What four numbers say."""
    from kpikit.catalog import load_kpi
    from kpikit.questions.two_numbers import compare

    kpi = load_kpi(chosen.kpi, *chosen.catalog or ())
    print(compare(kpi, chosen.before, chosen.after, variant=chosen.variant, benchmark=chosen.benchmark, target=chosen.target))
    return GOOD


def check(chosen: Arguments) -> int:
    """What a table or case holds, read as strictly as a report reads it."""
    from kpikit.cases import case_ids
    from kpikit.report.check import check_case, check_table

    flags = {name: getattr(chosen, name) for name in CASE_FLAGS} | {"table": chosen.table}
    if chosen.table.endswith(".toml") or chosen.table in case_ids():
        given = {name: value for name, value in flags.items() if name != "table" and value not in (None, DEFAULT_ENCODING)}
        lines = check_case(chosen.table, given)
    else:
        lines = check_table(flags | {"as_of": as_of_given(chosen)})
    print("\n".join(lines))
    return GOOD


def verify(chosen: Arguments) -> int:
    """Whether the engines count a case alike."""
    from kpikit.report.verify import verify_case

    lines, agree = verify_case(chosen.case, chosen.engines.split(","))
    print("\n".join(lines))
    return GOOD if agree else FAILED


def new_case(chosen: Arguments) -> int:
    """Writes a case to edit."""
    from kpikit.authoring import new_case

    place = new_case(Path(chosen.table), chosen.kpi, chosen.to and Path(chosen.to), chosen.question, chosen.catalog or ())
    print(f"wrote {place}\nmend the lines marked MEND, then: kpikit report {place}")
    return GOOD


def approach(chosen: Arguments) -> int:
    """Writes the ranked list of customers to approach, apart from the reports."""
    from kpikit.report.approach import write_list

    count = write_list(chosen.case, Path(chosen.out))
    print(f"wrote {chosen.out}: {count:,} customers, the likeliest first; it names people, so keep it apart from what you send")
    return GOOD


def report(chosen: Arguments) -> int:
    """Makes the reports of cases, their log and their index."""
    from kpikit.report.index import write_index
    from kpikit.report.progress import Progress
    from kpikit.report.record import write_log
    from kpikit.report.runner import run_jobs

    jobs = _jobs(chosen)
    with Progress(len(jobs)) as told:
        ended = run_jobs(jobs, chosen.workers, told)
    for record in ended:
        for warning in record.warnings:
            print(f"kpikit: {record.name}: look: {warning}", file=sys.stderr)
    for record in (record for record in ended if not record.passed):
        print(f"kpikit: {record.name} failed: {record.reason}", file=sys.stderr)
    write_log(ended, jobs[0].out)
    page = write_index(jobs[0].out)
    print(page)
    if chosen.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return GOOD if all(record.passed for record in ended) else FAILED


def _jobs(chosen: Arguments) -> list[Job]:
    from kpikit.cases import case_ids, find_case
    from kpikit.report.record import Job
    from kpikit.report.runner import reports_folder

    out = Path(chosen.out) if chosen.out else reports_folder()
    if chosen.table and not chosen.cases:
        return [Job(_written_case(chosen, out), out, {"table": chosen.table})]
    instead = _instead(chosen)
    cases = chosen.cases or case_ids()
    if not cases:
        raise CaseError("there is no case in data/cases; write one with kpikit new-case TABLE, or give --kpi and --table")
    for case in cases:
        find_case(case)
    return [Job(case, out, instead) for case in cases]


def _instead(chosen: Arguments) -> dict[str, Any]:
    """What the flags say instead of a named case's own keys; those that a notebook has no parameter for are refused."""
    given = {name: getattr(chosen, name) for name in CASE_FLAGS if getattr(chosen, name) not in (None, DEFAULT_ENCODING)}
    if given and not chosen.cases:
        raise CaseError(f"--{next(iter(given)).replace('_', '-')} needs the case that it is for, or --table")
    for name in given:
        if name not in REPLACED:
            raise CaseError(
                f"--{name.replace('_', '-')} goes with --table; of a case, these can be replaced: {', '.join(REPLACED)}"
            )
    return given


def _written_case(chosen: Arguments, out: Path) -> str:
    from kpikit.authoring import case_from_flags

    chosen.as_of = as_of_given(chosen)
    place = case_from_flags({name: getattr(chosen, name) for name in CASE_FLAGS}, out)
    print(f"the case: {place} (copy it to edit it)")
    return str(place)


def as_of_given(chosen: Arguments) -> str:
    """The day on which the table was taken: as given, else today, which is said."""
    from datetime import date

    if chosen.as_of is None:
        chosen.as_of = date.today().isoformat()
        print(f"as of {chosen.as_of} (today; give --as-of for another day)")
    return str(chosen.as_of)
