"""The command line: parse, call, print. Each command imports what it needs, so that --help is quick."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpikit.errors import CaseError, DefinitionError, KpikitError

if TYPE_CHECKING:
    from kpikit.report.record import Job

GOOD, FAILED, MISUSE = 0, 1, 2
Arguments = argparse.Namespace
CASE_FLAGS = (
    "kpi", "variant", "window", "period", "table", "kind", "columns", "event_names", "segments", "changed_on", "as_of",
    "target", "benchmark", "encoding", "date_format",
)  # fmt: skip


REPLACED = ("kpi", "variant", "window", "table", "segments", "changed_on", "as_of", "target", "benchmark")
DEFAULT_ENCODING = "utf-8"


def run() -> None:
    """The entry point: ends the process at once, so that libraries print nothing of their own while it is taken down."""
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 good, 1 a check or report failed, 2 misuse."""
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        return int(chosen.command(chosen))
    except KpikitError as error:
        print(f"kpikit: {error}", file=sys.stderr)
        return MISUSE if isinstance(error, (CaseError, DefinitionError)) else FAILED
    except OSError as error:
        print(f"kpikit: {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED


# -- commands --------------------------------------------------------------------------------------------------------


def _list(_: Arguments) -> int:
    from kpikit.cases import case_ids
    from kpikit.catalog import kpi_ids, load_kpi

    print("KPIs (kpikit show KPI):")
    for kpi_id in kpi_ids():
        print(f"  {kpi_id:24} {load_kpi(kpi_id).question}")
    print("\nCases (kpikit report CASE):")
    for case_id in case_ids():
        print(f"  {case_id}")
    return GOOD


def _show(chosen: Arguments) -> int:
    from kpikit.catalog import load_kpi

    print(load_kpi(chosen.kpi))
    return GOOD


def _value(chosen: Arguments) -> int:
    from kpikit.questions.two_numbers import value

    print(value(chosen.kpi, *chosen.counts, variant=chosen.variant, benchmark=chosen.benchmark, target=chosen.target))
    return GOOD


def _compare(chosen: Arguments) -> int:
    from kpikit.questions.two_numbers import compare

    print(
        compare(chosen.kpi, chosen.before, chosen.after, variant=chosen.variant, benchmark=chosen.benchmark, target=chosen.target)
    )
    return GOOD


def _check(chosen: Arguments) -> int:
    from kpikit.authoring import check_table

    for line in check_table(
        Path(chosen.table), chosen.kind, chosen.columns, chosen.segments or [], chosen.encoding, chosen.date_format
    ):
        print(line)
    return GOOD


def _new_case(chosen: Arguments) -> int:
    from kpikit.authoring import new_case

    place = new_case(Path(chosen.table), chosen.kpi, chosen.to and Path(chosen.to))
    print(f"wrote {place}\nmend the lines marked MEND, then: kpikit report {place}")
    return GOOD


def _report(chosen: Arguments) -> int:
    from kpikit.report.index import write_index
    from kpikit.report.progress import Progress
    from kpikit.report.runner import run_jobs

    jobs = _jobs(chosen)
    with Progress(len(jobs)) as told:
        ended = run_jobs(jobs, chosen.workers, told)
    for record in (record for record in ended if not record.passed):
        print(f"kpikit: {record.name} failed: {record.reason}", file=sys.stderr)
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
        return [Job(_written_case(chosen, out), out)]
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
    from datetime import date

    from kpikit.authoring import case_from_flags

    if chosen.as_of is None:
        chosen.as_of = date.today().isoformat()
        print(f"as of {chosen.as_of} (today; give --as-of for another day)")
    place = case_from_flags({name: getattr(chosen, name) for name in CASE_FLAGS}, out)
    print(f"the case: {place} (copy it to edit it)")
    return str(place)


# -- arguments -------------------------------------------------------------------------------------------------------


def _pair(text: str) -> tuple[Any, Any]:
    from decimal import Decimal, InvalidOperation

    try:
        numerator, denominator = (Decimal(part) for part in text.split("/"))
    except (ValueError, InvalidOperation):
        raise argparse.ArgumentTypeError(f"'{text}' is not two numbers, as 150/1000") from None
    return _whole(numerator), _whole(denominator)


def _whole(number: Any) -> Any:
    return int(number) if number == number.to_integral_value() else number


def _assignments(items: Sequence[str] | None) -> dict[str, Any]:
    """role=column, several columns by commas: {"denominator": ["in_situ", "mined"]}."""
    pairs = (item.partition("=")[::2] for item in items or [])
    return {role: column.split(",") if "," in column else column for role, column in pairs}


class _Assign(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: Arguments, values: Any, option: str | None = None) -> None:
        for value in values:
            if "=" not in value:
                parser.error(f"{option}: '{value}' is not role=column")
        found = _assignments(values)
        if self.dest == "event_names":
            found = {role: [names] if isinstance(names, str) else names for role, names in found.items()}
        setattr(namespace, self.dest, found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kpikit", description="Did the KPI really move? Exit codes: 0 good, 1 a check or report failed, 2 misuse."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, call: Any, text: str, example: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, epilog=f"example: {example}")
        command.set_defaults(command=call)
        return command

    add("list", _list, "the KPIs of the catalogue and the cases", "kpikit list")
    show = add("show", _show, "a KPI's card: variants, bands, benchmarks and its 12 attributes", "kpikit show upgrade_rate")
    show.add_argument("kpi")
    one = add("value", _value, "what two numbers say", "kpikit value upgrade_rate 15/100")
    two = add("compare", _compare, "what four numbers say", "kpikit compare upgrade_rate 150/1000 250/1000")
    for command in (one, two):
        command.add_argument("kpi")
    one.add_argument("counts", type=_pair, metavar="NUMERATOR/DENOMINATOR")
    two.add_argument("before", type=_pair, metavar="BEFORE", help="as 150/1000")
    two.add_argument("after", type=_pair, metavar="AFTER", help="as 250/1000")
    check = add(
        "check",
        _check,
        "reads a table as strictly as a report does, and says what is in it",
        "kpikit check subs.csv --kind counts --columns period=month numerator=upgrades denominator=subscribers",
    )
    check.add_argument("table")
    new = add(
        "new-case",
        _new_case,
        "looks at a table's columns and writes a case to edit",
        "kpikit new-case subs.csv --kpi upgrade_rate",
    )
    new.add_argument("table")
    new.add_argument("--to", help="where the case is written (default: beside the table)")
    new.add_argument("--kpi", help="the KPI it is about")
    report = add(
        "report", _report, "runs cases to reports (default: all in data/cases), or a table without a case file",
        "kpikit report techsolutions_upgrade_rate --open; or: kpikit report --kpi upgrade_rate --table subs.csv --kind counts "
        "--columns period=month numerator=upgrades denominator=subscribers --window month --changed-on 2025-06-10",
    )  # fmt: skip
    report.add_argument("cases", nargs="*", metavar="CASE", help="an id of data/cases, or the path of a case file")
    report.add_argument("--open", action="store_true", help="open the index in the browser")
    report.add_argument("--out", help="the folder that reports go to (default: reports/ beside the notebooks)")
    report.add_argument("--workers", type=int, help="how many at a time (default: as many as processors)")
    report.add_argument("--kpi", help="with --table: the KPI's id")
    report.add_argument("--table", help="a table without a case file")
    for flag, text in (
        ("--period", "how the series is cut: month, quarter, year"),
        ("--changed-on", "the day of the change; without it, a scorecard"),
        ("--as-of", "the day on which the table was taken (default: today)"),
    ):
        report.add_argument(flag, help=text)
    report.add_argument("--window", help='what the rate is counted over: month, quarter, year, "30 days", ever')
    report.add_argument(
        "--event-names", nargs="+", action=_Assign, metavar="ROLE=EVENT", help="for events: numerator=upgrade denominator=active"
    )
    for command in (one, two, report):
        command.add_argument("--variant", help="a named reading of the KPI (kpikit show KPI lists them)")
        command.add_argument("--benchmark", help="the industry of one of the KPI's benchmarks")
        command.add_argument("--target", type=float, help="your own target, a fraction")
    for command in (check, report):
        command.add_argument("--kind", help="counts, volumes, events or orders")
        command.add_argument(
            "--columns",
            nargs="+",
            action=_Assign,
            default=None,
            metavar="ROLE=COLUMN",
            help="which column plays which role; commas sum",
        )
        command.add_argument("--segments", nargs="+", metavar="COLUMN", help="columns to cut by")
        command.add_argument("--encoding", default=DEFAULT_ENCODING, help="as latin-1 (default: utf-8)")
        command.add_argument("--date-format", help="as %%d.%%m.%%Y (default: ISO dates)")
    return parser
