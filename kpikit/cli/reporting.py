"""The command that makes reports: of cases, notebooks, or a table without a case file; and goes on with a fleet cut short."""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpikit.cli.commands import CASE_FLAGS, DEFAULT_ENCODING, FAILED, GOOD, INTERRUPTED, Arguments, as_of_given
from kpikit.errors import CaseError

if TYPE_CHECKING:
    from kpikit.report.fleet import Fleet
    from kpikit.report.limits import Limits
    from kpikit.report.record import Job

REPLACED = ("kpi", "variant", "window", "table", "segments", "changed_on", "as_of", "target", "benchmark", "only", "locale")
NOTEBOOK = ".ipynb"
#: a flag, what it limits, its field of Limits, and what it is by default
LIMITS = (
    ("--cell-timeout", "SECONDS", "cell_s", "how long one cell may take (default: 600)"),
    ("--run-timeout", "SECONDS", "run_s", "how long one notebook may take (default: 1800)"),
    ("--max-memory", "MB", "memory_mb", "resident memory of one notebook (default: 80%% of the machine's)"),
    ("--max-output", "MB", "output_mb", "what one notebook may show (default: 20)"),
)


def add_fleet_flags(command: argparse.ArgumentParser) -> None:
    """Adds what says how a fleet of reports is made."""
    command.add_argument("cases", nargs="*", metavar="CASE", help="an id of data/cases, the path of a case file, or a notebook")
    command.add_argument("--open", action="store_true", help="open the index in the browser")
    command.add_argument("--out", help="the folder that reports go to (default: reports/ beside the notebooks)")
    command.add_argument("--workers", type=_count, help="how many at a time (default: as many as processors)")
    command.add_argument(
        "--to", type=_formats, default=(), metavar="FORMATS", help="what is written beside the page: pdf, pptx, xlsx; by commas"
    )
    command.add_argument("--table", help="a table without a case file")
    command.add_argument(
        "--force", action="store_true", help="make every report, also where nothing has changed since it was made"
    )
    command.add_argument("--resume", action="store_true", help="go on with the last fleet of the folder, which was interrupted")
    command.add_argument("--log-json", metavar="FILE", help="add what happens to a file, one line of JSON for each event")
    command.add_argument(
        "-p",
        "--parameter",
        action="append",
        type=_parameter,
        metavar="NAME=VALUE",
        help="of a notebook: a parameter, as a literal or text",
    )
    command.add_argument(
        "--secret", action="append", metavar="VARIABLE", help="an environment variable whose value is written nowhere"
    )
    for flag, unit, field, text in LIMITS:
        command.add_argument(flag, type=_amount, metavar=unit, dest=field, help=text)


def report(chosen: Arguments) -> int:
    """Makes the reports of cases and notebooks, their log and their index."""
    from kpikit.report.fleet import make_fleet
    from kpikit.report.record import printable

    fleet = _fleet(chosen)
    try:
        ended = make_fleet(fleet)
    except KeyboardInterrupt:
        print(f"kpikit: interrupted; kpikit report --resume --out {fleet.out} makes the rest", file=sys.stderr)
        return INTERRUPTED
    for record in ended:
        for warning in record.warnings:
            print(f"kpikit: {record.name}: look: {printable(warning)}", file=sys.stderr)
    for record in (record for record in ended if not record.passed):
        print(f"kpikit: {record.name} failed: {printable(record.reason)}", file=sys.stderr)
    sent = [fleet.out / record.name / f"{record.name}.{ending}" for record in ended if record.passed for ending in chosen.to]
    page = fleet.out / "index.html"
    print(*filter(Path.is_file, sent), page, sep="\n")
    if chosen.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return GOOD if all(record.passed for record in ended) else FAILED


def _fleet(chosen: Arguments) -> Fleet:
    from dataclasses import replace

    from kpikit.report.fleet import Fleet, resumed
    from kpikit.report.runner import reports_folder

    out = Path(chosen.out) if chosen.out else reports_folder()
    log = Path(chosen.log_json) if chosen.log_json else None
    if log and (log.is_dir() or not log.parent.is_dir()):
        raise CaseError(f"--log-json {log}: name a file in a folder that is there")
    if not chosen.resume:
        return Fleet(_jobs(chosen, out), chosen.workers, chosen.force, log=log)
    if given := _said(chosen):
        raise CaseError(f"--resume makes the rest of the last fleet as it was asked for; it takes no {given[0]}")
    return replace(resumed(out), workers=chosen.workers, log=log)


def _jobs(chosen: Arguments, out: Path) -> list[Job]:
    from kpikit.cases import case_ids, find_case
    from kpikit.report.record import Job

    _refuse_secrets(chosen)
    more: dict[str, Any] = {"secrets": tuple(chosen.secret or ()), "limits": _limits(chosen), "to": chosen.to}
    if chosen.table and not chosen.cases:
        return [Job(_written_case(chosen, out), out, {"table": chosen.table}, **more)]
    instead, parameters = _instead(chosen), dict(chosen.parameter or ())
    cases = chosen.cases or case_ids()
    if not cases:
        raise CaseError("there is no case in data/cases; write one with kpikit new-case TABLE, or give --kpi and --table")
    if parameters and not all(case.endswith(NOTEBOOK) for case in cases):
        raise CaseError("--parameter is for notebooks; the keys of a case have flags of their own")
    if instead and all(case.endswith(NOTEBOOK) for case in cases):
        raise CaseError(f"--{next(iter(instead)).replace('_', '-')} is for cases; the parameters of a notebook are given with -p")
    for case in cases:
        if not case.endswith(NOTEBOOK):
            find_case(case)
    return [Job(case, out, parameters if case.endswith(NOTEBOOK) else instead, **more) for case in cases]


def _said(chosen: Arguments) -> list[str]:
    """What was said that tells which reports are made, or how."""
    flags = {name: f"--{name.replace('_', '-')}" for name in (*CASE_FLAGS, "force", "parameter", "secret", "to")}
    flags |= {field: flag for flag, _, field, _ in LIMITS}
    said = [flag for name, flag in flags.items() if getattr(chosen, name) not in (None, False, (), DEFAULT_ENCODING)]
    return ["case", *said] if chosen.cases else said


def _refuse_secrets(chosen: Arguments) -> None:
    """Refuses what must be written nowhere before anything is written: credentials come by the name of a variable."""
    from kpikit.errors import ReportError
    from kpikit.report.redaction import Secrets, require_long

    try:
        require_long(chosen.secret or ())
    except ReportError as error:
        raise CaseError(str(error)) from error
    said = json.dumps([*chosen.cases, chosen.parameter, *(getattr(chosen, name) for name in CASE_FLAGS)], default=str)
    if Secrets(chosen.secret or ()).redact(said) != said:
        raise CaseError(
            "a password or secret was given on the command line; give the name of an environment variable that holds it: "
            "--connection of a table, --secret of anything else"
        )


def _limits(chosen: Arguments) -> Limits:
    from kpikit.report.limits import Limits

    given = {field: getattr(chosen, field) for _, _, field, _ in LIMITS}
    return Limits(**{field: value for field, value in given.items() if value is not None})


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
    return os.path.relpath(place)


def _parameter(text: str) -> tuple[str, Any]:
    """NAME=VALUE, the value as a Python literal where it is one: 012 and NO stay the texts that they are."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not name=value")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _formats(text: str) -> tuple[str, ...]:
    """The formats beside the page, each once, in one order: the page itself may be named, and is always there."""
    from kpikit.report.formats import FORMATS, PAGE

    named = [name.strip().lower() for name in text.split(",")]
    for name in named:
        if name not in (PAGE, *FORMATS):
            raise argparse.ArgumentTypeError(f"'{name}' is no format; there is {', '.join((PAGE, *FORMATS))}, by commas")
    return tuple(name for name in FORMATS if name in named)


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of workers, as 2")
    return int(text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = 0.0
    if not 0 < amount < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0")
    return amount
